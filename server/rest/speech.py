"""POST /audio/speech: text becomes sound."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncGenerator, Iterable
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.routing import Route

from server.realtime.shapes import Fields, Number, OneOf, Text
from server.rest import audio_files
from server.rest.door import Door, json_body
from server.rest.problems import Problem
from server.rest.sounding import Pace, Sounding, chunks
from server.rest.stream import event_bytes
from server.rest.thinking import Thinking
from server.speech.pcm import Pcm, duration_ms, to_bytes
from server.speech.voices import VOICES
from server.usage import model_audio_tokens, text_tokens

LONGEST_INPUT = 4096
FORMATS = ("mp3", "opus", "aac", "flac", "wav", "pcm")
_OLD_VOICES = ("alloy", "ash", "coral", "echo", "fable", "onyx", "nova", "sage", "shimmer")
_MODELS = ("tts-", "gpt-4o-mini-tts", "demo")
_CREATE = Fields(
    {
        "model": Text(),
        "input": Text(longest=LONGEST_INPUT),
        "voice": OneOf({str: Text(), dict: Fields({"id": Text()}, ["id"])}),
        "instructions": Text(longest=4096),
        "response_format": Text(choices=FORMATS),
        "speed": Number(0.25, 4),
        "stream_format": Text(choices=("sse", "audio")),
    },
    ["model", "input", "voice"],
)


class Speech:
    def __init__(self, thinking: Thinking, sounding: Sounding) -> None:
        self._thinking = thinking
        self._sounding = sounding

    def routes(self, door: Door, base: str) -> list[Route]:
        self._door = door
        return [door.route(base + "/audio/speech", post=self.create)]

    async def create(self, request: Request) -> Any:
        started_s = time.monotonic()
        body = await json_body(request, _CREATE)
        self._thinking.check_model(body["model"], request, *_MODELS)
        _check(body)
        kind = body.get("response_format", "mp3")
        if body.get("stream_format") == "sse":
            return self._door.stream(self._events(body, kind, started_s), failure=_failure)
        data = self._data(body, kind, started_s)
        return self._door.stream(data, audio_files.MEDIA_TYPES[kind])

    async def _spoken(self, body: dict[str, Any]) -> AsyncGenerator[Pcm, None]:
        voice = body["voice"] if isinstance(body["voice"], str) else body["voice"]["id"]
        async for _, audio in self._sounding.speech(body["input"], voice, body.get("speed", 1.0)):
            yield audio

    async def _data(
        self, body: dict[str, Any], kind: str, started_s: float
    ) -> AsyncGenerator[bytes, None]:
        """pcm and wav while they are being spoken, other kinds when all of it is."""
        pace = Pace(self._thinking.faults, started_s)
        if kind in ("pcm", "wav"):
            header = audio_files.wav_header(None) if kind == "wav" else b""
            async for audio in self._spoken(body):
                for piece in chunks(audio):
                    await pace.turn(piece)
                    yield header + to_bytes(piece)
                    header = b""
            return
        whole = np.concatenate([audio async for audio in self._spoken(body)])
        data = audio_files.write(whole, kind)
        pieces = chunks(whole)
        step = len(data) // len(pieces) + 1
        for index, piece in enumerate(pieces):
            await pace.turn(piece)
            yield data[index * step : (index + 1) * step]

    async def _events(
        self, body: dict[str, Any], kind: str, started_s: float
    ) -> AsyncGenerator[bytes, None]:
        audio_ms = 0.0
        pace = Pace(self._thinking.faults, started_s)
        if kind in ("pcm", "wav"):
            header = audio_files.wav_header(None) if kind == "wav" else b""
            async for audio in self._spoken(body):
                audio_ms += duration_ms(audio)
                for piece in chunks(audio):
                    await pace.turn(piece)
                    yield _delta(header + to_bytes(piece))
                    header = b""
        else:
            whole = np.concatenate([audio async for audio in self._spoken(body)])
            audio_ms = duration_ms(whole)
            await pace.turn(whole)
            yield _delta(audio_files.write(whole, kind))
        read = text_tokens(body["input"]) + text_tokens(body.get("instructions", ""))
        wrote = model_audio_tokens(audio_ms)
        usage = {"input_tokens": read, "output_tokens": wrote, "total_tokens": read + wrote}
        yield event_bytes({"type": "speech.audio.done", "usage": usage})


def _check(body: dict[str, Any]) -> None:
    """What depends on the model or on what can be done here. Raises Problem."""
    if not body["input"].strip():
        raise Problem(
            "Invalid 'input': empty string. Expected a string with minimum length 1, but got "
            "an empty string instead.",
            code="empty_string",
            param="input",
        )
    old = body["model"].startswith("tts-1")
    voices = _OLD_VOICES if old else tuple(VOICES)
    if isinstance(body["voice"], str) and body["voice"] not in voices:
        listed = ", ".join(f"'{voice}'" for voice in voices)
        raise Problem(
            f"Invalid value: '{body['voice']}'. Supported values are: {listed}.",
            code="invalid_value",
            param="voice",
        )
    if old and body.get("stream_format") == "sse":
        raise Problem(
            f"Unsupported value: 'stream_format' does not support 'sse' with {body['model']}.",
            code="unsupported_value",
            param="stream_format",
        )
    if body.get("response_format") == "aac":
        raise Problem(
            "Unsupported value: 'aac' cannot be made by this service. "
            "Supported values are: 'mp3', 'opus', 'flac', 'wav', and 'pcm'.",
            code="unsupported_value",
            param="response_format",
        )


def _delta(data: bytes) -> bytes:
    encoded = base64.b64encode(data).decode("ascii")
    return event_bytes({"type": "speech.audio.delta", "audio": encoded})


def _failure(problem: Problem) -> Iterable[bytes]:
    yield event_bytes(problem.body())
