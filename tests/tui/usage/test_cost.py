"""Cost, exact to the last digit: two published examples and a hand-computed case for every API."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.sessions.events import TokenUsage
from tui.sessions.http import usage as http
from tui.sessions.realtime import usage as realtime
from tui.usage.cost import Cost, cost_of
from tui.usage.prices import Price, load_prices
from tui.usage.tally import Use, by_model, tally

PRICES = load_prices()


def usd(usage: TokenUsage, model: str) -> Decimal:
    cost = cost_of(usage, PRICES.find(model))
    assert not cost.incomplete, cost
    return cost.usd


# ---------------------------------------------------------------- published


def test_the_published_example_of_audio_chat(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        "[models.gpt-4o-audio-preview]\n"
        "text_in = 2.50\ntext_out = 10\naudio_in = 100\naudio_out = 200\n"
    )
    wire = {
        "prompt_tokens": 23,
        "completion_tokens": 570,
        "total_tokens": 593,
        "prompt_tokens_details": {"text_tokens": 23, "audio_tokens": 0, "cached_tokens": 0},
        "completion_tokens_details": {
            "text_tokens": 124, "audio_tokens": 446, "reasoning_tokens": 0,
        },
    }  # fmt: skip
    price = load_prices(own).find("gpt-4o-audio-preview")
    assert cost_of(http.chat_usage(wire), price).usd == Decimal("0.0904975")


def test_the_published_example_of_realtime() -> None:
    wire = {
        "total_tokens": 140,
        "input_tokens": 118,
        "output_tokens": 22,
        "input_token_details": {
            "text_tokens": 102, "audio_tokens": 16, "image_tokens": 0, "cached_tokens": 0,
        },
        "output_token_details": {"text_tokens": 22, "audio_tokens": 0},
    }  # fmt: skip
    assert usd(realtime.response_usage(wire), "gpt-realtime-2.1") == Decimal("0.001448")


# ---------------------------------------------------------------- by hand, per API

REALTIME_GA = {
    "total_tokens": 4321,
    "input_tokens": 3900,
    "output_tokens": 421,
    "input_token_details": {
        "text_tokens": 1000,
        "audio_tokens": 2800,
        "image_tokens": 100,
        "cached_tokens": 2664,
        "cached_tokens_details": {"text_tokens": 600, "audio_tokens": 2000, "image_tokens": 64},
    },
    "output_token_details": {"text_tokens": 121, "audio_tokens": 300},
}


def test_realtime_ga_with_images_and_a_cached_share() -> None:
    # 400*4 + 600*0.40 + 800*32 + 2000*0.40 + 36*5 + 64*0.50 + 121*24 + 300*64
    # = 1600 + 240 + 25600 + 800 + 180 + 32 + 2904 + 19200 = 50556 per million
    usage = realtime.response_usage(REALTIME_GA)
    cost = cost_of(usage, PRICES.find("gpt-realtime-2.1"))
    assert cost.usd == Decimal("0.050556")
    assert cost.parts == {
        "text in": Decimal("0.0016"),
        "cached text": Decimal("0.00024"),
        "audio in": Decimal("0.0256"),
        "cached audio": Decimal("0.0008"),
        "image in": Decimal("0.00018"),
        "cached image": Decimal("0.000032"),
        "text out": Decimal("0.002904"),
        "audio out": Decimal("0.0192"),
    }


def test_realtime_beta_where_more_is_cached_than_came_in() -> None:
    wire = {
        "total_tokens": 275,
        "input_tokens": 127,
        "output_tokens": 148,
        "input_token_details": {
            "cached_tokens": 384,
            "text_tokens": 119,
            "audio_tokens": 8,
            "cached_tokens_details": {"text_tokens": 128, "audio_tokens": 256},
        },
        "output_token_details": {"text_tokens": 36, "audio_tokens": 112},
    }
    # All input is cached: 119*0.40 + 8*0.40 + 36*16 + 112*64 = 47.6 + 3.2 + 576 + 7168
    usage = realtime.response_usage(wire)
    assert usd(usage, "gpt-realtime") == Decimal("0.0077948")


def test_a_raw_usage_with_too_much_cached_never_costs_less_than_nothing() -> None:
    usage = TokenUsage(text_in=10, cached_text=50)
    assert usd(usage, "gpt-realtime-2.1") == 10 * Decimal("0.40") / 1_000_000


def test_chat_audio_has_no_rebate_for_what_is_cached() -> None:
    wire = {
        "prompt_tokens": 1500,
        "completion_tokens": 700,
        "prompt_tokens_details": {"text_tokens": 500, "audio_tokens": 1000, "cached_tokens": 256},
        "completion_tokens_details": {"text_tokens": 200, "audio_tokens": 500},
    }
    # 500*2.50 + 1000*32 + 200*10 + 500*64 = 1250 + 32000 + 2000 + 32000
    assert usd(http.chat_usage(wire), "gpt-audio-1.5") == Decimal("0.06725")


def test_a_response_with_reasoning_counts_it_once() -> None:
    wire = {
        "input_tokens": 2000,
        "input_tokens_details": {"cached_tokens": 1500},
        "output_tokens": 900,
        "output_tokens_details": {"reasoning_tokens": 640},
        "total_tokens": 2900,
    }
    usage = http.response_usage(wire)
    assert (usage.text_out, usage.reasoning_out) == (900, 640)
    # 500*0.10 + 1500*0.01 + 900*0.50 = 50 + 15 + 450
    assert usd(usage, "gpt-6-luna") == Decimal("0.000515")


def test_a_run_of_an_assistant() -> None:
    wire = {
        "prompt_tokens": 1200,
        "prompt_token_details": {"cached_tokens": 200},
        "completion_tokens": 300,
        "total_tokens": 1500,
    }
    # 1000*2.50 + 200*1.25 + 300*10 = 2500 + 250 + 3000
    assert usd(http.run_usage(wire), "gpt-4o") == Decimal("0.00575")


def test_a_transcription_billed_by_tokens() -> None:
    wire = {
        "type": "tokens",
        "input_tokens": 54,
        "output_tokens": 12,
        "total_tokens": 66,
        "input_token_details": {"text_tokens": 14, "audio_tokens": 40},
    }
    # 14*1.25 + 40*3 + 12*5 = 17.5 + 120 + 60
    for usage in (http.transcription_usage(wire), realtime.transcription_usage(wire)):
        assert usd(usage, "gpt-4o-mini-transcribe") == Decimal("0.0001975")


@pytest.mark.parametrize(
    ("model", "seconds", "expected"),
    [
        ("gpt-transcribe", 10, Decimal("0.00075")),
        ("gpt-4o-transcribe", 2.5, Decimal("0.00025")),
        ("whisper-1", 0.1, Decimal("0.00001")),
        ("gpt-live-transcribe", 60, Decimal("0.017")),
        ("gpt-realtime-translate", 90, Decimal("0.051")),
        ("gpt-live-1", 36, Decimal("0.03")),
        ("gpt-4o-mini-tts", 4, Decimal("0.001")),
    ],
)
def test_what_is_billed_by_the_second(model: str, seconds: float, expected: Decimal) -> None:
    wire = {"type": "duration", "seconds": seconds}
    assert usd(realtime.transcription_usage(wire), model) == expected
    assert usd(http.transcription_usage(wire), model) == expected


def test_reported_tokens_of_a_model_with_a_price_per_minute_become_minutes() -> None:
    # 300 tokens at 600 a minute: half a minute
    assert usd(TokenUsage(audio_in=300, text_out=20), "gpt-transcribe") == Decimal("0.00225")


def test_tokens_and_seconds_of_one_transcription_are_paid_once() -> None:
    both = TokenUsage(audio_in=40, text_out=12, seconds=4.0)
    assert usd(both, "gpt-4o-transcribe") == Decimal("0.00036")  # 40*6 + 12*10
    assert usd(both, "whisper-1") == Decimal("0.0004")


def test_speech_billed_by_tokens_and_by_characters() -> None:
    # 30*0.60 + 200*12 = 18 + 2400
    assert usd(TokenUsage(text_in=30, audio_out=200), "gpt-4o-mini-tts") == Decimal("0.002418")
    assert usd(TokenUsage(characters=1234), "tts-1") == Decimal("0.01851")
    assert usd(TokenUsage(characters=1234, seconds=80), "tts-1-hd") == Decimal("0.03702")


def test_what_a_live_session_bills_on_top_is_said_to_be_missing() -> None:
    cost = cost_of(TokenUsage(text_in=500, seconds=60), PRICES.find("gpt-live-1"))
    assert (cost.usd, cost.incomplete) == (Decimal("0.05"), True)


# ---------------------------------------------------------------- what is not known


def test_an_unknown_model_has_no_price() -> None:
    cost = cost_of(TokenUsage(text_in=5), PRICES.find("somebody-elses-model"))
    assert (cost.usd, cost.incomplete, cost.known) == (0, True, False)


def test_nothing_used_costs_nothing_whatever_the_model() -> None:
    cost = cost_of(TokenUsage(), None)
    assert (cost.usd, cost.incomplete, cost.known) == (0, False, True)


def test_a_modality_without_a_price_leaves_the_rest_and_says_so() -> None:
    cost = cost_of(TokenUsage(text_in=1_000_000, image_in=7), PRICES.find("gpt-realtime-1.5"))
    assert (cost.usd, cost.incomplete, cost.known) == (Decimal(4), True, True)


def test_characters_alone_do_not_price_a_voice_billed_by_tokens() -> None:
    cost = cost_of(TokenUsage(characters=500), PRICES.find("gpt-4o-mini-tts"))
    assert (cost.known, cost.incomplete) == (False, True)


def test_costs_add_up_by_part() -> None:
    one = Cost({"text in": Decimal("0.1"), "time": Decimal("0.2")})
    two = Cost({"text in": Decimal("0.2")}, incomplete=True)
    assert (one + two).parts == {"text in": Decimal("0.3"), "time": Decimal("0.2")}
    assert (one + two).incomplete


def test_a_tally_prices_each_use_by_its_own_model() -> None:
    uses = [
        Use("gpt-realtime-2.1", TokenUsage(text_in=102, audio_in=16, text_out=22)),
        Use("whisper-1", TokenUsage(seconds=6.0), source="transcription"),
        Use("nobody", TokenUsage(text_in=1)),
    ]
    total = tally(uses, PRICES)
    assert total.cost.usd == Decimal("0.001448") + Decimal("0.0006")
    assert total.cost.incomplete
    assert total.usage == TokenUsage(text_in=103, audio_in=16, text_out=22, seconds=6.0)
    assert list(by_model(uses, PRICES)) == ["gpt-realtime-2.1", "whisper-1", "nobody"]


COUNTS = st.integers(0, 10**7)


@given(st.lists(st.tuples(*[COUNTS] * 8), max_size=6))
def test_many_small_ones_cost_exactly_what_their_sum_does(rows: list[tuple[int, ...]]) -> None:
    usages = [
        TokenUsage(a, b, c, min(d, a), min(e, b), min(f, c), g, h)
        for a, b, c, d, e, f, g, h in rows
    ]
    price = Price(*map(Decimal, ("4", "0.4", "24", "32", "0.4", "64", "5", "0.5")))
    apart = sum((cost_of(usage, price).usd for usage in usages), Decimal(0))
    assert apart == cost_of(sum(usages, TokenUsage()), price).usd
    assert apart >= 0
