"""Settings: flag > environment > config.toml > default; and what a call needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import cast

from shared.messages import EchoMode
from tui.errors import ExitCode, VoicetuiError
from tui.masking import mask
from tui.paths import config_file, question_wav
from tui.resolution import Resolution, resolve
from tui.service_choice import ServiceChoice, need_key
from tui.sessions.options import Dialect, Endpoint, RealtimeOptions, TurnDetection, WireFormat

DEMO_KEY = "demo"
"""The embedded service takes any key; no real one is ever sent to it."""

AZURE_PREVIEW_VERSION = "2025-04-01-preview"
"""The newest the preview address was published with."""


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Everything a call needs; built by `call_settings` from flags, environment and config."""

    endpoint: Endpoint
    options: RealtimeOptions
    input: str = "default"
    output: str = "default"
    echo: EchoMode = "auto"
    fast_files: bool = False
    question: str = ""
    """Path of the WAV the talk key sends where there is no microphone."""


@dataclass(frozen=True, slots=True)
class ScreenSettings:
    """What the screen needs to know about the person and the line."""

    mouse: bool = True
    theme: str = ""
    """Empty: the screen's own choice."""
    ssh: bool = False
    """The terminal is at the other end of a line: spare bytes."""
    ascii_only: bool = False
    """Draw with what every terminal has."""


def load_settings(flags: Mapping[str, str | float], environment: Mapping[str, str]) -> Resolution:
    """All settings of this process; raises VoicetuiError."""
    return resolve(flags, environment, config_file())


def call_settings(
    settings: Resolution, service: ServiceChoice, *, demo_url: str = ""
) -> CallSettings:
    """Settings for one call; `demo_url` is where the embedded service listens.

    Raises NoKey, VoicetuiError.
    """
    options = _options(settings, service)
    return CallSettings(
        endpoint=_endpoint(settings, service, options.model, demo_url),
        options=options,
        input=settings.text("audio.input"),
        output=settings.text("audio.output"),
        echo=cast(EchoMode, settings.text("audio.echo")),
        question=str(question_wav()),
    )


def push_to_talk(settings: CallSettings) -> CallSettings:
    """The same, but a turn ends when we say so: for recorded files and single questions."""
    return replace(settings, options=replace(settings.options, turn_detection="none"))


def screen_settings(settings: Resolution, environment: Mapping[str, str]) -> ScreenSettings:
    """Settings of the screen."""
    remote = "SSH_CONNECTION" in environment or "SSH_TTY" in environment
    ssh = {"auto": remote, "on": True, "off": False}[settings.text("ui.ssh")]
    mouse = {"auto": not ssh, "on": True, "off": False}[settings.text("ui.mouse")]
    plain_letters = environment.get("TERM") == "linux" or not _utf8()
    ascii_only = {"auto": plain_letters, "unicode": False, "ascii": True}[
        settings.text("ui.glyphs")
    ]
    return ScreenSettings(mouse, settings.text("ui.theme"), ssh, ascii_only)


def _utf8() -> bool:
    import locale

    return locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"


def _options(settings: Resolution, service: ServiceChoice) -> RealtimeOptions:
    from tui.sessions.models import REALTIME_DEFAULT, TRANSCRIPTION_DEFAULT

    on_azure = service.kind in ("azure", "azure-preview")
    model = settings.text("service.model")
    if not model and on_azure:
        model = settings.text("service.azure_deployment")
    turn = settings.text("realtime.turn")
    return RealtimeOptions(
        model=model or REALTIME_DEFAULT,
        voice=settings.text("realtime.voice"),
        instructions=settings.text("realtime.instructions"),
        turn_detection="none" if turn == "push_to_talk" else cast(TurnDetection, turn),
        vad_threshold=settings.number("realtime.threshold"),
        vad_prefix_padding_ms=settings.whole("realtime.prefix_padding_ms"),
        vad_silence_ms=settings.whole("realtime.silence_ms"),
        vad_idle_timeout_ms=settings.whole_or_none("realtime.idle_timeout_ms"),
        vad_eagerness=settings.text("realtime.eagerness"),  # type: ignore[arg-type]
        transcription_model=(
            TRANSCRIPTION_DEFAULT
            if settings.is_default("realtime.transcription_model")
            else settings.text("realtime.transcription_model")
        ),
        language=settings.text("realtime.language"),
        noise_reduction=settings.text("realtime.noise_reduction"),  # type: ignore[arg-type]
        speed=settings.number("realtime.speed"),
        wire_format=cast(WireFormat, settings.text("realtime.format")),
        max_output_tokens=settings.whole_or_none("realtime.max_output_tokens"),
        temperature=settings.number_or_none("realtime.temperature"),
    )


def _endpoint(settings: Resolution, service: ServiceChoice, model: str, demo_url: str) -> Endpoint:
    from tui.sessions.endpoint import EndpointError, realtime_endpoint

    need_key(service)
    demo = service.kind == "demo"
    dialect = settings.text("service.dialect")
    try:
        endpoint = realtime_endpoint(
            service.kind,
            demo_url if demo else service.base_url,
            DEMO_KEY if demo else service.key,
            model,
            api_version=settings.text("service.azure_api_version")
            or (AZURE_PREVIEW_VERSION if service.kind == "azure-preview" else ""),
            organization=settings.text("service.organization"),
            project=settings.text("service.project"),
            dialect=None if dialect == "auto" else cast(Dialect, dialect),
        )
    except EndpointError as error:
        raise VoicetuiError(
            "Service cannot be used", mask(str(error)), ExitCode.SETTINGS
        ) from error
    return replace(endpoint, label=f"demo · {model}") if demo else endpoint
