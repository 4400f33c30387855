"""What a person can set about a session, independent of any wire format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TurnDetection = Literal["server_vad", "semantic_vad", "none"]
"""`none` is push-to-talk."""
WireFormat = Literal["pcm", "pcmu", "pcma"]
Dialect = Literal["ga", "beta"]
SessionKind = Literal["realtime", "assistants", "responses", "audio"]
Service = Literal["openai", "azure", "azure-preview", "compatible", "demo"]


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """A function the model may call; the command gets the arguments as JSON on stdin."""

    name: str
    description: str
    schema: dict[str, object]
    command: tuple[str, ...]
    allowed: bool = False
    """Runs without asking."""
    limit_s: float = 30.0
    output_limit_bytes: int = 16_384


@dataclass(frozen=True, slots=True)
class RealtimeOptions:
    """Session settings of the Realtime protocol; numbers are the service's own defaults."""

    model: str
    voice: str = "marin"
    instructions: str = ""
    output: Literal["audio", "text"] = "audio"
    turn_detection: TurnDetection = "server_vad"
    vad_threshold: float = 0.5
    vad_prefix_padding_ms: int = 300
    vad_silence_ms: int = 500
    vad_idle_timeout_ms: int | None = None
    vad_eagerness: Literal["low", "medium", "high", "auto"] = "auto"
    transcription_model: str = "gpt-transcribe"
    """Empty: no transcript of what the user says."""
    language: str = ""
    """ISO 639-1 hint for the transcription; empty: the service guesses."""
    noise_reduction: Literal["near_field", "far_field", "none"] = "none"
    speed: float = 1.0
    wire_format: WireFormat = "pcm"
    max_output_tokens: int | None = None
    temperature: float | None = None
    """Beta dialect only; the GA dialect has none."""
    tools: tuple[FunctionTool, ...] = ()


TEXT_SILENCE_MS = 700
"""Longer than a service's 500: nobody but the engine hears whether a thought goes on."""


@dataclass(frozen=True, slots=True)
class TextOptions:
    """Settings of kinds that hear by transcription and speak by synthesis, and of audio chat."""

    kind: Literal["assistants", "responses", "audio"]
    model: str
    instructions: str = ""
    temperature: float | None = None
    max_output_tokens: int | None = None
    max_prompt_tokens: int | None = None
    """Assistants only."""
    additional_instructions: str = ""
    """Assistants only: for each run, beside the assistant's own."""
    assistant_id: str = ""
    """Assistants: the one to use; empty: one is made from model and instructions."""
    remote_id: str = ""
    """Thread or conversation to go on with; empty: a new one."""
    transcription_model: str = "gpt-transcribe"
    language: str = ""
    transcription_prompt: str = ""
    keywords: tuple[str, ...] = ()
    speech_model: str = "gpt-4o-mini-tts"
    voice: str = "marin"
    speed: float = 1.0
    speech_instructions: str = ""
    reader: Endpoint | None = None
    """A Realtime service that reads answers aloud: when /audio/speech is gone, or at once where
    `speech_model` is empty; None: answers are text only then."""
    speak: bool = True
    """False: answers are text only."""
    tools: tuple[FunctionTool, ...] = ()
    hosted_tools: tuple[str, ...] = ()
    """Tools of the service: code_interpreter, file_search."""
    file_ids: tuple[str, ...] = ()
    hands_free: bool = True
    """Turns end by themselves after silence; otherwise by the talk key."""
    silence_ms: int = TEXT_SILENCE_MS
    run_limit_s: float = 120.0
    """A run that is queued or works longer is cancelled."""
    keep_audio_turns: int = 4
    """Audio chat: older sound of the user is replaced by its transcript, to save tokens."""
    transcribe_user: bool = True
    """Audio chat: the user's speech is transcribed alongside."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where a session connects and how it proves who it is."""

    url: str
    """ws:// or wss://, complete with query."""
    headers: dict[str, str]
    """Carries the key: never log it, never show it."""
    dialect: Dialect
    service: Service
    label: str
    """Host and model for a person to read; no secrets."""

    def __repr__(self) -> str:
        return f"Endpoint({self.label!r}, {self.dialect!r})"
