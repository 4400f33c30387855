"""A cough is no turn: holds back a voice that began while an answer was paused for it.

Where the service decides, it is the engine that waits for its word.  Where the engine's voice
activity decides (the kinds over HTTP) the answer is already silent, so that there is time to see
whether somebody really speaks; what was captured meanwhile is kept by the microphone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from shared.messages import BargeInMode, Voice
from shared.pcm import ms_to_frames

COUGH_MS: Final = 350
"""Shorter is no word to the answer."""
PADDING_MS: Final = 300
"""The engine takes speech to begin this much before it was noticed."""
LONGEST_WAIT_MS: Final = 1_500
SERVICE_MS: Final = 1_500
"""A service that detects speech has said so by then, over a slow line too."""
MARGIN_MS: Final = 400
"""Between our decision and the flush that comes of it."""


def pause_limit_ms(turns: str, silence_ms: int) -> int:
    """How long the engine waits for a decision before the answer goes on."""
    return SERVICE_MS if turns == "service" else _wait_ms(silence_ms) + MARGIN_MS


def _wait_ms(silence_ms: int) -> int:
    """Who has not been silent for `silence_ms` by then has spoken longer than a cough."""
    return min(silence_ms + COUGH_MS, LONGEST_WAIT_MS)


class BargeIn:
    """Between the engine's reports of voice and the microphone; lives on the call's loop."""

    def __init__(
        self,
        mode: BargeInMode,
        silence_ms: int,
        deliver: Callable[[Voice], None],
        answering: Callable[[], bool],
    ) -> None:
        self._holds = mode == "pause"
        self._wait_s = _wait_ms(silence_ms) / 1000
        self._deliver = deliver
        self._answering = answering
        self._held: Voice | None = None
        self._timer: asyncio.TimerHandle | None = None

    def on_voice(self, voice: Voice) -> None:
        """Pass it on, now or when it is known to be speech."""
        if voice.on and self._holds and self._answering():
            self._forget()
            self._held = voice
            self._timer = asyncio.get_running_loop().call_later(self._wait_s, self._release)
            return
        held = self._held
        if held is not None and not voice.on:
            spoken = voice.position - held.position - ms_to_frames(PADDING_MS)
            if spoken < ms_to_frames(COUGH_MS):
                self._forget()
                return
            self._release()
        self._deliver(voice)

    def _release(self) -> None:
        held = self._held
        self._forget()
        if held is not None:
            self._deliver(held)

    def _forget(self) -> None:
        self._held = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
