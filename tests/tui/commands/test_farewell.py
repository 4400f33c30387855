"""What is left on the terminal after a call."""

from __future__ import annotations

import pytest

from tui.commands.farewell import Farewell
from tui.sessions.events import (
    SESSION_ENDED,
    ResponseEnded,
    SessionStarted,
    TokenUsage,
    TurnStarted,
    UsageReported,
)


@pytest.mark.parametrize(
    ("lost", "words"),
    [
        (0, "1 turn, 30 tokens"),
        (1, "1 turn, 30 tokens, 1 answer without figures"),
        (2, "1 turn, 30 tokens, 2 answers without figures"),
    ],
)
def test_an_answer_lost_with_the_connection_is_named_not_counted(lost: int, words: str) -> None:
    farewell = Farewell(demo=False)
    tell = farewell.watch(lambda _: None)
    tell(SessionStarted("s"))
    tell(TurnStarted("u", "user"))
    tell(UsageReported(TokenUsage(text_in=10, text_out=20), id="r"))
    tell(ResponseEnded("r", "completed"))
    for number in range(lost):
        tell(ResponseEnded(f"lost{number}", "interrupted", SESSION_ENDED))
    assert farewell.lines() == [f"{words}."]
