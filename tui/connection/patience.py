"""How long to wait before the next try, and when to give up."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Final

FIRST_TRIES: Final = 3
"""A service that was never reached is tried this often."""
TRIES: Final = 10
"""One that takes us and drops us again within `STEADY_S` this often in a row."""
GIVE_UP_S: Final = 120.0
"""One that was reached before and cannot be reached any more, for so long."""
STEADY_S: Final = 20.0
"""A session that held so long was a good one: what went before it is forgotten."""
FIRST_WAIT_S: Final = 0.3
LONGEST_WAIT_S: Final = 8.0
LONGEST_ASKED_S: Final = 300.0
"""A service that asks to wait longer is not waited for."""


class Patience:
    """Counts ends nobody asked for; the first one after a good session costs no wait."""

    def __init__(self, jitter: Callable[[float, float], float] = random.uniform) -> None:
        self._jitter = jitter
        self._reached = False
        self._in_a_row = 0
        self._away_since_s: float | None = None
        self._drops = 0

    def ended(
        self, now_s: float, held_s: float | None, asked_s: float | None = None
    ) -> float | None:
        """A session ended after `held_s` (None: it never began); returns the wait, None: give up.

        `asked_s`: the service wants to be left alone for so long.
        """
        if held_s is None:
            self._away_since_s = self._away_since_s or now_s
        else:
            self._reached, self._away_since_s = True, None
            if held_s >= STEADY_S:
                self._in_a_row = self._drops = 0
            self._drops += 1
        self._in_a_row += 1
        if self._is_enough(now_s) or (asked_s or 0.0) > LONGEST_ASKED_S:
            return None
        if self._in_a_row == 1 and held_s is not None:
            return asked_s or 0.0
        wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._in_a_row - 1, 10))
        return max(self._jitter(wait_s / 2, wait_s), asked_s or 0.0)

    def _is_enough(self, now_s: float) -> bool:
        if not self._reached:
            return self._in_a_row >= FIRST_TRIES
        away_s = now_s - self._away_since_s if self._away_since_s is not None else 0.0
        return self._drops >= TRIES or away_s >= GIVE_UP_S
