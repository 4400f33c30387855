"""A spare engine: started, everything imported, waiting for its first command.

What an engine's start costs is silence when another one has died.  The spare has it behind it; it
uses no processor time while it waits, touches nothing of the rings, and opens no device.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from tui.audio.process import EngineProcess

FIRST_AFTER_S: Final = 2.0
"""The start of the program comes before it."""
NEXT_AFTER_S: Final = 0.1
"""When one was taken: what comes once may come again."""
AGAIN_AFTER_S: Final = 30.0
"""When one ended by itself: something may be wrong with this machine's sound."""


class Spare:
    """At most one spare process, kept while it is wanted."""

    def __init__(self, start: Callable[[], EngineProcess]) -> None:
        self._start = start
        self._process: EngineProcess | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._after_s = FIRST_AFTER_S

    @property
    def pid(self) -> int | None:
        """Of the one that waits."""
        return None if self._process is None else self._process.pid

    def want(self, wanted: bool) -> None:
        """Keep one from a moment from now on, or none."""
        if not wanted:
            self.close()
        elif self._process is None and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(self._after_s, self._start_now)

    def _start_now(self) -> None:
        self._timer = None
        self._process = self._start()

    def take(self) -> EngineProcess | None:
        """The spare, which is nobody's then; None: there is none."""
        self._after_s = NEXT_AFTER_S
        process = self._process
        if process is not None and process.alive:
            self._process = None
            process.run_ahead_of_others()
        else:
            process = None
        self.close()
        return process

    def ended(self) -> None:
        """The spare ended by itself."""
        self._process = None
        self._after_s = AGAIN_AFTER_S
        self.want(True)

    def close(self) -> None:
        """End it, and start none."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if self._process is not None:
            # It has nothing open: there is nothing to wait for.
            self._process.kill_quietly()
            self._process = None
