"""Keys typed as bytes, the screen read back, in a real pseudo-terminal."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.terminal.conftest import Start


def test_a_conversation_by_keys_alone(start: Start, tmp_path: Path) -> None:
    terminal = start("talk")
    terminal.wait_for("SPEAKING")
    terminal.wait_for("Twenty minutes")
    terminal.press("m")
    terminal.wait_for("MUTED")
    terminal.press("f3")
    terminal.wait_gone("MUTED")
    terminal.press(".")
    terminal.wait_for("interrupted")
    terminal.press("i")
    terminal.wait_for("ctrl+j new line")
    terminal.type("q is a letter here")
    terminal.press("ctrl+j")
    terminal.type("日本語も")
    terminal.wait_for("日本語も")
    terminal.press("enter")
    terminal.wait_for("typed")
    terminal.wait_until(
        lambda: "   q is a letter here" in terminal.screen(), "the turn in the conversation"
    )
    terminal.press("escape")
    terminal.wait_for("q quit")
    terminal.press("y")
    terminal.wait_for("sent to terminal")
    copied = (tmp_path / "own" / "clipboard.txt").read_text(encoding="utf-8")
    assert copied == "q is a letter here\n日本語も"
    assert (tmp_path / "own" / "clipboard.txt").stat().st_mode & 0o777 == 0o600
    terminal.press("q")
    assert terminal.wait_exit() == 0


def test_f4_interrupts_inside_the_composer_and_escape_keeps_the_text(start: Start) -> None:
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.press("enter")
    terminal.wait_for("enter send")
    terminal.type("half a thought")
    terminal.press("f4")
    terminal.wait_for("interrupted")
    terminal.press("escape")
    terminal.wait_for("space talk")
    assert "half a thought" in terminal.text


def test_escape_and_the_letter_after_it_may_come_in_one_piece(start: Start) -> None:
    """tmux holds escape back for half a second: to us both are alt with the letter."""
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.press("i")
    terminal.wait_for("enter send")
    terminal.type("half a thought")
    terminal.wait_for("half a thought")
    terminal.type("\x1bm")
    terminal.wait_for("MUTED")
    assert "thoughtm" not in terminal.text
    terminal.type("\x1bm")
    terminal.wait_gone("MUTED")


@pytest.mark.parametrize("newline", ["\x1b\r", "\x1b[13;3u", "\x1b[13;2u"])
def test_enter_with_alt_or_shift_begins_a_new_line(start: Start, newline: str) -> None:
    """Where a terminal tells of them; ctrl+j does it everywhere."""
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.press("i")
    terminal.wait_for("enter send")
    terminal.type("one" + newline)
    terminal.type("two")
    terminal.wait_for(" two")
    terminal.press("enter")
    terminal.wait_for("   two")
    assert terminal.text.count("typed") == 1


@pytest.mark.parametrize("bracketed", [True, False])
def test_a_paste_of_many_lines_never_sends(start: Start, bracketed: bool) -> None:
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.press("i")
    terminal.wait_for("enter send")
    if bracketed:
        terminal.paste("one\ntwo\x07\nthree\n")
    else:
        terminal.type("one\rtwo\rthree\r")
    terminal.wait_for("three")
    terminal.wait_quiet()
    assert "typed" not in terminal.text
    terminal.press("enter")
    terminal.wait_for("typed")


def test_help_lists_every_key_and_leaves(start: Start) -> None:
    terminal = start("quiet", rows=40, cols=100)
    terminal.wait_for("LISTENING")
    terminal.press("?")
    terminal.wait_for("Everywhere")
    for key in ("space", "ctrl+j", "F4", "ctrl+q", "j or down"):
        terminal.wait_for(key)
    terminal.press("q")
    terminal.wait_for("LISTENING")


@pytest.mark.parametrize("keys", [("q",), ("ctrl+q",), ("ctrl+c", "ctrl+c")])
def test_every_way_out(start: Start, keys: tuple[str, ...]) -> None:
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    before = terminal.modes
    for key in keys:
        terminal.press(key)
        if key == "ctrl+c" and keys.index(key) == 0:
            terminal.wait_until(
                lambda: "again" in terminal.text or terminal.modes != before, "a hint"
            )
    assert terminal.wait_exit() == 0
    assert b"\x1b[?1049l" in terminal.raw


def test_an_ended_call_stays_readable(start: Start) -> None:
    terminal = start("wrong-key")
    terminal.wait_for("ENDED")
    terminal.wait_for("The service refused the key")
    terminal.press("space")
    terminal.wait_for("q quits")
    terminal.press("q")
    assert terminal.wait_exit() == 0


@pytest.mark.parametrize(("rows", "cols"), [(24, 80), (40, 120), (12, 40), (5, 20)])
def test_sizes(start: Start, rows: int, cols: int) -> None:
    terminal = start("talk", rows=rows, cols=cols)
    terminal.wait_for("SPEAKING")
    terminal.wait_quiet()
    if cols >= 40:
        assert any("every day and" in line for line in terminal.screen())
    terminal.resize(24, 80)
    terminal.wait_for("space talk")
    terminal.resize(12, 40)
    terminal.wait_for("? help")
    terminal.wait_gone("space talk")
    terminal.press("i")
    terminal.type("small")
    terminal.press("enter")
    terminal.wait_for("small")


@pytest.mark.parametrize("keys", ["mute\r\r\r", "\r\r\r", "\x1b[B\r\r\r"])
def test_keys_that_come_at_once_run_a_command_once(start: Start, keys: str) -> None:
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.type(":")
    terminal.wait_for("Search for commands")
    terminal.wait_quiet()
    terminal.type(keys)
    terminal.wait_gone("Search for commands")
    terminal.wait_quiet()
    assert "stopped because" not in terminal.text
    assert ("MUTED" in terminal.text) == ("mute" in keys)


def test_a_page_of_commands_that_are_not_found_yet(start: Start) -> None:
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.type(":\x1b[6~\x1b[5~")
    terminal.wait_for("Search for commands")
    terminal.wait_quiet()
    assert "did not work" not in terminal.text


def test_bytes_that_are_no_utf_8_are_shown_as_such(start: Start) -> None:
    """A terminal set to Latin-1: what cannot be read ends nothing."""
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.press("i")
    terminal.wait_for("enter send")
    terminal.type(b"caf\xe9 au lait")
    terminal.wait_for("caf\ufffd au lait")
    terminal.type("日本語"[:1].encode()[:2])  # a character that comes in two reads
    time.sleep(0.3)
    terminal.type("日".encode()[2:] + b" there")
    terminal.wait_for("lait日 there")


def test_the_last_of_two_sizes_is_drawn(start: Start) -> None:
    """A window that is dragged: another size comes while the one before is read."""
    terminal = start("talk", rows=40, cols=120, module="dragged")
    terminal.wait_for("SPEAKING")
    terminal.resize(24, 80)
    terminal.wait_until(lambda: terminal.size == (12, 40), "dragged")
    terminal.resize(12, 40)
    terminal.wait_for("? help")


def test_keys_of_the_kitty_protocol(start: Start) -> None:
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.type("\x1b[109;;109u")  # m
    terminal.wait_for("MUTED")
    terminal.type("\x1b[47;2;63u")  # ?
    terminal.wait_for("In the conversation")
    terminal.type("\x1b[27u")  # escape
    terminal.wait_for("MUTED")
    terminal.type("\x1b[105;;105u")  # i
    terminal.wait_for("enter send")
    terminal.type("\x1b[0;;26085:26412:35486u")  # what a Japanese input method commits
    terminal.wait_for("日本語")
    terminal.type("\x1b[13u")  # enter
    terminal.wait_for("typed")


def test_a_burst_of_keys_is_taken_in_order(start: Start) -> None:
    """After a hiccup of the line "i", text and Enter arrive at once; no letter is a command."""
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.type("imquiet my queen\r")
    terminal.wait_for("typed")
    terminal.wait_for("   mquiet my queen")
    assert "MUTED" not in terminal.text


def test_the_linux_console(start: Start) -> None:
    terminal = start("talk", TERM="linux")
    terminal.wait_for("SPEAKING")
    terminal.press("q")
    assert terminal.wait_exit() == 0
