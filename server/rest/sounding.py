"""Speech for answers and ears for uploads: the speech parts, awaited, in time."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Any

from server.realtime.answering import counter_signal
from server.realtime.sentences import sentences
from server.rest.faults import Faults
from server.rest.thinking import sleep_until
from server.speech.pcm import SESSION_RATE_HZ, Pcm
from server.speech.work import SpeechWork

CHUNK_MS = 100


class Sounding:
    def __init__(self, work: SpeechWork, faults: Faults) -> None:
        self._work = work
        self._faults = faults

    async def speech(
        self, text: str, voice: str, speed: float
    ) -> AsyncGenerator[tuple[str, Pcm], None]:
        """Sentence by sentence at 24 kHz, each with its words, as soon as it is spoken."""
        knobs = self._faults.knobs
        if knobs.audio_override == "counter":
            yield text, counter_signal(knobs.answer_s)
            return
        for sentence in sentences(text):
            yield sentence, await self._speak(sentence, voice, speed)

    async def _speak(self, sentence: str, voice: str, speed: float) -> Pcm:
        loop = asyncio.get_running_loop()
        spoken: asyncio.Future[Pcm] = loop.create_future()

        def done(audio: Pcm) -> None:
            loop.call_soon_threadsafe(_settle, spoken, audio)

        self._work.speak(sentence, voice, speed, done)
        return await spoken

    async def words(self, audio: Pcm) -> str | None:
        """What was said in 24 kHz; None: it could not be made out."""
        knobs = self._faults.knobs
        if knobs.transcript_override:
            return knobs.transcript_override
        if not knobs.recognise or not audio.size:
            return None
        loop = asyncio.get_running_loop()
        understood: asyncio.Future[str | None] = loop.create_future()

        def done(words: str | None) -> None:
            loop.call_soon_threadsafe(_settle, understood, words)

        self._work.understand(audio, done)
        return await understood


def _settle(future: asyncio.Future[Any], value: Any) -> None:
    if not future.done():
        future.set_result(value)


class Pace:
    """Audio flows at a multiple of real time, counted from its first piece."""

    def __init__(self, faults: Faults, started_s: float) -> None:
        self._faults = faults
        first_s = faults.knobs.speech_first_byte_ms / 1000
        self._due_s = started_s + first_s

    async def turn(self, audio: Pcm) -> None:
        """Wait until this piece may go."""
        await sleep_until(self._due_s)
        speed = self._faults.knobs.speech_speed
        if speed > 0:
            # Late synthesis does not allow a burst afterwards.
            length_s = audio.size / SESSION_RATE_HZ / speed
            self._due_s = max(self._due_s, time.monotonic() - length_s) + length_s


def chunks(audio: Pcm, chunk_ms: int = CHUNK_MS) -> list[Pcm]:
    step = SESSION_RATE_HZ * chunk_ms // 1000
    return [audio[start : start + step] for start in range(0, audio.size, step)]
