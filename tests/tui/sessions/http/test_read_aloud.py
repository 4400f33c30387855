"""Reading sentences aloud over a Realtime connection of its own."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from websockets.asyncio.server import Server, ServerConnection, serve

from tui.sessions.http.read_aloud import Reader
from tui.sessions.http.trouble import Refused
from tui.sessions.options import Dialect, Endpoint
from tui.sessions.realtime.message import Message

SENTENCE: Message = {"input": "Hello.", "voice": "marin", "instructions": "Softly.", "speed": 1.0}


async def tell(line: ServerConnection, event: str, **fields: Any) -> None:
    await line.send(json.dumps({"type": event, **fields}))


async def hear(line: ServerConnection, event: str) -> dict[str, Any]:
    while True:
        message: dict[str, Any] = json.loads(await line.recv())
        if message["type"] == event:
            return message


async def speak(line: ServerConnection, pcm: bytes, event: str = "response.output_audio") -> None:
    data = base64.b64encode(pcm).decode()
    await tell(line, f"{event}.delta", delta=data)
    await tell(line, f"{event}.done")
    await tell(line, "response.done", response={"status": "completed"})


async def listening(talk: Callable[[ServerConnection], Awaitable[None]]) -> Server:
    return await serve(talk, "127.0.0.1", 0)


def reader_of(server: Server, dialect: Dialect = "ga") -> Reader:
    port = next(iter(server.sockets)).getsockname()[1]
    return Reader(Endpoint(f"ws://127.0.0.1:{port}", {}, dialect, "compatible", "here · m"))


async def read(reader: Reader, body: Message = SENTENCE) -> bytes:
    return b"".join([pcm async for pcm in reader.read(body)])


async def test_sentences_over_one_connection_out_of_the_conversation() -> None:
    heard: list[dict[str, Any]] = []

    async def talk(line: ServerConnection) -> None:
        heard.append(await hear(line, "session.update"))
        for number in range(2):
            heard.append(await hear(line, "response.create"))
            await speak(line, bytes([number]) * 4)

    async with await listening(talk) as server:
        reader = reader_of(server)
        both = await asyncio.gather(read(reader), read(reader, {**SENTENCE, "input": "Bye."}))
        await reader.close()
    assert both == [b"\0" * 4, b"\1" * 4]
    settings = heard[0]["session"]
    assert settings["audio"]["input"]["turn_detection"] is None
    assert settings["audio"]["output"]["voice"] == "marin"
    request = heard[1]["response"]
    assert request["conversation"] == "none"
    assert "word for word" in request["instructions"]
    assert request["instructions"].endswith("Softly.")
    assert request["input"][0]["content"] == [{"type": "input_text", "text": "Hello."}]
    assert [r["response"]["input"][0]["content"][0]["text"] for r in heard[1:]] == [
        "Hello.",
        "Bye.",
    ]


async def test_the_beta_dialect() -> None:
    async def talk(line: ServerConnection) -> None:
        settings = (await hear(line, "session.update"))["session"]
        assert settings["modalities"] == ["audio", "text"]
        await hear(line, "response.create")
        await speak(line, b"\1\1", "response.audio")

    async with await listening(talk) as server:
        reader = reader_of(server, "beta")
        assert await read(reader) == b"\1\1"
        await reader.close()


async def test_a_lost_connection_is_made_again_for_the_next_sentence() -> None:
    lines = 0

    async def talk(line: ServerConnection) -> None:
        nonlocal lines
        lines += 1
        await hear(line, "response.create")
        if lines == 1:
            await line.close(1011)
        else:
            await speak(line, b"\1\1")

    async with await listening(talk) as server:
        reader = reader_of(server)
        with pytest.raises(Refused) as caught:
            await read(reader)
        assert "broke off" in caught.value.trouble.cause
        assert await read(reader) == b"\1\1"
        await reader.close()


async def test_an_abandoned_sentence_does_not_leak_into_the_next() -> None:
    async def talk(line: ServerConnection) -> None:
        asked = await hear(line, "response.create")
        word = asked["response"]["input"][0]["content"][0]["text"]
        await tell(line, "response.output_audio.delta", delta=base64.b64encode(b"\1\1").decode())
        if word == "Bye.":
            await tell(line, "response.done", response={"status": "completed"})
        await line.wait_closed()

    async with await listening(talk) as server:
        reader = reader_of(server)
        sentence = reader.read(SENTENCE)
        assert await anext(sentence) == b"\1\1"
        await sentence.aclose()
        assert await read(reader, {**SENTENCE, "input": "Bye."}) == b"\1\1"
        await reader.close()


@pytest.mark.parametrize(
    ("event", "fields", "said"),
    [
        ("error", {"error": {"code": "c", "message": "No voice."}}, "No voice."),
        (
            "response.done",
            {"response": {"status": "failed", "status_details": {"error": {"message": "Oh."}}}},
            "Oh.",
        ),
    ],
)
async def test_a_refusal(event: str, fields: dict[str, Any], said: str) -> None:
    async def talk(line: ServerConnection) -> None:
        await hear(line, "response.create")
        await tell(line, event, **fields)
        await line.wait_closed()

    async with await listening(talk) as server:
        reader = reader_of(server)
        with pytest.raises(Refused) as caught:
            await read(reader)
        assert caught.value.trouble.said == said


async def test_sound_that_is_no_sound() -> None:
    async def talk(line: ServerConnection) -> None:
        await hear(line, "response.create")
        await tell(line, "response.output_audio.delta", delta="!!")
        await line.wait_closed()

    async with await listening(talk) as server:
        reader = reader_of(server)
        with pytest.raises(Refused):
            await read(reader)


async def test_a_refused_key_is_final() -> None:
    def refuse(line: ServerConnection, request: Any) -> Any:
        return line.respond(401, "no")

    async def talk(line: ServerConnection) -> None:
        raise AssertionError("nobody gets here")

    async with serve(talk, "127.0.0.1", 0, process_request=refuse) as server:
        with pytest.raises(Refused) as caught:
            await read(reader_of(server))
    meaning = caught.value.trouble.meaning()
    assert meaning.weight == "fatal"
    assert "key" in meaning.words


async def test_nobody_there() -> None:
    reader = Reader(Endpoint("ws://127.0.0.1:9", {}, "ga", "compatible", "here · m"))
    with pytest.raises(Refused) as caught:
        await read(reader)
    assert "refused the connection" in caught.value.trouble.cause
