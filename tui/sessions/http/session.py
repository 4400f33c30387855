"""A session over HTTP: does the requests a machine asks for, decides nothing.

The same object as `WebsocketSession` (tui/sessions/websocket.py): `run`, `intend`, `close`.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Final, Protocol

from tui.sessions.events import Close, Event, Intent, SendAudio, SessionEnded
from tui.sessions.http.desk import Abandon, Output, Part, Request
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.realtime.message import Message
from tui.sessions.sent import Sent

log = logging.getLogger(__name__)

CLOSE_WITHIN_S: Final = 1.0
_LAST: Final = frozenset({"runs.cancel"})
"""Requests that are worth waiting for when the session has ended."""


class Machine(Protocol):
    """A sans-IO protocol machine."""

    def opened(self, now_s: float) -> Sequence[Output]: ...
    def intend(self, intent: Intent, now_s: float) -> Sequence[Output]: ...
    def arrived(self, number: int, part: Part, now_s: float) -> Sequence[Output]: ...
    def done(self, number: int, trouble: Trouble | None, now_s: float) -> Sequence[Output]: ...
    def failed(self, end: SessionEnded, now_s: float) -> Sequence[Output]: ...
    def tick(self, now_s: float) -> Sequence[Output]: ...
    @property
    def deadline_s(self) -> float | None: ...
    @property
    def finished(self) -> bool: ...


class Wire(Protocol):
    """Does named operations: tui/sessions/http/client.py."""

    async def load(self) -> None: ...
    async def close(self) -> None: ...
    def doubt(self) -> None: ...
    def run(self, name: str, body: Message) -> AsyncIterator[Part]: ...


class HttpSession:
    """Runs a machine over HTTP requests."""

    def __init__(
        self,
        wire: Wire,
        machine: Machine,
        on_event: Callable[[Event], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        sent: Sent | None = None,
    ) -> None:
        self._wire = wire
        self._machine = machine
        self._on_event = on_event
        self._clock = clock
        self._sent = sent or Sent()
        self._requests: dict[int, tuple[str, asyncio.Task[None]]] = {}
        self._doubted: set[int] = set()
        self._outputs: deque[Output] = deque()
        self._passing = False
        self._ready = False
        self._finished = asyncio.Event()
        self._ended = asyncio.Event()
        self._end: SessionEnded | None = None
        self._timer: asyncio.TimerHandle | None = None

    def intend(self, intent: Intent) -> None:
        """Pass an intent to the machine.  Call on the session's loop."""
        if isinstance(intent, SendAudio):
            self._sent.pcm(intent.pcm, self._clock())
        self._act(self._machine.intend(intent, self._clock()))

    def probe(self) -> None:
        """The computer has slept: what was being asked goes to a connection that is dead."""
        if not self._ready:
            return
        self._wire.doubt()
        self._doubted.update(self._requests)
        for _, task in list(self._requests.values()):
            task.cancel()

    async def close(self) -> None:
        """End the session and wait until it has ended."""
        self.intend(Close())
        try:
            await asyncio.wait_for(self._ended.wait(), CLOSE_WITHIN_S + 1.0)
        except TimeoutError:
            pass  # run() was never called, or hangs in a library: its events are out

    async def run(self) -> SessionEnded:
        """Run until the end, which is returned."""
        try:
            if not self._machine.finished:
                await self._wire.load()
                self._ready = True
                self._act(self._machine.opened(self._clock()))
                await self._finished.wait()
        except asyncio.CancelledError:
            self.intend(Close())
            raise
        finally:
            self._act(self._machine.failed(SessionEnded("The session broke off."), self._clock()))
            await self._tidy()
            self._ended.set()
        assert self._end is not None, "the machine must end"
        return self._end

    async def _tidy(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        last = [task for name, task in self._requests.values() if name in _LAST]
        for name, task in list(self._requests.values()):
            if name not in _LAST:
                task.cancel()
        if last:
            await asyncio.wait(last, timeout=CLOSE_WITHIN_S)
        tasks = [task for _, task in self._requests.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._wire.close()

    def _act(self, outputs: Sequence[Output]) -> None:
        """Do what the machine wants, in order, also when an event leads to an intent at once."""
        self._outputs.extend(outputs)
        if self._passing:
            return
        self._passing = True
        try:
            while self._outputs:
                self._do(self._outputs.popleft())
        finally:
            self._passing = False
        if self._machine.finished:
            self._finished.set()
        self._set_timer()

    def _do(self, output: Output) -> None:
        if isinstance(output, Request):
            if self._ready:
                task = asyncio.create_task(self._request(output))
                self._requests[output.number] = (output.operation, task)
        elif isinstance(output, Abandon):
            name_and_task = self._requests.get(output.number)
            if name_and_task is not None:
                name_and_task[1].cancel()
        else:
            if isinstance(output, SessionEnded):
                self._end = output
            self._on_event(output)

    async def _request(self, request: Request) -> None:
        trouble: Trouble | None = None
        parts = self._wire.run(request.operation, request.body)
        try:
            async for part in parts:
                self._act(self._machine.arrived(request.number, part, self._clock()))
        except Refused as refused:
            trouble = refused.trouble
        except asyncio.CancelledError:
            if request.number not in self._doubted:
                raise
            words = "The connection did not outlive the sleep of this computer."
            trouble = Trouble(cause=words, broke=True)
        except Exception as problem:  # a fault of ours must not leave a flow waiting for ever
            log.exception("the request %s failed", request.operation)
            words = f"internal error: {type(problem).__name__} (see the log)"
            trouble = Trouble(cause=words)
        finally:
            self._requests.pop(request.number, None)
            close = getattr(parts, "aclose", None)
            if close is not None:
                await close()
        self._act(self._machine.done(request.number, trouble, self._clock()))

    def _set_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        deadline_s = self._machine.deadline_s
        if deadline_s is not None:
            delay_s = max(0.0, deadline_s - self._clock())
            self._timer = asyncio.get_running_loop().call_later(delay_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._act(self._machine.tick(self._clock()))
