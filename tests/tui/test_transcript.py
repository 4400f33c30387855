"""Turns in their order, and what was heard of each."""

from __future__ import annotations

import itertools
import random
import time

import pytest

from tui.call_events import Latency, StateChanged, TurnHeard
from tui.sessions.events import (
    PastTurn,
    ResponseStarted,
    SessionStarted,
    TokenUsage,
    TranscriptDelta,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
    UsageReported,
)
from tui.transcript import PENDING, Transcript, Turn


def order(transcript: Transcript) -> list[str]:
    return [turn.item_id for turn in transcript]


def turn(transcript: Transcript, item_id: str) -> Turn:
    found = transcript.get(item_id)
    assert found is not None
    return found


@pytest.fixture
def transcript() -> Transcript:
    return Transcript()


def test_a_late_user_turn_stands_before_its_answer(transcript: Transcript) -> None:
    transcript.apply(TurnStarted("answer", "assistant", "question"))
    transcript.apply(TranscriptDelta("answer", "Yes"))
    changes = transcript.apply(TurnStarted("question", "user", ""))
    assert order(transcript) == ["question", "answer"]
    assert changes.reordered
    assert turn(transcript, "question").shown == PENDING
    transcript.apply(TranscriptFinal("question", "Really?"))
    assert turn(transcript, "question").shown == "Really?"


@pytest.mark.parametrize("arrival", list(itertools.permutations(range(5))))
def test_a_chain_has_one_order_whatever_comes_first(
    transcript: Transcript, arrival: tuple[int, ...]
) -> None:
    for number in arrival:
        transcript.apply(TurnStarted(f"i{number}", "user", f"i{number - 1}" if number else ""))
    assert order(transcript) == ["i0", "i1", "i2", "i3", "i4"]


def test_an_unknown_predecessor_means_the_end_until_it_comes(transcript: Transcript) -> None:
    transcript.apply(TurnStarted("a", "user", ""))
    transcript.apply(TurnStarted("c", "assistant", "never heard of"))
    transcript.apply(TurnStarted("d", "user", None))
    assert order(transcript) == ["a", "c", "d"]


def test_inserted_between(transcript: Transcript) -> None:
    for item_id, after in (("a", ""), ("b", "a"), ("between", "a")):
        transcript.apply(TurnStarted(item_id, "user", after))
    assert order(transcript) == ["a", "between", "b"]


def test_a_removed_predecessor_keeps_its_place(transcript: Transcript) -> None:
    for item_id, after in (("a", ""), ("b", "a"), ("z", "b")):
        transcript.apply(TurnStarted(item_id, "assistant", after))
    assert transcript.apply(TurnRemoved("b")).removed == ("b",)
    transcript.apply(TurnStarted("c", "user", "b"))
    assert order(transcript) == ["a", "c", "z"]
    assert transcript.apply(TranscriptDelta("b", "stale")) == ((), (), False)
    transcript.apply(TurnStarted("b", "assistant", "a"))
    assert order(transcript) == ["a", "c", "z"]
    assert transcript.apply(TurnRemoved("unknown")).removed == ()


def test_duplicates_and_a_better_predecessor(transcript: Transcript) -> None:
    transcript.apply(TurnStarted("a", "user", ""))
    transcript.apply(TurnStarted("x", "user"))
    transcript.apply(TurnStarted("b", "assistant", "a"))
    transcript.apply(TurnStarted("x", "user", "b"))
    transcript.apply(TurnStarted("x", "user", "b"))
    assert order(transcript) == ["a", "b", "x"]
    assert len(transcript) == 3


@pytest.mark.parametrize(
    "links",
    [
        {"a": "a"},
        {"a": "b", "b": "a"},
        {"a": "b", "b": "c", "c": "a"},
        {"a": "", "b": "c", "c": "b"},
    ],
)
def test_circles_lose_nobody(transcript: Transcript, links: dict[str, str]) -> None:
    for item_id, after in links.items():
        transcript.apply(TurnStarted(item_id, "user", after))
    assert sorted(order(transcript)) == sorted(links)


def test_a_new_session_continues_below(transcript: Transcript) -> None:
    transcript.apply(SessionStarted("m"))
    transcript.apply(TurnStarted("a", "user", ""))
    transcript.apply(TurnStarted("b", "assistant", "a"))
    transcript.apply(SessionStarted("m"))
    transcript.apply(TurnStarted("a", "user", ""))  # replayed under its own id
    transcript.apply(TurnStarted("c", "user", ""))
    assert order(transcript) == ["a", "b", "c"]


def test_many_turns_take_no_time(transcript: Transcript) -> None:
    began_s = time.process_time()
    for number in range(1500):
        transcript.apply(TurnStarted(f"i{number}", "user", f"i{number - 1}" if number else ""))
    assert time.process_time() - began_s < 5.0
    assert order(transcript)[-1] == "i1499"


def test_deltas_then_the_final_text(transcript: Transcript) -> None:
    transcript.apply(TurnStarted("a", "assistant", ""))
    for piece in ("Hel", "lo \x1b", "[31mred"):
        transcript.apply(TranscriptDelta("a", piece))
    assert turn(transcript, "a").text == "Hello red"  # a sequence in two pieces is one
    transcript.apply(TranscriptFinal("a", "Hello there."))
    transcript.apply(TranscriptDelta("a", " late"))
    assert turn(transcript, "a").text == "Hello there."


