"""The HTTP shell on real sockets that misbehave."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
import struct
import warnings
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tui.sessions.http.client import Client
from tui.sessions.http.desk import Part
from tui.sessions.http.endpoint import HttpEndpoint, http_endpoint
from tui.sessions.http.trouble import Refused
from tui.sessions.options import Service
from tui.sessions.wire_log import Way, WireLog, masked, to_line

Handler = Callable[[bytes, asyncio.StreamWriter], Awaitable[None]]
JSON = b"application/json"
EVENTS = b"text/event-stream"


class Served:
    """A server that answers every request in the same way, and what it was asked."""

    def __init__(self) -> None:
        self.heads: list[str] = []
        self.bodies: list[bytes] = []
        self.connections = 0
        self.port = 0

    def header(self, name: str) -> str | None:
        for line in self.heads[-1].split("\r\n")[1:]:
            key, _, value = line.partition(":")
            if key.lower() == name.lower():
                return value.strip()
        return None


@contextlib.asynccontextmanager
async def served(handler: Handler) -> AsyncIterator[Served]:
    found = Served()
    talks: set[asyncio.Task[None]] = set()

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found.connections += 1
        task = asyncio.current_task()
        assert task is not None
        talks.add(task)
        gone = (asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError)
        with contextlib.suppress(*gone):
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                found.heads.append(head)
                length = found.header("content-length")
                found.bodies.append(await reader.readexactly(int(length or 0)))
                await handler(found.bodies[-1], writer)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    found.port = server.sockets[0].getsockname()[1]
    try:
        yield found
    finally:
        server.close()
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


def answer(
    body: bytes, kind: bytes = JSON, status: bytes = b"200 OK", extra: bytes = b""
) -> Handler:
    async def handler(_: bytes, writer: asyncio.StreamWriter) -> None:
        head = b"HTTP/1.1 " + status + b"\r\nContent-Type: " + kind + b"\r\n" + extra
        writer.write(head + b"Content-Length: %d\r\n\r\n" % len(body) + body)

    return handler


@contextlib.asynccontextmanager
async def client_of(
    port: int,
    key: str = "sk-key",
    service: Service = "compatible",
    wire_log: WireLog | None = None,
) -> AsyncIterator[Client]:
    path = "" if service == "azure" else "/v1"
    where = http_endpoint(service, f"http://127.0.0.1:{port}{path}", key, "m")
    client = Client(where, wire_log=wire_log)
    await client.load()
    try:
        yield client
    finally:
        await client.close()


async def parts(client: Client, operation: str, **body: object) -> list[Part]:
    return [part async for part in client.run(operation, dict(body))]


async def trouble(handler: Handler, operation: str = "threads.create", **body: object):
    async with served(handler) as server, client_of(server.port) as client:
        with pytest.raises(Refused) as caught:
            await parts(client, operation, **body)
        return caught.value.trouble


SSE = b'event: a\ndata: {"x": 1}\n\n: comment\n\ndata: {"y":\ndata: 2}\n\ndata: [DONE]\n\n'


async def test_events_and_reuse_of_the_connection() -> None:
    async with served(answer(SSE, EVENTS)) as server, client_of(server.port) as client:
        for _ in range(3):
            found = await parts(client, "responses.stream", model="m", input="x", stream=True)
            assert found == [
                {"event": "a", "data": {"x": 1}},
                {"event": "", "data": {"y": 2}},
            ]
        assert server.connections == 1
        assert json.loads(server.bodies[0]) == {"model": "m", "input": "x", "stream": True}


async def test_the_wire_log_has_both_ways_of_every_request() -> None:
    lines: list[tuple[str, str, str, str]] = []

    def keep(way: Way, body: object, kind: str = "", over: str = "") -> None:
        lines.append((way, kind, over, to_line({"body": masked(body)}).decode()))

    async def handler(body: bytes, writer: asyncio.StreamWriter) -> None:
        if b"transcri" in body or b"RIFF" in body:
            await answer(b'{"text": "hello"}', extra=b"X-Secret: hidden\r\n")(body, writer)
        elif b"tts" in body:
            await answer(bytes(4800), b"audio/pcm")(body, writer)
        elif b"refuse" in body:
            await answer(b'{"error": {"message": "no sk-key-0815-abc"}}', status=b"400 Bad")(
                body, writer
            )
        else:
            await answer(SSE, EVENTS)(body, writer)

    async with (
        served(handler) as server,
        client_of(server.port, "sk-key-0815-abc", wire_log=keep) as client,
    ):
        await parts(client, "responses.stream", model="m", input="x", stream=True)
        file = ("q.wav", b"RIFF" + bytes(4000), "audio/wav")
        await parts(client, "transcribe", model="transcribe", file=file)
        await parts(client, "speak", model="tts", voice="v", input="x")
        with pytest.raises(Refused):
            await parts(client, "threads.create", metadata={"x": "refuse"})
        assert len({over for _, _, over, _ in lines}) == 4
    assert [kind for _, kind, _, _ in lines] == [
        *("responses.stream", "HTTP 200", "a", "", "", "ended"),
        *("transcribe", "HTTP 200", "", "ended"),
        *("speak", "HTTP 200", "sound", "ended"),
        *("threads.create", "HTTP 400", "", "broken"),
    ]
    whole = "".join(text for *_, text in lines)
    assert "<4800 bytes of sound>" in whole
    assert "<4004 bytes>" in whole
    assert "/v1/audio/transcriptions" in whole
    for secret in ("uthorization", "sk-key", "hidden"):
        assert secret not in whole


async def test_events_torn_anywhere() -> None:
    async def slowly(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
        for byte in SSE.replace(b"\n", b"\r\n"):
            writer.write(b"1\r\n%c\r\n" % byte)
            await writer.drain()
        writer.write(b"0\r\n\r\n")

    async with served(slowly) as server, client_of(server.port) as client:
        found = await parts(client, "responses.stream", model="m", stream=True)
        assert [part["data"] for part in found if isinstance(part, dict)] == [{"x": 1}, {"y": 2}]


async def test_done_is_the_end_though_the_server_holds_the_line() -> None:
    async def holds(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n" % (len(SSE), SSE))

    async with served(holds) as server, client_of(server.port) as client:
        async with asyncio.timeout(10):
            assert len(await parts(client, "responses.stream", model="m", stream=True)) == 2


async def test_json_where_a_stream_was_asked_for() -> None:
    handler = answer(b'{"text": "Hello."}')
    async with served(handler) as server, client_of(server.port) as client:
        found = await parts(client, "transcribe", file=("a.wav", b"x", "audio/wav"), model="m")
        assert found == [{"text": "Hello."}]
        assert server.header("content-type").startswith("multipart/form-data")
        assert b'filename="a.wav"' in server.bodies[0]


async def test_arrays_of_a_form() -> None:
    async with served(answer(b"{}")) as server, client_of(server.port) as client:
        file = ("a.wav", b"x", "audio/wav")
        await parts(client, "transcribe", file=file, model="m", keywords=["a", "b"])
        assert server.bodies[0].count(b'name="keywords[]"') == 2


async def test_sound_comes_in_pieces() -> None:
    sound = bytes(range(256)) * 100
    async with served(answer(sound, b"audio/pcm")) as server, client_of(server.port) as client:
        found = await parts(client, "speak", model="m", voice="v", input="x")
        assert b"".join(part for part in found if isinstance(part, bytes)) == sound


@pytest.mark.parametrize(
    ("service", "key", "authorization", "api_key"),
    [
        ("compatible", "sk-key", "Bearer sk-key", None),
        ("compatible", "", None, None),
        ("azure", "az-key", "Bearer az-key", "az-key"),
    ],
)
async def test_who_we_are(
    service: Service,
    key: str,
    authorization: str | None,
    api_key: str | None,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-environment")
    monkeypatch.setenv("OPENAI_ORG_ID", "org-environment")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    async with served(answer(b"{}")) as server, client_of(server.port, key, service) as client:
        await parts(client, "threads.create")
        assert server.header("authorization") == authorization
        assert server.header("api-key") == api_key
        assert server.header("openai-organization") is None
        assert server.header("openai-beta") == "assistants=v2"
        path = "/openai/v1/threads" if service == "azure" else "/v1/threads"
        assert server.heads[0].startswith(f"POST {path} ")


async def test_deprecated_calls_say_nothing() -> None:
    async with served(answer(b"{}")) as server, client_of(server.port) as client:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            await parts(client, "threads.create")
            await parts(client, "runs.cancel", thread_id="t", run_id="r")
        assert server.heads[1].startswith("POST /v1/threads/t/runs/r/cancel ")


async def test_an_error_body() -> None:
    body = b'{"error": {"message": "No.", "type": "t", "code": "c", "param": "p"}}'
    found = await trouble(answer(body, status=b"400 Bad Request"))
    assert (found.status, found.said, found.kind, found.code, found.param) == (
        400,
        "No.",
        "t",
        "c",
        "p",
    )


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"detail": "Nope."}', "Nope."),
        (b'{"error": "Plain."}', "Plain."),
        (b"<html>Bad gateway</html>", ""),
        (b"[1]", ""),
        (b"\xff\xfe", ""),
    ],
)
async def test_other_error_bodies(body: bytes, said: str) -> None:
    found = await trouble(answer(body, status=b"502 Bad Gateway"), "responses.stream", model="m")
    assert (found.status, found.said) == (502, said)
    assert "HTTP 502" in found.meaning().words or said


@pytest.mark.parametrize(
    ("header", "wait_s"),
    [
        (b"Retry-After: 7", 7.0),
        (b"retry-after-ms: 1500", 1.5),
        (b"Retry-After: Wed, 21 Oct 2026 07:28:00 GMT", None),
        (b"Retry-After: -3", None),
        (b"Retry-After: inf", None),
    ],
)
async def test_retry_after(header: bytes, wait_s: float | None) -> None:
    found = await trouble(answer(b"{}", status=b"429 Too Many", extra=header + b"\r\n"))
    assert (found.status, found.retry_after_s) == (429, wait_s)


async def test_a_refused_request_is_made_once() -> None:
    handler = answer(b"{}", status=b"500 Oops")
    async with served(handler) as server, client_of(server.port) as client:
        with pytest.raises(Refused):
            await parts(client, "threads.create")
        assert len(server.heads) == 1


async def test_a_redirect_is_not_followed() -> None:
    async with served(answer(b"{}")) as elsewhere:
        location = f"Location: http://127.0.0.1:{elsewhere.port}/v1\r\n".encode()
        found = await trouble(answer(b"", status=b"307 Temporary", extra=location))
        assert found.status == 307
        assert not elsewhere.heads


async def test_a_captive_portal() -> None:
    found = await trouble(answer(b"<!doctype html><html>Sign in</html>", b"text/html"))
    assert "captive portal" in found.meaning().words


@pytest.mark.parametrize("body", [b"not json", b'{"a": ', b"[" * 100_000])
async def test_answers_that_are_no_json(body: bytes) -> None:
    found = await trouble(answer(body))
    assert "unreadable" in found.meaning().words


async def test_events_that_are_no_json() -> None:
    handler = answer(b"data: {oops\n\n", EVENTS)
    found = await trouble(handler, "responses.stream", model="m", stream=True)
    assert "unreadable" in found.meaning().words


async def test_nobody_listens() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    async with client_of(port) as client:
        with pytest.raises(Refused) as caught:
            await parts(client, "threads.create")
    assert caught.value.trouble.status == 0
    assert "refused the connection" in caught.value.trouble.cause


async def test_a_name_that_does_not_exist() -> None:
    client = Client(HttpEndpoint("http://no-such-host.invalid/v1", "k"))
    await client.load()
    with pytest.raises(Refused) as caught:
        await parts(client, "threads.create")
    await client.close()
    assert "cannot be resolved" in caught.value.trouble.cause


@pytest.mark.parametrize("reset", [True, False])
async def test_a_stream_that_is_cut(reset: bool) -> None:
    async def cut(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
        writer.write(b'e\r\ndata: {"x":1}\n\r\n1\r\n\n\r\n')
        await writer.drain()
        if reset:
            sock = writer.get_extra_info("socket")
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            await asyncio.sleep(0.05)  # or the reset overtakes what was sent
            writer.transport.abort()
        else:
            writer.close()

    async with served(cut) as server, client_of(server.port) as client:
        found: list[Part] = []

        async def read() -> None:
            async for part in client.run("responses.stream", {"model": "m", "stream": True}):
                found.append(part)

        with pytest.raises(Refused) as caught:
            await read()
    assert found == [{"event": "", "data": {"x": 1}}]
    assert caught.value.trouble.status == 0
    assert caught.value.trouble.cause


async def test_an_abandoned_request_closes_its_connection() -> None:
    closed = asyncio.Event()

    async def endless(_: bytes, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n")
        writer.write(b"Transfer-Encoding: chunked\r\n\r\n")
        try:
            while True:
                writer.write(b'e\r\ndata: {"x":1}\n\r\n1\r\n\n\r\n')
                await writer.drain()
                await asyncio.sleep(0.01)
        finally:
            closed.set()

    async with served(endless) as server, client_of(server.port) as client:

        async def read() -> None:
            async for _ in client.run("responses.stream", {"model": "m", "stream": True}):
                seen.set()

        seen = asyncio.Event()
        task = asyncio.create_task(read())
        await asyncio.wait_for(seen.wait(), 10)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        await asyncio.wait_for(closed.wait(), 10)


@pytest.mark.parametrize(
    ("service", "address", "base_url"),
    [
        ("openai", "", "https://api.openai.com/v1"),
        ("compatible", "http://127.0.0.1:8000/v1/", "http://127.0.0.1:8000/v1"),
        ("compatible", "ws://127.0.0.1:8000/v1/realtime", "http://127.0.0.1:8000/v1"),
        ("compatible", "https://x.example", "https://x.example/v1"),
        ("azure", "https://n.openai.azure.com", "https://n.openai.azure.com/openai/v1"),
        ("azure", "https://n.openai.azure.com/openai/v1/", "https://n.openai.azure.com/openai/v1"),
        ("azure-preview", "https://n.example/openai", "https://n.example/openai/v1"),
        ("compatible", "http://user:secret@x.example/v1", "http://x.example/v1"),
    ],
)
def test_addresses(service: Service, address: str, base_url: str) -> None:
    endpoint = http_endpoint(service, address, "sk-key", "m")
    assert endpoint.base_url == base_url
    assert "sk-key" not in repr(endpoint)


# -------------------------------------------------------------------- lines that die


async def test_the_system_watches_over_every_connection() -> None:
    """A peer that is gone without a word is noticed though a model may think for minutes."""
    async with served(answer(b"{}")) as server, client_of(server.port) as client:
        await parts(client, "threads.create")
        assert idle_limits_s(server.port) == [10]


async def test_after_a_sleep_no_old_connection_is_used() -> None:
    async with served(answer(b"{}")) as server, client_of(server.port) as client:
        await parts(client, "threads.create")
        client.doubt()
        await parts(client, "threads.create")
        assert server.connections == 2


def idle_limits_s(port: int) -> list[int]:
    """Of this process's connections to a port: after how many idle seconds the system asks."""
    found = []
    for path in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            if not str(path.readlink()).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(path.name))) as line:
                peer = line.getpeername()
                if peer and peer[1] == port and _asks(line):
                    found.append(line.getsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE))
    return found


def _asks(line: socket.socket) -> bool:
    return bool(line.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE))
