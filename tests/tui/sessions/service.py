"""A service on a real socket that says what a test wants, and misbehaves on request."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from typing import Any

from websockets.asyncio.server import Server, ServerConnection, serve

from tui.sessions.events import Event, PastTurn, SessionEnded
from tui.sessions.options import Endpoint, RealtimeOptions
from tui.sessions.realtime.machine import RealtimeMachine
from tui.sessions.websocket import WebsocketSession

Script = Callable[["Line"], Awaitable[None]]
WITHIN_S = 60.0


class Line:
    """The service's end of one connection."""

    def __init__(self, connection: ServerConnection) -> None:
        self.connection = connection

    async def tell(self, event: str, **fields: Any) -> None:
        """Send an event."""
        await self.connection.send(json.dumps({"type": event, **fields}))

    async def hear(self, event: str) -> dict[str, Any]:
        """The next message of this type; others are passed over."""
        while True:
            message = json.loads(await self.connection.recv())
            if message["type"] == event:
                return message

    async def open(self) -> dict[str, Any]:
        """Begin a session as the service does; returns the client's settings."""
        await self.tell("session.created", session={"type": "realtime", "model": "m"})
        update = await self.hear("session.update")
        await self.tell("session.updated", session=update["session"])
        return update

    def reset(self) -> None:
        """Break the connection off with a TCP RST."""
        sock = self.connection.transport.get_extra_info("socket")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.transport.abort()


@contextlib.asynccontextmanager
async def service(script: Script, **options: Any) -> AsyncIterator[int]:
    """Serve the script; gives the port."""

    async def talk(connection: ServerConnection) -> None:
        await script(Line(connection))

    server: Server
    async with serve(
        talk, "127.0.0.1", 0, compression=None, close_timeout=0.5, **options
    ) as server:
        yield next(iter(server.sockets)).getsockname()[1]


@contextlib.asynccontextmanager
async def raw_service(answer: Callable[[bytes], bytes | None]) -> AsyncIterator[int]:
    """A plain TCP service: gets the request's head, returns what to answer, then closes.

    None: never answers.
    """

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            head = await reader.readuntil(b"\r\n\r\n")
            reply = answer(head)
            if reply is None:
                await reader.read()
            else:
                writer.write(reply)
                await writer.drain()
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


def endpoint(port: int, scheme: str = "ws") -> Endpoint:
    """An endpoint on this machine."""
    return Endpoint(
        url=f"{scheme}://127.0.0.1:{port}/v1/realtime?model=m",
        headers={"Authorization": "Bearer sk-canary-123456"},
        dialect="ga",
        service="compatible",
        label=f"127.0.0.1:{port} · m",
    )


class Client:
    """A session with everything it told."""

    def __init__(
        self,
        where: Endpoint,
        options: RealtimeOptions | None = None,
        *,
        replay: Sequence[PastTurn] = (),
        continuing: bool = False,
        **more: Any,
    ) -> None:
        self.events: list[Event] = []
        self.machine = RealtimeMachine(
            options or RealtimeOptions("m"), where.dialect, replay=replay, continuing=continuing
        )
        self._news = asyncio.Event()
        self.session = WebsocketSession(where, self.machine, self._keep, **more)
        self.task: asyncio.Task[SessionEnded] | None = None

    def _keep(self, event: Event) -> None:
        self.events.append(event)
        self._news.set()

    async def __aenter__(self) -> Client:
        self.task = asyncio.create_task(self.session.run())
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self.task is not None
        await self.session.close()
        await asyncio.wait_for(asyncio.gather(self.task, return_exceptions=True), WITHIN_S)

    def all(self, kind: type[Any]) -> list[Any]:
        """All events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, kind: type[Any], count: int = 1) -> Any:
        """The `count`-th event of a kind."""

        async def wait() -> None:
            while len(self.all(kind)) < count:
                self._news.clear()
                await self._news.wait()

        await asyncio.wait_for(wait(), WITHIN_S)
        return self.all(kind)[count - 1]

    async def end(self) -> SessionEnded:
        """The session's end, by itself."""
        assert self.task is not None
        return await asyncio.wait_for(asyncio.shield(self.task), WITHIN_S)
