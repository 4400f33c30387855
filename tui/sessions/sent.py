"""What of the microphone really went out, and what of it since the mute.

Counted at the last place of each session kind: behind the write to the socket for Realtime, where
sound enters the recording that will be uploaded for the kinds over HTTP.  Silence is not counted as
sound: while muted, a service that listens for the end of a turn gets zeros until it has found it.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from shared.pcm import FRAME_BYTES, RATE_HZ
from tui.sessions.options import WireFormat

G711_RATE_HZ: Final = 8000
FILTER_S: Final = 0.05
"""The filter in front of G.711 gives the last 2 ms before the mute with the first silence."""

_SILENT: Final[dict[WireFormat, frozenset[str]]] = {
    "pcm": frozenset("A="),
    "pcmu": frozenset("/w8="),  # 0xFF
    "pcma": frozenset("1dXVQU="),  # 0xD5
}
"""Letters that base64 of nothing but silence consists of."""


class Sent:
    """Counts frames of 24 kHz; times are monotonic seconds."""

    def __init__(self, on_leak: Callable[[int], None] = lambda frames: None) -> None:
        self._on_leak = on_leak
        self._muted_s: float | None = None
        self._file_s = (0.0, 0.0)
        self.form: WireFormat = "pcm"
        """Of the messages."""
        self.dropped = 0
        """Messages with sound that became too old to be sent."""
        self.frames = 0
        """All frames that went out, silence among them."""
        self.since_mute = 0
        """Of these, frames with sound in them that were handed over after the mute."""

    def mute(self, on: bool, now_s: float) -> None:
        """The engine has acknowledged a mute, or its end."""
        self._muted_s = now_s if on else None
        self.since_mute = 0

    def file(self, on: bool) -> None:
        """What goes out from now on is a recorded file and no microphone, or no more."""
        now_s = time.monotonic()
        self._file_s = (now_s, float("inf")) if on else (self._file_s[0], now_s)

    def pcm(self, pcm: bytes, handed_s: float) -> None:
        """Sound went into an upload."""
        self._count(len(pcm) // FRAME_BYTES, any(pcm), handed_s)

    def base64(self, audio: str, handed_s: float) -> None:
        """A message with sound was written to the socket; it was queued at `handed_s`."""
        size_bytes = len(audio) * 3 // 4 - audio.count("=", -2)
        if self.form == "pcm":
            frames = size_bytes // FRAME_BYTES
        else:
            frames = size_bytes * (RATE_HZ // G711_RATE_HZ)
            handed_s -= FILTER_S
        self._count(frames, not _SILENT[self.form].issuperset(audio), handed_s)

    def _count(self, frames: int, sounds: bool, handed_s: float) -> None:
        self.frames += frames
        if not sounds or self._muted_s is None or handed_s <= self._muted_s:
            return
        if not self._file_s[0] <= handed_s <= self._file_s[1]:
            self.since_mute += frames
            self._on_leak(self.since_mute)
