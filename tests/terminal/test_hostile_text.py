"""Nothing that comes from outside reaches the terminal as a control."""

from __future__ import annotations

import re

import pytest

from tests.terminal.conftest import Start

# What Textual itself writes: CSI sequences, the clipboard when a turn is copied, mouse pointers.
OWN = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\]52;c;[A-Za-z0-9+/=]*\x07|\x1b\]22;[a-z-]*\x07")
FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200b\u202a-\u202e\u2066-\u2069\u2028]"
)
EVIL = (b"hacked", b"evil.invalid\x1b", b"\x1b[2J", b"\x1bP", b"\x1b_", b"\x1b]0", b"\x1b]8")


@pytest.mark.parametrize(("rows", "cols"), [(24, 80), (12, 40)])
def test_no_control_from_data_reaches_the_terminal(start: Start, rows: int, cols: int) -> None:
    terminal = start("hostile", rows=rows, cols=cols)
    terminal.wait_for("survived", 30.0)
    for key in ("l", "escape", "k", "k", "y", "home", "pagedown", "pagedown", "end", "?", "q"):
        terminal.press(key)
        terminal.wait_quiet(0.15)
    text = terminal.raw.decode("utf-8")  # strict: lone surrogates would not even be UTF-8
    assert FORBIDDEN.search(OWN.sub("", text)) is None
    for evil in EVIL:
        assert evil not in terminal.raw
    terminal.press("q")
    assert terminal.wait_exit() == 0
