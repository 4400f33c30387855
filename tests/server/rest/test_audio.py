"""Speech and transcriptions, with the official client."""

from __future__ import annotations

import io
import json
import time
import wave
from typing import Any

import numpy as np
import openai
import pytest
import soundfile

from server.rest.audio_files import wav_header
from tests.server.process import running_server
from tests.server.rest.checked import client_of, events_of
from tests.server.test_conversation import question


def wav(samples: Any, rate_hz: int = 24_000) -> bytes:
    out = io.BytesIO()
    with wave.open(out, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(rate_hz)
        file.writeframes(np.asarray(samples, dtype="<i2").tobytes())
    return out.getvalue()


def spoken_question() -> bytes:
    return wav(question())


async def test_speech_is_heard_as_what_was_said(server_url: str) -> None:
    async with client_of(server_url) as client:
        speech = await client.audio.speech.create(
            model="gpt-4o-mini-tts",
            voice="marin",
            input="What is the capital of Japan?",
            response_format="pcm",
        )
        samples = np.frombuffer(speech.content, dtype="<i2")
        assert 1 < samples.size / 24_000 < 5
        heard = await client.audio.transcriptions.create(
            model="gpt-transcribe", file=("q.wav", wav(samples), "audio/wav")
        )
        assert "capital of japan" in heard.text.lower()
        usage: Any = heard.usage
        assert usage.input_tokens == usage.input_token_details.audio_tokens > 0
        lines = await client.audio.transcriptions.create(
            model="gpt-4o-transcribe",
            file=("q.wav", wav(samples[::3], 8_000), "audio/wav"),
            stream=True,
        )
        events = [event async for event in lines]
        done: Any = events[-1]
        assert done.type == "transcript.text.done"
        assert "".join(event.delta for event in events[:-1]) == done.text  # type: ignore[union-attr]


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "opus"])
async def test_speech_files_hold_the_speech(server_url: str, kind: Any) -> None:
    async with client_of(server_url) as client:
        speech = await client.audio.speech.create(
            model="gpt-4o-mini-tts", voice="cedar", input="Hello there.", response_format=kind
        )
    samples, rate_hz = soundfile.read(io.BytesIO(speech.content))
    assert 0.5 < samples.size / rate_hz < 3
    assert np.abs(samples).max() > 0.1


async def test_speech_as_events(server_url: str) -> None:
    async with client_of(server_url) as client:
        speech = await client.audio.speech.create(
            model="gpt-4o-mini-tts",
            voice="alloy",
            input="Hello there.",
            response_format="pcm",
            stream_format="sse",
        )
    events = [json.loads(data) for _, data in events_of(speech.content)]
    assert {event["type"] for event in events[:-1]} == {"speech.audio.delta"}
    assert events[-1]["usage"]["output_tokens"] > 0


async def test_speech_flows_in_time_without_a_gap() -> None:
    knobs: Any = {"audio_override": "counter", "answer_s": 4, "speech_speed": 10}
    with running_server(speech_first_byte_ms=300, **knobs) as url:
        async with client_of(url) as client:
            started = time.monotonic()
            first = 0.0
            data = b""
            async with client.audio.speech.with_streaming_response.create(
                model="tts-1", voice="nova", input="Anything.", response_format="pcm"
            ) as response:
                async for chunk in response.iter_bytes():
                    first = first or time.monotonic() - started
                    data += chunk
            took = time.monotonic() - started
    assert first >= 0.29
    assert 0.35 <= took - first <= 2
    expected = np.arange(4 * 24_000) % 30_000 + 1
    assert np.array_equal(np.frombuffer(data, dtype="<i2"), expected)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"input": "x" * 4097}, "string_above_max_length"),
        ({"input": " "}, "empty_string"),
        ({"voice": "gandalf"}, "invalid_value"),
        ({"speed": 5}, "decimal_above_max_value"),
        ({"response_format": "aac"}, "unsupported_value"),
        ({"model": "tts-1", "voice": "marin"}, "invalid_value"),
        ({"model": "tts-1", "stream_format": "sse"}, "unsupported_value"),
        ({"extra_body": {"volume": 11}}, "unknown_parameter"),
    ],
)
async def test_speech_refusals(server_url: str, fields: Any, code: str) -> None:
    request = {"model": "gpt-4o-mini-tts", "voice": "nova", "input": "Hello", **fields}
    async with client_of(server_url) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await client.audio.speech.create(**request)
    assert refused.value.code == code


