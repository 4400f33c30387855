"""How much the loudspeaker's device holds: more after it ran empty, less after a quiet while."""

from __future__ import annotations

from typing import Final

STEPS_S: Final = (0.1, 0.2, 0.4)
"""The first never gaps on a machine that is not overloaded; the last is the most."""
BURST_NS: Final = 10_000_000_000
"""Twice within this time: more at once, in the middle of the answer.  Once: before the next."""
QUIET_NS: Final = 60_000_000_000
"""After so much sound without trouble one step back is tried."""
NARROW: Final = 0.3
"""Filled to less than this share the device has almost run empty: as good as a warning."""


class OutputLatency:
    """What to ask of the device, from how it fares."""

    def __init__(self) -> None:
        self._step = 0
        self._troubles = 0
        self._last_trouble_ns = -BURST_NS
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
            urgent = now_ns - self._last_trouble_ns < BURST_NS or troubles - self._troubles > 1
            self._troubles = troubles
            self._last_trouble_ns = now_ns
            self._quiet_ns = 0
            if self._step + 1 < len(STEPS_S):
                self._step += 1
                return urgent and playing
            return False
        if playing:
            self._quiet_ns += passed_ns
        if self._quiet_ns >= QUIET_NS and self._step:
            self._step -= 1
            self._quiet_ns = 0
        return False
