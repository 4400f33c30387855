"""What is done only when its key is pressed twice."""

from __future__ import annotations

from time import monotonic

WITHIN_S = 2.0


class Twice:
    """Of one key."""

    def __init__(self) -> None:
        self._at_s = -1e9

    def pressed(self) -> bool:
        """Whether this was the second time."""
        now_s = monotonic()
        if now_s - self._at_s > WITHIN_S:
            self._at_s = now_s
            return False
        self.forget()
        return True

    def forget(self) -> None:
        """The next time is the first again."""
        self._at_s = -1e9
