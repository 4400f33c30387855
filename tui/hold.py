"""Hold to talk: when the talk key goes down and comes up.

Terminals that know the kitty keyboard protocol report the release of a key.  All others only
repeat a key that is held, after a first delay: there the end of the repeats is the release, and how
long to wait for the next one is learned.  A tap is no hold: it begins the turn and the next press
sends it, as with the toggle, so that nothing is ever cut because a finger was quick.
"""

from __future__ import annotations

from typing import Final, Literal

Change = Literal["begin", "send", ""]

TAP_S: Final = 0.3
"""Released sooner, it was a tap."""
FIRST_REPEAT_S: Final = 0.9
"""Keyboards begin to repeat after 0.2 to 0.66 s; a slow line adds to it.  Learned, then shorter."""
FIRST_MARGIN: Final = 1.6
REPEAT_S: Final = 0.35
"""Between repeats, until it is known."""
REPEAT_MARGIN: Final = 4.0
SHORTEST_WAIT_S: Final = 0.12
LONGEST_WAIT_S: Final = 0.6
LEARN: Final = 0.25
"""Weight of a new interval that is shorter; a longer one counts at once."""


class HoldKey:
    """The talk key; times are monotonic seconds.

    `pressed` and `released` say what to do now; `tick` does, when `due_s` has come.
    """

    def __init__(self) -> None:
        self.releases = False
        """The terminal reports releases; set when it has said so."""
        self._state: Literal["up", "first", "held", "latched", "sent"] = "up"
        self._down_s = 0.0
        self._last_s = 0.0
        self._first_s = FIRST_REPEAT_S
        self._interval_s = REPEAT_S

    @property
    def latched(self) -> bool:
        """The key was tapped: the turn goes on until the next press."""
        return self._state == "latched"

    @property
    def wait_s(self) -> float:
        """So long without a repeat, and the key was released."""
        return min(LONGEST_WAIT_S, max(SHORTEST_WAIT_S, self._interval_s * REPEAT_MARGIN))

    @property
    def due_s(self) -> float | None:
        """When to call `tick`; None: nothing is waited for."""
        if self.releases or self._state in ("up", "latched"):
            return None
        if self._state == "first":
            return self._down_s + self._first_s
        return self._last_s + self.wait_s

    def pressed(self, now_s: float, *, repeated: bool = False) -> Change:
        """The key was pressed, or is repeated; only some terminals tell which."""
        self.tick(now_s)
        before_s, self._last_s = self._last_s, now_s
        match self._state:
            case "up" if not repeated:
                self._state, self._down_s = "first", now_s
                return "begin"
            case "latched" if not repeated:
                self._state = "sent"
                return "send"
            case "first" | "held" if self.releases and not repeated:
                self._state = "sent"  # the release went elsewhere
                return "send"
            case "first" if not self.releases:
                self._state = "held"
                self._learn_first(now_s - self._down_s)
            case "first" if repeated:
                self._state = "held"
            case "held" if not self.releases:
                self._learn(now_s - before_s)
            case _:
                pass
        return ""

    def released(self, now_s: float) -> Change:
        """The terminal says that the key came up."""
        self.releases = True
        if self._state == "first" and now_s - self._down_s < TAP_S:
            self._state = "latched"
            return ""
        was, self._state = self._state, "latched" if self._state == "latched" else "up"
        return "send" if was in ("first", "held") else ""

    def tick(self, now_s: float) -> Change:
        """Time has passed: no repeat may be a release."""
        due_s = self.due_s
        if due_s is None or now_s < due_s:
            return ""
        match self._state:
            case "first":
                self._state = "latched"  # it was a tap
            case "held":
                self._state = "up"
                return "send"
            case "sent":
                self._state = "up"
            case _:
                pass
        return ""

    def reset(self) -> None:
        """The turn ended in another way."""
        self._state = "up"

    def _learn_first(self, delay_s: float) -> None:
        self._first_s = min(FIRST_REPEAT_S, max(0.25, delay_s * FIRST_MARGIN))

    def _learn(self, interval_s: float) -> None:
        if interval_s > self._interval_s:
            self._interval_s = interval_s
        else:
            self._interval_s += (interval_s - self._interval_s) * LEARN
