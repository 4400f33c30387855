"""The one table of models: what each is for, whether it still runs, what replaces it.

As published on 2026-11-20.  Names that are not in it are passed on unchanged: a compatible server
or an Azure deployment may use any.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, Literal

ModelKind = Literal["realtime", "audio", "live", "transcription", "speech", "text"]

WARN_AHEAD: Final = timedelta(days=92)
"""An end nearer than this is worth a line at the start; three months leave time to move."""


@dataclass(frozen=True, slots=True)
class Model:
    """One model of the service."""

    name: str
    kind: ModelKind
    ends: date | None = None
    """The day the service stops answering; None when no end is announced."""
    instead: str = ""
    """What to use then."""


def _group(kind: ModelKind, ends: date | None, instead: str, names: str) -> tuple[Model, ...]:
    return tuple(Model(name, kind, ends, instead) for name in names.split())


READING_DEFAULT: Final = "gpt-realtime-2.1-mini"
"""Reads answers aloud where /audio/speech does not."""

_PREVIEWS_ENDED: Final = date(2026, 5, 7)
_FIRST_SNAPSHOT_ENDED: Final = date(2025, 10, 10)
_FIRST_GA_ENDS: Final = date(2027, 1, 20)
_SPEECH_ENDS: Final = date(2027, 1, 6)
_TRANSCRIPTION_ENDS: Final = date(2027, 2, 26)
_GPT_4_ENDS: Final = date(2027, 1, 14)
_GPT_5_ENDS: Final = date(2026, 12, 11)

MODELS: Final[dict[str, Model]] = {
    model.name: model
    for model in (
        *_group(
            "realtime",
            None,
            "",
            "gpt-realtime-2.1 gpt-realtime-2.1-mini gpt-realtime-2 gpt-realtime-1.5"
            " gpt-realtime-translate",
        ),
        *_group(
            "realtime",
            _FIRST_GA_ENDS,
            "gpt-realtime-2.1",
            "gpt-realtime gpt-realtime-2025-08-28",
        ),
        *_group(
            "realtime",
            _FIRST_GA_ENDS,
            "gpt-realtime-2.1-mini",
            "gpt-realtime-mini gpt-realtime-mini-2025-10-06 gpt-realtime-mini-2025-12-15",
        ),
        *_group(
            "realtime",
            _PREVIEWS_ENDED,
            "gpt-realtime-2.1",
            "gpt-4o-realtime-preview gpt-4o-realtime-preview-2024-12-17"
            " gpt-4o-realtime-preview-2025-06-03",
        ),
        *_group(
            "realtime",
            _FIRST_SNAPSHOT_ENDED,
            "gpt-realtime-2.1",
            "gpt-4o-realtime-preview-2024-10-01",
        ),
        *_group(
            "realtime",
            _PREVIEWS_ENDED,
            "gpt-realtime-2.1-mini",
            "gpt-4o-mini-realtime-preview gpt-4o-mini-realtime-preview-2024-12-17",
        ),
        *_group("live", None, "", "gpt-live-1"),
        *_group("audio", None, "", "gpt-audio-1.5 gpt-audio"),
        *_group(
            "audio",
            _FIRST_GA_ENDS,
            "gpt-audio-1.5",
            "gpt-audio-mini gpt-audio-mini-2025-10-06 gpt-audio-mini-2025-12-15",
        ),
        *_group(
            "audio",
            _PREVIEWS_ENDED,
            "gpt-audio-1.5",
            "gpt-4o-audio-preview gpt-4o-audio-preview-2024-12-17"
            " gpt-4o-audio-preview-2025-06-03 gpt-4o-mini-audio-preview"
            " gpt-4o-mini-audio-preview-2024-12-17",
        ),
        *_group("audio", _FIRST_SNAPSHOT_ENDED, "gpt-audio-1.5", "gpt-4o-audio-preview-2024-10-01"),
        *_group(
            "transcription", None, "", "gpt-transcribe gpt-live-transcribe gpt-realtime-whisper"
        ),
        *_group(
            "transcription",
            _TRANSCRIPTION_ENDS,
            "gpt-transcribe",
            "whisper-1 gpt-4o-transcribe gpt-4o-mini-transcribe"
            " gpt-4o-mini-transcribe-2025-12-15 gpt-4o-transcribe-diarize",
        ),
        *_group(
            "speech",
            _SPEECH_ENDS,
            "gpt-realtime-2.1-mini over the Realtime API",
            "tts-1 tts-1-hd gpt-4o-mini-tts gpt-4o-mini-tts-2025-12-15",
        ),
        *_group(
            "text",
            None,
            "",
            "gpt-6-astra gpt-6.1-sol gpt-6.1-terra gpt-6-sol gpt-6-luna gpt-5.6-sol"
            " gpt-5.6-terra gpt-5.6-luna gpt-5.5 gpt-5.4 gpt-5.4-mini gpt-5.4-nano",
        ),
        *_group("text", _GPT_4_ENDS, "gpt-6-luna", "gpt-4o gpt-4o-mini gpt-4.1 gpt-4.1-mini"),
        *_group("text", _GPT_5_ENDS, "gpt-5.6-sol", "gpt-5 gpt-5-mini gpt-5-nano o3"),
    )
}

REALTIME_DEFAULT: Final = "gpt-realtime-2.1"
TRANSCRIPTION_DEFAULT: Final = "gpt-transcribe"
TEXT_DEFAULT: Final = "gpt-6-luna"
AUDIO_DEFAULT: Final = "gpt-audio-1.5"
TRANSCRIPTION_FALLBACK: Final = "whisper-1"
"""What older servers know: tried once when the service refuses the transcription model."""


def warning(name: str, today: date) -> str:
    """A sentence when this model is shut down or ends soon, else an empty string."""
    model = MODELS.get(name)
    if model is None or model.ends is None:
        return ""
    use = f" Use {model.instead} instead." if model.instead else ""
    if model.ends <= today:
        return f"The model {name} was shut down on {model.ends.isoformat()}.{use}"
    if model.ends - today <= WARN_AHEAD:
        days = (model.ends - today).days
        return (
            f"The model {name} ends on {model.ends.isoformat()}, in {days} "
            f"day{'' if days == 1 else 's'}.{use}"
        )
    return ""


def wrong_kind(name: str, wanted: ModelKind) -> str:
    """A sentence when a known model cannot be used for this, else an empty string."""
    model = MODELS.get(name)
    if model is None or model.kind == wanted:
        return ""
    return f"The model {name} is {_a(model.kind)} model; {_a(wanted)} model is needed here."


def _a(kind: ModelKind) -> str:
    return f"an {kind}" if kind == "audio" else f"a {kind}"


def replacement(name: str) -> str:
    """What to use instead of a model that the service does not know (any more); may be empty."""
    model = MODELS.get(name)
    return model.instead if model is not None else ""
