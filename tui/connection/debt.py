"""What the service still owes when a session breaks off: an answer, the rest of one, or nothing."""

from __future__ import annotations

from typing import Final

from tui.sessions.events import (
    SESSION_ENDED,
    AnswerTool,
    AudioDelta,
    BeginTurn,
    Commit,
    Compose,
    DiscardTurn,
    Enough,
    Event,
    InputCommitted,
    Intent,
    Interrupt,
    Owed,
    ResponseEnded,
    ResponseStarted,
    Say,
    SpeechStarted,
    ToolCalled,
    TranscriptDelta,
)

ASKED_AGAIN: Final = 2
"""Every time costs the whole conversation again: an answer is asked for anew only so often."""


class Debt:
    """Follows who is waited for.  `answers_turns`: the service answers a spoken turn by itself."""

    def __init__(self, *, answers_turns: bool) -> None:
        self._answers_turns = answers_turns
        self._waiting = False
        self._answering = False
        self._words = False
        """Something of the answer has come."""
        self._asked_again = 0
        self.tool = False
        """A function was called for this answer: asking again could run it twice."""

    def intend(self, intent: Intent) -> None:
        """The person or the program wants something."""
        match intent:
            case Say() | Compose() | Commit():
                self._turn()
            case Interrupt() | Enough() | BeginTurn() | DiscardTurn():
                self._waiting = self._answering = False
            case AnswerTool():
                self._waiting = True
            case _:
                pass

    def take(self, event: Event) -> None:
        """The service says something."""
        match event:
            case SpeechStarted():
                self._waiting = self._answering = False
            case InputCommitted() if self._answers_turns:
                self._turn()
            case ResponseStarted():
                self._waiting, self._answering, self._words = False, True, False
            case TranscriptDelta() | AudioDelta():
                self._words = True
            case ToolCalled():
                self.tool = True
            case ResponseEnded(detail=detail) if detail != SESSION_ENDED:
                self._waiting = self._waiting and bool(event.response_id)
                self._answering = False
            case _:
                pass

    def _turn(self) -> None:
        self._waiting, self._answering = True, False
        self.tool, self._asked_again = False, 0

    @property
    def owed(self) -> Owed:
        """What a new session should be asked for at once."""
        if self.tool or self._asked_again >= ASKED_AGAIN:
            return ""
        if self._answering:
            return "rest" if self._words else "answer"
        return "answer" if self._waiting else ""

    @property
    def open(self) -> bool:
        """Whether anything is waited for, also what nobody asks for again."""
        return self._answering or self._waiting

    def asked_again(self) -> None:
        """A new session was asked for what is owed."""
        self._asked_again += 1
        self._waiting, self._answering = True, False

    def forgive(self) -> None:
        """Nobody waits any more."""
        self._waiting = self._answering = False
