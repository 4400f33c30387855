"""Showing at most so often: what comes faster is shown together."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual.timer import Timer


class Paced:
    """Calls `show` soon, but not sooner than a period after the last time."""

    def __init__(
        self,
        show: Callable[[], None],
        period_s: float,
        set_timer: Callable[[float, Callable[[], None]], Timer],
    ) -> None:
        self._show = show
        self._period_s = period_s
        self._set_timer = set_timer
        self._timer: Timer | None = None
        self._at_s = -1e9

    def soon(self) -> None:
        """When the period is over."""
        if self._timer is not None:
            return
        wait_s = self._at_s + self._period_s - monotonic()
        if wait_s <= 0:
            self.now()
        else:
            self._timer = self._set_timer(wait_s, self._due)

    def _due(self) -> None:
        self._timer = None  # not stopped: this is its task
        self.now()

    def now(self) -> None:
        """Without waiting."""
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
        self._at_s = monotonic()
        self._show()
