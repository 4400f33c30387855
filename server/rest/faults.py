"""Faults that happen a number of times and then no more."""

from __future__ import annotations

from collections import Counter

from server.knobs import KnobBoard, Knobs


class Faults:
    """Counts what the knobs ask for; new knobs start the count anew."""

    def __init__(self, board: KnobBoard) -> None:
        self._board = board
        self._counted_for = board.knobs
        self._taken: Counter[str] = Counter()

    @property
    def knobs(self) -> Knobs:
        return self._board.knobs

    def take(self, name: str) -> bool:
        """Is it still to happen (`name`: the knob that says how often)? Counts it."""
        if self._counted_for is not self._board.knobs:
            self._counted_for = self._board.knobs
            self._taken.clear()
        if self._taken[name] >= getattr(self._board.knobs, name):
            return False
        self._taken[name] += 1
        return True
