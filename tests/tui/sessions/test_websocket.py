"""The shell on real sockets, with services that misbehave."""

from __future__ import annotations

import asyncio
import base64
import json
import socket
import ssl
import time

import pytest

from tests.tui.sessions.service import Client, Line, endpoint, raw_service, service
from tui.sessions.dialing import LARGEST_BYTES
from tui.sessions.events import (
    AudioDelta,
    Event,
    Notice,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
    TranscriptFinal,
    TurnEnded,
)
from tui.sessions.outgoing import OLDEST_AUDIO_S, Outgoing
from tui.sessions.websocket import STALLED
from tui.sessions.wire_log import Way, masked, to_line


async def quiet(line: Line) -> None:
    """Begin, then only listen."""
    await line.open()
    await line.connection.wait_closed()


async def test_a_typed_exchange() -> None:
    pcm = bytes(range(100)) * 48

    async def script(line: Line) -> None:
        await line.open()
        item = (await line.hear("conversation.item.create"))["item"]
        await line.tell("conversation.item.added", previous_item_id=None, item=item)
        await line.hear("response.create")
        await line.tell("response.created", response={"id": "r1"})
        await line.tell(
            "response.output_audio.delta",
            response_id="r1",
            item_id="a1",
            content_index=0,
            delta=base64.b64encode(pcm).decode(),
        )
        await line.tell("response.done", response={"id": "r1", "status": "completed"})
        await line.connection.wait_closed()

    async with service(script) as port, Client(endpoint(port)) as client:
        client.session.intend(Say("hello"))  # before there is a session
        await client.until(TurnEnded, 2)
        assert client.all(TranscriptFinal)[0].text == "hello"
        assert client.all(AudioDelta)[0].pcm == pcm
        await client.session.close()
        assert await client.end() == SessionEnded("Closed.", asked=True)
        assert client.events[-1] == SessionEnded("Closed.", asked=True)
    assert len(client.all(SessionEnded)) == 1


@pytest.mark.parametrize(
    ("code", "fatal"), [(1000, False), (1001, False), (1011, False), (1012, False), (4000, True)]
)
async def test_a_close_nobody_asked_for(code, fatal) -> None:
    async def script(line: Line) -> None:
        await line.open()
        await line.connection.close(code, "that is it")

    async with service(script) as port, Client(endpoint(port)) as client:
        end = await client.end()
    assert (end.asked, end.fatal) == (False, fatal)
    assert "that is it" in end.reason


async def test_the_last_error_before_a_close_is_read() -> None:
    async def script(line: Line) -> None:
        await line.open()
        await line.hear("input_audio_buffer.append")
        await line.tell(
            "error", error={"code": "insufficient_quota", "message": "You exceeded your quota."}
        )
        await line.connection.close(1000)

    async with service(script) as port, Client(endpoint(port)) as client:
        await client.until(SessionStarted)
        for _ in range(200):
            client.session.intend(SendAudio(bytes(960)))
        end = await client.end()
    assert end.fatal
    assert "no credit left" in end.reason


async def test_a_reset_connection() -> None:
    async def script(line: Line) -> None:
        await line.open()
        line.reset()

    async with service(script) as port, Client(endpoint(port)) as client:
        end = await client.end()
    assert (end.asked, end.fatal) == (False, False)
    assert "lost" in end.reason


async def test_malformed_frames_do_not_end_the_session() -> None:
    async def script(line: Line) -> None:
        await line.open()
        for frame in (b"\xff\xfe", b"{", b'{"type":"x.y"}', b"[" * 100_000):
            await line.connection.send(frame, text=True)
        await line.connection.send(b"\x00\x01")  # a binary frame
        await line.tell("response.created", response={"id": "r1"})
        await line.tell(
            "response.output_audio.delta",
            response_id="r1",
            item_id="a1",
            content_index=0,
            delta="AAAA",
        )
        await line.connection.wait_closed()

    async with service(script) as port, Client(endpoint(port)) as client:
        await client.until(AudioDelta)
    assert len(client.all(Notice)) == 2