async def test_whisper_formats() -> None:
    with running_server(transcript_override="First things first. Then the rest.") as url:
        async with client_of(url) as client:
            file = ("q.wav", spoken_question(), "audio/wav")
            whisper = client.audio.transcriptions.create
            found: Any = await whisper(
                model="whisper-1",
                file=file,
                response_format="verbose_json",
                timestamp_granularities=["word", "segment"],
            )
            assert [segment.text for segment in found.segments] == [
                " First things first.",
                " Then the rest.",
            ]
            assert found.segments[0].no_speech_prob < 0.5
            assert [word.word for word in found.words][:2] == ["First", "things"]
            text: Any = await whisper(model="whisper-1", file=file, response_format="text")
            assert text == "First things first. Then the rest.\n"
            srt: Any = await whisper(model="whisper-1", file=file, response_format="srt")
            assert srt.startswith("1\n00:00:00,000 --> 00:00:0")
            silence = ("s.wav", wav(np.zeros(24_000)), "audio/wav")
            doubtful: Any = await whisper(
                model="whisper-1", file=silence, response_format="verbose_json"
            )
            assert doubtful.segments[0].no_speech_prob > 0.8
            flac = io.BytesIO()
            soundfile.write(flac, np.zeros(48_000), 48_000, format="FLAC")
            words: Any = await client.audio.transcriptions.create(
                model="gpt-4o-transcribe",
                file=("s.flac", flac.getvalue(), "audio/flac"),
                include=["logprobs"],
            )
            assert words.logprobs


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"file": ("a.txt", b"hello", "text/plain")}, "Invalid file format"),
        ({"file": ("a.wav", b"hello", "audio/wav")}, "corrupted or unsupported"),
        ({"file": ("a.wav", wav(np.zeros(1_900)), "audio/wav")}, "too short"),
        ({"file": ("a.wav", wav_header(0), "audio/wav")}, "too short"),
        ({"response_format": "srt"}, "not compatible"),
        ({"language": "Japanese"}, "ISO-639-1"),
        ({"extra_body": {"keyword": "x"}}, "Unknown parameter: 'keyword'"),
        ({"model": "gpt-4o-transcribe", "extra_body": {"keywords": ["x"]}}, "keywords"),
    ],
)
async def test_transcription_refusals(server_url: str, fields: Any, message: str) -> None:
    file = ("q.wav", spoken_question(), "audio/wav")
    request = {"model": "gpt-transcribe", "file": file, **fields}
    async with client_of(server_url) as client:
        with pytest.raises(openai.BadRequestError, match=message):
            await client.audio.transcriptions.create(**request)


async def test_file_over_the_limit(server_url: str) -> None:
    async with client_of(server_url) as client:
        file = ("a.wav", bytes(25 * 1024 * 1024 + 1), "audio/wav")
        with pytest.raises(openai.APIStatusError) as refused:
            await client.audio.transcriptions.create(model="gpt-transcribe", file=file)
    assert refused.value.status_code == 413


async def test_transcription_takes_its_time_and_can_fail() -> None:
    with running_server(
        transcript_override="Hello.", transcription_ms=400, fail_transcription=True
    ) as url:
        async with client_of(url) as client:
            started = time.monotonic()
            file = ("q.wav", spoken_question(), "audio/wav")
            with pytest.raises(openai.InternalServerError):
                await client.audio.transcriptions.create(model="whisper-1", file=file)
            assert time.monotonic() - started >= 0.39
