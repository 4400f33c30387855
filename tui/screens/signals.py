"""Signals, and a terminal or a parent that is gone."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable

from tui.child import line_to_parent

WATCHDOG_S = 3.0  # Textual's writer can hang for ever when the terminal is gone


def catch_signals(
    leave: Callable[[int], None], stop: Callable[[], None], go_on: Callable[[], None]
) -> None:
    """`leave` with this exit code; `stop` for the shell, and `go_on` after it."""
    import asyncio

    loop = asyncio.get_running_loop()

    def end(number: int) -> None:
        arm_watchdog(128 + number)
        leave(128 + number)

    def orphaned(line: int) -> None:
        loop.remove_reader(line)
        end(signal.SIGHUP)

    try:
        for number in (signal.SIGTERM, signal.SIGHUP):
            loop.add_signal_handler(number, end, number)
        # Textual's own handlers write from within the signal, and lock themselves out if it
        # came while something was being written.
        loop.add_signal_handler(signal.SIGTSTP, stop)
        loop.add_signal_handler(signal.SIGCONT, go_on)
        if (line := line_to_parent()) is not None:
            # Nothing is ever read from it: it wakes us when the parent was killed, and the
            # shell has the terminal again.
            loop.add_reader(line, orphaned, line)
    except (AttributeError, NotImplementedError, RuntimeError, ValueError):
        return  # Windows, or not the main thread (tests)


def arm_watchdog(code: int) -> None:
    """Leave with `code` in any case after a time: a lost terminal can block the orderly way."""
    watchdog = threading.Timer(WATCHDOG_S, os._exit, (code,))
    watchdog.daemon = True
    watchdog.start()
