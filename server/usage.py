"""Tokens, computed from the real lengths of text and audio."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

CHARACTERS_PER_TEXT_TOKEN = 4
USER_AUDIO_MS_PER_TOKEN = 100  # 10 tokens a second
MODEL_AUDIO_MS_PER_TOKEN = 50  # 20 tokens a second
ITEM_OVERHEAD_TOKENS = 4  # role and separators


@dataclass(frozen=True, slots=True)
class Tokens:
    text: int = 0
    audio: int = 0

    def __add__(self, other: Tokens) -> Tokens:
        return Tokens(self.text + other.text, self.audio + other.audio)

    @property
    def total(self) -> int:
        return self.text + self.audio


def text_tokens(text: str) -> int:
    """About four characters each; a kana or kanji counts as one."""
    wide = sum(1 for letter in text if ord(letter) > 0x2E80)
    return wide + math.ceil((len(text) - wide) / CHARACTERS_PER_TEXT_TOKEN)


def user_audio_tokens(audio_ms: float) -> int:
    return math.ceil(audio_ms / USER_AUDIO_MS_PER_TOKEN)


def model_audio_tokens(audio_ms: float) -> int:
    return math.ceil(audio_ms / MODEL_AUDIO_MS_PER_TOKEN)


def settings_tokens(instructions: str, tools: Iterable[Any]) -> Tokens:
    """What precedes the conversation in every request."""
    tools_text = "".join(json.dumps(tool) for tool in tools)
    return Tokens(text=text_tokens(instructions) + text_tokens(tools_text))


def cached_tokens(before: Mapping[str, Tokens], now: Mapping[str, Tokens]) -> Tokens:
    """The common beginning of two contexts: what the previous response has already seen."""
    cached = Tokens()
    for (key_before, tokens_before), (key, tokens) in zip(
        before.items(), now.items(), strict=False
    ):
        if key_before != key or tokens_before != tokens:
            break
        cached += tokens
    return cached


def response_usage(context: Tokens, cached: Tokens, output: Tokens) -> dict[str, Any]:
    """`usage` of response.done."""
    return {
        "total_tokens": context.total + output.total,
        "input_tokens": context.total,
        "output_tokens": output.total,
        "input_token_details": {
            "text_tokens": context.text,
            "audio_tokens": context.audio,
            "image_tokens": 0,
            "cached_tokens": cached.total,
            "cached_tokens_details": {
                "text_tokens": cached.text,
                "audio_tokens": cached.audio,
                "image_tokens": 0,
            },
        },
        "output_token_details": {"text_tokens": output.text, "audio_tokens": output.audio},
    }


def transcription_usage(model: str, audio_ms: float, transcript: str) -> dict[str, Any]:
    """`usage` of a completed transcription: seconds for whisper, tokens for the others."""
    if model.startswith("whisper"):
        return {"type": "duration", "seconds": round(audio_ms / 1000, 2)}
    heard, written = user_audio_tokens(audio_ms), text_tokens(transcript)
    return {
        "type": "tokens",
        "total_tokens": heard + written,
        "input_tokens": heard,
        "input_token_details": {"text_tokens": 0, "audio_tokens": heard},
        "output_tokens": written,
    }
