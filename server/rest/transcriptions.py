"""POST /audio/transcriptions: sound becomes text."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route

from server.rest import audio_files
from server.rest.door import Door
from server.rest.multipart import Form, parse
from server.rest.problems import Problem, server_error
from server.rest.sounding import Sounding
from server.rest.stream import event_bytes
from server.rest.thinking import Thinking, sleep_until, tokens_of
from server.rest.transcripts import captions, verbose
from server.speech.pcm import SESSION_RATE_HZ, Pcm, duration_ms
from server.usage import transcription_usage

SHORTEST_MS = 100
_FIELDS = (
    "model",
    "language",
    "languages",
    "keywords",
    "prompt",
    "response_format",
    "temperature",
    "timestamp_granularities",
    "include",
    "stream",
    "chunking_strategy",
    "known_speaker_names",
    "known_speaker_references",
)
_MODELS = ("whisper-1", "gpt-transcribe", "gpt-4o-transcribe", "gpt-4o-mini-transcribe", "demo")
_LANGUAGE_LETTERS = (2, 3)  # ISO 639-1, or 639-3


class Transcriptions:
    def __init__(self, thinking: Thinking, sounding: Sounding) -> None:
        self._thinking = thinking
        self._sounding = sounding

    def routes(self, door: Door, base: str) -> list[Route]:
        self._door = door
        return [door.route(base + "/audio/transcriptions", post=self.create)]

    async def create(self, request: Request) -> Any:
        started_s = time.monotonic()
        form = parse(request.headers.get("content-type", ""), await request.body())
        asked = _Asked(form, request.path_params.get("deployment", ""))
        self._thinking.check_model(asked.model, request, *_MODELS)
        asked.check()
        upload = form.files.get("file")
        if upload is None:
            raise Problem(
                "Missing required parameter: 'file'.",
                code="missing_required_parameter",
                param="file",
            )
        if len(upload.data) > audio_files.LARGEST_FILE_BYTES:
            raise Problem(
                f"Maximum content size limit ({audio_files.LARGEST_FILE_BYTES}) exceeded "
                f"({len(upload.data)} bytes read)",
                status=413,
                param="file",
            )
        audio_files.check_name(upload.name)
        audio = await asyncio.to_thread(audio_files.read, upload.data)
        if duration_ms(audio) < SHORTEST_MS:
            raise Problem(
                "Audio file is too short. Minimum audio length is 0.1 seconds.",
                code="audio_too_short",
                param="file",
            )
        knobs = self._thinking.knobs
        text = written(await self._sounding.words(audio) or "")
        await sleep_until(started_s + knobs.transcription_ms / 1000)
        if knobs.fail_transcription:
            raise server_error()
        if asked.stream and not asked.is_whisper:
            return self._door.stream(self._events(asked, audio, text), failure=_failure)
        return _answer(asked, audio, text)

    async def _events(self, asked: _Asked, audio: Pcm, text: str) -> AsyncGenerator[bytes, None]:
        for delta in tokens_of(text):
            event: dict[str, Any] = {"type": "transcript.text.delta", "delta": delta}
            if asked.logprobs:
                event["logprobs"] = _logprobs(delta)
            yield event_bytes(event)
        done: dict[str, Any] = {"type": "transcript.text.done", "text": text}
        if asked.logprobs:
            done["logprobs"] = _logprobs(text)
        done["usage"] = transcription_usage(asked.model, duration_ms(audio), text)
        yield event_bytes(done)


def written(words: str) -> str:
    """The recogniser's words as a sentence."""
    if not words or not words[0].islower():
        return words
    return words[0].upper() + words[1:] + "."


