"""What is owed when a session breaks off, at every point of a turn."""

from __future__ import annotations

import pytest

from tui.connection.debt import ASKED_AGAIN, Debt
from tui.sessions.events import (
    SESSION_ENDED,
    AnswerTool,
    BeginTurn,
    Commit,
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

STARTED, WORDS = ResponseStarted("r1"), TranscriptDelta("a1", "Well")
BROKEN = ResponseEnded("r1", "interrupted", SESSION_ENDED)


@pytest.mark.parametrize(
    ("course", "owed"),
    [
        ([], ""),
        ([Say("x")], "answer"),
        ([BeginTurn(), Commit()], "answer"),
        ([SpeechStarted(), InputCommitted("u1")], "answer"),
        ([SpeechStarted()], ""),
        ([Say("x"), STARTED, BROKEN], "answer"),
        ([Say("x"), STARTED, WORDS, BROKEN], "rest"),
        ([Say("x"), STARTED, WORDS, ResponseEnded("r1", "completed")], ""),
        ([Say("x"), STARTED, WORDS, ResponseEnded("r1", "failed", "why")], ""),
        ([Say("x"), ResponseEnded("", "failed", "will not come")], ""),
        ([Say("x"), STARTED, WORDS, Interrupt(), BROKEN], ""),
        ([Say("x"), STARTED, WORDS, SpeechStarted(), BROKEN], ""),
        ([Say("x"), STARTED, WORDS, Say("y"), ResponseEnded("r1", "interrupted")], "answer"),
        ([Say("x"), STARTED, ToolCalled("c", "f", "{}"), ResponseEnded("r1", "completed")], ""),
        ([Say("x"), STARTED, ToolCalled("c", "f", "{}"), AnswerTool("c", "1")], ""),
    ],
)
def test_what_is_owed(course: list[Event | Intent], owed: Owed) -> None:
    debt = Debt(answers_turns=True)
    for step in course:
        if isinstance(step, Say | BeginTurn | Commit | Interrupt | AnswerTool):
            debt.intend(step)
        else:
            debt.take(step)  # type: ignore[arg-type]
    assert debt.owed == owed


def test_an_answer_is_asked_for_again_only_so_often() -> None:
    debt = Debt(answers_turns=True)
    debt.intend(Say("x"))
    for _ in range(ASKED_AGAIN):
        assert debt.owed == "answer"
        debt.asked_again()
    assert debt.owed == ""
    assert debt.open
    debt.intend(Say("y"))
    assert debt.owed == "answer"
