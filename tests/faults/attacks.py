"""Attacks on the memory of a session: by name, what a service sends."""

from __future__ import annotations

import base64
import gzip
import json
import os
import zlib
from collections.abc import Callable
from typing import Any, Final

from tests.faults.attackers import Attack, Peer, chat_answer, frame_head, response_answer, sse

MB: Final = 1 << 20
FLOOD: Final = int(os.environ.get("VOICETUI_FLOOD", "5000"))
"""Tiny events in one flood; `make faults` has a million."""
EVENTS: Final = "Content-Type: text/event-stream"

# -------------------------------------------------------------------- over a WebSocket


def event(kind: str, **fields: Any) -> bytes:
    return json.dumps({"type": kind, **fields}).encode()


def audio(**fields: Any) -> bytes:
    return event("response.output_audio.delta", response_id="q", item_id="i", **fields)


OVER: Final = event("response.done", response={"id": "q", "status": "completed"})
"""The end of what the attacks belong to."""


def frames(*payloads: bytes, first: int = 0x81) -> Attack:
    async def attack(peer: Peer) -> None:
        for payload in payloads:
            await peer.frame(payload, first=first)

    return attack


def flood(make: Callable[[int], bytes]) -> Attack:
    """A million tiny events."""

    async def attack(peer: Peer) -> None:
        for start in range(0, FLOOD, 5000):
            made = [make(number) for number in range(start, min(FLOOD, start + 5000))]
            await peer.send(b"".join(frame_head(len(data)) + data for data in made))
        await peer.frame(OVER)

    return attack


async def bomb_nobody_asked_for(peer: Peer) -> None:
    """A compressed frame (permessage-deflate) on a connection without compression."""
    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    data = press.compress(event("x", a="A" * 64 * MB)) + press.flush(zlib.Z_SYNC_FLUSH)
    await peer.frame(data[:-4], first=0xC1)


async def fragments(peer: Peer) -> None:
    await peer.send(bytes([1, 0]) + bytes([0, 0]) * 200_000 + bytes([0x80, 0]))


async def pings(peer: Peer) -> None:
    """Pongs are never read."""
    await peer.send((bytes([0x89, 125]) + b"x" * 125) * min(20 * FLOOD, 10**6))


DEEP: Final = (b'{"type":"x","a":' + b"[" * 10**6, b"[" * 10**6 + b"]" * 10**6, b'{"a":' * 10**6)

REALTIME: Final[dict[str, Attack]] = {
    "a frame of 32 MB": frames(audio(delta="A" * (32 * MB - 200))),
    "a frame just small enough": frames(audio(delta="A" * (8 * MB - 200)), OVER),
    "lists of lists": frames(b'{"type":"x","a":[' + b"[]," * (2 * MB) + b"[]]}"),
    "a million levels": frames(*DEEP),
    "a compressed bomb": bomb_nobody_asked_for,
    "endless fragments": fragments,
    "pings": pings,
    "items": flood(lambda n: event("conversation.item.added", item={"id": f"i{n}"})),
    "user items": flood(
        lambda n: event("conversation.item.added", item={"id": f"u{n}", "role": "user"})
    ),
    "letters": flood(
        lambda n: event("response.output_text.delta", response_id="q", item_id="t", delta="x")
    ),
    "responses": flood(lambda n: event("response.created", response={"id": f"r{n}"})),
    "early transcripts": flood(
        lambda n: event(
            "conversation.item.input_audio_transcription.delta", item_id=f"t{n}", delta="x"
        )
    ),
    "calls": flood(
        lambda n: event(
            "response.function_call_arguments.done",
            response_id="q",
            item_id=f"f{n}",
            call_id=f"c{n}",
            name="f",
            arguments="{}",
        )
    ),
    "parts": flood(lambda n: audio(content_index=n, delta="AAAA")),
    "errors": flood(lambda n: event("error", error={"message": f"m{n}"})),
    "unknown events": flood(lambda n: event(f"x{n}")),
}

# -------------------------------------------------------------------- over HTTP


def answers(body: bytes, *headers: str) -> Attack:
    async def attack(peer: Peer) -> None:
        await peer.answer(body, *(headers or (EVENTS,)))

    return attack


