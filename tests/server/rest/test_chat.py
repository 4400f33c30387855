"""Chat Completions with text and audio, with the official client."""

from __future__ import annotations

import base64
import io
import time
from typing import Any

import numpy as np
import openai
import pytest
import soundfile
from openai import AsyncOpenAI

from tests.server.process import running_server
from tests.server.rest.checked import client_of
from tests.server.rest.test_audio import spoken_question, wav

AUDIO: Any = {"voice": "marin", "format": "pcm16"}
SPOKEN: Any = {"model": "gpt-audio-1.5", "modalities": ["text", "audio"]}


def typed(text: str, role: str = "user") -> Any:
    return {"role": role, "content": text}


def recording(data: bytes, kind: str = "wav", text: str = "") -> Any:
    sound = {"data": base64.b64encode(data).decode(), "format": kind}
    parts: list[Any] = [{"type": "input_audio", "input_audio": sound}]
    if text:
        parts.insert(0, {"type": "text", "text": text})
    return {"role": "user", "content": parts}


async def whole(client: AsyncOpenAI, *messages: Any, **more: Any) -> Any:
    request = {"audio": {**AUDIO, "format": "wav"}, **SPOKEN, **more}
    return await client.chat.completions.create(messages=list(messages), **request)


async def test_text_chat_remembers_and_counts(server_url: str) -> None:
    async with client_of(server_url) as client:
        messages = [
            typed("Be brief.", "system"),
            typed("My name is Anna."),
            typed("Nice to meet you.", "assistant"),
            typed("What is my name?"),
        ]
        stream = await client.chat.completions.create(
            model="demo", messages=messages, stream=True, stream_options={"include_usage": True}
        )
        chunks = [chunk async for chunk in stream]
    assert chunks[-1].choices == []
    usage = chunks[-1].usage
    assert usage is not None
    assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
    assert chunks[-2].choices[0].finish_reason == "stop"
    text = "".join(chunk.choices[0].delta.content or "" for chunk in chunks[:-1])
    assert "Anna" in text


async def test_spoken_question_spoken_answer_in_chunks(server_url: str) -> None:
    async with client_of(server_url) as client:
        stream = await client.chat.completions.create(
            **SPOKEN,
            audio=AUDIO,
            messages=[recording(spoken_question())],
            stream=True,
            stream_options={"include_usage": True},
        )
        chunks = [chunk async for chunk in stream]
    usage: Any = chunks.pop().usage
    assert chunks.pop().choices[0].finish_reason == "stop"
    audios: list[Any] = [chunk.choices[0].delta.audio for chunk in chunks]
    parts = [audio.model_dump(exclude_unset=True) for audio in audios]
    assert set(parts[-1]) == {"expires_at"}
    assert parts[-1]["expires_at"] > time.time()
    assert len({part["id"] for part in parts[:-1]}) == 1
    transcript = "".join(part.get("transcript", "") for part in parts)
    assert "Tokyo" in transcript
    pieces = [base64.b64decode(part["data"]) for part in parts if "data" in part]
    samples = np.frombuffer(b"".join(pieces), dtype="<i2")
    details = usage.completion_tokens_details
    assert details.audio_tokens == pytest.approx(samples.size / 24_000 * 20, abs=1)
    assert details.text_tokens > 0
    length_s = len(spoken_question()) / 48_000
    assert usage.prompt_tokens_details.audio_tokens == pytest.approx(length_s * 10, abs=1)
    assert all(chunk.choices[0].delta.content is None for chunk in chunks)


@pytest.mark.parametrize("kind", ["wav", "mp3", "flac", "opus"])
async def test_whole_answers_in_every_format(server_url: str, kind: Any) -> None:
    async with client_of(server_url) as client:
        answer = await whole(client, typed("Hello"), audio={"voice": "ash", "format": kind})
    message = answer.choices[0].message
    assert message.content is None
    samples, rate_hz = soundfile.read(io.BytesIO(base64.b64decode(message.audio.data)))
    assert samples.size / rate_hz > 0.5
    assert message.audio.transcript


async def test_question_about_a_recording_answered_in_text(server_url: str) -> None:
    async with client_of(server_url) as client:
        mp3 = io.BytesIO()
        samples, rate_hz = soundfile.read(io.BytesIO(spoken_question()))
        soundfile.write(mp3, samples, rate_hz, format="MP3")
        answer = await client.chat.completions.create(
            model="gpt-audio-1.5",
            modalities=["text"],
            messages=[recording(mp3.getvalue(), "mp3")],
        )
    assert answer.choices[0].message.audio is None
    assert "Tokyo" in (answer.choices[0].message.content or "")


