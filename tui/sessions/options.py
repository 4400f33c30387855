"""What a person can set about a session, independent of any wire format."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TurnDetection = Literal["server_vad", "semantic_vad", "none"]
"""`none` is push-to-talk."""
WireFormat = Literal["pcm", "pcmu", "pcma"]
Dialect = Literal["ga", "beta"]
Service = Literal["openai", "azure", "azure-preview", "compatible", "demo"]


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