class _Asked:
    """The form's fields, checked against each other."""

    def __init__(self, form: Form, deployment: str) -> None:
        for name in form.fields:
            if name not in _FIELDS:
                message = f"Unknown parameter: '{name}'."
                raise Problem(message, code="unknown_parameter", param=name)
        self._fields = form.fields
        self.model = self.one("model") or deployment
        if not self.model:
            raise Problem(
                "Missing required parameter: 'model'.",
                code="missing_required_parameter",
                param="model",
            )
        self.stream = self.one("stream").lower() == "true"
        self.format = self.one("response_format") or "json"
        self.logprobs = "logprobs" in form.fields.get("include", ())

    def one(self, name: str) -> str:
        values = self._fields.get(name)
        return values[-1] if values else ""

    @property
    def is_whisper(self) -> bool:
        return self.model.startswith("whisper")

    @property
    def by_word(self) -> bool:
        return "word" in self._fields.get("timestamp_granularities", ())

    def check(self) -> None:
        """Raises Problem for what this model does not do."""
        formats: tuple[str, ...] = ("json",)
        if self.is_whisper or self.model == "demo":
            formats = ("json", "text", "srt", "verbose_json", "vtt")
        elif "diarize" in self.model:
            formats = ("json", "text", "diarized_json")
        if self.format not in formats:
            offer = " or ".join(f"'{name}'" for name in formats)
            raise Problem(
                f"response_format '{self.format}' is not compatible with model "
                f"'{self.model}'. Use {offer} instead.",
                code="unsupported_value",
                param="response_format",
            )
        newest = self.model in ("gpt-transcribe", "demo")
        for name in ("languages", "keywords"):
            if name in self._fields and not newest:
                self._refuse(name)
        if "language" in self._fields and "languages" in self._fields:
            raise Problem(
                "Mutually exclusive parameters: 'language' and 'languages'. Ensure you are "
                "only providing one of them.",
                code="mutually_exclusive_parameters",
            )
        for name in ("language", "languages"):
            for code in self._fields.get(name, ()):
                if len(code.split("-")[0]) not in _LANGUAGE_LETTERS or not code.isascii():
                    raise Problem(
                        f"Invalid language '{code}'. Language parameter must be specified in "
                        "ISO-639-1 format.",
                        code="invalid_language_format",
                        param=name,
                    )
        if "timestamp_granularities" in self._fields and self.format != "verbose_json":
            self._refuse("timestamp_granularities")
        if self.logprobs and (not self.model.startswith("gpt-4o") or self.format != "json"):
            self._refuse("include")
        if "prompt" in self._fields and "diarize" in self.model:
            self._refuse("prompt")

    def _refuse(self, name: str) -> None:
        raise Problem(
            f"Unsupported parameter: '{name}' is not supported with model '{self.model}' and "
            f"response_format '{self.format}'.",
            code="unsupported_parameter",
            param=name,
        )


def _answer(asked: _Asked, audio: Pcm, text: str) -> Any:
    audio_ms = duration_ms(audio)
    usage = transcription_usage(asked.model, audio_ms, text)
    if asked.format == "text":
        return PlainTextResponse(text + "\n")
    if asked.format in ("srt", "vtt"):
        return PlainTextResponse(captions(text, audio_ms / 1000, asked.format))
    if asked.format == "verbose_json":
        language = asked.one("language") or "english"
        return verbose(text, audio_ms / 1000, language, _loudness(audio), by_word=asked.by_word)
    if asked.format == "diarized_json":
        segment = {
            "type": "transcript.text.segment",
            "id": "seg_0",
            "start": 0.0,
            "end": audio_ms / 1000,
            "text": text,
            "speaker": "A",
        }
        return {
            "task": "transcribe",
            "duration": audio_ms / 1000,
            "text": text,
            "segments": [segment] if text else [],
            "usage": usage,
        }
    answer: dict[str, Any] = {"text": text, "usage": usage}
    if asked.logprobs:
        answer["logprobs"] = _logprobs(text)
    return answer


def _loudness(audio: Pcm) -> float:
    """Root mean square of the loudest second, 0 to 1."""
    seconds = [
        audio[start : start + SESSION_RATE_HZ] for start in range(0, audio.size, SESSION_RATE_HZ)
    ]
    return max(float(np.sqrt(np.mean((second / 32768.0) ** 2))) for second in seconds)


def _logprobs(text: str) -> list[dict[str, Any]]:
    return [
        {"token": token, "logprob": -0.05, "bytes": list(token.encode())}
        for token in tokens_of(text)
    ]


def _failure(problem: Problem) -> Iterable[bytes]:
    yield event_bytes(problem.body())
