"""The two rings between front end and engine, in one shared segment.

Each is single producer, single consumer, PCM16 mono.  Positions are 64-bit frame counters that
only grow, each with exactly one writer, so full and empty differ without a flag and nothing ever
wraps: index = position % capacity.  A native aligned 64-bit store through memoryview("Q") is one
store, never seen torn.

A consumer may see a position only after the frames below it: x86 keeps that order by itself.  On
ARM Python has no fence; the exposed case is a consumer reading what was written microseconds ago,
which the playback side's prebuffer and the capture side's wake-up (a system call after the store)
keep apart.

Flush is one store: the producer sets the flush position to its written position, and the consumer
never reads below it again.  Idempotent, no epoch: what is written later lies higher.
"""

from __future__ import annotations

from typing import Final

from shared.pcm import FRAME_BYTES, RATE_HZ

HEADER_BYTES: Final = 4096
PLAYBACK_FRAMES: Final = 4 * 1024 * 1024
"""174 s: services send faster than real time."""
CAPTURE_FRAMES: Final = 1024 * 1024
"""43 s: a stalled front end loses no speech."""
KEPT_FRAMES: Final = 2 * RATE_HZ
"""Frames below the playback read position that the producer leaves alone: the echo reference and
the speaker's meter look back at what is leaving the loudspeaker now."""
LOOKS: Final = 10_000
"""At counters that are just being written, some milliseconds.  An engine that was killed in the
middle of it leaves them as they are, and who reads must not wait for it."""
SEGMENT_BYTES: Final = HEADER_BYTES + FRAME_BYTES * (PLAYBACK_FRAMES + CAPTURE_FRAMES)

# Words of the header, eight (64 bytes: a cache line) for each writer.
# The front end writes:
PLAY_WRITTEN: Final = 0
PLAY_FLUSH: Final = 1
"""Everything below is discarded."""
PLAY_END: Final = 2
"""Below here items are complete: running dry at or above it is no underrun."""
# The engine's playback side writes:
PLAY_READ: Final = 8
PLAY_SEQUENCE: Final = 9
"""Odd while the next four words are being written (a seqlock)."""
PLAY_POSITION: Final = 10
"""First frame of the block with sound that was handed to the device last."""
PLAY_COUNT: Final = 11
"""Its frames; the rest of the block was silence."""
PLAY_DAC_NS: Final = 12
"""CLOCK_MONOTONIC time at which its first frame leaves the loudspeaker."""
PLAY_DELAY_FRAMES: Final = 13
"""How far ahead of the loudspeaker the device was filled at that callback."""
PLAY_RUNNING: Final = 14
"""1 while the output stream runs."""
PLAY_UNDERRUNS: Final = 15
# The engine's capture side writes:
CAPTURE_WRITTEN: Final = 16
CAPTURE_OVERRUN_FRAMES: Final = 17
CAPTURE_GATED_FRAMES: Final = 18
"""Frames of the microphone that its gate kept back."""
CAPTURE_CAME_FRAMES: Final = 22
"""Frames of the microphone that came to its gate."""
CAPTURE_SEQUENCE: Final = 19
"""Odd while the next two words are being written (a seqlock)."""
CAPTURE_POSITION: Final = 20
"""First frame of the block written last."""
CAPTURE_ADC_NS: Final = 21
"""CLOCK_MONOTONIC time at which it reached the microphone."""
# The front end writes:
CAPTURE_READ: Final = 24


