"""Asks the terminal how wide it draws a character of ambiguous width.

    with WidthProbe() as probe:
        ...                     # imports, while the answer is on its way
    probe.wide                  # True: two cells; lines and meters would break
    probe.typed                 # what the person typed meanwhile

Terminals of East Asia can be set so; then the screen is drawn with ASCII alone.
"""

from __future__ import annotations

import os
import re
import select
import sys
import time
from types import TracebackType
from typing import Final

WAIT_S: Final = 0.25
"""From the question; who does not answer draws as most do."""
QUESTION: Final = "\r─\x1b[6n".encode()
CLEAN: Final = b"\r\x1b[K"
_ANSWER = re.compile(rb"\x1b\[(\d+);(\d+)R")


class WidthProbe:
    """One question; where there is no terminal, or no answer, nothing is wide."""

    def __init__(
        self, in_fd: int | None = None, out_fd: int | None = None, *, ask: bool = True
    ) -> None:
        """`ask` False: do not, the answer would change nothing."""
        self._ask = ask
        self._in = sys.__stdin__.fileno() if in_fd is None and sys.__stdin__ else in_fd
        self._out = sys.__stderr__.fileno() if out_fd is None and sys.__stderr__ else out_fd
        self._modes: list[object] | None = None
        self._asked_at_s = 0.0
        self.wide = False
        self.typed = b""
        """Keys that came before the answer: they are meant for the screen."""

    def __enter__(self) -> WidthProbe:
        """Ask."""
        try:
            import termios
            import tty
        except ImportError:  # Windows: its console counts as Textual does
            return self
        if self._in is None or self._out is None or not self._ask:
            return self
        try:
            if not (os.isatty(self._in) and os.isatty(self._out)):
                return self
            self._modes = termios.tcgetattr(self._in)
            tty.setcbreak(self._in, termios.TCSANOW)  # no echo of the answer
            os.write(self._out, QUESTION)
            self._asked_at_s = time.monotonic()
        except (OSError, termios.error):
            self._modes = None
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Take the answer, and leave the terminal as it was."""
        if self._modes is None or self._in is None or self._out is None:
            return
        import termios

        try:
            self.wide = self._column() == 3
            os.write(self._out, CLEAN)
        except OSError:
            return
        finally:
            termios.tcsetattr(self._in, termios.TCSANOW, self._modes)  # type: ignore[arg-type]

    def _column(self) -> int:
        """Where the cursor stands behind the character; 0 without an answer."""
        assert self._in is not None
        told = b""
        while True:
            left_s = self._asked_at_s + WAIT_S - time.monotonic()
            ready, _, _ = select.select([self._in], [], [], max(0.0, left_s))
            data = os.read(self._in, 256) if ready else b""
            told += data
            found = _ANSWER.search(told)
            if found or not data or len(told) > 4096:
                self.typed = _ANSWER.sub(b"", told)
                return int(found[2]) if found else 0