def endless(first: bytes, more: bytes, *headers: str, status: str = "200 OK") -> Attack:
    """A body of 200 MB."""

    async def attack(peer: Peer) -> None:
        await peer.begin(*headers, status=status)
        await peer.send(first)
        for _ in range(200 * MB // len(more)):
            await peer.send(more)

    return attack


def stream(make: Callable[[int], bytes], end: bytes) -> Attack:
    """A million tiny events, and then a good end."""

    async def attack(peer: Peer) -> None:
        await peer.begin(EVENTS)
        for start in range(0, FLOOD, 5000):
            await peer.send(b"".join(map(make, range(start, min(FLOOD, start + 5000)))))
        await peer.send(end)

    return attack


def item(number: int) -> bytes:
    call = {"type": "function_call", "call_id": f"c{number}", "name": "f", "arguments": "{}"}
    return sse({"type": "response.output_item.done", "item": call})


def chunk(delta: dict[str, Any]) -> bytes:
    return sse({"choices": [{"index": 0, "delta": delta}]})


def call(number: int) -> bytes:
    function = {"name": "f", "arguments": "{}"}
    return chunk({"tool_calls": [{"index": number, "id": f"c{number}", "function": function}]})


LISTS: Final = b'data: {"type":"x","a":[' + b"[]," * (2 * MB) + b"[]]}\n\n"

RESPONSES: Final[dict[str, Attack]] = {
    "a line without end": endless(b"data: ", b"A" * MB, EVENTS),
    "a body without end": endless(b'{"a":"', b"A" * MB),
    "an error without end": endless(b'{"a":"', b"A" * MB, status="500 Oh"),
    "lines without an event": endless(b"", b"data:\n" * 100_000, EVENTS),
    "lists of lists": answers(LISTS),
    "a million levels": answers(b"data: " + b"[" * 10**6 + b"]" * 10**6 + b"\n\n"),
    "a compressed bomb": answers(
        gzip.compress(b"data: " + b"A" * 200 * MB), EVENTS, "Content-Encoding: gzip"
    ),
    "letters": stream(
        lambda n: sse({"type": "response.output_text.delta", "delta": "x"}), response_answer()
    ),
    "calls": stream(item, response_answer()),
    "empty events": stream(lambda n: b"data: {}\n\n", response_answer()),
}

SECOND: Final = base64.b64encode(bytes(range(1, 241)) * 200).decode()
"""Of sound."""
SECONDS: Final = max(900, FLOOD // 50)
TEN_FRAMES: Final = SECOND[:28]


def sound_over_socket(delta: str, count: int) -> Attack:
    """One answer, sound without end."""
    message = audio(content_index=0, delta=delta)
    head = event("response.created", response={"id": "q"})

    async def attack(peer: Peer) -> None:
        await peer.frame(head)
        piece = frame_head(len(message)) + message
        at_once = max(1, MB // len(piece))
        for start in range(0, count, at_once):
            await peer.send(piece * min(at_once, count - start))
        await peer.frame(OVER)

    return attack


def sound_over_http(data: str, count: int) -> Attack:
    async def attack(peer: Peer) -> None:
        await peer.begin(EVENTS)
        piece = chunk({"audio": {"data": data}})
        at_once = max(1, MB // len(piece))
        for start in range(0, count, at_once):
            await peer.send(piece * min(at_once, count - start))
        await peer.send(chat_answer())

    return attack


ENDLESS_SOUND: Final[dict[tuple[str, str], Attack]] = {
    ("realtime", "seconds"): sound_over_socket(SECOND, SECONDS),
    ("realtime", "tiny pieces"): sound_over_socket(TEN_FRAMES, FLOOD),
    ("audio", "seconds"): sound_over_http(SECOND, SECONDS),
    ("audio", "tiny pieces"): sound_over_http(TEN_FRAMES, FLOOD),
}

AUDIO: Final[dict[str, Attack]] = {
    "calls": stream(call, chat_answer()),
    "sounds": stream(lambda n: chunk({"audio": {"data": "AAAA"}}), chat_answer()),
    "letters": stream(lambda n: chunk({"content": "x"}), chat_answer()),
}
