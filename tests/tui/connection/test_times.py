"""Waiting, exchanging and signs of life, in a time of the tests' own."""

from __future__ import annotations

from tui.connection.patience import FIRST_TRIES, GIVE_UP_S, TRIES, Patience
from tui.connection.renewal import AGAIN_S, Renewal
from tui.pace import Pace
from tui.sessions.pulse import DEAD_AFTER_S, IDLE_PING_EVERY_S, PING_EVERY_S, PROBE_S, Pulse


def longest(_low: float, high: float) -> float:
    return high


# ---------------------------------------------------------------- patience


def test_after_a_good_session_the_next_comes_at_once() -> None:
    patience = Patience(longest)
    for hour in range(1, 30):
        assert patience.ended(hour * 3600.0, 3600.0) == 0


def test_a_service_never_reached_is_tried_a_few_times() -> None:
    patience = Patience(longest)
    waits = [patience.ended(number, None) for number in range(FIRST_TRIES)]
    assert waits[-1] is None
    assert None not in waits[:-1]


def test_a_service_that_is_away_is_waited_for_two_minutes() -> None:
    patience = Patience(longest)
    assert patience.ended(0.0, 100.0) == 0
    now_s, tries = 0.0, 0
    while (wait_s := patience.ended(now_s, None)) is not None:
        now_s += wait_s
        tries += 1
    assert GIVE_UP_S <= now_s <= GIVE_UP_S + 10
    assert 15 <= tries <= 25


def test_one_that_takes_us_and_drops_us_is_given_up() -> None:
    patience = Patience(longest)
    waits = [patience.ended(number * 10.0, 1.0) for number in range(TRIES)]
    assert waits[-1] is None
    assert None not in waits[:-1]


def test_it_waits_as_long_as_it_is_asked_to_but_not_for_hours() -> None:
    assert Patience(longest).ended(0.0, 100.0, 7.0) == 7
    assert Patience(longest).ended(0.0, None, 30.0) == 30
    assert Patience(longest).ended(0.0, 100.0, 3600.0) is None


# ---------------------------------------------------------------- renewal


def first_due(renewal: Renewal, quiet: list[tuple[float, float]], until_s: float) -> float | None:
    now_s = 0.0
    while now_s < until_s:
        if renewal.due(now_s, quiet=any(a <= now_s < b for a, b in quiet)):
            return now_s
        now_s += 0.25
    return None


def test_an_hour_is_cut_short_in_the_first_pause_of_its_last_minutes() -> None:
    assert first_due(Renewal(0, 3600), [(0, 3600)], 3600) == 3300
    assert first_due(Renewal(0, 3600), [(0, 3000), (3450, 3600)], 3600) == 3451.5


def test_a_breath_is_no_pause() -> None:
    assert first_due(Renewal(0, 3600), [(at, at + 1) for at in range(3300, 3600, 2)], 3600) is None


def test_without_a_known_end_nothing_is_exchanged() -> None:
    assert first_due(Renewal(0, None), [(0, 9000)], 9000) is None
    assert first_due(Renewal(0, -50), [(0, 9000)], 9000) is None  # a clock that is wrong


def test_a_failed_exchange_is_not_tried_again_at_once() -> None:
    renewal = Renewal(0, 3600)
    renewal.failed(3400)
    assert first_due(renewal, [(0, 3600)], 3600) == 3400 + AGAIN_S


# ---------------------------------------------------------------- signs of life


def test_silence_counts_from_a_ping_that_somebody_would_have_answered() -> None:
    pulse = Pulse(0.0)
    assert pulse.ping_due(0.0)
    assert pulse.silent_s(100.0) == 0  # a service that answers no pings proves nothing
    pulse.sent(99.0)
    pulse.answered(100.0)
    assert not pulse.ping_due(100.0)
    assert pulse.ping_due(100.0 + PING_EVERY_S)
    assert pulse.silent_s(105.0) == 105 - 100 - PING_EVERY_S
    pulse.heard(105.0)
    assert pulse.silent_s(105.0) == 0
    assert not pulse.dead(105.0 + DEAD_AFTER_S - 0.1)
    assert pulse.dead(105.0 + DEAD_AFTER_S)


def test_where_nothing_is_sent_it_pings_less() -> None:
    pulse = Pulse(0.0)
    pulse.ping_due(0.0)
    pulse.answered(100.0)
    assert not pulse.ping_due(100.0 + IDLE_PING_EVERY_S - 0.1)
    pulse.sent(101.0)
    assert pulse.ping_due(101.0 + PING_EVERY_S)


def test_where_there_is_doubt_a_moment_is_enough() -> None:
    pulse = Pulse(0.0)
    pulse.probe(10.0)
    assert pulse.ping_due(10.0)
    assert not pulse.dead(10.0 + PROBE_S - 0.1)
    assert pulse.dead(10.0 + PROBE_S)
    pulse.answered(10.5)
    assert not pulse.dead(11.5)


# ---------------------------------------------------------------- pace


def test_text_that_comes_with_its_sound_was_heard_with_it() -> None:
    assert Pace().length_ms("This is what was said until now.", 2000) == 2000


def test_text_far_ahead_of_its_sound_was_not_heard_yet() -> None:
    text = "This is a long sentence of which only the beginning can have been heard by anybody."
    assert 4000 < Pace().length_ms(text, 1000) < 7000
    assert 3000 < Pace().length_ms("これは長い文章で最初の部分だけが聞こえたはずです", 1000) < 7000


def test_a_slow_voice_is_learnt() -> None:
    pace = Pace()
    text = "A sentence of forty letters or thereabout."
    pace.learn(text, 8000)
    assert pace.length_ms(text, 2000) == 8000
