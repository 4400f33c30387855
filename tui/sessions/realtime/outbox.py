"""What one step of the machine produces, and what our own messages were for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.sessions.events import Event, Notice, NoticeLevel, Output, ResponseEnded, Send

_REMEMBERED: Final = 512
"""Errors come back within a round trip; older messages need no name any more."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One message of ours that the service may answer with an error."""

    event: str
    """Its type, for example "response.cancel"."""
    item_id: str = ""


class Outbox:
    """Collects outputs in order and remembers which event id was for what."""

    def __init__(self, prefix: str) -> None:
        self._outputs: list[Output] = []
        self._prefix = prefix
        self._numbers = 0
        self._asked: dict[str, Asked] = {}
        self._said: set[str] = set()

    def emit(self, event: Event) -> None:
        """Tell the layer above."""
        self._outputs.append(event)

    def send(self, message: dict[str, object], *, item_id: str = "") -> str:
        """Send a message under an event id (its own, or a new one), which is returned."""
        event = str(message["type"])
        event_id = str(message.get("event_id") or self.new_id("evt"))
        self._asked[event_id] = Asked(event, item_id)
        while len(self._asked) > _REMEMBERED:
            del self._asked[next(iter(self._asked))]
        self._outputs.append(Send({"type": event, "event_id": event_id, **message}))
        return event_id

    def stream(self, message: dict[str, object]) -> None:
        """Send one of very many messages: no event id, nothing to remember."""
        self._outputs.append(Send(message))

    def new_id(self, kind: str) -> str:
        """An id of our own; short, since services limit item ids to 32 characters."""
        self._numbers += 1
        return f"{self._prefix}_{kind}_{self._numbers}"

    def is_own(self, name: str, kind: str) -> bool:
        """Whether this id is one of ours."""
        return name.startswith(f"{self._prefix}_{kind}_")

    def asked(self, event_id: str) -> Asked | None:
        """What we sent under this id."""
        return self._asked.get(event_id)

    def notice(self, text: str, level: NoticeLevel = "info") -> None:
        """Tell a person, every time."""
        self.emit(Notice(text, level))

    def notice_once(self, key: str, text: str, level: NoticeLevel = "info") -> None:
        """Tell a person, the first time only."""
        if key not in self._said:
            self._said.add(key)
            self.notice(text, level)

    def no_answer(self, words: str, level: NoticeLevel = "error") -> None:
        """What was asked for will not be answered: no response will tell of it."""
        self.emit(ResponseEnded("", "failed", words))
        self.notice(words, level)

    def take(self) -> list[Output]:
        """All outputs since the last call, in order."""
        outputs, self._outputs = self._outputs, []
        return outputs
