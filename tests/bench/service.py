"""A Realtime service reduced to what the benchmarks need, in a process of its own.

    python -m tests.bench.service LOG [QUERY]

It prints its port.  The query on the command line, overridden by that of the URL, says what a
connection gets:

    seconds=8       length of each answer, a counter signal
    speed=4         times real time at which the answer is sent
    delta_ms=200    sound in each delta
    stall_after_ms=0, stall_ms=0      after so much sound of an answer, send nothing for so long
    interrupt_from_ms=0, interrupt_to_ms=0, seed=1
                    the user "speaks" that long after the first delta (evenly spread)
    turns=0, pause_ms=400
                    so many times the service finds by itself that the user has spoken, and answers

An answer can also be asked for with response.create.  What happens is written to LOG as JSON
lines with CLOCK_MONOTONIC times: the microphone's sound, interruptions, truncations.
"""

from __future__ import annotations

import asyncio
import base64
import json
import random
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, TextIO
from urllib.parse import parse_qsl, urlsplit

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from tests.rig.signal import RATE_HZ, counter_pcm

WORDS = ("one ", "two ", "three ", "four ", "five ")
LONGEST_ANSWER_S = 600
FIRST_TURN_S = 1.0


@dataclass(frozen=True, slots=True)
class Answers:
    """How a connection's answers are sent; the fields are those of the query."""

    seconds: float = 8.0
    speed: float = 4.0
    delta_ms: float = 200.0
    stall_after_ms: float = 0.0
    stall_ms: float = 0.0
    interrupt_from_ms: float = 0.0
    interrupt_to_ms: float = 0.0
    seed: float = 1.0
    turns: float = 0.0
    pause_ms: float = 400.0


def answers_of(*queries: str) -> Answers:
    """Settings from queries, the last one first; keys that are not ours are left alone."""
    ours = {field.name for field in fields(Answers)}
    pairs = [pair for query in queries for pair in parse_qsl(query)]
    return Answers(**{key: float(value) for key, value in pairs if key in ours})


