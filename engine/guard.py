"""Holds down what the canceller leaves while the loudspeaker sounds, until it is more than echo.

What follows on nothing but echo is a moment in which the canceller has lost its place as often as
it is a voice.  It is turned down at once, and looked at soon: an echo stays silent, anything else
gets through, and is looked at now and then.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from engine.echo_watch import EchoWatch

State = Literal["open", "held", "shut"]
GAINS: Final[dict[State, float]] = {"open": 1.0, "held": 0.2, "shut": 0.0}
"""Held down is -14 dB."""
HELD_BLOCKS: Final = 10
SHUT_BLOCKS: Final = 3
OPEN_BLOCKS: Final = 10
STUMBLED_BLOCKS: Final = 30
"""Silence after the loudspeaker's device has stumbled: the echo is not where it was."""


class Guard:
    """Ask for `gain` once for every block that is not `nothing_but_echo`."""

    def __init__(self, watch: EchoWatch) -> None:
        self._watch = watch
        self._state: State = "held"
        self._left_blocks = HELD_BLOCKS
        """Until the next look."""

    def nothing_but_echo(self) -> None:
        """What follows is held down."""
        if self._state != "shut" or self._left_blocks < HELD_BLOCKS:
            self._state, self._left_blocks = "held", HELD_BLOCKS

    def stumbled(self) -> None:
        """The canceller has to learn anew where the echo is."""
        self._state, self._left_blocks = "shut", STUMBLED_BLOCKS

    def gain(self) -> float:
        """How much of this block gets through."""
        self._left_blocks -= 1
        if self._left_blocks <= 0:
            watch = self._watch
            echo = watch.is_found() if self._state == "open" else watch.is_echo()
            self._state = "shut" if echo else "open"
            self._left_blocks = SHUT_BLOCKS if echo else OPEN_BLOCKS
        return GAINS[self._state]
