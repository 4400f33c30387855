"""Turns of the conversation: which items exist, where they belong, what they say.

Items are announced by up to four events in any order; all of them end in `announce`, which is
idempotent.  Text that comes before its item is held.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from tui.sessions.events import (
    Role,
    TranscriptDelta,
    TranscriptFinal,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
    TurnStatus,
)
from tui.sessions.realtime.outbox import Outbox

ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "assistant", "system": "system"}

_PIECES: Final = 1000
"""Deltas of a part that are kept apart, before they become one text."""


@dataclass(slots=True)
class Turn:
    """One visible item."""

    item_id: str
    role: Role
    spoken: bool
    after: str | None = None
    """The predecessor that was told."""
    ended: bool = False
    final: bool = False
    parts: dict[int, list[str]] = field(default_factory=dict)
    """Pieces of text by content index."""
    finals: set[int] = field(default_factory=set)

    @property
    def text(self) -> str:
        """All parts, in their order."""
        parts = ("".join(self.parts[index]) for index in sorted(self.parts))
        return "\n".join(part for part in parts if part)


class Turns:
    """Emits turns once, at their place, and everything said in them."""

    def __init__(self, outbox: Outbox, *, follows: bool) -> None:
        """`follows`: the screen already shows turns of an earlier session."""
        self._outbox = outbox
        self._follows = follows
        self._turns: dict[str, Turn] = {}
        self._previous: dict[str, str] = {}
        """Predecessor of each item, as far as the service said; "" for the first."""
        self._hidden: set[str] = set()
        """Items that are no turn (tool calls, replayed ones) or no longer one."""
        self._parts = 0
        self.chars = 0
        """Of all text that ever came."""

    @property
    def kept(self) -> int:
        """How much is remembered."""
        return len(self._turns) + len(self._previous) + len(self._hidden) + self._parts

    def known(self, item_id: str) -> bool:
        """Whether the item is a turn, or is known to be none."""
        return item_id in self._turns or item_id in self._hidden

    def visible(self, item_id: str) -> bool:
        """Whether the item is a turn a person sees."""
        return item_id in self._turns

    def role(self, item_id: str) -> Role | None:
        """Who speaks in this turn."""
        turn = self._turns.get(item_id)
        return turn.role if turn else None

    def hide(self, item_id: str, previous: str | None = None) -> None:
        """This item is no turn; others may still name it as their predecessor."""
        self.place(item_id, previous)
        self._hidden.add(item_id)
        for turn in [turn for turn in self._turns.values() if turn.after == item_id]:
            self._correct(turn.item_id)

    def announce(
        self, item_id: str, role: Role, previous: str | None = None, *, spoken: bool
    ) -> bool:
        """Start the turn, once; again only when its place has become known.

        `previous`: None when the message did not say.  Returns whether the turn is new.
        """
        first = not self._turns and not self._previous and not self._follows
        self.place(item_id, previous)
        if self.known(item_id):
            self._correct(item_id)
            return False
        after = self._after(item_id)
        if after is None and first:
            after = ""
        turn = self._turns[item_id] = Turn(item_id, role, spoken, after)
        self._outbox.emit(TurnStarted(item_id, role, turn.after, spoken))
        return True

    def _correct(self, item_id: str) -> None:
        """Tell a turn's place again if more is known of it."""
        turn = self._turns.get(item_id)
        after = self._after(item_id)
        if turn is not None and after is not None and after != turn.after:
            turn.after = after
            self._outbox.emit(TurnStarted(item_id, turn.role, after, turn.spoken))

    def place(self, item_id: str, previous: str | None) -> None:
        """Remember an item's predecessor; the first word counts."""
        if previous is not None and previous != item_id:
            self._previous.setdefault(item_id, "" if previous == "root" else previous)

    def _after(self, item_id: str) -> str | None:
        """The nearest visible predecessor; "" for the first of all, None when unknown."""
        seen = {item_id}
        before = self._previous.get(item_id)
        while before is not None and before in self._hidden and before not in seen:
            seen.add(before)
            before = self._previous.get(before)
        if before is None or before in seen:
            return None
        if before == "" and self._follows:
            return None
        return before

    def remove(self, item_id: str) -> None:
        """The turn is gone; whatever still arrives for it is dropped."""
        if self._turns.pop(item_id, None) is not None:
            self._outbox.emit(TurnRemoved(item_id))
        self._hidden.add(item_id)

    def delta(self, item_id: str, index: int, text: str) -> None:
        """More text of a part."""
        turn = self._turns.get(item_id)
        if turn is None or not text or index in turn.finals:
            return
        separator = "\n" if index not in turn.parts and turn.text else ""
        pieces = self._part(turn, index)
        pieces.append(text)
        if len(pieces) > _PIECES:
            pieces[:] = ["".join(pieces)]
        self.chars += len(text)
        self._outbox.emit(TranscriptDelta(item_id, separator + text))

    def _part(self, turn: Turn, index: int) -> list[str]:
        if index not in turn.parts:
            self._parts += 1
            turn.parts[index] = []
        return turn.parts[index]

    def final(self, item_id: str, index: int, text: str, problem: str = "") -> None:
        """The whole text of a part."""
        turn = self._turns.get(item_id)
        if turn is None or (index in turn.finals and turn.parts.get(index) == [text]):
            return
        self._part(turn, index)[:] = [text]
        self.chars += len(text)
        turn.finals.add(index)
        turn.final = True
        self._outbox.emit(TranscriptFinal(item_id, turn.text, problem))

    def has_text(self, item_id: str, index: int) -> bool:
        """Whether the whole text of this part is known."""
        turn = self._turns.get(item_id)
        return turn is not None and index in turn.finals

    def end(self, item_id: str, status: TurnStatus = "completed", detail: str = "") -> None:
        """Nothing more will come for this turn."""
        turn = self._turns.get(item_id)
        if turn is not None and not turn.ended:
            turn.ended = True
            self._outbox.emit(TurnEnded(item_id, status, detail))

    def open(self) -> Iterator[Turn]:
        """Turns that have not ended."""
        return (turn for turn in list(self._turns.values()) if not turn.ended)
