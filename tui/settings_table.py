"""Every setting there is: its name, what it may be, and where it may come from.

The command line, the config file, `voicetui config show` and the README follow this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "choice", "number", "whole", "switch"]
Plain = str | float | int | None

SERVICES = ("auto", "openai", "azure", "azure-preview", "compatible", "demo")
TURNS = ("server_vad", "semantic_vad", "push_to_talk", "hold")
BY_KEY = ("push_to_talk", "hold")
"""The talk key says when a turn is over."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; `name` is SECTION.KEY of config.toml."""

    name: str
    kind: Kind
    default: Plain
    what: str
    flag: str = ""
    env: tuple[str, ...] = ()
    """In order: the first that is set and not empty counts."""
    choices: tuple[str, ...] = ()
    lowest: float | None = None
    highest: float | None = None
    optional: bool = False
    """May be unset: the service's own default then counts."""

    @property
    def section(self) -> str:
        """The [section] of config.toml."""
        return self.name.partition(".")[0]

    @property
    def key(self) -> str:
        """The key within the section."""
        return self.name.partition(".")[2]

    @property
    def allowed(self) -> str:
        """What the value may be, in words."""
        if self.kind == "choice":
            return "one of " + ", ".join(self.choices)
        if self.kind == "text":
            return "a text in quotes"
        if self.kind == "switch":
            return "true or false"
        words = "a whole number" if self.kind == "whole" else "a number"
        if self.lowest is not None and self.highest is not None:
            words += f" from {self.lowest:g} to {self.highest:g}"
        return words


