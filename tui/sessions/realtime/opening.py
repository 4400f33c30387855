"""The opening of a session: settings asked for, refused ones left out, then it has started."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from tui.sessions.events import SessionStarted
from tui.sessions.models import TRANSCRIPTION_FALLBACK
from tui.sessions.options import RealtimeOptions, WireFormat
from tui.sessions.realtime.dialect import (
    DIALECTS,
    Dialect,
    chosen,
    session_update,
    settings_at,
    settings_named,
    shown_by,
)
from tui.sessions.realtime.message import Message, number, part, text
from tui.sessions.realtime.outbox import Outbox

Stage = Literal["closed", "connected", "asked", "started"]

CREATED_WITHIN_S: Final = 10.0
"""From the open connection to session.created."""
UPDATED_WITHIN_S: Final = 5.0
"""From session.update to session.updated; some servers never send it."""
_TRIES: Final = 8
"""Settings left out one by one before we take the service's own."""

_ESSENTIAL: Final = ("output", "turn_detection", "vad", "transcription_model", "instructions")
"""What is kept when the service refuses settings without saying which."""

_LABELS: Final = {
    "output": "the kind of answer (audio or text)",
    "instructions": "the instructions",
    "max_output_tokens": "the longest answer",
    "temperature": "the temperature",
    "input_format": "the audio format",
    "output_format": "the audio format",
    "noise_reduction": "noise reduction",
    "transcription": "switching transcription off",
    "transcription_model": "the transcription model",
    "language": "the transcription language",
    "turn_detection": "push-to-talk",
    "voice": "the voice",
    "speed": "the speed",
}


