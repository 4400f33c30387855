"""When a call must end by itself, with the time given by the test."""

from __future__ import annotations

from decimal import Decimal

import pytest

from tui.call_events import HangUp, Mute, Present, StateChanged, Stop, Talk, Type
from tui.sessions.events import ResponseEnded, ResponseStarted, SpeechStarted, SpeechStopped
from tui.usage.guard import (
    PLAY_OUT_S,
    CloseEars,
    End,
    Guard,
    Limits,
    OpenEars,
    Tell,
    Verdict,
)

MINUTE = 60.0


def budgets(conversation: str = "0", day: str = "0") -> Guard:
    guard = Guard(Limits(Decimal(conversation), Decimal(day)), 0.0)
    guard.on_event(StateChanged("listening"), 0.0)
    return guard


def spend(
    guard: Guard, conversation: str, day: str | None = None, now_s: float = 1.0
) -> list[Verdict]:
    guard.on_spent(Decimal(conversation), Decimal(day if day is not None else conversation))
    return guard.due(now_s)


# ---------------------------------------------------------------- budget


def test_where_nobody_has_keys_the_flag_that_helps_is_named() -> None:
    guard = Guard(Limits(Decimal(5), Decimal(1)), 0.0, attended=False)
    guard.on_event(StateChanged("speaking"), 0.0)
    (warning,) = spend(guard, "0.9")
    assert isinstance(warning, Tell)
    assert "--day-budget raises it." in warning.text
    close, told = spend(guard, "1.2")
    assert close == CloseEars()
    assert isinstance(told, Tell)
    assert "raises it" not in told.text
    assert guard.full_flag == "--day-budget"


def test_it_warns_once_at_eighty_percent() -> None:
    guard = budgets("1")
    assert spend(guard, "0.7999") == []
    (warning,) = spend(guard, "0.80")
    assert isinstance(warning, Tell)
    assert "Budget of the conversation: 80 % of $1.00 used" in warning.text
    assert "est." in warning.text
    assert "b raises it" in warning.text
    assert spend(guard, "0.95") == []


def test_it_ends_at_a_hundred_percent() -> None:
    guard = budgets("1")
    (end,) = spend(guard, "1.00")
    assert end == End("budget", "Budget of the conversation used up: est. $1.00 of $1.00")
    assert guard.due(2.0) == []  # once


def test_the_day_has_a_budget_of_its_own() -> None:
    guard = budgets("5", "1")
    (warning,) = spend(guard, "0.1", "0.9")
    assert "of the day" in str(warning)
    (end,) = spend(guard, "0.1", "1.2")
    assert isinstance(end, End)
    assert "of the day" in end.text


def test_an_answer_that_is_paid_for_is_heard_to_its_end() -> None:
    guard = budgets("1")
    guard.on_event(ResponseStarted("r1"), 0.0)
    guard.on_event(StateChanged("speaking"), 0.5)
    close, told = spend(guard, "1.3")
    assert close == CloseEars()
    assert isinstance(told, Tell)
    guard.on_event(ResponseEnded("r1", "completed"), 2.0)
    assert guard.due(20.0) == []
    guard.on_event(StateChanged("listening"), 21.0)
    (end,) = guard.due(21.0)
    assert isinstance(end, End)


def test_but_not_for_ever() -> None:
    guard = budgets("1")
    guard.on_event(StateChanged("speaking"), 0.5)
    spend(guard, "1.3", now_s=1.0)
    assert guard.due(PLAY_OUT_S) == []
    assert isinstance(guard.due(1.0 + PLAY_OUT_S)[0], End)


@pytest.mark.parametrize("event", [SpeechStarted("i"), ResponseStarted("r2")])
def test_who_goes_on_speaking_ends_it_at_once(event: SpeechStarted | ResponseStarted) -> None:
    guard = budgets("1")
    guard.on_event(StateChanged("speaking"), 0.5)
    assert CloseEars() in spend(guard, "1.3")
    guard.on_event(event, 2.0)
    assert isinstance(guard.due(2.0)[0], End)


def test_nothing_more_can_be_asked_while_the_last_answer_plays() -> None:
    guard = budgets("1")
    guard.on_event(StateChanged("speaking"), 0.5)
    spend(guard, "1.3")
    for ask in (Type("more"), Talk(), Mute(False)):
        assert "used up" in guard.on_ask(ask, 2.0)
    assert guard.on_ask(Stop(), 2.0) == ""


def test_raising_in_time_lets_the_call_go_on() -> None:
    guard = budgets("1")
    guard.on_event(StateChanged("speaking"), 0.5)
    spend(guard, "1.3")
    assert guard.raise_budget(2.0) == "The budget is raised to $2.00 for the conversation."
    assert guard.due(2.0) == [OpenEars()]
    assert guard.on_ask(Type("more"), 3.0) == ""
    guard.on_event(StateChanged("listening"), 4.0)
    assert guard.due(4.0) == []
    assert isinstance(spend(guard, "1.6")[0], Tell)  # 80 % of two
    assert isinstance(spend(guard, "2.0")[0], End)


def test_raising_takes_the_first_amount_as_often_as_needed() -> None:
    guard = budgets("0.10")
    guard.on_event(StateChanged("speaking"), 0.0)
    spend(guard, "0.37")
    assert "$0.4000 for the conversation" in guard.raise_budget(1.0)
    assert OpenEars() in guard.due(1.0)


