"""Projection, plot, words and groups."""

from __future__ import annotations

import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tui.sessions.events import TokenUsage
from tui.store.rows import UsageRow
from tui.usage import periods
from tui.usage.cost import Cost
from tui.usage.money import cost_words, duration, usd
from tui.usage.plot import bars, capacity, quantised
from tui.usage.prices import Prices, load_prices
from tui.usage.projection import project
from tui.usage.tally import Use


@pytest.fixture
def prices(tmp_path: Path) -> Prices:
    own = tmp_path / "prices.toml"
    own.write_text(
        "[models.m]\ntext_in = 10\ntext_cached = 1\ntext_out = 20\naudio_in = 100\n"
        "audio_cached = 10\naudio_out = 200\n[models.ear]\nper_minute = 0.06\n"
    )
    return load_prices(own)


# ---------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("0", "$0"),
        ("0.00000001", "<$0.0001"),
        ("0.0001", "$0.0001"),
        ("0.0904975", "$0.0905"),
        ("0.99995", "$1.0000"),
        ("1", "$1.00"),
        ("1.005", "$1.01"),
        ("12345.678", "$12,345.68"),
    ],
)
def test_money_in_words(amount: str, words: str) -> None:
    assert usd(Decimal(amount)) == words


def test_a_cost_without_a_price_is_no_figure() -> None:
    assert cost_words(Cost(incomplete=True)) == "no price"
    assert cost_words(Cost({"time": Decimal(2)}, incomplete=True)) == "$2.00+"
    assert cost_words(Cost()) == "$0"


def test_time_in_words() -> None:
    assert [duration(s) for s in (0, 7.4, 65, 3600, 7265.6)] == [
        "0:00", "0:07", "1:05", "1:00:00", "2:01:06",
    ]  # fmt: skip


# ---------------------------------------------------------------- plot


def test_bars_stand_on_the_bottom_line_and_the_highest_fills_the_plot() -> None:
    values = [Decimal(v) for v in (1, 2, 4, 8)]
    assert bars(values, 4, 2) == ["⠀⠀⠀⣿", "⣀⣤⣿⣿"]
    assert bars(values, 3, 2) == ["⠀⢸", "⣠⣿"]  # two turns in a cell


def test_bars_without_braille() -> None:
    rows = bars([Decimal(v) for v in (0, 1, 3, 6)], 10, 2, ascii_only=True)
    assert rows == ["   |", " .||"]


def test_the_last_values_are_shown_and_small_ones_never_vanish() -> None:
    assert quantised([Decimal("0.0001"), Decimal(0), Decimal(100)], 8) == [1, 0, 8]
    assert capacity(10) == 20
    (row,) = bars([Decimal(0)] * 50 + [Decimal(1)], 3, 1)
    assert (len(row), row[-1]) == (3, "⢸")
    assert bars([], 5, 2) == ["", ""]
    assert bars([Decimal(0)] * 2, 5, 1) == ["⠀⠀"]


# ---------------------------------------------------------------- projection


def answer(turn: int, at_s: float, model: str = "m", **usage: int) -> Use:
    return Use(model, TokenUsage(**usage), at_s, "response", turn)


def test_there_is_no_projection_before_the_first_answer(prices: Prices) -> None:
    assert project([], prices) is None
    assert project([Use("ear", TokenUsage(seconds=1.0), source="transcription")], prices) is None


def test_after_one_answer_what_was_answered_is_read_again(prices: Prices) -> None:
    projection = project([answer(0, 0, text_in=100, text_out=50, audio_out=10)], prices)
    assert projection is not None
    assert projection.context == 160
    # 150*10 + 10*100 + 50*20 + 10*200
    assert projection.cost.usd == Decimal("0.0055")
    assert projection.turns_per_minute == 0


