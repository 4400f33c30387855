"""The user's turns on the way to their end: each is told once, in order."""

from __future__ import annotations

from tui.sessions.events import (
    InputCommitted,
    ResponseEnded,
    TranscriptDelta,
    TranscriptFinal,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
)
from tui.sessions.http.desk import Desk


class UserTurns:
    """Knows which turns have no end yet."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._open: dict[str, None] = {}

    def begin(self, item_id: str, *, spoken: bool) -> None:
        """The user has said something."""
        self._open[item_id] = None
        self._desk.emit(TurnStarted(item_id, "user", spoken=spoken))
        if spoken:
            self._desk.emit(InputCommitted(item_id))

    def more(self, item_id: str, text: str) -> None:
        """More of the transcript."""
        if item_id in self._open:
            self._desk.emit(TranscriptDelta(item_id, text))

    def end(self, item_id: str, text: str, problem: str = "") -> None:
        """The turn stands; `problem` says why it has no (other) text."""
        if self._close(item_id):
            self._desk.emit(TranscriptFinal(item_id, text, problem))
            self._desk.emit(TurnEnded(item_id))

    def fail(self, item_id: str, problem: str, text: str = "") -> None:
        """The turn did not reach the service."""
        if self._close(item_id):
            self._desk.emit(TranscriptFinal(item_id, text, "" if text else problem))
            self._desk.emit(TurnEnded(item_id, "failed", problem))

    def remove(self, item_id: str) -> None:
        """There was nothing in it after all."""
        if self._close(item_id):
            self._desk.emit(TurnRemoved(item_id))

    def nothing_sent(self, why: str) -> None:
        """Nobody should wait for an answer."""
        self._desk.emit(ResponseEnded("", "incomplete", why))

    def close(self, why: str) -> None:
        """The session ends."""
        for item_id in list(self._open):
            self.fail(item_id, why)

    def _close(self, item_id: str) -> bool:
        return self._open.pop(item_id, self) is None
