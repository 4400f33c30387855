"""Whether the person is muted: only the person lifts it, and it holds from call to call."""

from __future__ import annotations

from tui.call_events import Mute


class Muting:
    """Of one run of the program; known at once, before any engine has acknowledged it."""

    def __init__(self) -> None:
        self.on = False

    def settle(self, ask: Mute) -> Mute:
        """Take what the person asks for; returns it as what is to be, not as a change."""
        self.on = not self.on if ask.on is None else ask.on
        return Mute(self.on)
