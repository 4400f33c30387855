"""When which frame leaves the loudspeaker: the device's clock, kept per callback.

The output callback notes for each block its device time, the ring position in it and its samples.
Everything that asks "what is being heard?" reads here: the heard position on flush, the echo
reference, the speaker's meter.  Fixed arrays, one writer (the callback), nothing allocated.
"""

from __future__ import annotations

from typing import Final

from engine.holes import Holes
from shared.pcm import FRAME_BYTES, RATE_HZ

BLOCKS: Final = 256
"""Callbacks remembered: 2.5 s of 10 ms blocks, more than any device buffer."""
KEPT_FRAMES: Final = BLOCKS * RATE_HZ // 100
"""Samples remembered, as they were given to the device: turned down, faded, concealed."""
STEADY_BLOCKS: Final = 64
"""Device times jitter by a few ms: so many of them are averaged."""
JUMP_NS: Final = 10_000_000
"""More than jitter: the device has stumbled."""

_NS: Final = 1_000_000_000


class Timeline:
    """The last blocks handed to the output device."""

    def __init__(self) -> None:
        self._samples = memoryview(bytearray(KEPT_FRAMES * FRAME_BYTES))
        self._began_ns = 0
        """When the stream's first frame left the loudspeaker, by the average of device times."""
        self._averaged = 0
        self.jumps = 0
        """How often the device has stumbled: what leaves it is not where it was."""
        self._holes = Holes()
        self._first_sound = self._sound_end = 0
        """Stream frames between which something came from the ring."""
        self._dac_ns = [0] * BLOCKS
        self._position = [0] * BLOCKS
        self._silent = [0] * BLOCKS
        self._count = [0] * BLOCKS
        self.blocks = 0
        """Blocks ever noted; the newest is at (blocks - 1) % BLOCKS."""
        self._first = 0
        self.frames = 0
        """Frames ever handed to the device, silence included."""
        self.epoch = 0
        """Grows with every start of the stream."""
        self._first_frame = 0
        """Of this epoch."""
        self._ended_ns = 1
        """When the stream was stopped; 0 while it runs."""

    def clear(self, now_ns: int) -> None:
        """The stream was stopped: from now on nothing leaves the loudspeaker.

        What left it before can still be asked for: the microphone's blocks come a little late.
        """
        self._first = self.blocks
        if not self._ended_ns:
            self._ended_ns = now_ns

    def note(
        self,
        dac_ns: int,
        position: int,
        silent: int,
        count: int,
        block: memoryview[int],
    ) -> None:
        """Output callback: `block` begins at `dac_ns` with `silent` zeros, then `count` frames.

        `position` is the ring's at the first of these frames.
        """
        index = self.blocks % BLOCKS
        if self._ended_ns:
            self._begin()
        began = self.frames
        self._dac_ns[index] = dac_ns
        self._position[index] = position
        self._silent[index] = silent
        self._count[index] = count
        self._keep(began, block)
        began_ns = dac_ns - (began - self._first_frame) * _NS // RATE_HZ
        self._average(began_ns)
        self._holes.note(began_ns)
        if count:
            if self._sound_end <= self._first_frame:
                self._first_sound = began + silent
            self._sound_end = began + silent + count
        self.frames = began + len(block) // FRAME_BYTES
        self.blocks += 1

    def _begin(self) -> None:
        self._ended_ns = 0
        self._first_frame = self._first_sound = self._sound_end = self.frames
        self._averaged = 0
        self._holes.anew()
        self.epoch += 1

    def _keep(self, frame: int, block: memoryview[int]) -> None:
        samples = self._samples
        start = frame % KEPT_FRAMES * FRAME_BYTES
        head = len(samples) - start
        if len(block) <= head:
            samples[start : start + len(block)] = block
        else:
            samples[start:] = block[:head]
            samples[: len(block) - head] = block[head:]

    def _average(self, began_ns: int) -> None:
        error_ns = began_ns - self._began_ns
        if not self._averaged or abs(error_ns) > JUMP_NS:
            self.jumps += bool(self._averaged)
            self._averaged = 1
            self._began_ns = began_ns
            return
        self._averaged = min(self._averaged + 1, STEADY_BLOCKS)
        self._began_ns += error_ns // self._averaged

    @property
    def holes(self) -> int:
        """How often the device ran empty, by its clock."""
        return self._holes.count

    def stream_frame_at(self, now_ns: int) -> float | None:
        """The frame of the stream (silence counts) that is at the loudspeaker at `now_ns`."""
        if not self._averaged or (self._ended_ns and now_ns >= self._ended_ns):
            return None
        return self._first_frame + (now_ns - self._began_ns) * RATE_HZ / _NS

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

    def sounds(self, stream_frame: int, frames: int) -> bool:
        """Whether any of these frames of the stream lies where something came from the ring."""
        return self._first_sound < stream_frame + frames and stream_frame < self._sound_end

    def copy_stream(self, stream_frame: int, out: memoryview[int]) -> None:
        """Fill `out` (bytes) with what the device was given from `stream_frame` on.

        Frames not known (too old, not yet handed over) are zeros.
        """
        frames = len(out) // FRAME_BYTES
        low = max(stream_frame, self.frames - KEPT_FRAMES, self._first_frame)
        high = min(stream_frame + frames, self.frames)
        if (low, high) != (stream_frame, stream_frame + frames):
            out[:] = bytes(len(out))
        if high <= low:
            return
        part = out[(low - stream_frame) * FRAME_BYTES : (high - stream_frame) * FRAME_BYTES]
        samples = self._samples
        start = low % KEPT_FRAMES * FRAME_BYTES
        head = len(samples) - start
        if len(part) <= head:
            part[:] = samples[start : start + len(part)]
        else:
            part[:head] = samples[start:]
            part[head:] = samples[: len(part) - head]
