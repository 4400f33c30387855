"""How much the loudspeaker's device holds: more after it ran empty, less after a quiet while."""

from __future__ import annotations

from typing import Final

STEPS_S: Final = (0.1, 0.15, 0.2, 0.45, 0.7)
"""The first never gaps on a machine that is not overloaded; the last is the most: so much must be
there before an answer can begin."""
DISTANT_STEP: Final = 3
"""A sound server on another machine: with less every round trip of 100 ms is a gap."""
BURST: Final = 3
"""So many troubles..."""
BURST_NS: Final = 10_000_000_000
"""...within this time: more at once, though to open anew in the middle of an answer is a break of
its own.  Fewer: before the next answer, where it costs nothing."""
QUIET_NS: Final = 60_000_000_000
"""After so much sound without trouble one step back is tried."""


class OutputLatency:
    """What to ask of the device, from how it fares."""

    def __init__(self, *, distant: bool = False) -> None:
        self._step = self._least = DISTANT_STEP if distant else 0
        self._troubles = 0
        self._recent_ns: list[int] = []
        self._quiet_ns = 0
        self._seen_ns = 0

    @property
    def seconds(self) -> float:
        """What the device should be opened with."""
        return STEPS_S[self._step]

    def look(self, now_ns: int, troubles: int, *, playing: bool) -> bool:
        """`troubles`: how often the device ran empty so far.  True: open it anew at once."""
        passed_ns = min(now_ns - self._seen_ns, 1_000_000_000)
        self._seen_ns = now_ns
        if troubles > self._troubles:
            self._recent_ns += [now_ns] * (troubles - self._troubles)
            self._recent_ns = [at for at in self._recent_ns if now_ns - at < BURST_NS][-BURST:]
            self._troubles = troubles
            self._quiet_ns = 0
            self._step = min(self._step + 1, len(STEPS_S) - 1)
            return playing and len(self._recent_ns) == BURST
        if playing:
            self._quiet_ns += passed_ns
        if self._quiet_ns >= QUIET_NS and self._step > self._least:
            self._step -= 1
            self._quiet_ns = 0
        return False
