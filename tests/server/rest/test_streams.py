"""Streams that fail and streams that are cut, at every endpoint that has one."""

from __future__ import annotations

import warnings
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncOpenAI

from tests.server.process import running_server
from tests.server.rest.checked import client_of
from tests.server.rest.test_audio import spoken_question

Source = Callable[[AsyncOpenAI], AsyncIterator[Any]]


async def of_responses(client: AsyncOpenAI) -> AsyncIterator[Any]:
    async for event in await client.responses.create(model="demo", input="Hello", stream=True):
        yield event


async def of_chat(client: AsyncOpenAI) -> AsyncIterator[Any]:
    stream = await client.chat.completions.create(
        model="demo", messages=[{"role": "user", "content": "Hello"}], stream=True
    )
    async for chunk in stream:
        yield chunk


async def of_spoken_chat(client: AsyncOpenAI) -> AsyncIterator[Any]:
    stream = await client.chat.completions.create(
        model="gpt-audio-1.5",
        modalities=["text", "audio"],
        audio={"voice": "marin", "format": "pcm16"},
        messages=[{"role": "user", "content": "Hello"}],
        stream=True,
    )
    async for chunk in stream:
        yield chunk


async def of_run(client: AsyncOpenAI) -> AsyncIterator[Any]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        assistant = await client.beta.assistants.create(model="demo")
        stream = await client.beta.threads.create_and_run(
            assistant_id=assistant.id,
            thread={"messages": [{"role": "user", "content": "Hello"}]},
            stream=True,
        )
        async for event in stream:
            yield event


async def of_transcription(client: AsyncOpenAI) -> AsyncIterator[Any]:
    stream = await client.audio.transcriptions.create(
        model="gpt-transcribe", file=("q.wav", spoken_question(), "audio/wav"), stream=True
    )
    async for event in stream:
        yield event


async def of_speech(client: AsyncOpenAI) -> AsyncIterator[Any]:
    speech = client.audio.speech.with_streaming_response.create(
        model="tts-1", voice="nova", input="Hello there.", response_format="pcm"
    )
    async with speech as response:
        async for chunk in response.iter_bytes():
            yield chunk


SOURCES = [of_responses, of_chat, of_spoken_chat, of_run, of_transcription]
SAID = "Here is what was said, and it is long enough for a stream."


async def collect(source: Source, url: str, broken: type[Exception]) -> list[Any]:
    found = []
    async with client_of(url) as client:
        with pytest.raises(broken):
            await gather(source(client), found)
    return found


async def gather(events: AsyncIterator[Any], found: list[Any]) -> None:
    async for event in events:
        found.append(event)


@pytest.mark.parametrize("source", SOURCES)
async def test_failure_in_mid_stream(source: Source) -> None:
    with running_server(fail_stream_after=4, transcript_override=SAID, fixed_answer=SAID) as url:
        if source is of_responses:  # says it with an event, raises nothing
            async with client_of(url) as client:
                events = [event async for event in source(client)]
            last = events.pop()
            assert (last.type, last.code, last.sequence_number) == ("error", "server_error", 5)
        else:
            events = await collect(source, url, openai.APIError)
        assert len(events) == 4


@pytest.mark.parametrize("source", [*SOURCES, of_speech])
async def test_cut_in_mid_stream(source: Source) -> None:
    # The client's own errors, or those of its HTTP library: both happen, by the endpoint.
    broken: Any = (openai.APIConnectionError, httpx2.RemoteProtocolError)
    with running_server(cut_stream_after=4, transcript_override=SAID, fixed_answer=SAID) as url:
        events = await collect(source, url, broken)
        assert events
        if source is not of_speech:  # its chunks may arrive joined
            assert len(events) == 4


async def test_refusals_and_filters() -> None:
    hello: Any = [{"role": "user", "content": "Hello"}]
    with running_server(refusal="I cannot help with that.") as url:
        async with client_of(url) as client:
            chat = await client.chat.completions.create(model="demo", messages=hello)
            assert chat.choices[0].message.refusal == "I cannot help with that."
            assert chat.choices[0].message.content is None
            events = [event async for event in of_responses(client)]
            assert "response.refusal.done" in [event.type for event in events]
            part = events[-1].response.output[0].content[0]
            assert (part.type, part.refusal) == ("refusal", "I cannot help with that.")
    with running_server(content_filter=True, fixed_answer=SAID) as url:
        async with client_of(url) as client:
            chunks = [chunk async for chunk in of_chat(client)]
            assert chunks[-1].choices[0].finish_reason == "content_filter"
            chunks = [chunk async for chunk in of_spoken_chat(client)]
            assert chunks[-1].choices[0].finish_reason == "content_filter"
            last = [event async for event in of_responses(client)][-1]
            assert last.type == "response.incomplete"
            assert last.response.incomplete_details.reason == "content_filter"
            assert last.response.output[0].status == "incomplete"


async def test_failed_response() -> None:
    with running_server(fail_response=True) as url:
        async with client_of(url) as client:
            last = [event async for event in of_responses(client)][-1]
            assert last.type == "response.failed"
            assert last.response.error.code == "server_error"
        assert await collect(of_chat, url, openai.InternalServerError) == []
