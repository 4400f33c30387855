"""Settings: flag > environment > config.toml > default; and what a call needs of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal, cast

from shared.messages import BargeInMode, EchoMode
from tui import language
from tui.child import demo_key
from tui.errors import ExitCode, VoicetuiError
from tui.masking import mask
from tui.paths import config_file, question_wav
from tui.picked import picked
from tui.resolution import Resolution, resolve
from tui.service_choice import ServiceChoice, need_key
from tui.sessions.events import PastTurn
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.options import (
    TEXT_SILENCE_MS,
    Dialect,
    Endpoint,
    RealtimeOptions,
    SessionKind,
    TextOptions,
    TurnDetection,
    WireFormat,
)
from tui.settings_table import BY_KEY
from tui.tool_table import read_tools

if TYPE_CHECKING:
    from tui.store.rows import Resumption

"""The embedded service takes any key; no real one is ever sent to it."""

AZURE_PREVIEW_VERSION = "2025-04-01-preview"
"""The newest the preview address was published with."""


@dataclass(frozen=True, slots=True)
class CallSettings:
    """Everything a call needs; built by `call_settings` from flags, environment and config."""

    endpoint: Endpoint | HttpEndpoint
    """Which one, the options say."""
    options: RealtimeOptions | TextOptions
    input: str = "default"
    output: str = "default"
    echo: EchoMode = "auto"
    barge_in: BargeInMode = "duck"
    fast_files: bool = False
    session_s: float | None = None
    """Realtime sessions end after so long at the latest, where the service does not say when."""
    record: str = ""
    """Where both sides are recorded; empty: nowhere."""
    wire_log: str = ""
    """Where everything on the wire is written down; empty: nowhere."""
    question: str = ""
    """Path of the WAV the talk key sends where there is no microphone."""
    muted: bool = False
    """The person was muted before the call, and is so from its beginning."""
    resume: Resumption | None = None
    """The conversation of the history that goes on with this call."""
    past: tuple[PastTurn, ...] = ()
    """What was said in it; replayed, unless the service keeps it."""


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
    hold: bool = False
    """The talk key is held down while one speaks."""
    probe: bool = False
    """Ask the terminal how wide it draws, and draw with ASCII if it is too wide."""


def load_settings(flags: Mapping[str, str | float], environment: Mapping[str, str]) -> Resolution:
    """All settings of this process, and their language in use; raises VoicetuiError."""
    settings = resolve(flags, environment, config_file(), picked())
    language.use(language.choose(settings.text("ui.language"), environment))
    return settings


def call_settings(
    settings: Resolution,
    service: ServiceChoice,
    *,
    demo_url: str = "",
    kind: SessionKind | None = None,
) -> CallSettings:
    """Settings for one call; `demo_url` is where the embedded service listens.

    `kind`: another kind of session than the settings say.  Raises NoKey, VoicetuiError.
    """
    need_key(service)
    kind = kind or cast(SessionKind, settings.text("session.kind"))
    tools = read_tools(config_file())
    options: RealtimeOptions | TextOptions
    endpoint: Endpoint | HttpEndpoint
    if kind == "realtime":
        options = _options(settings, service)
        endpoint = _endpoint(settings, service, options.model, demo_url)
    else:
        options = read_by(settings, service, text_options(settings, service, kind), demo_url)
        endpoint = _http(settings, service, options.model, demo_url)
    return CallSettings(
        endpoint=endpoint,
        options=replace(options, tools=tools),
        input=settings.text("audio.input"),
        output=settings.text("audio.output"),
        echo=cast(EchoMode, settings.text("audio.echo")),
        barge_in=cast(BargeInMode, settings.text("audio.barge_in")),
        record=settings.text("audio.record"),
        wire_log=settings.text("log.wire_file"),
        session_s=settings.number("service.session_minutes") * 60 or None,
        question=str(question_wav()),
    )


def push_to_talk(settings: CallSettings) -> CallSettings:
    """The same, but a turn ends when we say so: for recorded files and single questions."""
    options = settings.options
    if isinstance(options, TextOptions):
        return replace(settings, options=replace(options, hands_free=False))
    return replace(settings, options=replace(options, turn_detection="none"))


def words_only(settings: CallSettings, *, typed: bool = False) -> CallSettings:
    """The same, with answers in text alone, where the service allows that.

    `typed`: the questions are.  Audio chat wants sound in the question or in the answer.
    """
    options = settings.options
    if isinstance(options, TextOptions):
        if options.kind == "audio" and typed:
            return settings
        return replace(settings, options=replace(options, speak=False))
    return replace(settings, options=replace(options, output="text"))


def is_push_to_talk(settings: CallSettings) -> bool:
    """Whether the talk key ends the turns."""
    options = settings.options
    if isinstance(options, TextOptions):
        return not options.hands_free
    return options.turn_detection == "none"


def screen_settings(settings: Resolution, environment: Mapping[str, str]) -> ScreenSettings:
    """Settings of the screen."""
    remote = "SSH_CONNECTION" in environment or "SSH_TTY" in environment
    ssh = {"auto": remote, "on": True, "off": False}[settings.text("ui.ssh")]
    mouse = {"auto": not ssh, "on": True, "off": False}[settings.text("ui.mouse")]
    plain_letters = environment.get("TERM") == "linux" or not _utf8()
    ascii_only = {"auto": plain_letters, "unicode": False, "ascii": True}[
        settings.text("ui.glyphs")
    ]
    hold = settings.text("session.turn") == "hold"
    probe = settings.text("ui.glyphs") == "auto" and not ascii_only
    return ScreenSettings(mouse, settings.text("ui.theme"), ssh, ascii_only, hold, probe)


def _utf8() -> bool:
    import locale

    return locale.getpreferredencoding(False).lower().replace("-", "") == "utf8"


def _options(settings: Resolution, service: ServiceChoice) -> RealtimeOptions:
    from tui.sessions.models import REALTIME_DEFAULT, TRANSCRIPTION_DEFAULT

    on_azure = service.kind in ("azure", "azure-preview")
    model = settings.text("service.model")
    if not model and on_azure:
        model = settings.text("service.azure_deployment")
    turn = settings.text("session.turn")
    return RealtimeOptions(
        model=model or REALTIME_DEFAULT,
        voice=settings.text("session.voice"),
        instructions=settings.text("session.instructions"),
        turn_detection="none" if turn in BY_KEY else cast(TurnDetection, turn),
        vad_threshold=settings.number("session.threshold"),
        vad_prefix_padding_ms=settings.whole("session.prefix_padding_ms"),
        vad_silence_ms=settings.whole("session.silence_ms"),
        vad_idle_timeout_ms=settings.whole_or_none("session.idle_timeout_ms"),
        vad_eagerness=settings.text("session.eagerness"),  # type: ignore[arg-type]
        transcription_model=(
            TRANSCRIPTION_DEFAULT
            if settings.is_default("session.transcription_model")
            else settings.text("session.transcription_model")
        ),
        language=settings.text("session.language"),
        noise_reduction=settings.text("session.noise_reduction"),  # type: ignore[arg-type]
        speed=settings.number("session.speed"),
        wire_format=cast(WireFormat, settings.text("session.format")),
        max_output_tokens=settings.whole_or_none("session.max_output_tokens"),
        temperature=settings.number_or_none("session.temperature"),
    )


def _endpoint(settings: Resolution, service: ServiceChoice, model: str, demo_url: str) -> Endpoint:
    from tui.sessions.endpoint import EndpointError, realtime_endpoint

    demo = service.kind == "demo"
    dialect = settings.text("service.dialect")
    try:
        endpoint = realtime_endpoint(
            service.kind,
            demo_url if demo else service.base_url,
            demo_key() if demo else service.key,
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


def _http(settings: Resolution, service: ServiceChoice, model: str, demo_url: str) -> HttpEndpoint:
    from tui.sessions.endpoint import EndpointError
    from tui.sessions.http.endpoint import http_endpoint

    demo = service.kind == "demo"
    try:
        endpoint = http_endpoint(
            service.kind,
            demo_url if demo else service.base_url,
            demo_key() if demo else service.key,
            model,
            organization=settings.text("service.organization"),
            project=settings.text("service.project"),
        )
    except EndpointError as error:
        raise VoicetuiError(
            "Address cannot be used", mask(str(error)), ExitCode.SETTINGS
        ) from error
    return replace(endpoint, label=f"demo · {model}") if demo else endpoint


def text_options(
    settings: Resolution, service: ServiceChoice, kind: Literal["assistants", "responses", "audio"]
) -> TextOptions:
    """Settings of the kinds over HTTP."""
    from tui.sessions.models import AUDIO_DEFAULT, TEXT_DEFAULT, TRANSCRIPTION_DEFAULT

    model = settings.text("service.model")
    if not model and service.kind in ("azure", "azure-preview"):
        model = settings.text("service.azure_deployment")
    return TextOptions(
        kind=kind,
        model=model or (AUDIO_DEFAULT if kind == "audio" else TEXT_DEFAULT),
        instructions=settings.text("session.instructions"),
        temperature=settings.number_or_none("session.temperature"),
        max_output_tokens=settings.whole_or_none("session.max_output_tokens"),
        max_prompt_tokens=settings.whole_or_none("assistants.max_prompt_tokens"),
        additional_instructions=settings.text("assistants.additional_instructions"),
        assistant_id=settings.text("assistants.id"),
        transcription_model=(
            TRANSCRIPTION_DEFAULT
            if settings.is_default("session.transcription_model")
            else settings.text("session.transcription_model")
        ),
        language=settings.text("session.language"),
        transcription_prompt=settings.text("transcription.prompt"),
        keywords=_words(settings.text("transcription.keywords")),
        speech_model=settings.text("speech.model"),
        voice=settings.text("session.voice"),
        speed=settings.number("session.speed"),
        speech_instructions=settings.text("speech.instructions"),
        hosted_tools=_words(settings.text("assistants.tools")),
        file_ids=_words(settings.text("assistants.files")),
        hands_free=settings.text("session.turn") not in BY_KEY,
        silence_ms=(
            TEXT_SILENCE_MS
            if settings.is_default("session.silence_ms")
            else settings.whole("session.silence_ms")
        ),
        run_limit_s=settings.number("assistants.run_limit_s"),
        keep_audio_turns=settings.whole("audio_chat.keep_audio_turns"),
        transcribe_user=settings.switch("audio_chat.transcribe"),
    )


def read_by(
    settings: Resolution, service: ServiceChoice, options: TextOptions, demo_url: str
) -> TextOptions:
    """The same options with what speaks: /audio/speech, a Realtime model, or one after the other.

    By itself only where the model's name is known to be right.
    """
    from tui.sessions.models import READING_DEFAULT

    by = settings.text("speech.by")
    if options.kind == "audio" or by == "speech":
        return options
    if by == "auto":
        if service.kind not in ("openai", "demo"):
            return options
        return replace(options, reader=_endpoint(settings, service, READING_DEFAULT, demo_url))
    named = not settings.is_default("speech.model")
    model = options.speech_model if named else READING_DEFAULT
    reader = _endpoint(settings, service, model, demo_url)
    return replace(options, reader=reader, speech_model="")


def _words(text: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(",") if word.strip())
