"""Making text of speech: a seam, because the services behind it have announced their end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Protocol

from tui.sessions.events import TokenUsage
from tui.sessions.http.desk import Desk
from tui.sessions.http.hallucination import invented
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.http.usage import transcription_usage
from tui.sessions.http.wav import wav
from tui.sessions.loudness import Loudness
from tui.sessions.models import TRANSCRIPTION_FALLBACK
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import Message, part, text

HEARD_WITHIN_S: Final = 60.0
_WHISPER: Final = "whisper-1"
_KEYWORDS: Final = ("gpt-transcribe",)
"""Models with `languages` and `keywords` instead of `language` and words in the prompt."""


@dataclass(frozen=True, slots=True)
class HeardText:
    """What a recording says; an empty text with `invented` was thrown away."""

    text: str
    usage: TokenUsage
    model: str
    invented: bool = False


class Hearing(Protocol):
    """Transcribes one recording."""

    async def hear(
        self,
        desk: Desk,
        sound: bytes,
        name: str,
        loudness: Loudness | None,
        on_delta: Callable[[str], None],
    ) -> HeardText:
        """The text of a sound file (`name` tells its kind); `on_delta` gets it while it comes.

        `loudness` is None for a file nobody has measured.  Raises Refused, TimeUp.
        """
        ...


class TranscriptionEndpoint:
    """POST /audio/transcriptions, streamed where the model can."""

    def __init__(self, options: TextOptions) -> None:
        self._options = options
        self._model = options.transcription_model
        self._streams = self._model != _WHISPER
        self._plain = False
        """The service knows only the oldest parameters."""

    async def hear(
        self,
        desk: Desk,
        sound: bytes,
        name: str,
        loudness: Loudness | None,
        on_delta: Callable[[str], None],
    ) -> HeardText:
        """See the protocol."""
        while True:
            try:
                return await self._once(desk, sound, name, loudness, on_delta)
            except Refused as refused:
                if not self._learn(desk, refused.trouble):
                    raise

    async def _once(
        self,
        desk: Desk,
        sound: bytes,
        name: str,
        loudness: Loudness | None,
        on_delta: Callable[[str], None],
    ) -> HeardText:
        pieces: list[str] = []
        final: Message = {}
        # Near-silence is not shown before it has been judged.
        quiet = loudness is not None and loudness.doubtful
        until_s = desk.now_s + HEARD_WITHIN_S
        body = self._body(sound, name)
        with await desk.begin("transcribe", body, again=True, within_s=HEARD_WITHIN_S) as stream:
            while (arrived := await stream.next(until_s)) is not None:
                if not isinstance(arrived, dict):
                    continue
                message = part(arrived, "data") if "event" in arrived else arrived
                kind = text(message, "type")
                if kind == "transcript.text.delta":
                    pieces.append(text(message, "delta"))
                    if not quiet:
                        on_delta(pieces[-1])
                elif kind in ("transcript.text.done", "") and "text" in message:
                    final = message
        said = text(final, "text") if final else "".join(pieces)
        usage = transcription_usage(part(final, "usage"))
        said = said.strip()
        if loudness is not None and said and invented(said, loudness, final):
            return HeardText("", usage, self._model, invented=True)
        return HeardText(said, usage, self._model)

    def _body(self, sound: bytes, name: str) -> Message:
        options = self._options
        body: Message = {"file": (name, sound, f"audio/{name.rpartition('.')[2]}")}
        body["model"] = self._model
        keywords = [word for word in options.keywords if word.strip()]
        prompt = options.transcription_prompt
        if self._model.startswith(_KEYWORDS) and not self._plain:
            if options.language:
                body["languages"] = [options.language]
            if keywords:
                body["keywords"] = keywords
        else:
            if options.language:
                body["language"] = options.language
            prompt = " ".join(filter(None, (prompt, ", ".join(keywords))))
        if prompt:
            body["prompt"] = prompt
        if self._model == _WHISPER and not self._plain:
            body["response_format"] = "verbose_json"
            body["temperature"] = 0
        else:
            body["response_format"] = "json"
        if self._streams:
            body["stream"] = True
        return body

    def _learn(self, desk: Desk, trouble: Trouble) -> bool:
        """Whether the same recording is worth another try, asked for in a simpler way."""
        if trouble.status not in (400, 404, 422):
            return False
        meaning = trouble.meaning(model=self._model)
        unknown = meaning.weight == "fatal" or trouble.param == "model"
        if unknown and self._model != TRANSCRIPTION_FALLBACK:
            desk.notice_once(
                "transcription model",
                f"{meaning.words} Using {TRANSCRIPTION_FALLBACK} for transcription.",
                "warning",
            )
            self._model, self._streams = TRANSCRIPTION_FALLBACK, False
            return True
        if unknown:
            return False
        about = f"{trouble.param} {trouble.said}".lower()
        if self._streams and "stream" in about:
            self._streams = False
            return True
        names = ("keyword", "language", "response_format", "verbose", "temperature")
        if not self._plain and any(name in about for name in names):
            self._plain = True
            return True
        return False


def recording(pcm: bytes) -> tuple[bytes, str]:
    """Captured sound as a file and its name."""
    return wav(pcm), "speech.wav"
