"""Where links lead, and what is odd about them."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.terminal.hostile import CORPUS
from tui.links import Link, browser, links_in, open_link
from tui.text import clean


@pytest.mark.parametrize(
    ("text", "targets"),
    [
        ("see https://example.org/a?b=c#d.", ["https://example.org/a?b=c#d"]),
        ("[here](https://example.org) and http://b.example", ["https://example.org", "http://b.example"]),
        ("[x](javascript:alert(1)) [y](file:///etc/passwd) [z](data:text/html,x)", []),
        ("[x](JaVaScRiPt:alert) ftp://a.example vbscript:x mailto:a@b.example", []),
        ("https:// http://[ http://a:b:c/ https:///etc", []),
        ("（https://example.org/あ）", ["https://example.org/%E3%81%82"]),
        ("twice https://a.example https://a.example", ["https://a.example"]),
        ("HTTPS://EXAMPLE.ORG", ["https://example.org"]),
        ("[a](<https://a.example/x>)", ["https://a.example/x"]),
        ("http://127.0.0.1:8000/v1 http://[::1]:80/", ["http://127.0.0.1:8000/v1"]),
        ("no link at all", []),
    ],
)  # fmt: skip
def test_only_web_addresses_and_each_once(text: str, targets: list[str]) -> None:
    assert [link.target for link in links_in(text)] == targets


@pytest.mark.parametrize(
    ("text", "target", "warning"),
    [
        ("[bank.example](https://evil.example)", "https://evil.example", "leads to evil.example"),
        ("[https://bank.example/a](https://evil.example)", "https://evil.example", "bank.example"),
        ("https://bank.example@evil.example/", "https://evil.example/", "before @"),
        ("https://аpple.com/", "https://xn--pple-43d.com/", "other scripts"),
        ("https://xn--pple-43d.com/", "https://xn--pple-43d.com/", "other scripts"),
        ("[www.a.example](https://a.example)", "https://a.example", ""),
    ],
)  # fmt: skip
def test_what_is_odd_is_said(text: str, target: str, warning: str) -> None:
    (link,) = links_in(text)
    assert link.target == target
    assert warning in link.warning
    assert bool(warning) is bool(link.warning)


def test_hostile_texts_give_only_plain_targets() -> None:
    for text in CORPUS:
        for wrapped in (f"https://a.example/{text}", f"[{text}](https://{text})", text):
            for link in links_in(wrapped):
                assert link.target.isascii()
                assert link.target.isprintable()
                assert " " not in link.target
                assert link.target.startswith(("http://", "https://"))
                assert link.label == clean(link.label, single_line=True)
    assert len(links_in("https://a.example/" * 10_000)) <= 50
    assert len(links_in(" ".join(f"https://a{n}.example" for n in range(1000)))) == 50


def test_a_browser_only_where_it_can_show_itself(tmp_path: Path) -> None:
    assert browser({}, "linux") == []
    assert browser({"DISPLAY": ":0", "PATH": str(tmp_path)}, "linux") == []
    (tmp_path / "xdg-open").write_text("#!/bin/sh\n")
    (tmp_path / "xdg-open").chmod(0o755)
    assert browser({"WAYLAND_DISPLAY": "w", "PATH": str(tmp_path)}, "linux") == ["xdg-open"]
    assert browser({}, "darwin") == ["open"]


def test_nothing_but_a_web_address_is_handed_over() -> None:
    with pytest.raises(AssertionError):
        open_link(Link("file:///etc/passwd", ""), ["/bin/false"])
