"""A loudspeaker that ran empty and told nobody: its clock does.

PulseAudio's ALSA plugin reports no underflow.  What is left of one is time: all that follows is
heard so much later, for good, while mere jitter (up to 20 ms on a busy machine) comes back.
"""

from __future__ import annotations

from typing import Final

WINDOW_BLOCKS: Final = 25
LATER_NS: Final = 25_000_000

_NEVER_NS: Final = 1 << 62


class Holes:
    """Told, for each block, when the stream would have begun by the time of this block."""

    def __init__(self) -> None:
        self.count = 0
        """How often the device ran empty, over all streams."""
        self.anew()

    def anew(self) -> None:
        """Another stream: it begins where it begins."""
        self._blocks = 0
        self._earliest_ns = _NEVER_NS
        self._latest_ns = -_NEVER_NS
        self._before_ns = self._long_before_ns = _NEVER_NS

    def note(self, began_ns: int) -> None:
        """Output callback.  A hole may lie in the window between the two that are compared."""
        self._earliest_ns = min(self._earliest_ns, began_ns)
        self._latest_ns = max(self._latest_ns, began_ns)
        self._blocks += 1
        if self._blocks < WINDOW_BLOCKS:
            return
        if self._earliest_ns > self._long_before_ns + LATER_NS:
            self.count += 1
            self._before_ns = _NEVER_NS
        self._long_before_ns, self._before_ns = self._before_ns, self._latest_ns
        self._blocks = 0
        self._earliest_ns = _NEVER_NS
        self._latest_ns = -_NEVER_NS
