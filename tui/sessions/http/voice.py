"""Making speech of a sentence: a seam, because the services behind it have announced their end."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Final, Protocol

from tui.sessions.http.desk import Desk, Stream
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import Message

_ONLY_OLD: Final = ("tts-1", "tts-1-hd")
"""Models that take no instructions."""
AHEAD_S: Final = 8.0
"""Enough to hide any delay; more may never be heard, and is paid for."""
SPEECH_WITHIN_S: Final = 20.0
"""Until the first sound of a sentence."""


class Voice(Protocol):
    """Speaks one piece of text, which is never longer than a service takes."""

    @property
    def model(self) -> str:
        """For the bill."""
        ...

    async def speak(self, desk: Desk, text: str) -> Stream:
        """Its sound: a stream whose parts are PCM16 mono 24 kHz bytes.  Raises Refused, TimeUp."""
        ...


class Voices:
    """The voices of a session: the first that works speaks, the next when it is gone for good."""

    def __init__(self, desk: Desk, voices: Sequence[Voice], ahead_s: float) -> None:
        self._desk = desk
        self.ahead_s = ahead_s
        """No more speech is made while so much waits to be played."""
        self._voices = deque(voices)

    @property
    def current(self) -> Voice | None:
        """Who speaks now; None: answers are text only."""
        return self._voices[0] if self._voices else None

    def gone(self, voice: Voice, words: str) -> None:
        """This voice will not speak again; said once."""
        if self.current is not voice:
            return
        self._voices.popleft()
        following = self.current
        way_on = f"Speaking with {following.model}" if following else "Answers are text only"
        self._desk.notice(f"Speech: {words} {way_on} from now on.", "warning")


class SpeechEndpoint:
    """POST /audio/speech, PCM streamed while it is made."""

    def __init__(self, options: TextOptions) -> None:
        self._options = options

    @property
    def model(self) -> str:
        """The model that speaks."""
        return self._options.speech_model

    async def speak(self, desk: Desk, text: str) -> Stream:
        """Ask for the sound of one piece."""
        return await desk.begin("speak", self._body(text), again=True, within_s=SPEECH_WITHIN_S)

    def _body(self, text: str) -> Message:
        options = self._options
        body: Message = {
            "model": options.speech_model,
            "voice": options.voice,
            "input": text,
            "response_format": "pcm",
        }
        if options.speed != 1.0:
            body["speed"] = options.speed
        if options.speech_instructions and options.speech_model not in _ONLY_OLD:
            body["instructions"] = options.speech_instructions
        return body


class ReadAloud:
    """A Realtime model told to read: what replaces /audio/speech."""

    def __init__(self, model: str, options: TextOptions) -> None:
        self._model = model
        self._options = options

    @property
    def model(self) -> str:
        """The model that speaks."""
        return self._model

    async def speak(self, desk: Desk, text: str) -> Stream:
        """Ask for the sound of one piece."""
        body: Message = {
            "model": self._model,
            "voice": self._options.voice,
            "input": text,
            "instructions": self._options.speech_instructions,
            "speed": self._options.speed,
        }
        return await desk.begin("read_aloud", body, again=True, within_s=SPEECH_WITHIN_S)
