"""Where the sound breaks off because no more of it is there: no click, neither then nor after.

A break is bridged by the last moments played backwards and fading, which begins at the very sample
that was heard last; what comes after a break comes on a ramp.  Nothing of the answer itself is
held back for it, and no position moves.
"""

from __future__ import annotations

from typing import Final

from shared.pcm import FRAME_BYTES, ms_to_frames

TAIL_FRAMES: Final = ms_to_frames(10)
RAMP_FRAMES: Final = ms_to_frames(5)


class Seam:
    """Everything here runs in the output callback, but for `cut` while no stream runs."""

    def __init__(self) -> None:
        self._last = b""
        """What was played last, at most so much as the tail needs."""
        self._tail = memoryview(b"")
        self._ramp_at = RAMP_FRAMES

    def played(self, sound: memoryview[int]) -> None:
        """So much of the answer (bytes) went to the device, and there may be a break behind it."""
        self._last = bytes(sound[-TAIL_FRAMES * FRAME_BYTES :])
        if self._ramp_at < RAMP_FRAMES:
            self._climb(sound.cast("B").cast("h"))

    def breaks(self) -> None:
        """Nothing follows, though something should."""
        samples = memoryview(self._last).cast("h")
        count = len(samples)
        tail = memoryview(bytearray(len(self._last))).cast("h")
        for index in range(count):
            tail[index] = samples[count - 1 - index] * (count - index) // (count + 1)
        self._tail = tail.cast("B")
        self._ramp_at = 0

    def cut(self) -> None:
        """The stream was stopped in the middle of something that will go on."""
        self._tail = memoryview(b"")
        self._ramp_at = 0

    def end(self) -> None:
        """What comes next is something new."""
        self._last = b""
        self._tail = memoryview(b"")
        self._ramp_at = RAMP_FRAMES

    def fill(self, rest: memoryview[int]) -> None:
        """Fill what the answer leaves of a block (bytes): with the tail, then silence."""
        tail = self._tail[: len(rest)]
        self._tail = self._tail[len(tail) :]
        rest[: len(tail)] = tail
        rest[len(tail) :] = bytes(len(rest) - len(tail))

    def _climb(self, samples: memoryview[int]) -> None:
        for index in range(min(len(samples), RAMP_FRAMES - self._ramp_at)):
            self._ramp_at += 1
            samples[index] = samples[index] * self._ramp_at // (RAMP_FRAMES + 1)
