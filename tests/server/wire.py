"""The official client's connection, with every event of the server checked."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import numpy as np
from openai import AsyncOpenAI
from openai.types import realtime as ga_types
from openai.types.beta import realtime as beta_types
from pydantic import TypeAdapter, ValidationError

from tests.server.contract import ServerContract
from tests.server.process import websocket_url

Event = dict[str, Any]
TIMEOUT_S = 30

_GA = TypeAdapter(ga_types.RealtimeServerEvent)
_BETA = TypeAdapter(beta_types.RealtimeServerEvent)


class Wire:
    """One session; `seen` holds every event that has come."""

    def __init__(self, connection: Any, *, beta: bool) -> None:
        self.connection = connection
        self.beta = beta
        self.seen: list[Event] = []
        self._contract = ServerContract(beta=beta)

    async def send(self, kind: str, **fields: Any) -> None:
        await self.connection.send({"type": kind, **fields})

    async def receive(self, timeout_s: float = TIMEOUT_S) -> Event:
        data = await asyncio.wait_for(self.connection.recv_bytes(), timeout_s)
        event: Event = json.loads(data)
        self.check(event)
        self.seen.append(event)
        return event

    def check(self, event: Event) -> None:
        """Against the schemas and against the official client's own types."""
        self._contract.check(event)
        try:
            (_BETA if self.beta else _GA).validate_python(event)
        except ValidationError as error:
            raise AssertionError(f"the client's types refuse {event}: {error}") from error

    async def until(
        self, kind: str | Callable[[Event], bool], timeout_s: float = TIMEOUT_S
    ) -> Event:
        """Read on to the next event of this type (or one that fits)."""
        while True:
            event = await self.receive(timeout_s)
            if kind(event) if callable(kind) else event["type"] == kind:
                return event

    async def update(self, **session: Any) -> Event:
        fields = session if self.beta else {"type": "realtime", **session}
        await self.send("session.update", session=fields)
        answer = await self.until(lambda event: event["type"] in ("session.updated", "error"))
        assert answer["type"] == "session.updated", answer
        return answer["session"]  # type: ignore[no-any-return]

    async def say(self, text: str, **response: Any) -> Event:
        """Type something, wait for the answer: response.done's response."""
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        await self.send("conversation.item.create", item=item)
        await self.send("response.create", **({"response": response} if response else {}))
        done = await self.until("response.done")
        return done["response"]  # type: ignore[no-any-return]

    async def append(self, audio: np.ndarray[Any, Any], chunk_ms: int = 40) -> None:
        step = 24 * chunk_ms
        for start in range(0, audio.size, step):
            data = audio[start : start + step].astype("<i2").tobytes()
            await self.send("input_audio_buffer.append", audio=base64.b64encode(data).decode())

    async def refusal(self, kind: str, **fields: Any) -> Event:
        """The `error` that an event is answered with."""
        await self.send(kind, event_id="mine_1", **fields)
        error: Event = (await self.until("error"))["error"]
        assert error["event_id"] == "mine_1"
        return error

    def of(self, *kinds: str) -> list[Event]:
        return [event for event in self.seen if event["type"] in kinds]

    def audio(self, response_id: str) -> bytes:
        kinds = ("response.output_audio.delta", "response.audio.delta")
        deltas = [one for one in self.of(*kinds) if one["response_id"] == response_id]
        return b"".join(base64.b64decode(one["delta"]) for one in deltas)


def spoken_text(response: Event) -> str:
    """What a response of one message says."""
    (item,) = response["output"]
    (part,) = item["content"]
    return part.get("transcript") or part.get("text") or ""


def kinds(events: Sequence[Event]) -> list[str]:
    return [event["type"] for event in events]


@asynccontextmanager
async def connected(
    base_url: str,
    *,
    beta: bool = False,
    model: str = "",
    key: str = "any",
    greet: bool = True,
) -> AsyncIterator[Wire]:
    """An open session whose greeting has been read."""
    client = AsyncOpenAI(api_key=key, base_url=base_url, websocket_base_url=websocket_url(base_url))
    # The beta types know only the beta's model names.
    model = model or ("gpt-4o-realtime-preview" if beta else "gpt-realtime-2.1")
    realtime = client.beta.realtime if beta else client.realtime
    async with client, realtime.connect(model=model) as connection:
        wire = Wire(connection, beta=beta)
        if greet:
            await wire.until("session.created")
        yield wire
