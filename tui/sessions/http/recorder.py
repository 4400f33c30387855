"""A turn that is being recorded, and whether it is worth sending."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.pcm import FRAME_BYTES, RATE_HZ
from tui.sessions.http.desk import Desk
from tui.sessions.loudness import Loudness, measure

SHORTEST_BYTES: Final = RATE_HZ // 10 * FRAME_BYTES
LONGEST_BYTES: Final = 10 * 60 * RATE_HZ * FRAME_BYTES
"""Ten minutes; what comes later is not taken."""


@dataclass(frozen=True, slots=True)
class Recording:
    """Captured sound with speech in it."""

    pcm: bytes
    loudness: Loudness


class Recorder:
    """Collects captured sound until the turn is over."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._pcm = bytearray()
        self._full = False

    def clear(self) -> None:
        """Begin anew."""
        self._pcm.clear()
        self._full = False

    def add(self, pcm: bytes) -> None:
        """More captured sound."""
        if len(self._pcm) + len(pcm) <= LONGEST_BYTES:
            self._pcm += pcm
        elif not self._full:
            self._full = True
            self._desk.notice("The turn is longer than ten minutes; the rest is lost.", "warning")

    def finish(self) -> Recording | str:
        """The whole turn; or, told as a notice, why there is nothing to send."""
        pcm = bytes(self._pcm)
        self.clear()
        if len(pcm) < SHORTEST_BYTES:
            self._desk.notice("Too short: nothing was sent. Hold on a little longer.", "warning")
            return "too short"
        loudness = measure(pcm)
        if loudness.silent:
            self._desk.notice("No speech was heard: nothing was sent.")
            return "no speech"
        return Recording(pcm, loudness)
