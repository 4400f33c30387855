"""What the terminal tells of the talk key beside presses."""

from __future__ import annotations

from textual import events
from textual.message import Message


class KeyReleased(Message):
    """A held key came up."""

    def __init__(self, key: str) -> None:
        super().__init__()
        self.key = key


class KeyReleasesKnown(Message):
    """The terminal has said whether it reports releases."""

    key = ""

    def __init__(self, known: bool) -> None:
        super().__init__()
        self.known = known


class RepeatedKey(events.Key):
    """A key that the terminal knows to be repeated; handled like any other."""

    repeated = True


RepeatedKey.handler_name = events.Key.handler_name
