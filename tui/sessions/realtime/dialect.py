"""The two dialects of the Realtime protocol as tables: GA, and the older beta.

Inside the machine only GA's event names are used; servers mix the two, so every known name is
understood in either dialect.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from tui.sessions import options as settings
from tui.sessions.options import RealtimeOptions, WireFormat
from tui.sessions.realtime.message import Message

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How one dialect writes what both can say."""

    name: settings.Dialect
    paths: Mapping[str, Path]
    """Where a setting lies in `session`; settings that are not listed do not exist."""
    fixed: Mapping[str, object]
    """What every `session` must hold."""
    modalities: Mapping[str, list[str]]
    formats: Mapping[WireFormat, object]
    assistant_text: str
    """Type of the content part that carries an assistant's words in an item we create."""


_GA_VAD: Final = ("audio", "input", "turn_detection")

GA: Final = Dialect(
    name="ga",
    paths={
        "output": ("output_modalities",),
        "instructions": ("instructions",),
        "max_output_tokens": ("max_output_tokens",),
        "tools": ("tools",),
        "input_format": ("audio", "input", "format"),
        "noise_reduction": ("audio", "input", "noise_reduction"),
        "transcription": ("audio", "input", "transcription"),
        "transcription_model": ("audio", "input", "transcription", "model"),
        "language": ("audio", "input", "transcription", "language"),
        "turn_detection": _GA_VAD,
        "vad": (*_GA_VAD, "type"),
        "vad_threshold": (*_GA_VAD, "threshold"),
        "vad_prefix_padding_ms": (*_GA_VAD, "prefix_padding_ms"),
        "vad_silence_ms": (*_GA_VAD, "silence_duration_ms"),
        "vad_idle_timeout_ms": (*_GA_VAD, "idle_timeout_ms"),
        "vad_eagerness": (*_GA_VAD, "eagerness"),
        "vad_answers": (*_GA_VAD, "create_response"),
        "vad_interrupts": (*_GA_VAD, "interrupt_response"),
        "output_format": ("audio", "output", "format"),
        "voice": ("audio", "output", "voice"),
        "speed": ("audio", "output", "speed"),
    },
    fixed={"type": "realtime"},
    modalities={"audio": ["audio"], "text": ["text"]},
    formats={
        "pcm": {"type": "audio/pcm", "rate": 24_000},
        "pcmu": {"type": "audio/pcmu"},
        "pcma": {"type": "audio/pcma"},
    },
    assistant_text="output_text",
)

BETA: Final = Dialect(
    name="beta",
    paths={
        "output": ("modalities",),
        "instructions": ("instructions",),
        "max_output_tokens": ("max_response_output_tokens",),
        "temperature": ("temperature",),
        "tools": ("tools",),
        "input_format": ("input_audio_format",),
        "noise_reduction": ("input_audio_noise_reduction",),
        "transcription": ("input_audio_transcription",),
        "transcription_model": ("input_audio_transcription", "model"),
        "language": ("input_audio_transcription", "language"),
        "turn_detection": ("turn_detection",),
        "vad": ("turn_detection", "type"),
        "vad_threshold": ("turn_detection", "threshold"),
        "vad_prefix_padding_ms": ("turn_detection", "prefix_padding_ms"),
        "vad_silence_ms": ("turn_detection", "silence_duration_ms"),
        "vad_eagerness": ("turn_detection", "eagerness"),
        "vad_answers": ("turn_detection", "create_response"),
        "vad_interrupts": ("turn_detection", "interrupt_response"),
        "output_format": ("output_audio_format",),
        "voice": ("voice",),
        "speed": ("speed",),
    },
    fixed={},
    modalities={"audio": ["text", "audio"], "text": ["text"]},
    formats={"pcm": "pcm16", "pcmu": "g711_ulaw", "pcma": "g711_alaw"},
    assistant_text="text",
)

DIALECTS: Final[Mapping[settings.Dialect, Dialect]] = {"ga": GA, "beta": BETA}

ALIASES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "response.audio.delta": "response.output_audio.delta",
        "response.audio.done": "response.output_audio.done",
        "response.audio_transcript.delta": "response.output_audio_transcript.delta",
        "response.audio_transcript.done": "response.output_audio_transcript.done",
        "response.text.delta": "response.output_text.delta",
        "response.text.done": "response.output_text.done",
        "conversation.item.created": "conversation.item.added",
        "conversation.item.done": "conversation.item.added",
        "transcription_session.updated": "session.updated",
    }
)
"""The beta's names, and names that mean the same to us, as the name the machine handles."""


def canonical(event: str) -> str:
    """The one name under which the machine knows an event."""
    return ALIASES.get(event, event)


