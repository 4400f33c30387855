"""Hold to talk with the bytes that terminals send."""

from __future__ import annotations

import re
import time

from tests.terminal.conftest import Start
from tests.terminal.driver import Terminal

ASK = b"\x1b[=2;2u\x1b[?u"
PRESS, REPEAT, RELEASE = "\x1b[32;1:1;32u", "\x1b[32;1:2;32u", "\x1b[32;1:3u"


def started(start: Start, *, releases: bool) -> Terminal:
    terminal = start("quiet", "--hold")
    terminal.wait_for("LISTENING")
    terminal.wait_until(lambda: ASK in terminal.raw, "the question for releases")
    if releases:
        terminal.type("\x1b[?27u")
    return terminal


def held_without_a_stumble(terminal: Terminal) -> bool:
    """Hold the key for over a second; False when this machine was too busy to repeat it in time."""
    terminal.type(" ")
    terminal.wait_for("RECORDING")
    time.sleep(0.25)
    before_s = time.monotonic()
    for _ in range(40):
        terminal.type(" ")
        time.sleep(0.03)
        now_s = time.monotonic()
        if now_s - before_s > 0.1:
            return False
        before_s = now_s
        assert "PAUSED" not in terminal.text
    return True


def test_a_terminal_with_releases(start: Start) -> None:
    terminal = started(start, releases=True)
    terminal.type(PRESS)
    terminal.wait_for("RECORDING")
    terminal.wait_for("let go to send")
    for _ in range(5):
        time.sleep(0.08)
        terminal.type(REPEAT)
    assert "RECORDING" in terminal.text
    terminal.type(RELEASE)
    terminal.wait_for("PAUSED")
    terminal.wait_for("hold space to talk")
    # A tap goes on until the next one.
    terminal.type(PRESS + RELEASE)
    terminal.wait_for("RECORDING")
    terminal.wait_for("space sends")
    terminal.type(PRESS + RELEASE)
    terminal.wait_for("PAUSED")
    # While typing, a space is a space, also when it is repeated.
    terminal.type("i")
    terminal.wait_for("ctrl+j new line")
    terminal.type("a" + PRESS + REPEAT + RELEASE + "b\x1b[97;1:1;97u\x1b[97;1:2;97u\x1b[97;1:3u")
    terminal.wait_for("a  baa")
    terminal.press("escape")
    terminal.wait_for("hold space to talk")
    terminal.press("q")
    assert terminal.wait_exit() == 0
    pushed = len(re.findall(rb"\x1b\[>\d+u", terminal.raw))
    assert terminal.raw.count(b"\x1b[<u") == pushed > 0


def test_a_terminal_that_only_repeats(start: Start) -> None:
    terminal = started(start, releases=False)
    while not held_without_a_stumble(terminal):
        time.sleep(2.0)
        if "RECORDING" in terminal.text:
            terminal.type(" ")
            terminal.wait_for("PAUSED")
    terminal.wait_for("PAUSED", timeout_s=5)
    terminal.wait_for("hold space (by key repeat) to talk")
    # A tap does not cut, however long one speaks then.
    terminal.type(" ")
    terminal.wait_for("RECORDING")
    terminal.wait_for("space sends")
    time.sleep(0.5)
    assert "RECORDING" in terminal.text
    terminal.type(" ")
    terminal.wait_for("PAUSED")
    terminal.press("q")
    assert terminal.wait_exit() == 0


def test_another_window_has_the_release(start: Start) -> None:
    terminal = started(start, releases=True)
    terminal.type(PRESS + REPEAT)
    terminal.wait_for("RECORDING")
    time.sleep(0.35)
    terminal.type("\x1b[O")
    terminal.wait_for("PAUSED")


def test_event_types_nobody_asked_for_are_keys_like_others(start: Start) -> None:
    terminal = start("quiet")
    terminal.wait_for("LISTENING")
    terminal.type("\x1b[109;1:1;109u\x1b[109;1:3u")  # m
    terminal.wait_for("MUTED")
    terminal.type("\x1b[99999999999;1:1u\x1b[32;1:77u\x1b[?1u")
    terminal.type(PRESS + REPEAT + RELEASE)
    terminal.type("\x1b[109;1:1;109u\x1b[109;1:3u")
    terminal.wait_gone("MUTED")
    assert ASK not in terminal.raw
    terminal.press("q")
    assert terminal.wait_exit() == 0
