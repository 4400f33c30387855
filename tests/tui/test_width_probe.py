"""The question for ambiguous widths, on real pseudo-terminals that answer as terminals do."""

from __future__ import annotations

import os
import pty
import termios
import threading
import time

import pytest

from tui.width_probe import WAIT_S, WidthProbe


@pytest.mark.parametrize(("answer", "wide"), [(b"\x1b[7;3R", True), (b"ab\x1b[7;2R", False)])
def test_the_answer_of_a_terminal(answer: bytes, wide: bool) -> None:
    ours, theirs = pty.openpty()
    asked = bytearray()

    def terminal() -> None:
        while b"\x1b[6n" not in asked:
            asked.extend(os.read(ours, 100))
        os.write(ours, answer)

    thread = threading.Thread(target=terminal)
    thread.start()
    before = termios.tcgetattr(theirs)
    with WidthProbe(theirs, theirs) as probe:
        thread.join(10)
    assert probe.wide is wide
    assert probe.typed == answer.partition(b"\x1b")[0]
    assert termios.tcgetattr(theirs) == before
    assert os.read(ours, 100).endswith(b"\x1b[K")  # nothing of it stays on the screen
    os.close(ours)
    os.close(theirs)


def test_a_terminal_that_does_not_answer_is_not_waited_for_long() -> None:
    ours, theirs = pty.openpty()
    began_s = time.monotonic()
    with WidthProbe(theirs, theirs) as probe:
        pass
    assert not probe.wide
    assert time.monotonic() - began_s < WAIT_S + 2.0
    os.close(ours)
    os.close(theirs)


def test_without_a_terminal_nothing_is_asked() -> None:
    read, write = os.pipe()
    with WidthProbe(read, write) as probe:
        pass
    assert not probe.wide
    os.close(write)
    assert os.read(read, 10) == b""
    os.close(read)


def test_what_is_typed_meanwhile_is_kept() -> None:
    ours, theirs = pty.openpty()
    with WidthProbe(theirs, theirs) as probe:
        os.write(ours, b"q")
    assert probe.typed == b"q"
    os.close(ours)
    os.close(theirs)
