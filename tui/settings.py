"""Settings: flag > environment > config.toml > default."""

from __future__ import annotations

from dataclasses import dataclass

from shared.messages import EchoMode
from tui.sessions.options import Endpoint, RealtimeOptions


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Everything a call needs; built by `tui.settings` from flags, environment and config."""

    endpoint: Endpoint
    options: RealtimeOptions
    input: str = "default"
    output: str = "default"
    echo: EchoMode = "auto"
    fast_files: bool = False
    question: str = ""
    """Path of the WAV the talk key sends where there is no microphone."""
