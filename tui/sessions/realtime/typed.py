"""Typed turns: sent at once, shown at the place the service gives them, never lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.sessions.realtime.dialect import Dialect, text_item
from tui.sessions.realtime.message import clean
from tui.sessions.realtime.outbox import Outbox
from tui.sessions.realtime.turns import Turns

SHOWN_WITHIN_S: Final = 3.0
"""A typed turn the service has not confirmed is shown anyway."""


@dataclass(slots=True)
class _Typed:
    text: str
    until_s: float


class Typed:
    """Typed turns that the service has not confirmed yet."""

    def __init__(self, outbox: Outbox, turns: Turns) -> None:
        self._outbox = outbox
        self._turns = turns
        self._waiting: dict[str, _Typed] = {}

    def say(self, text: str, dialect: Dialect, now_s: float) -> None:
        """Send a typed turn."""
        text = clean(text)
        item_id = self._outbox.new_id("msg")
        self._waiting[item_id] = _Typed(text, now_s + SHOWN_WITHIN_S)
        self._outbox.send(text_item(dialect, "user", text, item_id), item_id=item_id)

    def confirm(self, item_id: str, text: str, previous: str | None) -> bool:
        """A user's item with this text exists; returns whether it is one of ours."""
        ours = item_id if item_id in self._waiting else None
        if ours is None:
            # Some servers give our item an id of their own.
            ours = next((name for name, typed in self._waiting.items() if typed.text == text), None)
        if ours is None:
            return False
        self._show(item_id, self._waiting.pop(ours).text, previous)
        return True

    def refuse(self, item_id: str, words: str) -> bool:
        """The service would not take the turn; returns whether it was one of ours."""
        typed = self._waiting.pop(item_id, None)
        if typed is None:
            return False
        self.show_failed(typed.text, words, item_id)
        return True

    def show_failed(self, text: str, words: str, item_id: str = "") -> None:
        """Show a turn that did not reach the service."""
        item_id = item_id or self._outbox.new_id("msg")
        self._turns.announce(item_id, "user", spoken=False)
        self._turns.final(item_id, 0, clean(text))
        self._turns.end(item_id, "failed", words)

    def _show(self, item_id: str, text: str, previous: str | None) -> None:
        self._turns.announce(item_id, "user", previous, spoken=False)
        self._turns.final(item_id, 0, text)
        self._turns.end(item_id)

    @property
    def deadline_s(self) -> float | None:
        """When `tick` is needed."""
        return min((typed.until_s for typed in self._waiting.values()), default=None)

    def tick(self, now_s: float) -> None:
        """Show what the service did not confirm in time."""
        for item_id in [name for name, typed in self._waiting.items() if typed.until_s <= now_s]:
            self._show(item_id, self._waiting.pop(item_id).text, None)

    def close(self) -> None:
        """The session is over: show what was not confirmed."""
        for item_id in list(self._waiting):
            self._show(item_id, self._waiting.pop(item_id).text, None)
