"""When which frame leaves the loudspeaker: the device's clock, kept per callback.

The output callback notes for each block its device time and the ring position in it.  Everything
that asks "what is being heard?" reads here: the heard position on flush, the echo reference, the
speaker's meter.  Fixed arrays, one writer (the callback), nothing allocated.
"""

from __future__ import annotations

from typing import Final

from shared.pcm import RATE_HZ
from shared.ring import Ring

BLOCKS: Final = 256
"""Callbacks remembered: 2.5 s of 10 ms blocks, more than any device buffer."""

_NS: Final = 1_000_000_000


class Timeline:
    """The last blocks handed to the output device."""

    def __init__(self, ring: Ring) -> None:
        self._ring = ring
        self._dac_ns = [0] * BLOCKS
        self._stream_frame = [0] * BLOCKS
        self._position = [0] * BLOCKS
        self._silent = [0] * BLOCKS
        self._count = [0] * BLOCKS
        self.blocks = 0
        """Blocks ever noted; the newest is at (blocks - 1) % BLOCKS."""
        self._first = 0
        self.frames = 0
        """Frames handed to the device since `clear`, silence included."""
        self.epoch = 0
        """Grows with every `clear`: frame numbers of another epoch mean nothing."""

    def clear(self) -> None:
        """The stream was stopped: nothing is leaving the loudspeaker."""
        self._first = self.blocks
        self.frames = 0
        self.epoch += 1

    def note(self, dac_ns: int, position: int, silent: int, count: int, frames: int) -> None:
        """Output callback: a block begins at `dac_ns` with `silent` zeros, then `count` frames."""
        index = self.blocks % BLOCKS
        self._dac_ns[index] = dac_ns
        self._stream_frame[index] = self.frames
        self._position[index] = position
        self._silent[index] = silent
        self._count[index] = count
        self.frames += frames
        self.blocks += 1

    def stream_frame_at(self, now_ns: int) -> int | None:
        """The frame of the stream (silence counts) that is at the loudspeaker at `now_ns`."""
        newest = self.blocks - 1
        if newest < self._first:
            return None
        index = newest % BLOCKS
        return self._stream_frame[index] + (now_ns - self._dac_ns[index]) * RATE_HZ // _NS

    def heard_at(self, now_ns: int) -> int | None:
        """Ring position up to which frames have left the loudspeaker; None: stream not running."""
        for number in range(self.blocks - 1, max(self._first, self.blocks - BLOCKS) - 1, -1):
            index = number % BLOCKS
            if self._dac_ns[index] <= now_ns or number == self._first:
                into = (now_ns - self._dac_ns[index]) * RATE_HZ // _NS - self._silent[index]
                return self._position[index] + max(0, min(into, self._count[index]))
        return None

    def last_sound_ns(self) -> int:
        """When the last frame of the ring handed over so far leaves the loudspeaker; 0: none."""
        for number in range(self.blocks - 1, max(self._first, self.blocks - BLOCKS) - 1, -1):
            index = number % BLOCKS
            if self._count[index]:
                end = self._silent[index] + self._count[index]
                return self._dac_ns[index] + end * _NS // RATE_HZ
        return 0

    def copy_stream(self, stream_frame: int, out: memoryview[int]) -> bool:
        """Fill `out` (bytes) with what the device was given from `stream_frame` on.

        Frames not known (too old, not yet handed over) are zeros.  Returns whether any of it came
        from the ring.
        """
        size_frames = len(out) // 2
        end = stream_frame + size_frames
        sound = False
        blocks = self.blocks
        start_block = max(self._first, blocks - BLOCKS)
        out[:] = bytes(len(out))
        for number in range(blocks - 1, start_block - 1, -1):
            index = number % BLOCKS
            first = self._stream_frame[index] + self._silent[index]
            last = first + self._count[index]
            if last > stream_frame and first < end and self._count[index]:
                low = max(first, stream_frame)
                high = min(last, end)
                part = out[(low - stream_frame) * 2 : (high - stream_frame) * 2]
                self._ring.copy_to(self._position[index] + low - first, part)
                sound = True
            if self._stream_frame[index] <= stream_frame:
                break
        return sound