def test_raising_takes_what_is_nearly_used_up() -> None:
    guard = budgets("1", "10")
    spend(guard, "0.5", "9")
    assert guard.raise_budget(1.0) == "The budget is raised to $20.00 for the day."
    assert guard.budgets == {
        "conversation": (Decimal("0.5"), Decimal(1)),
        "day": (Decimal(9), Decimal(20)),
    }


def test_without_a_budget_there_is_nothing_to_raise_and_nothing_to_end() -> None:
    guard = budgets()
    assert "no budget" in guard.raise_budget(0.0)
    assert spend(guard, "1000") == []
    assert guard.budget_words == ""


def test_what_was_raised_stays_raised_in_the_next_call() -> None:
    guard = Guard(Limits(Decimal(1)), 0.0, {"conversation": Decimal(2)})
    assert spend(guard, "1.2") == []
    assert isinstance(spend(guard, "2")[0], End)


def test_a_budget_that_cannot_count_says_so_once() -> None:
    guard = budgets("1")
    guard.on_spent(Decimal(0), Decimal(0), "demo")
    (told,) = guard.due(1.0)
    assert "No price is known for demo" in str(told)
    assert guard.due(2.0) == []


def test_it_knows_a_budget_that_was_used_up_before_the_call() -> None:
    guard = Guard(Limits(day_usd=Decimal(1)), 0.0)
    guard.on_spent(Decimal(0), Decimal("1.5"))
    assert isinstance(guard.due(0.0)[0], End)


# ---------------------------------------------------------------- nobody there


def idle(minutes: float = 10) -> Guard:
    guard = Guard(Limits(idle_s=minutes * MINUTE), 0.0)
    guard.on_event(StateChanged("listening"), 0.0)
    return guard


def test_it_says_so_a_minute_before_and_then_ends() -> None:
    guard = idle()
    assert guard.due(9 * MINUTE - 1) == []
    (warning,) = guard.due(9 * MINUTE)
    assert isinstance(warning, Tell)
    assert "for 9 minutes" in warning.text
    assert "in 1 minute" in warning.text
    assert guard.due(10 * MINUTE - 1) == []
    assert guard.due(10 * MINUTE) == [End("idle", "Nothing was said or typed for 10 minutes")]
    assert guard.due(11 * MINUTE) == []


@pytest.mark.parametrize("ask", [Present(), Talk(), Type("x"), Mute(), Stop()])
def test_every_key_counts(ask: Present | Talk | Type | Mute | Stop) -> None:
    guard = idle()
    guard.due(9.5 * MINUTE)
    guard.on_ask(ask, 9.9 * MINUTE)
    assert guard.due(18.8 * MINUTE) == []
    assert isinstance(guard.due(18.95 * MINUTE)[0], Tell)
    assert isinstance(guard.due(19.95 * MINUTE)[0], End)


def test_speech_counts_and_long_speech_is_not_silence() -> None:
    guard = idle()
    guard.on_event(SpeechStarted("i"), 8 * MINUTE)
    assert guard.due(30 * MINUTE) == []
    guard.on_event(SpeechStopped("i"), 31 * MINUTE)
    assert guard.due(39 * MINUTE) == []
    assert isinstance(guard.due(40 * MINUTE)[0], Tell)


@pytest.mark.parametrize("state", ["thinking", "speaking", "recording"])
def test_never_in_the_middle_of_an_answer(state: str) -> None:
    guard = idle()
    guard.due(9 * MINUTE)
    guard.on_event(StateChanged(state), 9.5 * MINUTE)  # type: ignore[arg-type]
    assert guard.due(25 * MINUTE) == []


def test_who_listened_to_a_long_answer_has_the_whole_time_again() -> None:
    guard = idle()
    guard.on_event(SpeechStarted("i"), 0.0)
    guard.on_event(SpeechStopped("i"), 1.0)
    guard.on_event(StateChanged("speaking"), 3.0)
    guard.on_event(StateChanged("listening"), 20 * MINUTE)
    assert guard.due(28.9 * MINUTE) == []
    assert isinstance(guard.due(29 * MINUTE)[0], Tell)


def test_answers_nobody_asked_for_do_not_keep_the_call() -> None:
    """A service may speak up by itself whenever it is silent."""
    guard = idle()
    ended_s = 0.0
    for second in range(0, 20 * 60, 10):
        speaking = second % 30 == 20
        guard.on_event(StateChanged("speaking" if speaking else "listening"), second)
        if any(isinstance(verdict, End) for verdict in guard.due(second)):
            ended_s = second
            assert not speaking
            break
    assert 10 * MINUTE <= ended_s <= 10 * MINUTE + 10


def test_the_warning_comes_even_after_a_long_answer_and_leaves_its_time() -> None:
    guard = idle()
    guard.on_event(StateChanged("speaking"), MINUTE)
    guard.on_event(StateChanged("listening"), 15 * MINUTE)
    assert isinstance(guard.due(15 * MINUTE)[0], Tell)
    assert guard.due(15.9 * MINUTE) == []
    assert isinstance(guard.due(16 * MINUTE)[0], End)


def test_zero_minutes_never_end_a_call() -> None:
    assert idle(0).due(1e9) == []


def test_short_limits_warn_in_the_middle() -> None:
    guard = idle(0.1)
    assert guard.due(2.9) == []
    assert "in 3 seconds" in str(guard.due(3.0)[0])
    assert isinstance(guard.due(6.0)[0], End)


def test_after_hanging_up_nothing_is_due() -> None:
    guard = Guard(Limits(Decimal(1), idle_s=60.0), 0.0)
    guard.on_ask(HangUp(), 1.0)
    assert spend(guard, "5", now_s=500.0) == []
