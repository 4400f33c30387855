"""What waits to be sent: nothing is lost but microphone audio that has become too old."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final

OLDEST_AUDIO_S: Final = 3.0
"""Captured audio that waited longer is not worth sending: the talk has moved on."""

APPEND: Final = "input_audio_buffer.append"


class Outgoing:
    """A queue in order; audio older than `OLDEST_AUDIO_S` leaves it unsent and is counted."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._waiting: deque[tuple[float, dict[str, object]]] = deque()
        self._wake = asyncio.Event()
        self.taken_s = 0.0
        """When the message that `get` gave last was put."""
        self.oldest_s = OLDEST_AUDIO_S
        """Audio that waits longer is dropped; back to the usual when all is sent."""
        self.dropped = 0
        """Audio messages that became too old."""

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: dict[str, object]) -> None:
        """Queue a message.  Never blocks."""
        now_s = self._clock()
        if message.get("type") == APPEND:
            self._drop_old_audio(now_s)
        self._waiting.append((now_s, message))
        self._wake.set()

    def _drop_old_audio(self, now_s: float) -> None:
        if not self._waiting or now_s - self._waiting[0][0] <= self.oldest_s:
            return
        kept = [
            (since_s, message)
            for since_s, message in self._waiting
            if message.get("type") != APPEND or now_s - since_s <= self.oldest_s
        ]
        self.dropped += len(self._waiting) - len(kept)
        self._waiting = deque(kept)

    async def get(self) -> dict[str, object]:
        """The next message; waits for one."""
        while True:
            self._drop_old_audio(self._clock())
            if self._waiting:
                self.taken_s, message = self._waiting.popleft()
                return message
            self.oldest_s = OLDEST_AUDIO_S
            self._wake.clear()
            await self._wake.wait()

    def put_back(self, message: dict[str, object]) -> None:
        """What `get` gave last could not be sent yet."""
        self._waiting.appendleft((self.taken_s, message))
