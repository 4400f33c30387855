"""A Realtime service reduced to what the benchmarks need, in a process of its own.

It prints its port.  The query of the URL says what a connection gets:

    seconds=8       length of each answer, a counter signal
    speed=4         times real time at which the answer is sent
    delta_ms=200    sound in each delta
    stall_after_ms=0, stall_ms=0      after so much sound of an answer, send nothing for so long
    interrupt_from_ms=0, interrupt_to_ms=0, seed=1
                    the user "speaks" that long after the first delta (evenly spread)

Microphone sound is written to the file named on the command line, with the time it arrived.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection, serve

from tests.rig.signal import RATE_HZ, counter_pcm

WORDS = ("one ", "two ", "three ", "four ", "five ")


@dataclass(frozen=True, slots=True)
class Answers:
    """How a connection's answers are sent; the fields are those of the URL's query."""

    seconds: float = 8.0
    speed: float = 4.0
    delta_ms: float = 200.0
    stall_after_ms: float = 0.0
    stall_ms: float = 0.0
    interrupt_from_ms: float = 0.0
    interrupt_to_ms: float = 0.0
    seed: float = 1.0


class Connection:
    """One client."""

    def __init__(self, socket: ServerConnection, answers: Answers, microphone: TextIO) -> None:
        self._socket = socket
        self._answers = answers
        self._microphone = microphone
        self._random = random.Random(answers.seed)
        self._events = 0
        self._responses = 0
        self._answering: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Serve until the client goes."""
        await self._send("session.created", session={"type": "realtime", "model": "bench"})
        async for frame in self._socket:
            arrived_s = time.monotonic()
            event = json.loads(frame)
            if event["type"] == "input_audio_buffer.append":
                line = json.dumps({"arrived_s": arrived_s, "audio": event["audio"]})
                self._microphone.write(line + "\n")
            elif event["type"] == "response.create":
                self._responses += 1
                self._answering = asyncio.create_task(self._answer(f"item_{self._responses}"))
        if self._answering is not None:
            self._answering.cancel()

    async def _answer(self, item_id: str) -> None:
        place = {"item_id": item_id, "output_index": 0, "content_index": 0}
        place["response_id"] = f"resp_{self._responses}"
        response = {"id": place["response_id"], "object": "realtime.response"}
        await self._send("response.created", response=response | {"status": "in_progress"})
        item = {"id": item_id, "type": "message", "role": "assistant"}
        await self._send("response.output_item.added", output_index=0, item=item)
        interrupt = self._interruption()
        status = "completed"
        async for number, delta in self._paced_deltas():
            if interrupt is not None and interrupt.done():
                status = "cancelled"
                break
            await self._send("response.output_audio.delta", **place, delta=delta)
            text = WORDS[number % len(WORDS)]
            await self._send("response.output_audio_transcript.delta", **place, delta=text)
        if status == "completed":
            await self._send("response.output_audio.done", **place)
        if interrupt is not None:
            await interrupt
        await self._send("response.done", response=response | {"status": status})

    async def _paced_deltas(self) -> AsyncIterator[tuple[int, str]]:
        answers = self._answers
        frames = int(answers.seconds * RATE_HZ)
        step = int(answers.delta_ms * RATE_HZ / 1000)
        deltas = [
            base64.b64encode(counter_pcm(start, min(step, frames - start))).decode()
            for start in range(0, frames, step)
        ]
        started_s = time.monotonic()
        stalled_s = 0.0
        for number, delta in enumerate(deltas):
            sent_ms = number * answers.delta_ms
            if answers.stall_ms and not stalled_s and sent_ms >= answers.stall_after_ms:
                stalled_s = answers.stall_ms / 1000
            due_s = started_s + stalled_s + sent_ms / 1000 / answers.speed
            await asyncio.sleep(max(0.0, due_s - time.monotonic()))
            yield number, delta

    def _interruption(self) -> asyncio.Task[None] | None:
        if not self._answers.interrupt_to_ms:
            return None
        delay_ms = self._random.uniform(
            self._answers.interrupt_from_ms, self._answers.interrupt_to_ms
        )

        async def speak() -> None:
            await asyncio.sleep(delay_ms / 1000)
            await self._send("input_audio_buffer.speech_started", audio_start_ms=0, item_id="user")

        return asyncio.create_task(speak())

    async def _send(self, kind: str, **fields: Any) -> None:
        self._events += 1
        event = {"type": kind, "event_id": f"event_{self._events}", **fields}
        await self._socket.send(json.dumps(event))


async def main() -> None:
    with Path(sys.argv[1]).open("w", buffering=1) as microphone:

        async def connected(socket: ServerConnection) -> None:
            path = socket.request.path if socket.request is not None else ""
            query = {key: float(value) for key, value in parse_qsl(urlsplit(path).query)}
            await Connection(socket, Answers(**query), microphone).run()

        async with serve(connected, "127.0.0.1", 0, compression=None) as server:
            print(next(iter(server.sockets)).getsockname()[1], flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