class Connection:
    """One client."""

    def __init__(self, socket: ServerConnection, answers: Answers, log: TextIO) -> None:
        self._socket = socket
        self._answers = answers
        self._log = log
        self._random = random.Random(answers.seed)
        self._events = 0
        self._items = 0
        self._last_item_id: str | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def run(self) -> None:
        """Serve until the client goes."""
        session = {"type": "realtime", "object": "realtime.session", "id": "sess_1"}
        await self._send("session.created", session=session)
        try:
            async for frame in self._socket:
                await self._receive(json.loads(frame), time.monotonic(), session)
        except ConnectionClosed:
            pass  # a client may go as it likes
        for task in self._tasks:
            task.cancel()

    async def _receive(
        self, event: dict[str, Any], arrived_s: float, session: dict[str, Any]
    ) -> None:
        match event["type"]:
            case "input_audio_buffer.append":
                self._note("append", at_s=arrived_s, audio=event["audio"])
            case "session.update":
                await self._send("session.updated", session=event["session"] | session)
                if self._answers.turns and not self._tasks:
                    self._spawn(self._hold_turns())
            case "input_audio_buffer.commit":
                user_id = self._next_item("user")
                previous = self._last_item_id
                await self._send(
                    "input_audio_buffer.committed", item_id=user_id, previous_item_id=previous
                )
                content = [{"type": "input_audio", "transcript": None}]
                await self._send_item(user_id, "user", content)
            case "response.create":
                self._spawn(self._answer(self._next_item("item")))
            case "conversation.item.truncate":
                self._note(
                    "truncate",
                    at_s=arrived_s,
                    item_id=event["item_id"],
                    audio_end_ms=event["audio_end_ms"],
                )
                place = {key: event[key] for key in ("item_id", "content_index", "audio_end_ms")}
                await self._send("conversation.item.truncated", **place)
            case "conversation.item.delete":
                self._note("delete", at_s=arrived_s, item_id=event["item_id"])
                await self._send("conversation.item.deleted", item_id=event["item_id"])

    async def _hold_turns(self) -> None:
        """Find speech, answer it, be interrupted: as a service that detects turns itself."""
        await asyncio.sleep(FIRST_TURN_S)
        interrupted = False
        for _ in range(int(self._answers.turns)):
            user_id = self._next_item("user")
            if not interrupted:
                await self._send("input_audio_buffer.speech_started", **self._speech(user_id))
            end = {"audio_end_ms": 100, "item_id": user_id}
            await self._send("input_audio_buffer.speech_stopped", **end)
            previous = self._last_item_id
            await self._send(
                "input_audio_buffer.committed", item_id=user_id, previous_item_id=previous
            )
            content = [{"type": "input_audio", "transcript": None}]
            await self._send_item(user_id, "user", content)
            item_id = self._next_item("item")
            interrupted = await self._answer(item_id)
            pause_s = self._answers.pause_ms / 1000
            if not interrupted:
                pause_s += self._answers.seconds * (1 - 1 / self._answers.speed)
            await asyncio.sleep(pause_s)
        self._note("turns over", at_s=time.monotonic())

    async def _answer(self, item_id: str) -> bool:
        """Send one answer; whether it was interrupted."""
        response: dict[str, Any] = {
            "id": f"resp_{item_id}",
            "object": "realtime.response",
            "output": [],
            "usage": None,
        }
        place = {"response_id": response["id"], "output_index": 0, "item_id": item_id}
        part = {**place, "content_index": 0}
        await self._send("response.created", response=response | {"status": "in_progress"})
        item = {"id": item_id, "object": "realtime.item", "type": "message", "role": "assistant"}
        item |= {"status": "in_progress", "content": []}  # type: ignore[dict-item]
        await self._send(
            "response.output_item.added",
            response_id=response["id"],
            output_index=0,
            item=item,
        )
        await self._send_item(item_id, "assistant", [])
        await self._send(
            "response.content_part.added", **part, part={"type": "audio", "transcript": ""}
        )
        interrupt: asyncio.Task[None] | None = None
        status = "completed"
        async for number, delta in self._paced_deltas():
            if interrupt is not None and interrupt.done():
                status = "cancelled"
                break
            if number == 0:
                interrupt = self._interruption(item_id)
                self._note("first_delta", at_s=time.monotonic(), item_id=item_id)
            await self._send("response.output_audio.delta", **part, delta=delta)
            text = WORDS[number % len(WORDS)]
            await self._send("response.output_audio_transcript.delta", **part, delta=text)
        if status == "completed":
            self._note("answered", at_s=time.monotonic(), item_id=item_id)
            await self._send("response.output_audio.done", **part)
            transcript = "".join(WORDS)
            await self._send("response.output_audio_transcript.done", **part, transcript=transcript)
        if interrupt is not None:
            await interrupt
        await self._send(
            "response.output_item.done",
            response_id=response["id"],
            output_index=0,
            item=item | {"status": "completed" if status == "completed" else "incomplete"},
        )
        details = {"type": "cancelled", "reason": "turn_detected"}
        response |= {"status": status} | ({} if interrupt is None else {"status_details": details})
        await self._send("response.done", response=response)
        return interrupt is not None

    async def _paced_deltas(self) -> AsyncIterator[tuple[int, str]]:
        answers = self._answers
        frames = int(min(answers.seconds, LONGEST_ANSWER_S) * RATE_HZ)
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

    def _interruption(self, item_id: str) -> asyncio.Task[None] | None:
        if not self._answers.interrupt_to_ms:
            return None
        delay_ms = self._random.uniform(
            self._answers.interrupt_from_ms, self._answers.interrupt_to_ms
        )

        async def speak() -> None:
            await asyncio.sleep(delay_ms / 1000)
            self._note("interrupted", at_s=time.monotonic(), item_id=item_id)
            user_id = f"user_{self._items + 1}"  # the next turn's
            await self._send("input_audio_buffer.speech_started", **self._speech(user_id))

        return asyncio.create_task(speak())

    def _speech(self, user_id: str) -> dict[str, Any]:
        return {"audio_start_ms": 0, "item_id": user_id}

    def _next_item(self, kind: str) -> str:
        self._items += 1
        return f"{kind}_{self._items}"

    async def _send_item(self, item_id: str, role: str, content: list[dict[str, Any]]) -> None:
        item = {"id": item_id, "object": "realtime.item", "type": "message", "role": role}
        for event, status in (("added", "in_progress"), ("done", "completed")):
            if event == "done" and role == "assistant":
                break
            await self._send(
                f"conversation.item.{event}",
                previous_item_id=self._last_item_id,
                item=item | {"status": status, "content": content},
            )
        self._last_item_id = item_id

    async def _send(self, kind: str, **fields: Any) -> None:
        self._events += 1
        event = {"type": kind, "event_id": f"event_{self._events}", **fields}
        await self._socket.send(json.dumps(event))

    def _note(self, event: str, **fields: Any) -> None:
        self._log.write(json.dumps({"event": event, **fields}) + "\n")

    def _spawn(self, work: Any) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if task.cancelled():
            return
        error = task.exception()
        if error is not None and not isinstance(error, ConnectionClosed):
            raise error


async def main() -> None:
    standing = sys.argv[2] if len(sys.argv) > 2 else ""
    with Path(sys.argv[1]).open("w", buffering=1) as log:

        async def connected(socket: ServerConnection) -> None:
            path = socket.request.path if socket.request is not None else ""
            await Connection(socket, answers_of(standing, urlsplit(path).query), log).run()

        async with serve(connected, "127.0.0.1", 0, compression=None) as server:
            print(next(iter(server.sockets)).getsockname()[1], flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
