"""Turns the answer down while somebody speaks, and up again, on a ramp that does not click."""

from __future__ import annotations

from typing import Final

from shared.pcm import ms_to_frames

DUCKED: Final = 0.25
"""-12 dB: still to be followed, and a voice stands out from its echo."""
DOWN_FRAMES: Final = ms_to_frames(20)
UP_FRAMES: Final = ms_to_frames(150)


class Gain:
    """`apply` runs in the output callback, the rest on the control thread."""

    def __init__(self) -> None:
        self._now = self._wanted = 1.0

    @property
    def idle(self) -> bool:
        """Nothing to do: samples leave as they are."""
        return self._now == 1.0 and self._wanted == 1.0

    def duck(self, on: bool) -> None:
        """Turn down, or up again."""
        self._wanted = DUCKED if on else 1.0

    def restart(self) -> None:
        """Another answer begins as loud as it is."""
        self._now = self._wanted = 1.0

    def apply(self, block: memoryview[int]) -> None:
        """Scale PCM16 in place."""
        samples = block.cast("B").cast("h")
        now, wanted = self._now, self._wanted
        down, up = (1 - DUCKED) / DOWN_FRAMES, (1 - DUCKED) / UP_FRAMES
        for index, sample in enumerate(samples):
            if now > wanted:
                now = max(wanted, now - down)
            elif now < wanted:
                now = min(wanted, now + up)
            samples[index] = round(sample * now)
        self._now = now
