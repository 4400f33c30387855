"""Tokens of a response, by modality, with the cached share."""

from __future__ import annotations

import pytest

from tests.tui.sessions.realtime.driver import Driver
from tui.sessions.events import TokenUsage, UsageReported
from tui.sessions.realtime.usage import response_usage, transcription_usage

FULL = {
    "total_tokens": 253,
    "input_tokens": 132,
    "output_tokens": 121,
    "input_token_details": {
        "text_tokens": 119,
        "audio_tokens": 13,
        "image_tokens": 0,
        "cached_tokens": 64,
        "cached_tokens_details": {"text_tokens": 60, "audio_tokens": 4, "image_tokens": 0},
    },
    "output_token_details": {"text_tokens": 30, "audio_tokens": 91},
}


def test_every_modality_and_its_cached_share() -> None:
    usage = response_usage(FULL)
    assert usage == TokenUsage(119, 13, 0, 60, 4, 0, 30, 91)
    assert usage.total == 253


@pytest.mark.parametrize(
    ("usage", "expected"),
    [
        ({}, TokenUsage()),
        ({"input_tokens": 5, "output_tokens": 6}, TokenUsage(text_in=5, text_out=6)),
        ({"input_tokens": None, "input_token_details": None}, TokenUsage()),
        # The beta's example: more cached than there was input.
        (
            {
                "input_tokens": 127,
                "output_tokens": 0,
                "input_token_details": {
                    "text_tokens": 119,
                    "audio_tokens": 8,
                    "cached_tokens": 384,
                    "cached_tokens_details": {"text_tokens": 128, "audio_tokens": 256},
                },
            },
            TokenUsage(text_in=119, audio_in=8, cached_text=119, cached_audio=8),
        ),
        # Only the sum of what was cached.
        (
            {
                "input_tokens": 30,
                "input_token_details": {"text_tokens": 20, "audio_tokens": 10, "cached_tokens": 25},
            },
            TokenUsage(text_in=20, audio_in=10, cached_text=20, cached_audio=5),
        ),
        ({"input_tokens": -4, "output_tokens": float("nan")}, TokenUsage()),
        ({"input_tokens": "7", "output_tokens": True}, TokenUsage()),
        ({"input_tokens": 1e400, "output_tokens": 10**400}, TokenUsage()),
    ],
)
def test_every_field_may_be_missing_or_nonsense(usage, expected) -> None:
    assert response_usage(usage) == expected


def test_transcriptions_by_token_and_by_time() -> None:
    tokens = {
        "type": "tokens",
        "total_tokens": 22,
        "input_tokens": 13,
        "output_tokens": 9,
        "input_token_details": {"text_tokens": 0, "audio_tokens": 13},
    }
    assert transcription_usage(tokens) == TokenUsage(audio_in=13, text_out=9)
    assert transcription_usage({"type": "duration", "seconds": 2.5}) == TokenUsage(seconds=2.5)


def test_cancelled_answers_and_transcriptions_are_counted() -> None:
    driver = Driver().start()
    driver.begin_answer()
    driver.audio(100)
    driver.get("input_audio_buffer.speech_started", item_id="u2")
    driver.end_answer("r1", "cancelled", usage=FULL)
    driver.get(
        "conversation.item.input_audio_transcription.completed",
        item_id="u2",
        content_index=0,
        transcript="x",
        usage={"type": "duration", "seconds": 3},
    )
    assert driver.all(UsageReported) == [
        UsageReported(response_usage(FULL), "response", "r1"),
        UsageReported(TokenUsage(seconds=3.0), "transcription", "u2"),
    ]
