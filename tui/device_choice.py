"""What a person may do about devices while a call goes on: see them, pick one, hear it."""

from __future__ import annotations

import math
from array import array
from collections.abc import Mapping
from typing import Any, Final

from shared.pcm import RATE_HZ
from tui.errors import VoicetuiError
from tui.picked import SOURCE, Direction, remember
from tui.resolution import Resolution

NOUNS: Final[dict[Direction, str]] = {"input": "microphone", "output": "loudspeaker"}
TONES_HZ: Final = (659.3, 880.0)
TONE_S: Final = 0.35
EDGE_S: Final = 0.02
PEAK: Final = 8000


class DeviceChoice:
    """Of one run of the program: what was picked counts for every call of it."""

    def __init__(self, settings: Resolution) -> None:
        self._settings = settings
        self._names: dict[Direction, str] = {
            "input": settings.text("audio.input"),
            "output": settings.text("audio.output"),
        }

    @property
    def names(self) -> Mapping[Direction, str]:
        """What is wanted, in the words of the settings."""
        return self._names

    def listing(self) -> dict[str, Any]:
        """What there is, see `tui.commands.devices`.  Waits; raises VoicetuiError."""
        from tui.commands.devices import list_devices

        return list_devices()

    def pick(self, direction: Direction, name: str) -> str:
        """Use this one; returns what to say of the next start."""
        self._names[direction] = name
        source = self._settings.source(f"audio.{direction}")
        try:
            remember(direction, name)
        except (OSError, VoicetuiError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            return f"It could not be remembered for the next start: {reason}."
        if source in ("default", SOURCE):
            return "It is remembered for the next start."
        return f"At the next start {source} counts again."


def chime() -> bytes:
    """Two soft tones, PCM16 mono 24 kHz: does the loudspeaker work?"""
    samples = array("h")
    count = int(TONE_S * RATE_HZ)
    edge = int(EDGE_S * RATE_HZ)
    for hz in TONES_HZ:
        step = 2 * math.pi * hz / RATE_HZ
        for frame in range(count):
            gain = min(1.0, frame / edge, (count - 1 - frame) / edge)
            samples.append(round(PEAK * gain * math.sin(step * frame)))
    return samples.tobytes()