def chosen(options: RealtimeOptions, dialect: Dialect, format_: WireFormat) -> dict[str, object]:
    """The settings to ask for, by name, in this dialect's values."""
    values: dict[str, object] = {"output": dialect.modalities[options.output]}
    values["input_format"] = dialect.formats[format_]
    if options.output == "audio":
        values["output_format"] = dialect.formats[format_]
        if options.voice:
            values["voice"] = options.voice
        if options.speed != 1.0:
            values["speed"] = options.speed
    # Empty would clear what the service has of its own; a new session has nothing of ours.
    if options.instructions:
        values["instructions"] = options.instructions
    if options.max_output_tokens is not None:
        values["max_output_tokens"] = options.max_output_tokens
    if options.temperature is not None:
        values["temperature"] = options.temperature
    if options.noise_reduction != "none":
        values["noise_reduction"] = {"type": options.noise_reduction}
    if options.tools:
        values["tools"] = [
            {
                "type": "function",
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.schema,
            }
            for tool in options.tools
        ]
    values.update(_transcription(options))
    values.update(_turn_detection(options))
    return {name: value for name, value in values.items() if name in dialect.paths}


def _transcription(options: RealtimeOptions) -> dict[str, object]:
    if not options.transcription_model:
        return {"transcription": None}
    values: dict[str, object] = {"transcription_model": options.transcription_model}
    if options.language:
        values["language"] = options.language
    return values


def _turn_detection(options: RealtimeOptions) -> dict[str, object]:
    if options.turn_detection == "none":
        return {"turn_detection": None}
    values: dict[str, object] = {"vad": options.turn_detection}
    if options.turn_detection == "semantic_vad":
        values["vad_eagerness"] = options.vad_eagerness
    else:
        values["vad_threshold"] = options.vad_threshold
        values["vad_prefix_padding_ms"] = options.vad_prefix_padding_ms
        values["vad_silence_ms"] = options.vad_silence_ms
        if options.vad_idle_timeout_ms is not None:
            values["vad_idle_timeout_ms"] = options.vad_idle_timeout_ms
    values["vad_answers"] = True
    values["vad_interrupts"] = True
    return values


def session_update(dialect: Dialect, values: Mapping[str, object]) -> dict[str, object]:
    """A `session.update` message that asks for these settings."""
    session: dict[str, object] = dict(dialect.fixed)
    for name, value in values.items():
        _put(session, dialect.paths[name], value)
    return {"type": "session.update", "session": session}


def _put(session: dict[str, object], path: Path, value: object) -> None:
    place = session
    for step in path[:-1]:
        inner = place.setdefault(step, {})
        assert isinstance(inner, dict), f"settings overlap at {path}"
        place = inner
    place[path[-1]] = value


def settings_at(dialect: Dialect, names: Iterable[str], param: str) -> list[str]:
    """Which of the named settings an error's `param` speaks of; empty when none."""
    path = tuple(step for step in param.replace("[", ".").replace("]", "").split(".") if step)
    if path[:1] == ("session",):
        path = path[1:]
    if not path:
        return []
    names = list(names)
    exact = [name for name in names if dialect.paths[name] == path]
    if exact:
        return exact
    below = [name for name in names if dialect.paths[name][: len(path)] == path]
    if below:
        return below
    return [name for name in names if path[: len(dialect.paths[name])] == dialect.paths[name]]


def settings_named(dialect: Dialect, names: Iterable[str], words: str) -> list[str]:
    """Which of the named settings a sentence speaks of by a field's name; empty when none."""
    found = [
        (len(dialect.paths[name]), name)
        for name in names
        if any(f"{quote}{dialect.paths[name][-1]}{quote}" in words for quote in "'\"`")
        or dialect.paths[name][-1] in words.replace("'", " ").replace(".", " ").split()
        or ".".join(dialect.paths[name]) in words
    ]
    if not found:
        return []
    deepest = max(depth for depth, _ in found)
    return [name for depth, name in found if depth == deepest]


def shown_by(session: Message) -> settings.Dialect | None:
    """The dialect a server's own `session` object is written in; None when it does not show."""
    if session.get("type") in ("realtime", "transcription") or "output_modalities" in session:
        return "ga"
    if isinstance(session.get("audio"), dict):
        return "ga"
    if "modalities" in session or "input_audio_format" in session:
        return "beta"
    return None


def text_item(dialect: Dialect, role: str, text: str, item_id: str) -> dict[str, object]:
    """A `conversation.item.create` message that adds a text message."""
    kind = dialect.assistant_text if role == "assistant" else "input_text"
    return {
        "type": "conversation.item.create",
        "item": {
            "id": item_id,
            "type": "message",
            "role": role,
            "content": [{"type": kind, "text": text}],
        },
    }


def sound_item(audio: str, item_id: str) -> dict[str, object]:
    """The same for something the user said; `audio` is base64 in the session's format."""
    return {
        "type": "conversation.item.create",
        "item": {
            "id": item_id,
            "type": "message",
            "role": "user",
            "content": [{"type": "input_audio", "audio": audio}],
        },
    }
