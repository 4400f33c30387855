"""The beta dialect as a translation: everything inside speaks GA."""

from __future__ import annotations

from typing import Any

from server.realtime.config import Settings

Event = dict[str, Any]

_FORMATS = {"pcm16": "audio/pcm", "g711_ulaw": "audio/pcmu", "g711_alaw": "audio/pcma"}
_BETA_FORMATS = {ga: beta for beta, ga in _FORMATS.items()}
BETA_NAMES = {
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "conversation.item.added": "conversation.item.created",
}
_GA_ONLY = {"conversation.item.done", "input_audio_buffer.timeout_triggered"}
_PART_TO_BETA = {"output_text": "text", "output_audio": "audio"}
_PART_TO_GA = {"text": "output_text", "audio": "output_audio"}


def _put(settings: Settings, side: str, name: str, value: Any) -> None:
    settings.setdefault("audio", {}).setdefault(side, {})[name] = value


def settings_from_beta(beta: Settings) -> Settings:
    """A checked beta session (or the `response` of response.create) in GA's words."""
    ga: Settings = {}
    for name, value in beta.items():
        if name in ("modalities",):
            ga["output_modalities"] = ["audio"] if "audio" in value else ["text"]
        elif name in ("voice", "speed"):
            _put(ga, "output", name, value)
        elif name in ("input_audio_format", "output_audio_format"):
            _put(ga, name.split("_")[0], "format", {"type": _FORMATS[value]})
        elif name == "input_audio_transcription":
            _put(ga, "input", "transcription", value)
        elif name == "input_audio_noise_reduction":
            _put(ga, "input", "noise_reduction", value)
        elif name == "turn_detection":
            kind = {"type": "server_vad"}
            _put(ga, "input", name, None if value is None else {**kind, **value})
        elif name == "max_response_output_tokens":
            ga["max_output_tokens"] = value
        elif name == "input":
            ga["input"] = [item_from_beta(item) for item in value]
        else:
            ga[name] = value
    return ga


def item_from_beta(item: Event) -> Event:
    if item.get("role") != "assistant":
        return item
    content = [
        {**part, "type": _PART_TO_GA.get(part["type"], part["type"])}
        for part in item.get("content", [])
    ]
    return {**item, "content": content}


def _item_to_beta(item: Event) -> Event:
    if item.get("role") != "assistant":
        return item
    content = [
        {**part, "type": _PART_TO_BETA.get(part["type"], part["type"])} for part in item["content"]
    ]
    return {**item, "content": content}


def _beta_modalities(ga: list[str]) -> list[str]:
    return ["text", "audio"] if "audio" in ga else ["text"]


def _session_to_beta(session: Settings) -> Settings:
    sound_in = session["audio"]["input"]
    common: Settings = {
        "id": session["id"],
        "object": "realtime.session",
        "expires_at": session["expires_at"],
        "input_audio_format": _BETA_FORMATS[sound_in["format"]["type"]],
        "input_audio_transcription": sound_in["transcription"],
        "input_audio_noise_reduction": sound_in["noise_reduction"],
        "turn_detection": _without_idle(sound_in["turn_detection"]),
    }
    sound_out = session["audio"].get("output")
    if sound_out is None:
        return {**common, "modalities": ["text"]}
    return {
        **common,
        "model": session["model"],
        "modalities": _beta_modalities(session["output_modalities"]),
        "instructions": session["instructions"],
        "voice": sound_out["voice"],
        "output_audio_format": _BETA_FORMATS[sound_out["format"]["type"]],
        "tools": session["tools"],
        "tool_choice": session["tool_choice"],
        "temperature": session.get("temperature", 0.8),
        "max_response_output_tokens": session["max_output_tokens"],
        "speed": sound_out["speed"],
        "tracing": session["tracing"],
    }


def _without_idle(turn_detection: Settings | None) -> Settings | None:
    if turn_detection is None:
        return None
    return {name: value for name, value in turn_detection.items() if name != "idle_timeout_ms"}


def _response_to_beta(response: Settings) -> Settings:
    beta = {
        name: value
        for name, value in response.items()
        if name not in ("audio", "output_modalities", "output")
    }
    beta["output"] = [_item_to_beta(item) for item in response["output"]]
    beta["modalities"] = _beta_modalities(response["output_modalities"])
    beta["temperature"] = 0.8
    sound_out = response.get("audio", {}).get("output")
    if sound_out is not None:
        beta["voice"] = sound_out["voice"]
        beta["output_audio_format"] = _BETA_FORMATS[sound_out["format"]["type"]]
    return beta


def to_beta(event: Event) -> Event | None:
    """A GA server event in the beta dialect; None where beta has no such event."""
    kind = event["type"]
    if kind in _GA_ONLY:
        return None
    beta = {**event, "type": BETA_NAMES.get(kind, kind)}
    if "item" in beta:
        beta["item"] = _item_to_beta(beta["item"])
    if "response" in beta:
        beta["response"] = _response_to_beta(beta["response"])
    if "session" in beta:
        beta["session"] = _session_to_beta(beta["session"])
        if event["session"]["type"] == "transcription":
            beta["type"] = kind.replace("session.", "transcription_session.")
    return beta