class Ring:
    """One ring: two counters and the frames between them."""

    def __init__(
        self,
        words: memoryview[int],
        data: memoryview[int],
        *,
        written_word: int,
        read_word: int,
        kept_frames: int = 0,
    ) -> None:
        self._words = words
        self._data = data
        self._written_word = written_word
        self._read_word = read_word
        self.capacity_frames = len(data) // FRAME_BYTES
        self._room_frames = self.capacity_frames - kept_frames

    @property
    def written(self) -> int:
        """Frames ever written; stored by the producer only."""
        return self._words[self._written_word]

    @property
    def read(self) -> int:
        """Frames ever read; stored by the consumer only."""
        return self._words[self._read_word]

    @read.setter
    def read(self, position: int) -> None:
        self._words[self._read_word] = position

    def write(self, pcm: bytes | memoryview[int]) -> int:
        """Producer: append whole frames as far as there is room; returns the frames accepted."""
        words = self._words
        written = words[self._written_word]
        room = self._room_frames - (written - words[self._read_word])
        count = min(len(pcm) // FRAME_BYTES, room)
        if count <= 0:
            return 0
        data = self._data
        size = count * FRAME_BYTES
        start = written % self.capacity_frames * FRAME_BYTES
        head = len(data) - start
        if size <= head:
            data[start : start + size] = memoryview(pcm)[:size]
        else:
            source = memoryview(pcm)
            data[start:] = source[:head]
            data[: size - head] = source[head:size]
        words[self._written_word] = written + count
        return count

    def copy_to(self, position: int, out: memoryview[int]) -> None:
        """Fill `out` (bytes, whole frames) from `position`; moves no counter."""
        data = self._data
        size = len(out)
        start = position % self.capacity_frames * FRAME_BYTES
        head = len(data) - start
        if size <= head:
            out[:] = data[start : start + size]
        else:
            out[:head] = data[start:]
            out[head:] = data[: size - head]

    def take(self) -> bytes:
        """Consumer: everything unread."""
        words = self._words
        read = words[self._read_word]
        written = words[self._written_word]
        if not 0 < written - read <= self.capacity_frames:
            return b""
        out = bytearray((written - read) * FRAME_BYTES)
        with memoryview(out) as view:
            self.copy_to(read, view)
        words[self._read_word] = written
        return bytes(out)

    def release(self) -> None:
        """Give up the views, so that the segment can be closed."""
        self._data.release()


class AudioRings:
    """Both rings and the header words of one segment."""

    def __init__(self, view: memoryview[int]) -> None:
        self.words: memoryview[int] = view[:HEADER_BYTES].cast("Q")
        middle = HEADER_BYTES + FRAME_BYTES * PLAYBACK_FRAMES
        self.playback = Ring(
            self.words,
            view[HEADER_BYTES:middle],
            written_word=PLAY_WRITTEN,
            read_word=PLAY_READ,
            kept_frames=KEPT_FRAMES,
        )
        self.capture = Ring(
            self.words,
            view[middle : middle + FRAME_BYTES * CAPTURE_FRAMES],
            written_word=CAPTURE_WRITTEN,
            read_word=CAPTURE_READ,
        )

    def playback_anchor(self) -> tuple[int, int]:
        """A position and when it leaves the loudspeaker: that of the block handed over last."""
        return self._anchor(PLAY_SEQUENCE, PLAY_POSITION, PLAY_DAC_NS)

    def capture_anchor(self) -> tuple[int, int]:
        """A position and when it reached the microphone: that of the block captured last."""
        return self._anchor(CAPTURE_SEQUENCE, CAPTURE_POSITION, CAPTURE_ADC_NS)

    def _anchor(self, sequence: int, position: int, time_ns: int) -> tuple[int, int]:
        words = self.words
        for _ in range(LOOKS):
            before = words[sequence]
            anchor = words[position], words[time_ns]
            if before % 2 == 0 and words[sequence] == before:
                break
        return anchor

    @property
    def sane(self) -> bool:
        """Whether the counters can be true: readers behind their writers, by no more than fits."""
        words = self.words
        for ring in (self.playback, self.capture):
            read = ring.read  # before `written`, which only grows
            if not 0 <= ring.written - read <= 2 * ring.capacity_frames:
                return False
        return words[PLAY_FLUSH] <= words[PLAY_WRITTEN]

    def mend(self, written: int) -> None:
        """Begin anew at this playback position, with nothing unread; no engine may run."""
        words = self.words
        for word in (PLAY_WRITTEN, PLAY_FLUSH, PLAY_END, PLAY_READ, PLAY_POSITION):
            words[word] = written
        for word in (PLAY_SEQUENCE, PLAY_COUNT, PLAY_DAC_NS, PLAY_DELAY_FRAMES, PLAY_RUNNING):
            words[word] = 0
        words[CAPTURE_WRITTEN] = words[CAPTURE_READ] = words[CAPTURE_SEQUENCE] = 0

    def heard_at(self, now_ns: int) -> int:
        """Playback position that leaves the loudspeaker at `now_ns` (CLOCK_MONOTONIC).

        For the front end; never above what was handed to the device, never below the flush.
        """
        words = self.words
        for _ in range(LOOKS):
            before = words[PLAY_SEQUENCE]
            position = words[PLAY_POSITION]
            count = words[PLAY_COUNT]
            dac_ns = words[PLAY_DAC_NS]
            running = words[PLAY_RUNNING]
            read = words[PLAY_READ]
            if before % 2 == 0 and words[PLAY_SEQUENCE] == before:
                break
        if not running:
            return read
        heard = position + (now_ns - dac_ns) * RATE_HZ // 1_000_000_000
        return max(0, words[PLAY_FLUSH], min(heard, position + count))

    def release(self) -> None:
        """Give up all views, so that the segment can be closed."""
        self.playback.release()
        self.capture.release()
        self.words.release()
