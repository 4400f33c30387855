"""What playback does when somebody speaks into an answer, before anybody has decided anything.

Turned down, the voice gets through to whoever decides.  Paused, it is silent at once; a flush is
the decision that it was speech, and without one in time the answer goes on where it stopped.
"""

from __future__ import annotations

from typing import Final

from engine.playback import Playback
from shared.messages import BargeInMode

NS_PER_MS: Final = 1_000_000


class BargeIn:
    """Lives on the control thread."""

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        self._mode: BargeInMode = "off"
        self._pause_ns = 0
        self._resume_at_ns = 0

    def use(self, mode: BargeInMode, pause_limit_ms: int) -> None:
        """What to do from now on, and how long a pause waits for the decision."""
        self._mode = mode
        self._pause_ns = pause_limit_ms * NS_PER_MS
        if mode != "duck":
            self._playback.gain.duck(False)
        if mode != "pause":
            self._resume()

    def on_voice(self, on: bool, now_ns: int) -> None:
        """Somebody began or stopped to speak into an open microphone."""
        playback = self._playback
        if not on:
            playback.gain.duck(False)
        elif playback.running and self._mode == "duck":
            playback.gain.duck(True)
        elif playback.running and self._mode == "pause":
            playback.pause()
            self._resume_at_ns = now_ns + self._pause_ns

    def flushed(self) -> None:
        """It was speech: what comes next is another answer."""
        self._resume_at_ns = 0

    def attend(self, now_ns: int) -> None:
        """Go on where nobody decided."""
        if self._resume_at_ns and now_ns >= self._resume_at_ns:
            self._resume()

    def due_ns(self, now_ns: int) -> int | None:
        """Until `attend` has something to do."""
        return max(0, self._resume_at_ns - now_ns) if self._resume_at_ns else None

    def _resume(self) -> None:
        self._resume_at_ns = 0
        self._playback.resume()
