"""What one call has used, turn by turn."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from tui.sessions.events import (
    ResponseStarted,
    SessionStarted,
    TokenUsage,
    TurnStarted,
    UsageReported,
)
from tui.usage.account import Account
from tui.usage.prices import Prices, load_prices
from tui.usage.tally import Use


def prices(tmp_path: Path) -> Prices:
    own = tmp_path / "prices.toml"
    own.write_text("[models.m]\ntext_in = 1000000\n[models.ear]\nper_minute = 60\n")
    return load_prices(own)


def account(tmp_path: Path) -> Account:
    return Account(prices(tmp_path), "m", {"transcription": "ear", "speech": ""}, now_s=lambda: 5.0)


def reported(tokens: int, id: str = "", source: str = "response", **usage: float) -> UsageReported:
    return UsageReported(TokenUsage(text_in=tokens, **usage), source, id)  # type: ignore[arg-type]


def per_turn(one: Account) -> list[Decimal]:
    return [turn.cost.usd for turn in one.turns()]


def test_a_turn_is_all_that_was_paid_because_of_what_was_said(tmp_path: Path) -> None:
    one = account(tmp_path)
    for event in (
        TurnStarted("u1", "user"),
        ResponseStarted("r1"),
        reported(2, "r1"),
        ResponseStarted("r2"),  # after a tool
        reported(3, "r2"),
        reported(0, "u1", "transcription", seconds=1.0),
        TurnStarted("u2", "user"),
        ResponseStarted("r3"),
        reported(7, "r3"),
    ):
        one.take(event)
    assert per_turn(one) == [6, 7]
    assert one.last_turn.cost.usd == 7
    assert one.conversation.cost.usd == 13
    assert one.conversation.uses == 4


def test_what_comes_late_is_counted_where_it_belongs(tmp_path: Path) -> None:
    one = account(tmp_path)
    for event in (
        TurnStarted("u1", "user"),
        ResponseStarted("r1"),
        TurnStarted("u2", "user"),  # interrupts
        ResponseStarted("r2"),
        reported(1, "r1"),  # cancelled, and paid
        reported(0, "u1", "transcription", seconds=2.0),
        reported(5, "r2"),
        reported(0, "u2", "transcription", seconds=4.0),
    ):
        one.take(event)
    assert per_turn(one) == [3, 9]


def test_told_twice_is_paid_once(tmp_path: Path) -> None:
    one = account(tmp_path)
    assert one.take(reported(2, "r1")) is not None
    assert one.take(reported(2, "r1")) is None
    assert one.take(reported(2, "r1", "transcription")) is not None
    one.take(reported(2))
    one.take(reported(2))
    assert one.conversation.uses == 4


def test_the_model_is_the_one_that_is_billed(tmp_path: Path) -> None:
    one = account(tmp_path)
    one.take(SessionStarted("m-2026-01-02"))
    models = [
        use.model
        for use in (
            one.take(reported(1, "a")),
            one.take(reported(1, "b", "transcription")),
            one.take(reported(1, "c", "speech")),
            one.take(UsageReported(TokenUsage(text_in=1), "speech", "d", "voice")),
        )
        if use is not None
    ]
    assert models == ["m-2026-01-02", "ear", "m-2026-01-02", "voice"]
    assert one.unpriced == ("ear", "voice")  # tokens, where only minutes have a price


def test_a_conversation_that_is_taken_up_again_goes_on_counting(tmp_path: Path) -> None:
    one = account(tmp_path)
    one.take(TurnStarted("u1", "user"))
    one.take(reported(4, "r1"))
    earlier = [
        Use("m", TokenUsage(text_in=1), 1.0, turn=0),
        Use("m", TokenUsage(text_in=2), 2.0, turn=1),
    ]
    one.begin_with(earlier)
    assert per_turn(one) == [1, 2, 4]
    assert one.conversation.cost.usd == 7
    assert one.last_turn.cost.usd == 4
    assert len(one.here) == 1


def test_the_embedded_service_bills_nothing_whatever_model_it_plays() -> None:
    one = Account(load_prices(), "gpt-realtime-2.1", {"transcription": "ear"}, service="demo")
    one.take(reported(5, "r1"))
    one.take(reported(0, "u1", "transcription", seconds=2.0))
    one.take(UsageReported(TokenUsage(characters=9), "speech", "s", "tts-1"))
    assert {use.model for use in one.uses} == {"demo"}
    assert (one.conversation.cost.usd, one.conversation.cost.incomplete) == (0, False)
