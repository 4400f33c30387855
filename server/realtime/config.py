"""The settings of a session, in GA's words, and how an update changes them."""

from __future__ import annotations

import copy
from typing import Any

from server.realtime.shapes import Violation
from server.speech.voices import DEFAULT_VOICE

Settings = dict[str, Any]

SERVER_VAD: Settings = {
    "type": "server_vad",
    "threshold": 0.5,
    "prefix_padding_ms": 300,
    "silence_duration_ms": 200,
    "idle_timeout_ms": None,
    "create_response": True,
    "interrupt_response": True,
}
SEMANTIC_VAD: Settings = {
    "type": "semantic_vad",
    "eagerness": "auto",
    "create_response": True,
    "interrupt_response": True,
}
# No semantics here: an eager session just waits less. Real waits are up to 8, 4 and 2 s.
SEMANTIC_SILENCE_MS = {"low": 1500, "medium": 800, "auto": 800, "high": 400}
DEFAULT_INSTRUCTIONS = (
    "You are a friendly voice assistant inside voicetui's demo service. "
    "Answer briefly, in plain spoken English."
)


def default_settings(model: str) -> Settings:
    """What session.created says before anything was asked for."""
    return {
        "type": "realtime",
        "model": model,
        "output_modalities": ["audio"],
        "instructions": DEFAULT_INSTRUCTIONS,
        "tools": [],
        "tool_choice": "auto",
        "max_output_tokens": "inf",
        "truncation": "auto",
        "tracing": None,
        "prompt": None,
        "include": None,
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "transcription": None,
                "noise_reduction": None,
                "turn_detection": dict(SERVER_VAD),
            },
            "output": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "voice": DEFAULT_VOICE,
                "speed": 1.0,
            },
        },
    }


def _check_modalities(chosen: object, path: str) -> None:
    if chosen not in (["audio"], ["text"]):
        raise Violation(
            "invalid_value",
            f"Invalid modalities: {chosen}. Supported combinations are: ['text'] and ['audio'].",
            path,
        )


def _merged_turn_detection(current: Settings | None, update: Settings) -> Settings:
    defaults = SEMANTIC_VAD if update["type"] == "semantic_vad" else SERVER_VAD
    base = current if current is not None and current["type"] == update["type"] else defaults
    given = {
        name: value
        for name, value in update.items()
        if value is not None or name == "idle_timeout_ms"
    }
    return {**base, **given}


def _merged_audio(current: Settings, update: Settings) -> Settings:
    merged = {side: dict(settings) for side, settings in current.items()}
    for side, settings in update.items():
        for name, value in settings.items():
            if name == "turn_detection" and value is not None:
                value = _merged_turn_detection(merged[side].get(name), value)
            elif name == "format":
                value = {"type": value["type"]}
                if value["type"] == "audio/pcm":
                    value["rate"] = 24000
            merged[side][name] = value
    return merged


def merge(
    current: Settings, update: Settings, *, audio_was_sent: bool, path: str = "session"
) -> Settings:
    """The settings after an update (GA words). Raises Violation where it is refused."""
    if update.get("type", current["type"]) != current["type"]:
        raise Violation(
            "invalid_value",
            f"Passing a {update['type']} session update event to a {current['type']} session "
            "is not allowed.",
            f"{path}.type",
        )
    if update.get("model", current["model"]) != current["model"]:
        raise Violation(
            "session_model_change_not_allowed",
            "Session model cannot be changed after the session is created.",
            f"{path}.model",
        )
    if "output_modalities" in update:
        _check_modalities(update["output_modalities"], f"{path}.output_modalities")
    voice = update.get("audio", {}).get("output", {}).get("voice")
    if audio_was_sent and voice is not None and voice != current["audio"]["output"]["voice"]:
        raise Violation(
            "cannot_update_voice",
            "Cannot update a conversation's voice if assistant audio is present.",
            f"{path}.audio.output.voice",
        )
    merged = copy.deepcopy(current)
    for name, value in update.items():
        merged[name] = _merged_audio(merged["audio"], value) if name == "audio" else value
    return merged


def for_response(
    current: Settings, overrides: Settings | None, *, audio_was_sent: bool
) -> Settings:
    """The settings of one response: the session's, with what response.create says."""
    if not overrides:
        return copy.deepcopy(current)
    known = {name: value for name, value in overrides.items() if name in current}
    known.pop("prompt", None)
    return merge(current, known, audio_was_sent=audio_was_sent, path="response")


def silence_ms(turn_detection: Settings) -> int:
    """The pause that ends a turn."""
    if turn_detection["type"] == "semantic_vad":
        return SEMANTIC_SILENCE_MS[turn_detection["eagerness"]]
    return int(turn_detection["silence_duration_ms"])
