"""The table of models against the calendar."""

from __future__ import annotations

from datetime import date

from tui.sessions.models import (
    MODELS,
    REALTIME_DEFAULT,
    TRANSCRIPTION_DEFAULT,
    replacement,
    warning,
    wrong_kind,
)

TODAY = date(2026, 11, 20)


def test_the_defaults_are_alive_and_of_the_right_kind() -> None:
    for name, kind in ((REALTIME_DEFAULT, "realtime"), (TRANSCRIPTION_DEFAULT, "transcription")):
        assert MODELS[name].kind == kind
        assert MODELS[name].ends is None
        assert warning(name, TODAY) == ""


def test_what_is_shut_down_is_said_with_what_to_use() -> None:
    assert warning("gpt-4o-realtime-preview", TODAY) == (
        "The model gpt-4o-realtime-preview was shut down on 2026-05-07."
        " Use gpt-realtime-2.1 instead."
    )


def test_what_ends_soon_is_said_with_the_days_left() -> None:
    assert "in 61 days" in warning("gpt-realtime", TODAY)
    assert warning("gpt-realtime", date(2026, 3, 1)) == ""
    assert "in 1 day." in warning("gpt-realtime", date(2027, 1, 19))
    assert "was shut down" in warning("gpt-realtime", date(2027, 1, 20))


def test_unknown_models_are_nobodys_business() -> None:
    assert warning("my-own-model", TODAY) == ""
    assert replacement("my-own-model") == ""
    assert wrong_kind("my-own-model", "realtime") == ""


def test_a_model_of_another_kind_is_said() -> None:
    assert "live model" in wrong_kind("gpt-live-1", "realtime")
    assert wrong_kind("gpt-realtime-2", "realtime") == ""


def test_every_replacement_is_alive() -> None:
    for model in MODELS.values():
        if model.ends is not None:
            name = model.instead.split()[0]
            assert MODELS[name].ends is None, model.name
