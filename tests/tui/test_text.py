"""The sanitiser against hostile text, and widths in cells."""

from __future__ import annotations

import re
import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from tests.terminal.hostile import CORPUS
from tui.text import MARKS_PER_BASE, cells, clean, clusters, cut_cells, wrap_cells

CONTROLS = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f]")
INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff"
    "\uffa0\ufff9-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff\ud800-\udfff]"
)
# What makes terminals and layouts stumble, mixed with plain text.
nasty = st.lists(
    st.one_of(
        st.sampled_from(
            ["\x1b", "\x1b[", "\x1b]0;", "\x9b", "\x9d", "\x90", "\x07", "\x1b\\", "\x9c", "\r"]
        ),
        st.sampled_from(["\u200d", "\u200c", "\ufe0f", "\u0301", "\u202e", "\u1160", "\t", "\n"]),
        st.sampled_from(["👩", "❤", "🇯", "क", "्", "م", "か", "ｶ", "①", "a", " ", "31m"]),
        st.text(max_size=5),
        st.characters(categories=["Cs", "Mn", "Me", "Cf", "Cc", "Cn"]),
    ),
    max_size=40,
).map("".join)


def check(text: str) -> None:
    """What must hold for every cleaned text."""
    assert CONTROLS.search(text) is None
    assert INVISIBLE.search(text) is None
    assert "\u200d\u200d" not in text
    text.encode("utf-8")
    marks = 0
    for char in text:
        marks = marks + 1 if unicodedata.category(char) in ("Mn", "Me") else 0
        assert marks <= MARKS_PER_BASE + 2  # two variation selectors may follow the marks


@pytest.mark.parametrize("text", CORPUS)
def test_the_corpus(text: str) -> None:
    once = clean(text)
    check(once)
    assert clean(once) == once
    line = clean(text, single_line=True)
    check(line)
    assert "\n" not in line
    assert clean(line, single_line=True) == line


@settings(max_examples=400, deadline=None)
@given(nasty)
def test_anything(text: str) -> None:
    once = clean(text)
    check(once)
    assert clean(once) == once


@pytest.mark.parametrize(
    ("dirty", "wanted"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;https://e.invalid\x1b\\link\x1b]8;;\x1b\\", "link"),
        ("\x1bPq#0;2~-\x1b\\after", "after"),
        ("a\x9b31mb\x9d0;t\x9cc", "abc"),
        ("cut \x1b]0;never\nnext line", "cut \nnext line"),
        ("cut \x1b[38;5", "cut "),
        ("\x1b[\x1b[31m31m", "31m"),
        ("\x1b(0q\x1b#8\x1bc", "q"),
        ("a\r\nb\rc\x85d\u2028e\x0bf", "a\nb\nc\nd\ne\nf"),
        ("a\tb", "a    b"),
        ("\u202eevil\u202c", "evil"),
        ("a\u200bb\ufeffc\u00add", "abcd"),
        ("x\ud800y", "x\ufffdy"),
        ("\u0301a", "a"),
        ("e\u0301", "e\u0301"),
        ("[bold]not markup[/]", "[bold]not markup[/]"),
        ("👩‍👩‍👧‍👦", "👩‍👩‍👧‍👦"),
        ("❤️ 1️⃣", "❤️ 1️⃣"),
        ("a\u200db", "ab"),
        ("क्‍ष می‌خواهم", "क्‍ष می‌خواهم"),
        ("がぎ か\u3099", "がぎ か\u3099"),
        ("日本語 ｶﾀｶﾅ", "日本語 ｶﾀｶﾅ"),
        ("🏴\U000e0067\U000e007f", "🏴"),
    ],
)
def test_examples(dirty: str, wanted: str) -> None:
    assert clean(dirty) == wanted


def test_marks_are_capped() -> None:
    assert clean("z" + "\u0300" * 10**5 + "a") == "z" + "\u0300" * MARKS_PER_BASE + "a"


@pytest.mark.parametrize(
    "unit", ["plain words ", "日本語テキスト", "\x1b]", "\x9d", "a\u0301\u0301", "\ud800", "\x1b[3"]
)
def test_a_megabyte_takes_no_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    began_s = time.process_time()
    clean(text)
    assert time.process_time() - began_s < 3.0  # about 0.4 at most; quadratic would be minutes


@pytest.mark.parametrize(
    ("text", "width"),
    [("abc", 3), ("日本語", 6), ("ｶﾀｶﾅ", 4), ("か\u3099", 2), ("é", 1), ("e\u0301", 1), ("🇯🇵", 2)],
)
def test_cells(text: str, width: int) -> None:
    assert cells(text) == width


@settings(max_examples=300, deadline=None)
@given(nasty, st.integers(1, 30))
def test_cut_never_draws_more_than_asked(text: str, width: int) -> None:
    line = clean(text, single_line=True)
    cut = cut_cells(line, width)
    assert cells(cut) <= width
    assert cut == line or cut.endswith("…")


def test_cut_keeps_clusters_whole() -> None:
    assert cut_cells("日本語です", 6) == "日本…"
    assert cut_cells("ab👩‍👩‍👧‍👦cd", 5) == "ab…"
    assert clusters("e\u0301👩‍👦🇯🇵🇩🇪") == ["e\u0301", "👩‍👦", "🇯🇵", "🇩🇪"]


@settings(max_examples=300, deadline=None)
@given(nasty, st.integers(2, 40))
def test_wrap_loses_nothing_but_blanks(text: str, width: int) -> None:
    text = clean(text)
    lines = wrap_cells(text, width)
    for line in lines:
        assert cells(line) <= width or len(clusters(line)) == 1
    kept = "".join(lines).replace(" ", "").replace("\n", "")
    assert kept == text.replace(" ", "").replace("\n", "")


def test_wrap_follows_japanese_rules() -> None:
    assert wrap_cells("これは長い文です。はい", 16) == ["これは長い文で", "す。はい"]
    assert wrap_cells("ああああ「いい」", 10) == ["ああああ", "「いい」"]
    assert wrap_cells("a word and another", 8) == ["a word", "and", "another"]
    assert wrap_cells("x" * 20, 8) == ["x" * 8, "x" * 8, "x" * 4]
    assert wrap_cells("", 8) == [""]
    assert wrap_cells("a\n\nb", 8) == ["a", "", "b"]


@pytest.mark.parametrize("text", CORPUS)
def test_a_terminal_never_draws_more_than_counted(text: str) -> None:
    for line in wrap_cells(clean(text), 30):
        assert cell_len(line) <= cells(line)