def test_text_of_a_turn_nobody_announced(transcript: Transcript) -> None:
    transcript.apply(TurnStarted("a", "assistant", ""))
    changes = transcript.apply(TranscriptFinal("u", "I was first"))
    assert changes.reordered
    transcript.apply(TurnStarted("u", "user", ""))
    assert order(transcript)[0] == "u"
    assert turn(transcript, "u").role == "user"
    assert turn(transcript, "u").text == "I was first"


def test_a_problem_stands_for_the_text(transcript: Transcript) -> None:
    transcript.apply(TurnStarted("u", "user", ""))
    transcript.apply(TranscriptFinal("u", "", problem="not understood"))
    assert turn(transcript, "u").shown == "(not understood)"
    assert transcript.past_turns() == []


CUT = "The quick brown fox jumps over the lazy dog"


@pytest.mark.parametrize(
    ("text", "heard_ms", "received_ms", "heard"),
    [
        (CUT, 0, 1000, ""),
        (CUT, 500, 1000, "The quick brown fox "),
        (CUT, 990, 1000, "The quick brown fox jumps over the lazy "),
        (CUT, 1000, 1000, CUT),
        (CUT, 2000, 1000, CUT),
        (CUT, 500, 0, ""),
        (CUT, -5, 1000, ""),
        ("今日はとても良い天気ですね", 500, 1000, "今日はとても"),
        ("e\u0301" * 10, 550, 1000, ""),
        ("Tokyo は東京です", 640, 1000, "Tokyo は"),
    ],
)
def test_what_was_heard(
    transcript: Transcript, text: str, heard_ms: int, received_ms: int, heard: str
) -> None:
    transcript.apply(TurnStarted("a", "assistant", ""))
    transcript.apply(TranscriptDelta("a", text))
    transcript.apply(TurnCut("a", heard_ms, received_ms))
    cut = turn(transcript, "a")
    assert cut.text_heard == heard
    assert cut.text_heard + cut.text_unheard == text
    told = [(turn.role, turn.text) for turn in transcript.past_turns()]
    assert told == ([("assistant", heard)] if heard else [])


def test_a_final_text_after_the_cut_does_not_move_it(transcript: Transcript) -> None:
    transcript.apply(TurnStarted("a", "assistant", ""))
    transcript.apply(TranscriptDelta("a", CUT))
    transcript.apply(TurnCut("a", 500, 1000))
    transcript.apply(TranscriptFinal("a", CUT + " and much more that nobody ever heard"))
    assert turn(transcript, "a").text_heard == "The quick brown fox "


def test_past_turns_are_what_was_said_and_heard(transcript: Transcript) -> None:
    transcript.apply(TurnStarted("u", "user", ""))
    transcript.apply(TranscriptFinal("u", "Question"))
    transcript.apply(TurnStarted("a", "assistant", "u"))
    transcript.apply(TranscriptFinal("a", "Answer"))
    transcript.apply(TurnStarted("p", "user", "a"))
    assert transcript.past_turns() == [
        PastTurn("user", "Question", item_id="u"),
        PastTurn("assistant", "Answer", item_id="a"),
    ]


def test_usage_adds_up_and_finds_its_turn(transcript: Transcript) -> None:
    transcript.apply(ResponseStarted("r1"))
    transcript.apply(TurnStarted("a", "assistant", ""))
    first = TokenUsage(text_in=10, audio_out=5, cached_text=4)
    transcript.apply(UsageReported(first, id="r1"))
    transcript.apply(UsageReported(first, id="r1"))  # told twice, used once
    transcript.apply(TurnStarted("u", "user", "a"))
    transcript.apply(UsageReported(TokenUsage(audio_in=7), "transcription", "u"))
    assert transcript.total == TokenUsage(text_in=10, audio_in=7, audio_out=5, cached_text=4)
    assert transcript.last_usage == first
    assert turn(transcript, "a").usage == first
    assert turn(transcript, "u").usage == TokenUsage(audio_in=7)


def test_latency_status_and_heard(transcript: Transcript) -> None:
    latency = Latency("a", 300.0, 400.0)
    assert transcript.apply(latency) == ((), (), False)
    transcript.apply(TurnStarted("a", "assistant", ""), at_s=12.5)
    transcript.apply(latency)
    transcript.apply(TurnHeard("a", 2_000))
    transcript.apply(TurnEnded("a", "incomplete", "the \x1b[31mtoken limit"))
    done = turn(transcript, "a")
    assert (done.latency, done.heard_ms, done.heard_to_end) == (latency, 2_000, True)
    assert (done.status, done.detail) == ("incomplete", "the token limit")
    assert done.started_at_s == 12.5
    assert transcript.last_latency == latency
    assert transcript.apply(StateChanged("listening")) == ((), (), False)


@pytest.mark.parametrize("seed", range(200))
def test_the_end_is_where_arranging_all_would_put_it(seed: int) -> None:
    dice = random.Random(seed)
    transcript = Transcript()
    names = [f"i{number}" for number in range(12)]
    for _ in range(40):
        if dice.random() < 0.05:
            transcript.apply(SessionStarted("m"))
        after = dice.choice([None, None, "", *names])
        transcript.apply(TurnStarted(dice.choice(names), "user", after_item_id=after))
        assert transcript._order == transcript._arrange()
