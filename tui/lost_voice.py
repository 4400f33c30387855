"""Who was speaking when the engine died ends the turn all the same.

The next engine's ear knows nothing of a voice that began before it: it tells of one that goes on
as of a new one, and of one that has ended meanwhile not at all.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from shared.messages import Voice

OPENING_MS: Final = 600
"""From an engine's first report until it has the microphone and can hear a voice in it."""


class LostVoice:
    """Between the engines' reports of voice and the call; lives on the call's loop."""

    def __init__(
        self, silence_ms: int, position: Callable[[], int], deliver: Callable[[Voice], None]
    ) -> None:
        """`position`: of the capture ring, up to which everything was read."""
        self._wait_s = (OPENING_MS + silence_ms) / 1000
        self._position = position
        self._deliver = deliver
        self._speaking = False
        self._timer: asyncio.TimerHandle | None = None

    def on_voice(self, voice: Voice) -> None:
        """Pass it on."""
        self._forget()
        self._speaking = voice.on
        self._deliver(voice)

    def on_engine_back(self) -> None:
        """Unless the new engine hears the voice soon, it has ended."""
        self._forget()
        if self._speaking:
            self._timer = asyncio.get_running_loop().call_later(self._wait_s, self._end)

    def _end(self) -> None:
        self.on_voice(Voice(False, self._position()))

    def _forget(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