def test_the_next_turn_grows_as_the_last_ones_did(prices: Prices) -> None:
    uses = [
        answer(0, 0, text_in=100, audio_in=50, text_out=10, audio_out=20),
        answer(1, 20, text_in=140, audio_in=110, cached_text=70, cached_audio=55,
               text_out=20, audio_out=40),
        Use("ear", TokenUsage(seconds=4.0), 21, "transcription", 1),
        answer(2, 40, text_in=180, audio_in=170, cached_text=90, cached_audio=85,
               text_out=30, audio_out=60),
        Use("ear", TokenUsage(seconds=5.0), 41, "transcription", 2),
    ]  # fmt: skip
    projection = project(uses, prices)
    assert projection is not None
    # Input grows by 40 and 60, half of it cached; output is the mean of the three turns.
    assert projection.usage == TokenUsage(
        text_in=220, audio_in=230, cached_text=110, cached_audio=115, text_out=20, audio_out=40
    )
    # 110*10 + 110*1 + 115*100 + 115*10 + 20*20 + 40*200 = 22260 per million; 3 s of the ear
    assert projection.cost.usd == Decimal("0.02226") + Decimal("0.003")
    assert projection.cached == Decimal(225) / 450
    # A turn later: 20*10 + 20*1 + 30*100 + 30*10
    assert projection.growth_usd == Decimal("0.00352")
    assert projection.turns_per_minute == 3
    assert projection.usd_per_minute == 3 * projection.cost.usd
    growing = projection.growth_usd * (180 * 179 // 2)
    assert projection.usd_next_hour == 180 * projection.cost.usd + growing


def test_a_model_without_a_price_has_a_projection_of_tokens_only(prices: Prices) -> None:
    projection = project([answer(0, 0, "nobody", text_in=10, text_out=5)], prices)
    assert projection is not None
    assert projection.context == 15
    assert not projection.cost.known


def test_a_shrinking_context_is_not_taken_as_growth(prices: Prices) -> None:
    projection = project([answer(0, 0, text_in=900), answer(1, 9, text_in=300)], prices)
    assert projection is not None
    assert projection.context == 300
    assert projection.growth_usd == 0


# ---------------------------------------------------------------- groups


def row(
    conversation: str, source: str = "response", model: str = "m", at_s: float = 0, **usage: int
) -> UsageRow:
    return UsageRow(conversation, "realtime", "", source, model, TokenUsage(**usage), int(at_s))


def test_rows_of_the_record_become_turns() -> None:
    rows = [
        row("a", "transcription"),
        row("a"),
        row("b"),
        row("a", "speech"),
        row("a", "transcription"),
        row("a"),
        row("b"),
    ]
    uses = periods.uses_of(rows)
    assert [use.turn for use in uses if use.conversation_id == "a"] == [0, 0, 0, 1, 1]
    assert [use.turn for use in uses if use.conversation_id == "b"] == [0, 1]


def test_groups_are_the_dearest_first_and_days_in_order(prices: Prices) -> None:
    noon = time.mktime((2026, 11, 19, 12, 0, 0, 0, 0, -1))
    uses = periods.uses_of(
        [
            row("a", at_s=noon, text_in=1_000_000),
            row("", model="x", at_s=noon + 86400, text_in=5),
            row("b", at_s=noon + 86400, text_in=3_000_000),
        ]
    )
    by = {name: list(periods.groups(uses, prices, name)) for name in periods.BYS}
    assert by == {
        "day": ["2026-11-19", "2026-11-20"],
        "model": ["m", "x"],
        "kind": ["realtime"],
        "conversation": ["b", "a", "(no conversation)"],
    }
    assert periods.groups(uses, prices, "conversation")["b"].cost.usd == 30


def test_what_a_conversation_of_the_record_cost(prices: Prices) -> None:
    rows = [row("a", text_in=100_000), row("b", text_in=200_000), row("a", model="x", text_in=1)]
    costs = periods.conversation_costs(rows, prices)
    assert (costs["a"].cost.usd, costs["a"].cost.incomplete) == (1, True)
    assert (costs["b"].cost.usd, costs["b"].cost.incomplete) == (2, False)
    assert periods.conversation_cost(rows, prices).cost.usd == 3


def test_days_and_months_begin_where_the_person_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        monkeypatch.setenv("TZ", zone)
        time.tzset()
        at_s = time.mktime((2026, 11, 20, 0, 5, 0, 0, 0, -1))
        assert periods.day_start_s(at_s) == at_s - 300
        assert periods.month_start_s(at_s) == periods.start_of(date(2026, 11, 1))
        assert periods.day_of(at_s) == "2026-11-20"
    monkeypatch.undo()
    time.tzset()
