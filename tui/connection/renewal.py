"""When a session is exchanged for a new one: before its time limit, while nobody speaks."""

from __future__ import annotations

from typing import Final

LEAD_S: Final = 300.0
"""From so long before the end on, a pause is waited for."""
LEAD_SHARE: Final = 0.25
"""Of short sessions: the last quarter."""
PAUSE_S: Final = 1.5
"""So long nothing may have happened."""
AGAIN_S: Final = 15.0
"""After an exchange that failed."""
LONGEST_LIFE_S: Final = 86_400.0
"""A longer one is a clock that is wrong."""


class Renewal:
    """Asks to be fed with the time and whether there is a pause; says when to begin."""

    def __init__(self, began_s: float, life_s: float | None) -> None:
        """`life_s`: from the beginning to the end; None: not known."""
        if life_s is not None and not 0 < life_s <= LONGEST_LIFE_S:
            life_s = None
        self.ends_s = None if life_s is None else began_s + life_s
        lead_s = 0.0 if life_s is None else min(LEAD_S, life_s * LEAD_SHARE)
        self._from_s = None if self.ends_s is None else self.ends_s - lead_s
        self._pause_s = min(PAUSE_S, lead_s / 3)
        self._quiet_since_s: float | None = None
        self._not_before_s = 0.0

    def due(self, now_s: float, *, quiet: bool) -> bool:
        """Whether to open the next session now."""
        if not quiet:
            self._quiet_since_s = None
            return False
        if self._quiet_since_s is None:
            self._quiet_since_s = now_s
        if self._from_s is None or now_s < max(self._from_s, self._not_before_s):
            return False
        return now_s - self._quiet_since_s >= self._pause_s

    def failed(self, now_s: float) -> None:
        """It did not come about: not again at once."""
        self._not_before_s = now_s + AGAIN_S
        self._quiet_since_s = None