SETTINGS: tuple[Setting, ...] = (
    Setting(
        "service.kind",
        "choice",
        "auto",
        "which service; auto chooses from the addresses that are set",
        flag="--service",
        env=("VOICETUI_SERVICE",),
        choices=SERVICES,
    ),
    Setting(
        "service.base_url",
        "text",
        "",
        "address of an OpenAI-compatible service, such as http://127.0.0.1:8000/v1",
        flag="--base-url",
        env=("VOICETUI_BASE_URL", "OPENAI_BASE_URL"),
    ),
    Setting(
        "service.model",
        "text",
        "",
        "the model (on Azure: the deployment); empty: the service's best known",
        flag="--model",
        env=("VOICETUI_MODEL",),
    ),
    Setting(
        "service.dialect",
        "choice",
        "auto",
        "dialect of the Realtime protocol",
        flag="--dialect",
        env=("VOICETUI_DIALECT",),
        choices=("auto", "ga", "beta"),
    ),
    Setting(
        "service.organization",
        "text",
        "",
        "OpenAI organization the use is billed to",
        env=("OPENAI_ORG_ID", "OPENAI_ORGANIZATION"),
    ),
    Setting(
        "service.project",
        "text",
        "",
        "OpenAI project the use is billed to",
        env=("OPENAI_PROJECT_ID",),
    ),
    Setting(
        "service.azure_endpoint",
        "text",
        "",
        "address of the Azure resource, such as https://NAME.openai.azure.com",
        env=("AZURE_OPENAI_ENDPOINT",),
    ),
    Setting(
        "service.azure_deployment",
        "text",
        "",
        "name of the Azure deployment; --model goes before it",
        env=("AZURE_OPENAI_DEPLOYMENT",),
    ),
    Setting(
        "service.azure_api_version",
        "text",
        "",
        "API version; one that ends in -preview chooses the Azure preview address",
        env=("OPENAI_API_VERSION",),
    ),
    Setting(
        "service.session_minutes",
        "number",
        0.0,
        "sessions last so long at most; they are exchanged before. 0: as the service says",
        env=("VOICETUI_SESSION_MINUTES",),
        lowest=0,
        highest=1440,
    ),
    Setting(
        "session.kind",
        "choice",
        "realtime",
        "how to converse: realtime speech, threads of an assistant, Responses, or audio chat",
        flag="--session",
        env=("VOICETUI_SESSION",),
        choices=("realtime", "assistants", "responses", "audio"),
    ),
    Setting(
        "session.voice",
        "text",
        "marin",
        "the voice that answers",
        flag="--voice",
        env=("VOICETUI_VOICE",),
    ),
    Setting(
        "session.instructions",
        "text",
        "",
        "what the model is told before the conversation",
        flag="--instructions",
        env=("VOICETUI_INSTRUCTIONS",),
    ),
    Setting(
        "session.turn",
        "choice",
        "server_vad",
        "who ends your turn: the service by silence, by meaning, the talk key, or letting go of it",
        flag="--turn",
        env=("VOICETUI_TURN",),
        choices=TURNS,
    ),
    Setting(
        "session.threshold",
        "number",
        0.5,
        "server_vad: how loud speech must be",
        lowest=0,
        highest=1,
    ),
    Setting(
        "session.prefix_padding_ms",
        "whole",
        300,
        "server_vad: sound kept from before the speech",
        lowest=0,
        highest=5000,
    ),
    Setting(
        "session.silence_ms",
        "whole",
        500,
        "server_vad: silence that ends a turn",
        lowest=50,
        highest=10000,
    ),
    Setting(
        "session.idle_timeout_ms",
        "whole",
        None,
        "server_vad: the model speaks up after this long a silence",
        lowest=5000,
        highest=30000,
        optional=True,
    ),
    Setting(
        "session.eagerness",
        "choice",
        "auto",
        "semantic_vad: how soon a turn is taken as over",
        choices=("low", "medium", "high", "auto"),
    ),
    Setting(
        "session.transcription_model",
        "text",
        None,
        'model that writes down what you say; "" for none',
        flag="--transcription-model",
        env=("VOICETUI_TRANSCRIPTION_MODEL",),
        optional=True,
    ),
    Setting(
        "session.language",
        "text",
        "",
        "language you speak, such as en or ja; empty: the service guesses",
        flag="--language",
        env=("VOICETUI_LANGUAGE",),
    ),
    Setting(
        "session.noise_reduction",
        "choice",
        "none",
        "the service's noise reduction: headset or laptop",
        choices=("near_field", "far_field", "none"),
    ),
    Setting(
        "session.speed",
        "number",
        1.0,
        "how fast the answer is spoken",
        flag="--speed",
        env=("VOICETUI_SPEED",),
        lowest=0.25,
        highest=1.5,
    ),
    Setting(
        "session.format",
        "choice",
        "pcm",
        "sound on the line: 24 kHz PCM, or G.711 (8 kHz) for thin lines",
        flag="--format",
        env=("VOICETUI_FORMAT",),
        choices=("pcm", "pcmu", "pcma"),
    ),
    Setting(
        "session.max_output_tokens",
        "whole",
        None,
        "longest answer",
        lowest=1,
        highest=32000,
        optional=True,
    ),
    Setting(
        "session.temperature",
        "number",
        None,
        "beta dialect only",
        lowest=0.6,
        highest=1.2,
        optional=True,
    ),
    Setting(
        "assistants.id",
        "text",
        "",
        "assistant to talk to, asst_...; empty: one is made from model and instructions",
        flag="--assistant",
        env=("VOICETUI_ASSISTANT",),
    ),
    Setting(
        "assistants.additional_instructions",
        "text",
        "",
        "told to the assistant with each run, beside its own instructions",
    ),
    Setting(
        "assistants.max_prompt_tokens",
        "whole",
        None,
        "longest prompt of a run",
        lowest=256,
        optional=True,
    ),
    Setting(
        "assistants.run_limit_s",
        "number",
        120.0,
        "a run that is queued or works longer is cancelled",
        lowest=1,
        highest=3600,
    ),
    Setting(
        "assistants.tools",
        "text",
        "",
        "tools of the service to offer: code_interpreter, file_search",
    ),
    Setting(
        "assistants.files",
        "text",
        "",
        "file ids for these tools, separated by commas",
    ),
    Setting(
        "transcription.prompt",
        "text",
        "",
        "what the transcription should expect (not realtime)",
    ),
    Setting(
        "transcription.keywords",
        "text",
        "",
        "words it should know, separated by commas (not realtime)",
    ),
    Setting(
        "speech.by",
        "choice",
        "auto",
        "what speaks the answers of assistants and responses: the speech interface, a Realtime"
        " model that reads aloud, or the first as long as there is one",
        choices=("auto", "speech", "realtime"),
    ),
    Setting(
        "speech.model",
        "text",
        "gpt-4o-mini-tts",
        'the model that speaks; with by = "realtime" a Realtime one',
    ),
    Setting(
        "speech.instructions",
        "text",
        "",
        "how they are to be spoken",
    ),
    Setting(
        "audio_chat.keep_audio_turns",
        "whole",
        4,
        "older turns of yours go as text, to save tokens",
        lowest=1,
        highest=1000,
    ),
    Setting(
        "audio_chat.transcribe",
        "switch",
        True,
        "write down what you say, by a transcription beside the chat",
    ),
    Setting(
        "audio.input",
        "text",
        "default",
        "microphone: default, silent, file:PATH, or part of a name from `voicetui devices`",
        flag="--input",
        env=("VOICETUI_INPUT",),
    ),
    Setting(
        "audio.output",
        "text",
        "default",
        "loudspeaker: default, silent, file:PATH, or part of a name from `voicetui devices`",
        flag="--output",
        env=("VOICETUI_OUTPUT",),
    ),
    Setting(
        "audio.echo",
        "choice",
        "auto",
        "how the loudspeaker is kept out of the microphone",
        flag="--echo",
        env=("VOICETUI_ECHO",),
        choices=("auto", "on", "off", "half-duplex", "headphones"),
    ),
    Setting(
        "audio.barge_in",
        "choice",
        "duck",
        "an answer you speak into is turned down, paused, or left alone, until it is decided",
        flag="--barge-in",
        env=("VOICETUI_BARGE_IN",),
        choices=("duck", "pause", "off"),
    ),
    Setting(
        "audio.record",
        "text",
        "",
        "record both sides, you left, it right: a new .wav or .flac file, or a folder",
        flag="--record",
        env=("VOICETUI_RECORD",),
    ),
    Setting(
        "history.save",
        "switch",
        True,
        "keep conversations on this machine, to read and resume them later",
        flag="--save",
        env=("VOICETUI_SAVE",),
    ),
    Setting(
        "history.audio",
        "switch",
        True,
        "keep the sound of the turns too",
        env=("VOICETUI_SAVE_AUDIO",),
    ),
    Setting(
        "history.audio_limit_mb",
        "whole",
        500,
        "so much sound is kept; the oldest goes first",
        lowest=0,
        highest=1_000_000,
    ),
    Setting(
        "budget.conversation_usd",
        "number",
        0.0,
        "a conversation ends when it has cost so much (est. USD); 0: no limit",
        flag="--budget",
        env=("VOICETUI_BUDGET",),
        lowest=0,
        highest=1_000_000,
    ),
    Setting(
        "budget.day_usd",
        "number",
        0.0,
        "the same for all conversations of a day",
        flag="--day-budget",
        env=("VOICETUI_DAY_BUDGET",),
        lowest=0,
        highest=1_000_000,
    ),
    Setting(
        "budget.idle_minutes",
        "number",
        10.0,
        "a call ends after so long without speech or key; 0: never",
        flag="--idle",
        env=("VOICETUI_IDLE_MINUTES",),
        lowest=0,
        highest=1440,
    ),
    Setting(
        "log.wire_file",
        "text",
        "",
        "write everything that goes to and from the service into this file (or folder), words too,"
        " without keys and sound; to find faults",
        flag="--wire-log",
        env=("VOICETUI_WIRE_LOG",),
    ),
    Setting(
        "ui.mouse",
        "choice",
        "auto",
        "mouse on the screen; auto: on, but off over SSH",
        env=("VOICETUI_MOUSE",),
        choices=("auto", "on", "off"),
    ),
    Setting(
        "ui.theme",
        "text",
        "",
        "colours: voicetui, voicetui-light, ansi-dark, ansi-light or another theme of Textual; "
        "empty: what the terminal can show",
        flag="--theme",
        env=("VOICETUI_THEME",),
    ),
    Setting(
        "ui.glyphs",
        "choice",
        "auto",
        "what the screen is drawn with; ascii where lines look broken",
        env=("VOICETUI_GLYPHS",),
        choices=("auto", "unicode", "ascii"),
    ),
    Setting(
        "ui.language",
        "choice",
        "auto",
        "language of the screen, the shell commands and plain mode; "
        "auto: Japanese in a Japanese locale",
        env=("VOICETUI_UI_LANGUAGE",),
        choices=("auto", "en", "ja"),
    ),
    Setting(
        "ui.ssh",
        "choice",
        "auto",
        "spare the line (fewer meter frames); auto: over SSH",
        env=("VOICETUI_SSH",),
        choices=("auto", "on", "off"),
    ),
)

BY_NAME = {setting.name: setting for setting in SETTINGS}
SECTIONS = tuple(dict.fromkeys(setting.section for setting in SETTINGS))
