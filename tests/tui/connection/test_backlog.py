"""What is kept for the next session, in order, and what becomes too old."""

from __future__ import annotations

from tui.connection.backlog import QUIET_S, RECORDED_S, SPEECH_S, Backlog
from tui.sessions.events import (
    BeginTurn,
    Commit,
    InputCommitted,
    Intent,
    ResponseStarted,
    Say,
    SendAudio,
    SpeechStarted,
)

SECOND = bytes(48_000)


def seconds(intents: list[Intent]) -> float:
    return sum(len(intent.pcm) for intent in intents if isinstance(intent, SendAudio)) / 48_000


def test_words_and_turns_keep_their_order() -> None:
    backlog = Backlog()
    backlog.keep(Say("one"))
    backlog.keep(BeginTurn())
    backlog.keep(SendAudio(SECOND))
    backlog.keep(Commit())
    backlog.keep(Say("two"))
    assert backlog.asks
    kinds = [type(intent) for intent in backlog.hand_over()]
    assert kinds == [Say, BeginTurn, SendAudio, Commit, Say]
    assert backlog.hand_over() == []


def test_of_a_quiet_microphone_the_last_seconds_are_kept() -> None:
    backlog = Backlog()
    for _ in range(10):
        backlog.keep(SendAudio(SECOND))
    assert seconds(backlog.hand_over()) == QUIET_S
    assert backlog.pop_dropped_s() == 10 - QUIET_S
    assert backlog.pop_dropped_s() == 0


def test_speech_that_was_noticed_is_kept_from_its_beginning() -> None:
    backlog = Backlog()
    for _ in range(2):
        backlog.sent(SendAudio(SECOND))
    backlog.take(SpeechStarted())
    for _ in range(5):
        backlog.sent(SendAudio(SECOND))
    backlog.keep(SendAudio(SECOND))  # the session is gone in the middle of the turn
    assert seconds(backlog.hand_over()) == 8 < SPEECH_S
    assert backlog.pop_dropped_s() == 0


def test_a_turn_that_the_service_has_is_not_said_again() -> None:
    backlog = Backlog()
    backlog.take(SpeechStarted())
    backlog.sent(SendAudio(SECOND))
    backlog.take(InputCommitted("item"))
    assert backlog.hand_over() == []


def test_a_recorded_turn_is_kept_whole_and_its_end_too() -> None:
    backlog = Backlog()
    backlog.sent(BeginTurn())
    for _ in range(40):
        backlog.sent(SendAudio(SECOND))
    backlog.sent(Commit())
    assert backlog.asks
    handed = backlog.hand_over()
    assert isinstance(handed[0], BeginTurn)
    assert isinstance(handed[-1], Commit)
    assert seconds(handed) == 40


def test_a_recorded_turn_that_is_answered_is_over() -> None:
    backlog = Backlog()
    for intent in (BeginTurn(), SendAudio(SECOND), Commit()):
        backlog.sent(intent)
    backlog.take(ResponseStarted("r1"))
    assert backlog.hand_over() == []


def test_an_endless_recording_does_not_fill_the_memory() -> None:
    backlog = Backlog()
    backlog.keep(BeginTurn())
    for _ in range(300):
        backlog.keep(SendAudio(SECOND))
    handed = backlog.hand_over()
    assert isinstance(handed[0], BeginTurn)
    assert seconds(handed) == RECORDED_S


def test_after_a_mute_nothing_said_before_leaves() -> None:
    backlog = Backlog()
    backlog.keep(Say("typed"))
    backlog.sent(SendAudio(SECOND))
    backlog.forget_speech()
    assert backlog.hand_over() == [Say("typed")]
