"""Services that answer honestly, and a question that says "Attack 3." with the third attack."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
import re
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.faults.attacked import HONEST

Attack = Callable[["Peer"], Awaitable[None]]
AT_ONCE_BYTES = 1 << 20


class Peer:
    """The service's end of a connection: bytes as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self._writer = writer

    async def send(self, data: bytes) -> None:
        """Bytes, as fast as they are taken."""
        for start in range(0, len(data), AT_ONCE_BYTES):
            self._writer.write(data[start : start + AT_ONCE_BYTES])
            await self._writer.drain()

    async def request(self) -> tuple[bytes, bytes]:
        """The next request's head and body."""
        head = await self.reader.readuntil(b"\r\n\r\n")
        size = head.lower().partition(b"content-length:")[2].partition(b"\r")[0]
        return head, await self.reader.readexactly(int(size or 0))

    # ------------------------------------------------------------ WebSocket

    async def frame(self, payload: bytes, *, first: int = 0x81) -> None:
        """One frame of ours; `first`: FIN, reserved bits and opcode."""
        await self.send(frame_head(len(payload), first) + payload)

    async def event(self, event: str, **fields: Any) -> None:
        """An event of the Realtime protocol."""
        await self.frame(json.dumps({"type": event, **fields}).encode())

    async def hear(self) -> dict[str, Any]:
        """The next message of the client; anything but text is passed over."""
        while True:
            first, second = await self.reader.readexactly(2)
            size = second & 127
            if size > 125:
                form = ">H" if size == 126 else ">Q"
                width = struct.calcsize(form)
                (size,) = struct.unpack(form, await self.reader.readexactly(width))
            mask = await self.reader.readexactly(4)
            data = await self.reader.readexactly(size)
            if first & 15 == 1:
                plain = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
                message: dict[str, Any] = json.loads(plain)
                return message

    async def until(self, event: str) -> dict[str, Any]:
        """The client's next message of this type."""
        while (message := await self.hear())["type"] != event:
            pass
        return message

    # ------------------------------------------------------------ HTTP

    async def answer(self, body: bytes, *headers: str, status: str = "200 OK") -> None:
        """A whole HTTP answer."""
        await self.begin(f"Content-Length: {len(body)}", *headers, status=status)
        await self.send(body)

    async def begin(self, *headers: str, status: str = "200 OK") -> None:
        """The head of one; what follows is sent by the caller."""
        lines = [f"HTTP/1.1 {status}", *headers]
        if not any(header.startswith("Content-Type") for header in headers):
            lines.append("Content-Type: application/json")
        await self.send("\r\n".join([*lines, "", ""]).encode())


def frame_head(size: int, first: int = 0x81) -> bytes:
    """Head of an unmasked frame."""
    if size < 126:
        return bytes([first, size])
    if size < 65536:
        return bytes([first, 126]) + struct.pack(">H", size)
    return bytes([first, 127]) + struct.pack(">Q", size)


@asynccontextmanager
async def listening(talk: Attack) -> AsyncIterator[str]:
    """The base URL of a service that treats every connection so."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await talk(Peer(reader, writer))
        with contextlib.suppress(ConnectionError):
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=1 << 20)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


def wanted(said: bytes, attacks: Sequence[Attack]) -> Attack | None:
    """The attack that the last question in a request asks for."""
    questions = re.findall(rb"Attack (\d+)|And now|Hello", said)
    return attacks[int(questions[-1])] if questions and questions[-1] else None


# -------------------------------------------------------------------- Realtime


def realtime(attacks: Sequence[Attack]) -> Attack:
    """A Realtime service."""

    async def talk(peer: Peer) -> None:
        await _handshake(peer)
        await peer.event("session.created", session={"type": "realtime", "model": "m"})
        update = await peer.until("session.update")
        await peer.event("session.updated", session=update["session"])
        number = 0
        while True:
            item = (await peer.until("conversation.item.create"))["item"]
            await peer.event("conversation.item.added", item=item)
            ask = await peer.until("response.create")
            number += 1
            attack = wanted(json.dumps(item).encode(), attacks)
            if attack is not None:
                await attack(peer)
            await say(peer, f"r{number}", ask["response"]["metadata"])

    return talk


async def _handshake(peer: Peer) -> None:
    head, _ = await peer.request()
    key = head.partition(b"Sec-WebSocket-Key: ")[2].partition(b"\r")[0]
    magic = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
    accept = base64.b64encode(hashlib.sha1(key + magic).digest()).decode()
    await peer.send(
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        b"Sec-WebSocket-Accept: " + accept.encode() + b"\r\n\r\n"
    )


async def say(peer: Peer, name: str, metadata: Any) -> None:
    """An honest answer."""
    response = {"id": name, "status": "in_progress", "metadata": metadata}
    await peer.event("response.created", response=response)
    fields = {"response_id": name, "item_id": f"a-{name}", "content_index": 0}
    await peer.event("response.output_audio.delta", delta="AAAA" * 800, **fields)
    await peer.event("response.output_audio_transcript.done", transcript=HONEST, **fields)
    await peer.event("response.done", response={"id": name, "status": "completed"})


# -------------------------------------------------------------------- HTTP


def responses(attacks: Sequence[Attack], *, sound: bool = False) -> Attack:
    """A Responses service; `sound`: one for audio chat."""

    async def talk(peer: Peer) -> None:
        while True:
            head, body = await peer.request()
            if b"/conversations" in head.partition(b"\r\n")[0]:
                found = {"object": "list", "data": [], "has_more": False}
                answer = {"id": "conv_1", "object": "conversation", "created_at": 1}
                await peer.answer(json.dumps(found if b"/items" in head else answer).encode())
                continue
            attack = wanted(body, attacks)
            if attack is not None:
                await attack(peer)
                return
            events = chat_answer() if sound else response_answer()
            await peer.answer(events, "Content-Type: text/event-stream")

    return talk


def sse(data: dict[str, Any]) -> bytes:
    """One event of a stream."""
    name = f"event: {data['type']}\n" if "type" in data else ""
    return f"{name}data: {json.dumps(data)}\n\n".encode()


def response_answer() -> bytes:
    """An honest stream of Responses."""
    delta = {"type": "response.output_text.delta", "delta": HONEST}
    done = {"type": "response.completed", "response": {"id": "r", "output": []}}
    return sse(delta) + sse(done)


def chat_answer() -> bytes:
    """An honest stream of Chat Completions."""
    said = {"audio": {"id": "audio_1", "transcript": HONEST, "data": "AAAA" * 800}}
    chunks: list[dict[str, Any]] = [
        {"choices": [{"index": 0, "delta": said}]},
        {"choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    ]
    return b"".join(map(sse, chunks)) + b"data: [DONE]\n\n"