async def test_audio_id_stands_for_what_was_said_until_it_expires() -> None:
    with running_server(audio_id_expires_s=1.5) as url:
        async with client_of(url) as client:
            first = await whole(client, typed("My name is Anna."))
            audio = first.choices[0].message.audio
            said: Any = {"role": "assistant", "audio": {"id": audio.id}}
            history = (typed("My name is Anna."), said, typed("What did you just say?"))
            second = await whole(client, *history)
            transcript = second.choices[0].message.audio.transcript
            assert audio.transcript.split(".")[0] in transcript
            assert second.usage.prompt_tokens_details.audio_tokens > 0
            unknown: Any = {"role": "assistant", "audio": {"id": "audio_unknown"}}
            with pytest.raises(openai.BadRequestError, match="audio_unknown") as refused:
                await whole(client, typed("Hi"), unknown, typed("Hello"))
            assert refused.value.param == "messages[1].audio.id"
            while time.time() < audio.expires_at + 1.1:
                time.sleep(0.05)
            with pytest.raises(openai.BadRequestError, match=audio.id):
                await whole(client, *history)


async def test_functions(server_url: str) -> None:
    tool: Any = {
        "type": "function",
        "function": {
            "name": "get_weather",
            "description": "Weather of a city",
            "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
        },
    }
    async with client_of(server_url) as client:
        messages = [typed("What is the weather in Paris?")]
        stream = await client.chat.completions.create(
            model="demo", messages=messages, tools=[tool], stream=True
        )
        chunks = [chunk async for chunk in stream]
        assert chunks[-1].choices[0].finish_reason == "tool_calls"
        calls: list[Any] = [
            call for chunk in chunks for call in chunk.choices[0].delta.tool_calls or ()
        ]
        arguments = "".join(call.function.arguments for call in calls)
        assert "Paris" in arguments
        call = {
            "id": calls[0].id,
            "type": "function",
            "function": {"name": calls[0].function.name, "arguments": arguments},
        }
        messages += [
            {"role": "assistant", "tool_calls": [call]},
            {"role": "tool", "tool_call_id": calls[0].id, "content": '{"temperature": "18"}'},
        ]
        answer = await client.chat.completions.create(model="demo", messages=messages, tools=[tool])
        assert "18" in (answer.choices[0].message.content or "")


async def test_answer_stops_at_its_limit(server_url: str) -> None:
    async with client_of(server_url) as client:
        answer = await client.chat.completions.create(
            model="demo", messages=[typed("Tell me a story.")], max_completion_tokens=10
        )
        assert answer.choices[0].finish_reason == "length"
        assert answer.usage is not None
        assert 5 < answer.usage.completion_tokens <= 10
        spoken = await whole(client, typed("Tell me a story."), max_tokens=20)
        assert spoken.choices[0].finish_reason == "length"


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        (
            {"stream": True, "audio": {"voice": "ash", "format": "wav"}},
            "'audio.format' does not support 'wav' when stream=true. Supported values are: 'pcm16'",
        ),
        ({"audio": None}, "Missing required parameter: 'audio'"),
        ({"audio": {"voice": "ash", "format": "aac"}}, "cannot be made"),
        ({"audio": {"voice": "gandalf", "format": "wav"}}, "Invalid value: 'gandalf'"),
        ({"modalities": ["text"]}, "'audio' parameter is only allowed"),
        ({"modalities": None, "audio": None}, "requires that either input content or output"),
        ({"model": "gpt-4o-mini"}, "does not support audio"),
        ({"model": "gpt-audio-1.5", "extra_body": {"voice": "x"}}, "Unknown parameter: 'voice'"),
        ({"messages": [recording(b"RIFFnonsense")]}, "corrupted or unsupported"),
        ({"messages": [recording(b"ID3", "wav")]}, "not of valid wav format"),
        ({"messages": [recording(b"", "wav")]}, "not of valid wav format"),
        ({"messages": [recording(wav([]), "wav")]}, "is empty"),
        ({"messages": [recording(wav([1]), "flac")]}, "Invalid value: 'flac'"),
        ({"messages": []}, "array too short"),
        ({"messages": [{"role": "robot", "content": "x"}]}, "Invalid value: 'robot'"),
    ],
)
async def test_refusals(server_url: str, fields: Any, message: str) -> None:
    request = {"audio": {**AUDIO, "format": "wav"}, **SPOKEN, "messages": [typed("Hi")], **fields}
    async with client_of(server_url) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await client.chat.completions.create(**request)
    assert message in refused.value.body["message"]  # type: ignore[index]


async def test_unknown_model(server_url: str) -> None:
    async with client_of(server_url) as client:
        with pytest.raises(openai.NotFoundError) as refused:
            await client.chat.completions.create(model="llama-9", messages=[typed("Hi")])
    assert refused.value.code == "model_not_found"
