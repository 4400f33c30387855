"""Notices a microphone that delivers nothing but zeros.

Real microphones have noise.  Zeros come for up to 1.5 s while a Bluetooth headset changes its
profile, and for ever where the system has not allowed this program to listen, or a switch on the
device is off: no system reports that as an error.
"""

from __future__ import annotations

import sys
from typing import Final

from engine.devices.names import named
from engine.devices.port import Deliver
from shared.pcm import FRAME_BYTES, RATE_HZ

HELD_FRAMES: Final = RATE_HZ * 3 // 2
"""Zeros at the beginning are not passed on, up to this much: they are no sound of the room."""
SILENT_FRAMES: Final = RATE_HZ * 4
"""So many zeros on end mean that nobody can be heard..."""
PAUSE_FRAMES: Final = RATE_HZ * 30
"""...but after a sound so many: what takes the noise away delivers zeros between two sentences."""

ADVICE: Final = {
    "darwin": "allow your terminal to use the microphone in System Settings, Privacy & Security",
    "win32": "allow programs to use the microphone in Settings, Privacy & security, Microphone",
}
ELSEWHERE: Final = "is it switched off or muted in the system's sound settings?"


class ZeroWatch:
    """In front of a `Deliver`: counts blocks and looks into each."""

    def __init__(self, deliver: Deliver) -> None:
        self._deliver = deliver
        self.blocks = 0
        """Delivered by the device, zeros included."""
        self._zeros = 0
        """Frames of zeros since the last sound."""
        self._sound = False

    def __call__(self, block: memoryview[int], adc_ns: int) -> None:
        """Input callback."""
        self.blocks += 1
        if any(block):
            self._zeros = 0
            self._sound = True
        else:
            self._zeros += len(block) // FRAME_BYTES
            if not self._sound and self._zeros <= HELD_FRAMES:
                return
        self._deliver(block, adc_ns)

    def problem(self, name: str) -> str:
        """What a person should know, in words; empty while the microphone hears something."""
        if self._zeros < (PAUSE_FRAMES if self._sound else SILENT_FRAMES):
            return ""
        advice = ADVICE.get(sys.platform, ELSEWHERE)
        return f"{named('input', name)} delivers only silence: {advice}"
