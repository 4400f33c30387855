"""How long an answer took, whatever else happens meanwhile."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.latency import AnswerClock


def test_from_the_end_of_the_turn_to_the_first_sound() -> None:
    clock = AnswerClock()
    clock.turn_ended(10.0)
    clock.audio("answer", 10.5)
    assert clock.waiting_for == "answer"
    assert clock.heard(0, 10.55) is None
    latency = clock.heard(40, 10.65, 30)
    assert latency is not None
    assert (latency.item_id, latency.first_byte_ms, latency.network_ms) == ("answer", 500, 30)
    assert latency.first_sound_ms == pytest.approx(610)
    assert not clock.waiting_for


def test_an_answer_that_sounds_when_a_turn_ends_does_not_answer_it() -> None:
    clock = AnswerClock()
    clock.turn_ended(0.0)
    clock.audio("story", 0.5)
    assert clock.heard(100, 0.7)
    clock.turn_ended(2.0)  # typed while the story is told
    clock.audio("story", 2.1)
    assert not clock.waiting_for
    clock.audio("answer", 2.6)
    clock.audio("story", 2.7)
    latency = clock.heard(10, 2.75)
    assert latency is not None
    assert latency.item_id == "answer"
    assert latency.first_byte_ms == pytest.approx(600)


def test_an_answer_that_was_never_heard_does_not_answer_the_turn_that_cut_it() -> None:
    clock = AnswerClock()
    clock.turn_ended(0.0)
    clock.audio("cut", 0.5)
    clock.turn_ended(0.6)
    clock.audio("cut", 0.7)
    assert not clock.waiting_for
    clock.audio("answer", 1.6)
    latency = clock.heard(20, 1.7)
    assert latency is not None
    assert latency.item_id == "answer"
    assert latency.first_sound_ms == pytest.approx(1080)


def test_a_turn_that_ends_when_its_answer_sounds_already_has_no_latency() -> None:
    clock = AnswerClock()
    clock.turn_ended(0.0)
    clock.audio("answer", 0.4)
    assert clock.heard(30, 0.5)
    clock.turn_ended(0.6)  # told late
    clock.audio("answer", 0.7)
    assert clock.heard(330, 0.8) is None


STEPS = st.one_of(
    st.just(("turn", 0)),
    st.tuples(st.just("audio"), st.integers(0, 3)),
    st.tuples(st.just("heard"), st.integers(0, 5000)),
)


@given(st.lists(st.tuples(STEPS, st.floats(0, 3)), max_size=30), st.floats(0, 3000))
def test_no_part_is_negative_or_larger_than_the_whole(
    steps: list[tuple[tuple[str, int], float]], round_trip_ms: float
) -> None:
    clock, now_s = AnswerClock(), 0.0
    for (what, value), later_s in steps:
        now_s += later_s
        if what == "turn":
            clock.turn_ended(now_s)
        elif what == "audio":
            clock.audio(str(value), now_s)
        elif (latency := clock.heard(value, now_s, round_trip_ms)) is not None:
            assert latency.network_ms is not None
            assert 0 <= latency.network_ms <= latency.first_byte_ms <= latency.first_sound_ms


def test_the_time_a_person_thinks_about_functions_is_not_the_answers() -> None:
    clock = AnswerClock()
    clock.turn_ended(0.0)
    clock.asked("weather", 1.0)
    clock.asked("mail", 2.0)
    clock.decided("weather", 11.0)
    clock.decided("mail", 21.0)
    clock.decided("mail", 22.0)  # begun, then ended
    clock.audio("answer", 22.5)
    latency = clock.heard(10, 22.6)
    assert latency is not None
    assert latency.first_byte_ms == pytest.approx(2500)


def test_a_question_that_outlives_its_turn_counts_only_in_the_next() -> None:
    clock = AnswerClock()
    clock.turn_ended(0.0)
    clock.asked("weather", 1.0)
    clock.turn_ended(5.0)
    clock.decided("weather", 7.0)
    clock.audio("answer", 8.0)
    latency = clock.heard(10, 8.1)
    assert latency is not None
    assert latency.first_byte_ms == pytest.approx(1000)
