"""The sound of each turn, cut out of what was sent and what was received."""

from __future__ import annotations

from collections import deque
from typing import Final

from shared.pcm import FRAME_BYTES, FRAMES_PER_MS, RATE_HZ
from tui.call_events import Clip

KEPT_BYTES: Final = 300 * RATE_HZ * FRAME_BYTES
"""Of what was sent, and of an answer: five minutes, longer than nearly any turn; 14 MB at most."""
OVERLAP_BYTES: Final = 10 * RATE_HZ * FRAME_BYTES
"""A turn may begin so much before the end of the one that was committed last."""


class Clips:
    """One per session: positions are those of the service's clock of received audio."""

    def __init__(self) -> None:
        self._sent: deque[bytes] = deque()
        self._kept_bytes = 0
        self._sent_bytes = 0
        self._turn_start_bytes: int | None = None
        self._turn_end_bytes: int | None = None
        self._answers: dict[str, bytearray] = {}

    def sent(self, pcm: bytes) -> None:
        """Captured sound went to the service."""
        self._sent.append(pcm)
        self._sent_bytes += len(pcm)
        self._kept_bytes += len(pcm)
        while self._kept_bytes > KEPT_BYTES:
            self._kept_bytes -= len(self._sent.popleft())

    def turn_begins(self, at_ms: int | None = None) -> None:
        """The user's turn begins at `at_ms`, or now."""
        self._turn_start_bytes = self._sent_bytes if at_ms is None else _bytes(at_ms)
        self._turn_end_bytes = None

    def turn_ends(self, at_ms: int) -> None:
        """The user's turn ends at `at_ms`."""
        self._turn_end_bytes = _bytes(at_ms)

    def turn_committed(self, item_id: str) -> Clip | None:
        """The user's turn has its name."""
        start = self._turn_start_bytes
        if start is None:
            return None
        end = self._turn_end_bytes or self._sent_bytes
        self._turn_start_bytes = self._turn_end_bytes = None
        pcm = b"".join(self._sent)
        first = self._sent_bytes - self._kept_bytes
        clip = pcm[max(0, start - first) : max(0, end - first)]
        self._forget_before(end - OVERLAP_BYTES)
        return Clip(item_id, "user", clip) if clip else None

    def _forget_before(self, position_bytes: int) -> None:
        """No later turn begins there."""
        kept_from = self._sent_bytes - self._kept_bytes
        while self._sent and kept_from + len(self._sent[0]) <= position_bytes:
            size_bytes = len(self._sent.popleft())
            self._kept_bytes -= size_bytes
            kept_from += size_bytes

    def received(self, item_id: str, pcm: bytes) -> None:
        """Sound of an answer."""
        answer = self._answers.setdefault(item_id, bytearray())
        answer += pcm[: max(0, KEPT_BYTES - len(answer))]

    def answer_ended(self, item_id: str) -> Clip | None:
        """All sound of an answer, or all there will be, has come."""
        pcm = self._answers.pop(item_id, None)
        return Clip(item_id, "assistant", bytes(pcm)) if pcm else None


def _bytes(at_ms: int) -> int:
    return at_ms * FRAMES_PER_MS * FRAME_BYTES