class Opening:
    """Takes a session from session.created to started."""

    def __init__(
        self,
        outbox: Outbox,
        options: RealtimeOptions,
        dialect: Dialect,
        *,
        on_settings: Callable[[], None],
        on_started: Callable[[float], None],
    ) -> None:
        """`on_settings`: the first session.update is out; `on_started`: settings are in force."""
        self._outbox = outbox
        self._options = options
        self.dialect = dialect
        self._on_settings = on_settings
        self._on_started = on_started
        self.stage: Stage = "closed"
        self.wire_format: WireFormat = options.wire_format
        self._values: dict[str, object] = {}
        self._until_s: float | None = None
        self._tries = 0
        self._session: Message = {}

    def handlers(self) -> dict[str, Callable[[Message, float], None]]:
        """What this region handles."""
        return {"session.created": self._on_created, "session.updated": self._on_updated}

    def opened(self, now_s: float) -> None:
        """The connection is open."""
        if self.stage == "closed":
            self.stage = "connected"
            self._until_s = now_s + CREATED_WITHIN_S

    # ------------------------------------------------------------ what is in force

    @property
    def detects(self) -> bool:
        """Whether the service finds the user's turns by itself."""
        if "vad" in self._values:
            return True
        return "turn_detection" not in self._values and self.stage == "started"

    @property
    def interrupts(self) -> bool:
        """Whether the service cancels its answer when it hears the user."""
        return "vad_interrupts" in self._values

    @property
    def transcribes(self) -> bool:
        """Whether the user's words come as text."""
        return "transcription_model" in self._values

    # ------------------------------------------------------------ events

    def _on_created(self, message: Message, now_s: float) -> None:
        session = part(message, "session")
        if self.stage in ("asked", "started"):
            return
        self._session = session
        shown = shown_by(session)
        if shown is not None and shown != self.dialect.name:
            self.dialect = DIALECTS[shown]
            self._outbox.notice(
                f"The service speaks the {_dialect_words(shown)}; switched to it."
                f" Set dialect to {shown} to begin with it."
            )
        self._values = chosen(self._options, self.dialect, self.wire_format)
        self.stage = "asked"
        self._ask(now_s)
        self._on_settings()

    def _ask(self, now_s: float) -> None:
        self._until_s = now_s + UPDATED_WITHIN_S
        self._outbox.send(session_update(self.dialect, self._values))

    def _on_updated(self, message: Message, now_s: float) -> None:
        if self.stage == "connected":
            self._on_created(message, now_s)
        if self.stage == "asked":
            self._session = {**self._session, **part(message, "session")}
            self._start(now_s)

    def _start(self, now_s: float) -> None:
        self.stage = "started"
        self._until_s = None
        session = self._session
        voice = session.get("voice") or part(part(session, "audio"), "output").get("voice")
        asked = str(self._values.get("voice", ""))
        self._outbox.emit(
            SessionStarted(
                model=text(session, "model") or self._options.model,
                voice=voice if isinstance(voice, str) else asked,
                expires_at_s=number(session, "expires_at") or None,
            )
        )
        self._on_started(now_s)

    # ------------------------------------------------------------ refused settings

    def concerns(self, param: str, message: str) -> bool:
        """Whether an error speaks of a setting we asked for."""
        if settings_at(self.dialect, self._values, param):
            return True
        return self.stage == "asked" and self._names_transcriber(message)

    def _names_transcriber(self, message: str) -> bool:
        """Whether a sentence names the transcription model, and not the session's."""
        model = str(self._values.get("transcription_model", ""))
        return bool(model) and model in message and self._options.model not in message

    def refused(self, param: str, message: str, words: str, now_s: float) -> None:
        """The service refused the settings: ask again without what it does not like."""
        if self.stage != "asked":
            self._outbox.notice(words, "error")
            return
        names = settings_at(self.dialect, self._values, param) if param else []
        names = names or settings_named(self.dialect, self._values, message)
        if not names and self._names_transcriber(message):
            names = ["transcription_model"]
        self._tries += 1
        if names and self._tries <= _TRIES:
            self._leave_out(names, words)
            self._ask(now_s)
            return
        kept = {name: value for name, value in self._values.items() if name in _ESSENTIAL}
        if self._tries <= _TRIES and kept != self._values:
            self._drop([name for name in self._values if name not in kept])
            self._outbox.notice(
                f"The service refused the settings; going on with few of them. {words}", "warning"
            )
            self._ask(now_s)
            return
        self._drop(list(self._values))
        self._outbox.notice(
            f"The service refused the settings; going on with its own. {words}", "warning"
        )
        self._start(now_s)

    def _leave_out(self, names: list[str], words: str) -> None:
        model = self._values.get("transcription_model")
        if "transcription_model" in names and model != TRANSCRIPTION_FALLBACK:
            self._values["transcription_model"] = TRANSCRIPTION_FALLBACK
            self._outbox.notice(
                f"The service does not take the transcription model {model}; trying"
                f" {TRANSCRIPTION_FALLBACK}. {words}",
                "warning",
            )
            return
        if "vad" in names and self._values["vad"] == "semantic_vad":
            self._values["vad"] = "server_vad"
            self._drop(["vad_eagerness"])
            self._outbox.notice(
                f"The service has no semantic turn detection; using server VAD. {words}", "warning"
            )
            return
        if "transcription_model" in names:
            names = [*names, "language"]
        if "vad" in names:
            names = [*names, *(name for name in self._values if name.startswith("vad_"))]
        if "input_format" in names or "output_format" in names:
            names = [*names, "input_format", "output_format"]
        self._drop(names)
        labels = dict.fromkeys(_LABELS.get(name, "turn detection") for name in names)
        self._outbox.notice(
            f"The service does not take {' and '.join(labels)}; going on without. {words}",
            "warning",
        )

    def _drop(self, names: list[str]) -> None:
        for name in names:
            self._values.pop(name, None)
        if "input_format" not in self._values:
            self.wire_format = "pcm"

    # ------------------------------------------------------------ time

    @property
    def deadline_s(self) -> float | None:
        """When `tick` is needed."""
        return self._until_s

    def tick(self, now_s: float) -> str:
        """Returns why the session cannot begin, empty when all is well."""
        if self._until_s is None or now_s < self._until_s:
            return ""
        self._until_s = None
        if self.stage == "connected":
            return (
                f"The service accepted the connection but began no session within"
                f" {CREATED_WITHIN_S:.0f} s. Is this a Realtime address?"
            )
        if self.stage == "asked":
            self._outbox.notice("The service did not confirm the settings; going on.", "warning")
            self._start(now_s)
        return ""


def _dialect_words(name: str) -> str:
    return "older beta dialect" if name == "beta" else "GA dialect"
