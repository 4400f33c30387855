"""Giving a new session what an earlier one knew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.sessions.events import PastTurn
from tui.sessions.realtime.dialect import Dialect, text_item
from tui.sessions.realtime.message import clean
from tui.sessions.realtime.outbox import Outbox
from tui.sessions.realtime.turns import Turns

CONTINUES: Final = (
    "The connection was interrupted and is restored. The messages above are the same conversation "
    "up to now. Go on in the same language and manner; do not greet again and do not mention the "
    "interruption."
)


class Replay:
    """Sends past turns as text items and knows them again when the service announces them."""

    def __init__(
        self, outbox: Outbox, turns: Turns, past: Sequence[PastTurn], *, continuing: bool
    ) -> None:
        self._outbox = outbox
        self._turns = turns
        self._past = [(turn.role, clean(turn.text)) for turn in past if turn.text.strip()]
        if continuing:
            self._past.append(("system", CONTINUES))
        self._sent: dict[str, tuple[str, str]] = {}

    def send(self, dialect: Dialect) -> None:
        """Send all of it; no answer is asked for."""
        for role, text in self._past:
            item_id = self._outbox.new_id("past")
            self._sent[item_id] = (role, text)
            self._turns.hide(item_id)
            self._outbox.send(text_item(dialect, role, text, item_id), item_id=item_id)
        self._past.clear()

    def recognise(self, item_id: str, role: str, text: str, previous: str | None) -> bool:
        """Whether an announced item is one of ours, which the screen shows already."""
        ours = item_id if item_id in self._sent else None
        if ours is None:
            # Some servers give our items ids of their own; they come in the order sent.
            ours = next((name for name, sent in self._sent.items() if sent == (role, text)), None)
        if ours is None:
            return False
        del self._sent[ours]
        self._turns.hide(item_id, previous)
        return True

    def refuse(self, item_id: str, words: str) -> bool:
        """The service would not take an item; returns whether it was one of ours."""
        if self._sent.pop(item_id, None) is None:
            return False
        self._outbox.notice_once(
            "replay-refused",
            f"The model does not know all that was said before: {words}",
            "warning",
        )
        return True
