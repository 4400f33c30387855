"""The table of prices, and the person's own file beside it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tui.sessions.models import MODELS
from tui.usage.prices import SHIPPED, Price, load_prices

SHIPPED_PRICES = load_prices()


def test_the_shipped_table_is_dated_and_exact() -> None:
    assert SHIPPED_PRICES.date == date(2026, 11, 20)
    assert SHIPPED_PRICES.origin == "prices of 2026-11-20"
    price = SHIPPED_PRICES.find("gpt-realtime-2.1-mini")
    assert price is not None
    assert price.text_in == Decimal("0.60")
    assert price.audio_cached == Decimal("0.30")
    for price in SHIPPED_PRICES.models.values():
        for name in Price.__slots__:
            value = getattr(price, name)
            assert value is None or isinstance(value, bool | Decimal)


@pytest.mark.parametrize(
    ("model", "figures"),
    [
        # text in, cached, out; audio in, cached, out
        ("gpt-realtime-2.1", "4 .4 24 32 .4 64"),
        ("gpt-realtime-2", "4 .4 24 32 .4 64"),
        ("gpt-realtime-1.5", "4 .4 16 32 .4 64"),
        ("gpt-realtime", "4 .4 16 32 .4 64"),
        ("gpt-realtime-mini", ".6 .06 2.4 10 .3 20"),
        ("gpt-audio-1.5", "2.5 - 10 32 - 64"),
        ("gpt-audio", "2.5 - 10 32 - 64"),
        ("gpt-audio-mini", ".6 - 2.4 10 - 20"),
        ("gpt-6-luna", ".1 .01 .5 - - -"),
        ("gpt-5.6-luna", ".2 .02 1.2 - - -"),
        ("gpt-5.6-terra", "2 .2 12 - - -"),
        ("gpt-5.6-sol", "4 .4 20 - - -"),
        ("gpt-5.5", "5 .5 30 - - -"),
        ("gpt-5.4-mini", ".75 .075 4.5 - - -"),
        ("gpt-4o", "2.5 1.25 10 - - -"),
        ("gpt-4o-mini", ".15 .075 .6 - - -"),
        ("gpt-6-astra", "10 - 50 - - -"),
    ],
)
def test_published_prices(model: str, figures: str) -> None:
    price = SHIPPED_PRICES.find(model)
    assert price is not None
    expected = [None if figure == "-" else Decimal(figure) for figure in figures.split()]
    assert [
        price.text_in, price.text_cached, price.text_out,
        price.audio_in, price.audio_cached, price.audio_out,
    ] == expected  # fmt: skip


def test_every_current_voice_and_transcription_model_has_a_price() -> None:
    today = SHIPPED_PRICES.date
    missing = [
        model.name
        for model in MODELS.values()
        if model.kind in ("realtime", "audio", "transcription", "speech", "live")
        and (model.ends is None or model.ends > today)
        and SHIPPED_PRICES.find(model.name) is None
    ]
    assert not missing


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("gpt-realtime-2.1", True),
        ("gpt-realtime-2025-08-28", True),
        ("gpt-4o-mini-tts-2025-12-15", True),
        (" gpt-realtime ", True),
        ("gpt-realtime-2.1-turbo", False),
        ("gpt-realtime-2.2", False),
        ("gpt-realtime-2025-08", False),
        ("my-gpt-realtime", False),
        ("gpt-realtime-2025-08-28-preview", False),
        ("GPT-REALTIME", False),
        ("demo", True),
        ("", False),
    ],
)
def test_only_a_dated_snapshot_has_the_price_of_its_model(name: str, found: bool) -> None:
    assert (SHIPPED_PRICES.find(name) is not None) is found


def test_own_prices_replace_and_extend(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(
        '[models."gpt-realtime-2.1"]\ntext_in = 1\n'
        "[models.local]\nper_minute = 0.001\nnote = 'mine'\n"
        "[models.my-deployment]\nlike = 'gpt-audio-1.5'\n"
        "[models.other]\nlike = 'local'\n"
    )
    prices = load_prices(own)
    assert not prices.problems
    assert prices.find("gpt-realtime-2.1") == Price(text_in=Decimal(1))
    assert prices.find("my-deployment") == SHIPPED_PRICES.find("gpt-audio-1.5")
    assert prices.find("other") == Price(per_minute=Decimal("0.001"))
    assert prices.find("gpt-6-luna") == SHIPPED_PRICES.find("gpt-6-luna")
    assert prices.origin == "prices of 2026-11-20 and your prices.toml"


def test_a_file_that_is_not_there_changes_nothing(tmp_path: Path) -> None:
    assert load_prices(tmp_path / "prices.toml") == SHIPPED_PRICES


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("[models.a\n", 1, "not TOML"),
        ("[models.a]\ntext_in = 1\ntext_in = 2\n", 3, "not TOML"),
        ("[models.a]\ntext_im = 1\n", 2, 'did you mean "text_in"?'),
        ("[models.a]\n\ntext_in = '4'\n", 3, "text_in must be a number (USD), not '4'"),
        ("[models.a]\ntext_in = true\n", 2, "must be a number"),
        ("[models.a]\ntext_in = -1\n", 2, "must be a number from 0"),
        ("[models.a]\ntext_in = nan\n", 2, "must be a number from 0"),
        ("[models.a]\ntext_in = inf\n", 2, "must be a number from 0"),
        ("[models.a]\naudio_tokens_per_minute = 0\n", 2, "more than 0"),
        ("[models.a]\nnote = 3\ntext_in = 1\n", 2, "note must be a text"),
        ("[models.a]\ntokens_extra = 1\n", 2, "true or false"),
        ("[models.a]\n", 1, '"a" has no price'),
        ("[models.a]\nlike = 'gpt-realtim'\n", 2, 'did you mean "gpt-realtime"?'),
        ("[models.a]\nlike = 'gpt-audio'\ntext_in = 1\n", 2, "no others here"),
        ("[models.gpt-realtime-2.1]\ntext_in = 1\n", 1, "needs quotes"),
        ("models = 3\n", 1, "models is a section"),
        ("[gpt-audio]\ntext_in = 1\n", 1, 'below [models."NAME"]'),
        ("date = 'today'\n[models.a]\ntext_in = 1\n", 1, "date must be a date"),
    ],
)
def test_a_mistake_is_named_with_its_line_and_the_shipped_table_is_used(
    tmp_path: Path, text: str, line: int, words: str
) -> None:
    own = tmp_path / "prices.toml"
    own.write_text(text)
    prices = load_prices(own)
    assert prices.models == SHIPPED_PRICES.models
    assert len(prices.problems) == 1, prices.problems
    assert prices.problems[0].startswith(f"{own}:{line}: ")
    assert words in prices.problems[0]


def test_all_mistakes_are_told_and_nothing_of_the_file_is_used(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text("[models.good]\ntext_in = 1\n[models.bad]\ntext_in = ''\naudio = 1\n")
    prices = load_prices(own)
    assert [problem.split(": ")[0] for problem in prices.problems] == [f"{own}:4", f"{own}:5"]
    assert prices.find("good") is None


def test_a_file_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    assert "folder" in load_prices(tmp_path / "folder").problems[0]
    latin = tmp_path / "latin.toml"
    latin.write_bytes(b"# caf\xe9\n")
    assert "not UTF-8" in load_prices(latin).problems[0]


def test_the_shipped_table_would_be_a_valid_file_of_ones_own(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_bytes(SHIPPED.read_bytes())
    prices = load_prices(own)
    assert not prices.problems
    assert prices.models == SHIPPED_PRICES.models