async def test_a_message_that_is_too_large_ends_the_session_as_a_drop() -> None:
    async def script(line: Line) -> None:
        await line.open()
        await line.connection.send("x" * (LARGEST_BYTES + 1))
        await line.connection.wait_closed()

    async with service(script) as port, Client(endpoint(port)) as client:
        end = await client.end()
    assert not end.fatal
    assert "too large" in end.reason


# -------------------------------------------------------------------- handshake


def http(status: str, body: str, *headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body.encode())}", *headers, "", body]
    return "\r\n".join(lines).encode()


def error_body(message: str, code: str | None = None, kind: str = "x") -> str:
    return json.dumps({"error": {"message": message, "type": kind, "code": code, "param": None}})


@pytest.mark.parametrize(
    ("answer", "fatal", "retry_after_s", "words"),
    [
        (
            http(
                "401 Unauthorized",
                error_body("Incorrect API key provided: sk-canary-123456.", "invalid_api_key"),
            ),
            True,
            None,
            ["refused the key", "OPENAI_API_KEY"],
        ),
        (http("401 Unauthorized", ""), True, None, ["refused the key"]),
        (http("403 Forbidden", "nope"), True, None, ["may not use", "nope"]),
        (http("404 Not Found", "<html>lost</html>"), True, None, ["no Realtime service"]),
        (
            http("400 Bad Request", error_body("Bad model.", "OperationNotSupported")),
            True,
            None,
            ["does not know the model m"],
        ),
        (
            http("429 Too Many", error_body("Slow down."), "Retry-After: 7"),
            False,
            7.0,
            ["asks to wait", "Slow down."],
        ),
        (
            http("429 Too Many", error_body("No money.", "insufficient_quota")),
            True,
            None,
            ["no credit left"],
        ),
        (
            http("503 Busy", "<html>busy</html>", "Retry-After: Wed, 21 Oct 2026 07:28:00 GMT"),
            False,
            None,
            ["internal error", "HTTP 503"],
        ),
        (
            http("200 OK", "<!DOCTYPE html><title>Hotel WLAN</title>", "Content-Type: text/html"),
            False,
            None,
            ["web page", "captive portal"],
        ),
        (
            http("302 Found", "", "Location: https://elsewhere.example/v1"),
            True,
            None,
            ["elsewhere.example", "not followed"],
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n", False, None, ["No WebSocket at 127.0.0.1"]),
        (b"", False, None, ["broke the connection off", "wss://"]),
    ],
    ids=[
        "401",
        "401-empty",
        "403",
        "404",
        "400-model",
        "429",
        "429-quota",
        "503",
        "portal",
        "redirect",
        "ssh",
        "closed",
    ],
)
async def test_no_websocket_is_explained(answer, fatal, retry_after_s, words) -> None:
    requests: list[bytes] = []

    def reply(head: bytes) -> bytes:
        requests.append(head)
        return answer

    async with raw_service(reply) as port, Client(endpoint(port)) as client:
        client.session.intend(Say("hello"))
        end = await client.end()
    assert len(requests) == 1
    assert (end.fatal, end.retry_after_s, end.asked) == (fatal, retry_after_s, False)
    for word in words:
        assert word in end.reason
    assert "canary" not in end.reason
    assert client.all(TranscriptFinal)[0].text == "hello"  # what was typed is not lost


async def test_a_refused_connection() -> None:
    with socket.socket() as taken:  # bound, but nobody listens
        taken.bind(("127.0.0.1", 0))
        async with Client(endpoint(taken.getsockname()[1])) as client:
            end = await client.end()
    assert "refused the connection. Is the service running there?" in end.reason
    assert not end.fatal


async def test_a_name_that_does_not_resolve() -> None:
    where = endpoint(1)
    from dataclasses import replace

    where = replace(where, url="ws://no-such-host.invalid/v1", label="no-such-host.invalid · m")
    async with Client(where) as client:
        end = await client.end()
    assert "no-such-host.invalid cannot be resolved" in end.reason


async def test_tls_where_there_is_none() -> None:
    async with raw_service(lambda head: b"") as port:
        began_s = time.monotonic()
        async with Client(endpoint(port, "wss")) as client:
            # The service waits for the end of a request's head: it gets a TLS hello instead.
            await asyncio.sleep(0)
            client.session.intend(Say("x"))
            await client.session.close()
            end = await client.end()
        assert time.monotonic() - began_s < 5
    assert end.asked


async def test_a_certificate_nobody_trusts(tmp_path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*self_signed(tmp_path))
    async with service(quiet, ssl=context) as port, Client(endpoint(port, "wss")) as client:
        end = await client.end()
    assert "certificate of 127.0.0.1" in end.reason
    assert not end.fatal


def self_signed(folder) -> tuple[str, str]:
    import subprocess

    key, cert = folder / "key.pem", folder / "cert.pem"
    subprocess.run(
        [
            "openssl",
            "req",
            "-x509",
            "-newkey",
            "ec",
            "-pkeyopt",
            "ec_paramgen_curve:prime256v1",
            "-nodes",
            "-keyout",
            key,
            "-out",
            cert,
            "-days",
            "2",
            "-subj",
            "/CN=localhost",
        ],
        check=True,
        capture_output=True,
    )
    return str(cert), str(key)


async def test_a_proxy_that_refuses(monkeypatch) -> None:
    async with raw_service(lambda head: http("407 Proxy Authentication Required", "")) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        from dataclasses import replace

        where = replace(endpoint(1), url="wss://service.invalid/v1", label="service.invalid · m")
        async with Client(where) as client:
            end = await client.end()
    assert "proxy would not connect" in end.reason
    assert "407" in end.reason


async def test_a_proxy_does_not_stand_before_this_machine(monkeypatch) -> None:
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "http_proxy", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    async with service(quiet) as port, Client(endpoint(port)) as client:
        await client.until(SessionStarted)


async def test_hanging_up_while_connecting_is_quick() -> None:
    async with raw_service(lambda head: None) as port, Client(endpoint(port)) as client:
        await asyncio.sleep(0.05)
        began_s = time.monotonic()
        await client.session.close()
        assert await client.end() == SessionEnded("Closed.", asked=True)
        assert time.monotonic() - began_s < 1.0


async def test_a_service_that_never_answers(monkeypatch) -> None:
    monkeypatch.setattr("tui.sessions.dialing.OPEN_WITHIN_S", 0.3)
    async with raw_service(lambda head: None) as port, Client(endpoint(port)) as client:
        end = await client.end()
    assert "did not answer within" in end.reason


async def test_cancelling_a_running_session_ends_it_as_asked() -> None:
    async with service(quiet) as port, Client(endpoint(port)) as client:
        await client.until(SessionStarted)
        client.task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await client.end()
        assert client.events[-1] == SessionEnded("Closed.", asked=True)


# -------------------------------------------------------------------- a socket that does not move


async def test_a_stalled_socket_stops_neither_receiving_nor_hanging_up() -> None:
    moves = asyncio.Event()

    async def script(line: Line) -> None:
        await line.open()
        line.connection.transport.pause_reading()  # the client's sends fill up
        for number in range(20):
            await line.tell("response.created", response={"id": f"r{number}"})
            await asyncio.sleep(0.01)
        await moves.wait()

    async with service(script) as port, Client(endpoint(port)) as client:
        await client.until(SessionStarted)
        for _ in range(400):
            client.session.intend(SendAudio(bytes(48_000)))  # 25 MB of base64
        from tui.sessions.events import ResponseStarted

        await client.until(ResponseStarted, 20)
        began_s = time.monotonic()
        await client.session.close()
        assert time.monotonic() - began_s < 2.5
        moves.set()


async def test_old_audio_is_dropped_by_rule_and_everything_else_is_kept() -> None:
    """Sent through a clock of the test: three seconds pass at once."""
    now_s = 0.0
    outgoing = Outgoing(lambda: now_s)
    outgoing.put({"type": "input_audio_buffer.append", "audio": "old"})
    outgoing.put({"type": "conversation.item.create"})
    outgoing.put({"type": "input_audio_buffer.append", "audio": "old"})
    now_s = 2.0
    outgoing.put({"type": "input_audio_buffer.append", "audio": "young"})
    now_s = OLDEST_AUDIO_S + 1.0
    outgoing.put({"type": "input_audio_buffer.commit"})
    left = [await outgoing.get() for _ in range(len(outgoing) - 2)]
    assert [message.get("audio", message["type"]) for message in left] == [
        "conversation.item.create",
        "young",
        "input_audio_buffer.commit",
    ]
    assert outgoing.dropped == 2
    waiting = asyncio.ensure_future(outgoing.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    outgoing.put({"type": "x"})
    assert await asyncio.wait_for(waiting, 1) == {"type": "x"}


async def test_audio_dropped_in_a_stall_is_said_when_the_connection_moves_again() -> None:
    now_s = 1000.0
    heard: list[dict] = []
    moves = asyncio.Event()

    async def script(line: Line) -> None:
        await line.open()
        line.connection.transport.pause_reading()
        await moves.wait()
        line.connection.transport.resume_reading()
        while True:
            heard.append(json.loads(await line.connection.recv()))

    async with service(script) as port, Client(endpoint(port), clock=lambda: now_s) as client:
        await client.until(SessionStarted)
        for _ in range(400):
            client.session.intend(SendAudio(bytes(48_000)))
        client.session.intend(Say("kept"))
        await asyncio.sleep(0.2)  # the socket's buffers fill
        now_s += 10.0
        client.session.intend(SendAudio(bytes(480)))
        moves.set()
        notice = await client.until(Notice)
        assert notice == Notice(STALLED, "warning")
        async with asyncio.timeout(10):
            while not any(message["type"] == "response.create" for message in heard):
                await asyncio.sleep(0.01)
    assert client.session.dropped_audio > 100
    types = [message["type"] for message in heard]
    assert types.count("conversation.item.create") == 1
    assert len(client.all(Notice)) == 1


async def test_the_wire_log_holds_neither_sound_nor_key() -> None:
    log: list[tuple[str, str, str]] = []
    sound = bytes(range(256)) * 10

    async def script(line: Line) -> None:
        await line.open()
        await line.hear("input_audio_buffer.append")
        await line.tell("response.created", response={"id": "r1"})
        await line.tell(
            "response.output_audio.delta",
            response_id="r1",
            item_id="a1",
            content_index=0,
            delta=base64.b64encode(sound).decode(),
        )
        await line.connection.wait_closed()

    def keep(way: Way, body: object, kind: str = "", over: str = "") -> None:
        log.append((way, kind, to_line({"body": masked(body)}).decode()))

    async with service(script) as port, Client(endpoint(port), wire_log=keep) as client:
        await client.until(SessionStarted)
        client.session.intend(SendAudio(sound))
        await client.until(AudioDelta)
    whole = " ".join(text for _, _, text in log)
    assert base64.b64encode(sound).decode()[:64] not in whole
    assert "canary" not in whole
    assert whole.count("<2560 bytes of sound>") == 2
    assert {way for way, _, _ in log} == {"sent", "received", "note"}
    assert [kind for way, kind, _ in log if way == "note"] == ["connecting", "closed"]


async def test_a_callback_that_fails_ends_the_run_with_its_error() -> None:
    def fail(event: Event) -> None:
        if isinstance(event, SessionStarted):
            raise RuntimeError("the layer above is broken")

    async with service(quiet) as port:
        client = Client(endpoint(port))
        client.session._on_event = fail
        with pytest.raises(RuntimeError, match="layer above"):
            await asyncio.wait_for(client.session.run(), 10)
