"""A call that is counted and ended at its limits; the time and the call are the test's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from tests.e2e.calls import Log
from tests.tui.scripted import ScriptedCall
from tests.tui.usage.books import NOW_S, Rows
from tests.waiting import wait_until
from tui.call_events import (
    CallEvent,
    ConversationKept,
    HangUp,
    Mute,
    Present,
    RaiseBudget,
    Spent,
    StateChanged,
    Type,
)
from tui.errors import ExitCode
from tui.sessions.events import Notice, SessionEnded, SessionStarted, TokenUsage, UsageReported
from tui.store.rows import UsageRow
from tui.usage.account import Account
from tui.usage.guard import Limits
from tui.usage.ledger import Ledger
from tui.usage.prices import load_prices
from tui.usage.watch import WatchedCall

E = TypeVar("E")


def row(conversation: str, tokens: int, at_s: float = NOW_S) -> UsageRow:
    return UsageRow(
        conversation, "realtime", "", "response", "m", TokenUsage(text_in=tokens), int(at_s)
    )


def used(cents: int, id: str = "") -> UsageReported:
    return UsageReported(TokenUsage(text_in=cents * 10_000), id=id)


class Stage:
    """A watched scripted call, its clock, and what it told."""

    def __init__(self, folder: Path, limits: Limits, rows: Rows, resumed: str, screen: bool):
        own = folder / "prices.toml"
        own.write_text("[models.m]\ntext_in = 1\n")
        prices = load_prices(own)
        self.now_s = 0.0
        self.log = Log()
        self.account = Account(prices, "m", conversation_id=resumed, now_s=lambda: NOW_S)
        self.watched = WatchedCall(
            self.account,
            limits,
            self.log.add,
            ledger=Ledger(lambda: rows, prices, lambda: NOW_S),
            on_screen=screen,
            flags=" --base-url URL",
            clock_s=lambda: self.now_s,
            tick_s=0.005,
        )
        self.call = ScriptedCall(self.watched.on_event)
        self.watched.watch(self.call)

    def tell(self, *events: CallEvent) -> None:
        self.call.tell(*events)

    @property
    def notices(self) -> list[str]:
        return [notice.text for notice in self.log.all(Notice)]

    def heard(self, words: str) -> bool:
        return any(words in notice for notice in self.notices)

    @property
    def hung_up(self) -> list[str]:
        return [ask.reason for ask in self.call.asked if isinstance(ask, HangUp)]


@contextmanager
def stage(
    folder: Path,
    limits: Limits,
    *rows: UsageRow,
    resumed: str = "",
    screen: bool = False,
    record: Rows | None = None,
) -> Iterator[Stage]:
    on = Stage(folder, limits, record or Rows(rows), resumed, screen)
    on.watched.start()
    try:
        yield on
    finally:
        on.watched.stop()
        assert not on.watched._thread.is_alive()


BUDGET = Limits(conversation_usd=Decimal(1))


def test_the_cost_is_told_after_every_report(tmp_path: Path) -> None:
    with stage(tmp_path, Limits()) as on:
        on.tell(StateChanged("listening"), used(3), used(4))
        one, two = on.log.all(Spent)
    assert one.conversation.usd == Decimal("0.03")
    assert two.conversation.usd == Decimal("0.07")
    assert two.prices == "prices of 2026-11-20 and your prices.toml"
    assert two.budget == ""


def test_a_report_told_twice_is_told_and_paid_once(tmp_path: Path) -> None:
    with stage(tmp_path, Limits()) as on:
        on.tell(used(3, "r"), used(3, "r"))
        assert len(on.log.all(Spent)) == 1


def test_it_warns_and_hangs_up_and_says_how_to_go_on(tmp_path: Path) -> None:
    with stage(tmp_path, BUDGET) as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.tell(ConversationKept("3f2a19c0ffee"), StateChanged("listening"), used(85))
        assert on.heard("85 % of $1.00 used")
        on.tell(used(20))
        (reason,) = on.hung_up
        assert "used up" in reason
        assert "voicetui --base-url URL --resume 3f2a19c0 --budget USD" in reason
        assert on.watched.exit_code == ExitCode.BUDGET
        assert on.log.all(Spent)[-1].budget == "$1.05 of $1.00 for the conversation"


def test_the_budget_of_the_day_is_raised_by_its_own_flag(tmp_path: Path) -> None:
    with stage(tmp_path, Limits(day_usd=Decimal(1))) as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.tell(StateChanged("listening"), used(120))
        (reason,) = on.hung_up
        assert reason.endswith("hung up. --day-budget raises it.")


def test_on_a_screen_keys_are_named_instead(tmp_path: Path) -> None:
    with stage(tmp_path, BUDGET, screen=True) as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.tell(StateChanged("listening"), used(120))
        assert "b raises the budget, then c goes on" in on.hung_up[0]
        assert "--resume" not in on.hung_up[0]


def test_the_microphone_is_closed_while_the_last_answer_plays(tmp_path: Path) -> None:
    with stage(tmp_path, BUDGET) as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.tell(StateChanged("speaking"), used(120))
        assert on.call.asked == [Mute(True)]
        on.watched.submit(Type("and now?"))
        assert on.heard("b raises it, else the call ends")
        on.watched.submit(RaiseBudget())
        assert on.call.asked == [Mute(True), Mute(False)]
        on.watched.submit(Type("and now?"))
        assert on.call.asked[-1] == Type("and now?")
        on.tell(StateChanged("listening"))
        assert not on.hung_up


def test_who_was_muted_before_stays_muted(tmp_path: Path) -> None:
    with stage(tmp_path, BUDGET) as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.watched.submit(Mute(True))
        on.tell(StateChanged("speaking"), used(120))
        on.watched.submit(RaiseBudget())
        assert on.call.asked == [Mute(True)]


def test_a_resumed_conversation_goes_on_counting(tmp_path: Path) -> None:
    with stage(tmp_path, BUDGET, row("old", 900_000), resumed="old") as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        assert on.heard("90 % of $1.00")
        on.tell(StateChanged("listening"), used(10))
        assert on.hung_up


@pytest.mark.parametrize(
    ("limits", "rows"),
    [
        (BUDGET, [row("old", 1_200_000, NOW_S - 9e6)]),
        (Limits(day_usd=Decimal(1)), [row("other", 700_000), row("", 400_000)]),
    ],
)
def test_a_budget_that_is_used_up_already_lets_no_call_begin(
    tmp_path: Path, limits: Limits, rows: list[UsageRow]
) -> None:
    with stage(tmp_path, limits, *rows, resumed="old") as on:
        wait_until(lambda: bool(on.log.all(SessionEnded)), 5, "over")
        on.watched.submit(Type("hello"))
        assert not on.call.started.is_set()
        assert on.log.state == "ended"
        assert on.log.all(SessionEnded)[0].asked
        assert on.watched.exit_code == ExitCode.BUDGET


def test_another_day_and_other_conversations_do_not_count(tmp_path: Path) -> None:
    rows = [row("other", 5_000_000), row("mine", 5_000_000, NOW_S - 2 * 86400)]
    limits = Limits(Decimal(6), Decimal(6))
    with stage(tmp_path, limits, *rows, resumed="mine") as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.tell(StateChanged("listening"), used(5))
        assert not on.hung_up
        assert on.watched.budgets["conversation"][0] == Decimal("5.05")
        wait_until(lambda: on.watched.budgets["day"][0] == Decimal("5.05"), 5, "the day")


def test_what_another_program_spends_meanwhile_counts_for_the_day(tmp_path: Path) -> None:
    record = Rows()
    with stage(tmp_path, Limits(day_usd=Decimal(1)), record=record) as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.tell(StateChanged("listening"), used(30))
        record.rows.append(row("other", 600_000))
        on.tell(used(1, "r2"))  # asks the record again
        wait_until(lambda: on.heard("Budget of the day: 9"), 5, "warned")
        record.rows.append(row("other", 200_000))
        assert not on.hung_up
        on.now_s += 11  # without anything said here
        wait_until(lambda: bool(on.hung_up), 5, "hung up")


def test_a_conversation_held_by_two_programs_is_counted_once_and_whole(tmp_path: Path) -> None:
    record = Rows()
    limits = Limits(Decimal(1), Decimal(1))
    with stage(tmp_path, limits, record=record, resumed="both") as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.tell(StateChanged("listening"), used(30))
        record.rows += [row("both", 300_000), row("both", 600_000)]  # ours, and the other's
        on.now_s += 11
        wait_until(lambda: on.watched.budgets["conversation"][0] == Decimal("0.9"), 5, "both")
        assert on.watched.budgets["day"][0] == Decimal("0.9")


def test_a_reconnect_forgets_nothing(tmp_path: Path) -> None:
    with stage(tmp_path, BUDGET) as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.tell(
            SessionStarted("m"),
            StateChanged("listening"),
            used(60, "r1"),
            StateChanged("reconnecting"),
            SessionStarted("m"),
            StateChanged("listening"),
            used(60, "r2"),
        )
        assert on.hung_up


def test_asks_from_before_the_start_are_not_lost(tmp_path: Path) -> None:
    on = Stage(tmp_path, BUDGET, Rows(), "", False)
    on.watched.submit(Type("early"))
    assert on.call.asked == []
    on.watched.start()
    wait_until(lambda: on.call.asked == [Type("early")], 5, "asked")
    on.watched.stop()


def test_nobody_there(tmp_path: Path) -> None:
    with stage(tmp_path, Limits(idle_s=600)) as on:
        on.tell(StateChanged("listening"))
        on.now_s = 500
        on.watched.submit(Present())
        on.now_s = 1050
        wait_until(lambda: on.heard("the call ends in 1 minute; any key keeps it"), 5, "warned")
        assert not on.hung_up
        on.now_s = 1110
        wait_until(lambda: bool(on.hung_up), 5, "hung up")
        assert on.hung_up[0].startswith("Nothing was said or typed for 10 minutes; hung up.")
        assert on.watched.exit_code == ExitCode.OK
        assert on.watched.ended_by == "idle"
        assert Present() not in on.call.asked


def test_wrong_prices_of_ones_own_are_told_once(tmp_path: Path) -> None:
    on = Stage(tmp_path, Limits(), Rows(), "", False)
    bad = tmp_path / "bad.toml"
    bad.write_text("[models.m]\ntext_inn = 1\n")
    on.account.prices = load_prices(bad)
    on.watched.start()
    wait_until(lambda: on.heard(f"{bad}:2: "), 5, "told")
    assert on.heard("The shipped prices are used meanwhile")
    on.watched.stop()


def test_a_record_that_fails_does_not_end_the_call(tmp_path: Path) -> None:
    class Broken(Rows):
        def usage_since(self, at_s: float):  # type: ignore[no-untyped-def]
            from tui.errors import VoicetuiError

            raise VoicetuiError("broken")

    with stage(tmp_path, Limits(day_usd=Decimal(1)), record=Broken()) as on:
        wait_until(lambda: on.watched._begun, 5, "started")
        on.tell(StateChanged("listening"), used(120))
        assert on.hung_up  # what it knows itself still counts
