"""Whether the other side of a connection still lives, from pings and whatever else arrives."""

from __future__ import annotations

from typing import Final

PING_EVERY_S: Final = 0.5
"""While we send: what is on its way in a stall must be little."""
IDLE_PING_EVERY_S: Final = 3.0
_IDLE_AFTER_S: Final = 2.0
HOLD_AFTER_S: Final = 1.0
"""A ping unanswered for so long, and nothing else heard: no more sound is sent into it."""
STALLED_AFTER_S: Final = 2.0
"""...and a person is told."""
DEAD_AFTER_S: Final = 20.0
"""...and the connection is given up."""
PROBE_S: Final = 1.0
"""The same when there is a reason to doubt it."""


class Pulse:
    """One ping is out at a time; anything received is a sign of life.  Times are arguments.

    A service that never answered a ping proves nothing by its silence.
    """

    def __init__(self, now_s: float) -> None:
        self._heard_s = now_s
        self._pinged_s: float | None = None
        self._next_s = now_s
        self._sent_s = now_s
        self._answers = False
        self._probing = False

    def ping_due(self, now_s: float) -> bool:
        """Whether to send a ping now; it counts as sent."""
        if self._pinged_s is not None or now_s < self._next_s:
            return False
        self._pinged_s = now_s
        return True

    def answered(self, now_s: float) -> None:
        """The pong has come."""
        self._answers = True
        self._pinged_s = None
        self._probing = False
        idle = now_s - self._sent_s > _IDLE_AFTER_S
        self._next_s = now_s + (IDLE_PING_EVERY_S if idle else PING_EVERY_S)
        self.heard(now_s)

    def sent(self, now_s: float) -> None:
        """Something of ours goes out."""
        self._sent_s = now_s
        self._next_s = min(self._next_s, now_s + PING_EVERY_S)

    def heard(self, now_s: float) -> None:
        """Something arrived, if only a part of a message."""
        self._heard_s = now_s

    def probe(self, now_s: float) -> None:
        """The computer may have slept: an answer must come at once, or there is nobody."""
        self._probing = True
        self._heard_s = now_s
        self._pinged_s = None
        self._next_s = now_s

    def unheard_s(self, now_s: float) -> float:
        """How long ago the last sign of life came: what was sent since may still be on its way."""
        return now_s - self._heard_s

    def silent_s(self, now_s: float) -> float:
        """Since when an answer is overdue; 0 while all is well or nothing can be known."""
        if self._pinged_s is None or not (self._answers or self._probing):
            return 0.0
        return max(0.0, now_s - max(self._heard_s, self._pinged_s))

    def dead(self, now_s: float) -> bool:
        """Whether to give the connection up."""
        limit_s = PROBE_S if self._probing else DEAD_AFTER_S
        return self.silent_s(now_s) >= limit_s
