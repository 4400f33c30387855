"""The talk key of the screen: it toggles, or it is held."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

from textual.timer import Timer

from tui import keys
from tui.call_events import Ask, CallState, HoldTalk, Talk
from tui.hold import HoldKey
from tui.language import tr

BEHIND_KEYS_S: Final = 0.03

_ASKS: Final = {"begin": HoldTalk(True), "send": HoldTalk(False)}


class TalkKey:
    """Turns what the terminal tells of a key into what the call is asked."""

    def __init__(
        self,
        hold: bool,
        ask: Callable[[Ask], object],
        set_timer: Callable[[float, Callable[[], None]], Timer],
        show: Callable[[], None],
    ) -> None:
        self.hold = hold
        self._ask = ask
        self._set_timer = set_timer
        self._show = show
        self._key = HoldKey()
        self._timer: Timer | None = None
        self._latched = False

    def pressed(self, *, repeated: bool = False) -> None:
        """The key was pressed, or repeats itself."""
        if self.hold:
            self._do(self._key.pressed(monotonic(), repeated=repeated))
        elif not repeated:
            self._ask(Talk())

    def released(self) -> None:
        """The key came up."""
        if self.hold:
            self._do(self._key.released(monotonic()))

    def lost(self) -> None:
        """The terminal lost the keyboard: the release will not be told."""
        if self.hold and self._key.releases:
            self._do(self._key.released(monotonic()))

    def know_releases(self, known: bool) -> None:
        """The terminal reports releases, or not."""
        self._key.releases = known
        self._show()

    def reset(self) -> None:
        """No turn is being recorded any more."""
        self._key.reset()

    def hint(self, state: CallState, *, typing: bool = False) -> str:
        """What a person can do with a key that is held; empty: what they could do else."""
        if not self.hold or state not in ("paused", "recording"):
            return ""
        if state == "recording":
            return (
                tr("speak; {talk} sends", talk=keys.at_hand("talk", typing))
                if self._key.latched
                else tr("speak; let go to send")
            )
        return tr("{key} to talk", key=self._how(typing))

    def _how(self, typing: bool) -> str:
        """With how the release is known."""
        talk = keys.at_hand("talk", typing)
        if self._key.releases:
            return tr("hold {talk}", talk=talk)
        return tr("hold {talk} (by key repeat)", talk=talk)

    def _do(self, change: str) -> None:
        if change:
            self._ask(_ASKS[change])
        if self._key.latched != self._latched:
            self._latched = self._key.latched
            self._show()
        due_s = self._key.due_s
        if self._timer is None and due_s is not None:
            self._timer = self._set_timer(max(0.0, due_s - monotonic()), self._tick)

    def _tick(self) -> None:
        # Keys that have come wait in line behind this: first they, then the verdict.
        self._timer = self._set_timer(BEHIND_KEYS_S, self._judge)

    def _judge(self) -> None:
        self._timer = None
        self._do(self._key.tick(monotonic()))
