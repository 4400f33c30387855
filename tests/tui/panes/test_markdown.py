"""Markdown of answers as lines: what it looks like, while it grows, and under attack."""

from __future__ import annotations

import random
import time

import pytest

from tests.terminal.hostile import CORPUS
from tui.panes.lines import Part, TextLine
from tui.panes.markdown import Markdown, inline
from tui.text import cells, clean

TEXT = """# Tea

You need **three** things:

1. water, *hot*
2. tea leaves of a kind that you like so much that its name does not fit into a line
   - nested `code`
* a cup

> said somebody

```python
def pour(cup):
    return "a long line of code that is wider than the terminal is, so it must be broken"
```

| what | how much |
|------|---------:|
| tea  | 2 g      |
| 水   | 200 ml   |

---
See [the page](https://example.org/tea) \\*now\\*."""


def plain(text: str, width: int = 60) -> list[str]:
    return [line.plain for line in Markdown(width).lines(text)]


def parts(text: str) -> dict[str, Part]:
    return dict(inline(text))


def test_a_page_of_it() -> None:
    assert plain(TEXT, 44) == [
        "  Tea",
        "  ",
        "  You need three things:",
        "  ",
        "  1. water, hot",
        "  2. tea leaves of a kind that you like so",
        "     much that its name does not fit into a",
        "     line",
        "    - nested code",
        "  - a cup",
        "  ",
        "  | said somebody",
        "  ",
        "    def pour(cup):",
        '        return "a long line of code that is',
        "    wider than the terminal is, so it must",
        '    be broken"',
        "  ",
        "  what  how much",
        "  tea   2 g",
        "  水    200 ml",
        "  ",
        "  ------------------------",
        "  See the page (https://example.org/tea)",
        "  *now*.",
    ]


@pytest.mark.parametrize(
    ("text", "piece", "part"),
    [
        ("a **b** c", "b", "strong"),
        ("a __b__ c", "b", "strong"),
        ("a *b* c", "b", "emphasis"),
        ("use `x = *p*`", "x = *p*", "code"),
        ("[a](https://b.example)", " (https://b.example)", "aside"),
        ("日本の**東京**です", "東京", "strong"),
    ],
)
def test_styles(text: str, piece: str, part: str) -> None:
    assert parts(text)[piece] == part


@pytest.mark.parametrize(
    "text", ["2 * 3 * 4", "snake_case_name", "a ** b", "**open", "`open", "[x] (y)", "5*"]
)
def test_what_is_no_markdown_stays(text: str) -> None:
    assert "".join(piece for piece, _ in inline(text)) == text


def test_a_link_never_hides_where_it_leads() -> None:
    (line,) = plain("[https://bank.example](https://evil.example)")
    assert "evil.example" in line


def test_a_text_that_grows_looks_as_if_it_had_come_at_once() -> None:
    chance = random.Random(7)
    for _ in range(40):
        growing = Markdown(40)
        at = 0
        while at < len(TEXT):
            at = min(len(TEXT), at + chance.randint(1, 25))
            assert growing.lines(TEXT[:at]) == Markdown(40).lines(TEXT[:at]), TEXT[:at]
    assert growing.lines("Another text") == Markdown(40).lines("Another text")


def test_finished_lines_are_not_laid_out_again() -> None:
    growing = Markdown(60)
    text = "".join(f"- item {number} of **many**\n" for number in range(300))
    first = growing.lines(text)
    again = growing.lines(text + "and one more")
    assert all(one is other for one, other in zip(first, again, strict=False))
    assert isinstance(again[-1], TextLine)


def test_everything_fits_in_any_width() -> None:
    for text in (TEXT, *map(clean, CORPUS)):
        for width in (20, 33, 76):
            for line in plain(text, width):
                assert cells(line) <= width, (width, line)


@pytest.mark.parametrize(
    "sign", ["*", "_", "`", "[", "](", "**a", "| ", "|-", "# ", "- ", "> ", "\\", "![a](", "``` "]
)
def test_no_text_costs_time(sign: str) -> None:
    began_s = time.process_time()
    Markdown(76).lines((sign * 20_000)[:20_000])
    Markdown(76).lines("\n".join([(sign * 1_990)[:1_990]] * 10))
    Markdown(76).lines("# a" + " " * 19_000 + "b")
    assert time.process_time() - began_s < 2.0
