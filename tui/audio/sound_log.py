"""What went through the microphone's gate and what was heard, each piece at its time.

The last half minute is kept, in memory only; who records gets every piece as it comes.  Times are
those of the devices: a frame stands where it reached the microphone or left the loudspeaker, on one
clock for both.  What was flushed before it was heard is in none of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Literal, NamedTuple

from shared.pcm import FRAME_BYTES, RATE_HZ

KEPT_FRAMES: Final = 30 * RATE_HZ
TOLERANCE_FRAMES: Final = RATE_HZ // 10
"""Device times jitter, most where a stream begins: a piece that follows the one before is moved
only when it is further off."""
JUMP_FRAMES: Final = RATE_HZ // 100
"""More than jitter: the device has stumbled, or is another one; its clock is measured anew."""

NOWHERE: Final = -1
_NS: Final = 1_000_000_000

Side = Literal["mic", "speaker"]
OnPiece = Callable[[Side, int, bytes], None]


class Anchor(NamedTuple):
    """A ring position, and when its frame was at the device."""

    position: int
    at_ns: int


class Track:
    """One direction: pieces in order, none over another; positions are those of its ring."""

    def __init__(self, began_ns: int) -> None:
        self._began_ns = began_ns
        self._pieces: deque[tuple[int, bytes]] = deque()
        self._kept = 0
        self.end = 0
        """Frames from the beginning to the end of the last piece."""
        self._first: Anchor | None = None
        self._last: Anchor | None = None
        self._next = NOWHERE

    def add(self, position: int, pcm: bytes, anchor: Anchor | None) -> tuple[int, bytes]:
        """Frames from ring position `position` on; where they stand, and what is left of them.

        Without an anchor (there is no clock) they follow what came before.
        """
        start = self.end
        after = position + len(pcm) // FRAME_BYTES
        if anchor is not None:
            follows = position == self._next
            wanted = self._frame_of(position, anchor)
            jumps = wanted > start + (TOLERANCE_FRAMES if follows else 0)
            self._measure(anchor, follows and not jumps)
            if jumps:
                start = wanted
            elif follows and wanted < start - TOLERANCE_FRAMES:
                pcm = pcm[(start - wanted) * FRAME_BYTES :]  # the device's clock is too fast
        self._next = after
        if pcm:
            self._keep(start, pcm)
        return start, pcm

    def anew(self) -> None:
        """What comes next follows nothing, whatever its position: another stream plays it."""
        self._next = NOWHERE

    def _frame_of(self, position: int, anchor: Anchor) -> int:
        since_ns = anchor.at_ns - self._began_ns
        return max(0, since_ns * RATE_HZ // _NS + position - anchor.position)

    def _measure(self, anchor: Anchor, follows: bool) -> None:
        last = self._last
        if last is not None:
            off = anchor.position - last.position - (anchor.at_ns - last.at_ns) * RATE_HZ // _NS
            follows = follows and abs(off) < JUMP_FRAMES
        if self._first is None or not follows:
            self._first = anchor
        self._last = anchor

    @property
    def drift_ppm(self) -> int | None:
        """How much faster the device's clock is than ours; None: not known yet."""
        first, last = self._first, self._last
        if first is None or last is None or last.at_ns - first.at_ns < 10 * _NS:
            return None
        ours = (last.at_ns - first.at_ns) * RATE_HZ / _NS
        return round(((last.position - first.position) / ours - 1) * 1e6)

    def _keep(self, start: int, pcm: bytes) -> None:
        self.end = start + len(pcm) // FRAME_BYTES
        self._pieces.append((start, pcm))
        self._kept += len(pcm) // FRAME_BYTES
        while self._kept > KEPT_FRAMES + RATE_HZ:
            self._kept -= len(self._pieces.popleft()[1]) // FRAME_BYTES

    def render(self, start: int, end: int) -> bytes:
        """The sound between two frames, with silence where nothing was."""
        out = bytearray((end - start) * FRAME_BYTES)
        for at, pcm in self._pieces:
            low, high = max(at, start), min(at + len(pcm) // FRAME_BYTES, end)
            if low < high:
                part = pcm[(low - at) * FRAME_BYTES : (high - at) * FRAME_BYTES]
                out[(low - start) * FRAME_BYTES : (high - start) * FRAME_BYTES] = part
        return bytes(out)


class SoundLog:
    """Both directions on one clock; it begins when it is made."""

    def __init__(self, began_ns: int) -> None:
        self._began_ns = began_ns
        self.mic = Track(began_ns)
        self.speaker = Track(began_ns)
        self.on_piece: OnPiece | None = None
        """Gets every piece: its side, its first frame on the log's clock, its sound."""

    def frame_at(self, now_ns: int) -> int:
        """The log's clock."""
        return (now_ns - self._began_ns) * RATE_HZ // _NS

    def add(self, side: Side, position: int, pcm: bytes, anchor: Anchor | None) -> None:
        """A piece of one direction."""
        track = self.mic if side == "mic" else self.speaker
        start, pcm = track.add(position, pcm, anchor)
        if pcm and self.on_piece is not None:
            self.on_piece(side, start, pcm)

    def last(self, now_ns: int) -> tuple[bytes, bytes]:
        """Microphone and loudspeaker of the last half minute, of the same length."""
        end = max(self.frame_at(now_ns), self.mic.end, self.speaker.end)
        start = max(0, end - KEPT_FRAMES)
        return self.mic.render(start, end), self.speaker.render(start, end)
