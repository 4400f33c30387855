"""One Realtime session over one WebSocket: moves bytes and time, decides nothing.

    machine = RealtimeMachine(options, endpoint.dialect, replay=past, continuing=bool(past))
    session = WebsocketSession(endpoint, machine, on_event)
    end = await session.run()       # connects, runs, returns its SessionEnded; never raises for
                                    # network or service trouble; cancel it to stop at once
    session.intend(Say("hello"))    # any time, also before run(): held until the session started
    await session.close()           # asks for the end and waits for it (at most CLOSE_WITHIN_S)
    session.probe()                 # the computer has slept: end soon unless somebody answers
    session.dropped_audio           # microphone messages that became too old to send (a Notice
                                    # says so once the connection moves again)

`on_event` gets every event in order, on this loop; `SessionEnded` is the last, exactly once.
It must return quickly and not raise.  A session is used once: for a reconnect make a new machine
and a new session.  Everything runs on one asyncio loop: from another thread use
`loop.call_soon_threadsafe(session.intend, intent)`.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, Protocol

import msgspec

from tui.masking import public_url
from tui.sessions.dialing import CLOSE_WITHIN_S, close_of, dial
from tui.sessions.events import (
    Close,
    Event,
    Intent,
    LineChanged,
    Notice,
    Output,
    Send,
    SessionEnded,
)
from tui.sessions.options import Endpoint
from tui.sessions.outgoing import APPEND, OLDEST_AUDIO_S, Outgoing
from tui.sessions.pulse import HOLD_AFTER_S, STALLED_AFTER_S, Pulse
from tui.sessions.sent import Sent
from tui.sessions.wire_log import Way, WireLog

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

WATCH_S: Final = 0.1
"""How often the other side's signs of life are looked at."""
LEAST_AUDIO_S: Final = 0.5
"""Of what waits in a stall, so much of the youngest is kept in any case."""
STALLED: Final = (
    "The connection stalled: speech older than three seconds was not sent. Please say it again."
)


_numbers = itertools.count(1)
"""Of connections, for the log of the wire."""


class Machine(Protocol):
    """A sans-IO protocol machine."""

    def opened(self, now_s: float) -> Sequence[Output]: ...
    def receive(self, raw: str | bytes, now_s: float) -> Sequence[Output]: ...
    def intend(self, intent: Intent, now_s: float) -> Sequence[Output]: ...
    def closed(self, code: int, reason: str, now_s: float) -> Sequence[Output]: ...
    def failed(self, end: SessionEnded, now_s: float) -> Sequence[Output]: ...
    def tick(self, now_s: float) -> Sequence[Output]: ...
    @property
    def deadline_s(self) -> float | None: ...
    @property
    def finished(self) -> bool: ...


class WebsocketSession:
    """Runs a machine over a WebSocket.  See the top of this file."""

    def __init__(
        self,
        endpoint: Endpoint,
        machine: Machine,
        on_event: Callable[[Event], None],
        *,
        clock: Callable[[], float] = time.monotonic,
        wire_log: WireLog | None = None,
        sent: Sent | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._machine = machine
        self._on_event = on_event
        self._clock = clock
        self._wire_log = wire_log
        self._line = ""
        self._sent = sent or Sent()
        self._outgoing = Outgoing(clock)
        self._reported = 0
        self._finished = asyncio.Event()
        self._ended = asyncio.Event()
        self._end: SessionEnded | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._due_s = 0.0
        self._pulse: Pulse | None = None
        self._stalled = False
        self._moving = asyncio.Event()
        self._moving.set()
        self._pinging: asyncio.Task[None] | None = None
        self.round_trip_ms: float | None = None
        """As the last ping found it."""

    @property
    def dropped_audio(self) -> int:
        """Microphone messages that became too old to send."""
        return self._outgoing.dropped

    def intend(self, intent: Intent) -> None:
        """Pass an intent to the machine.  Call on the session's loop."""
        self._act(self._machine.intend(intent, self._clock()))

    def probe(self) -> None:
        """Doubt the connection: without an answer within a moment it has ended."""
        if self._pulse is not None:
            self._pulse.probe(self._clock())

    async def close(self) -> None:
        """End the session and wait until it has ended."""
        self.intend(Close())
        try:
            await asyncio.wait_for(self._ended.wait(), CLOSE_WITHIN_S + 1.0)
        except TimeoutError:
            self._act(self._machine.closed(1006, "", self._clock()))

    async def run(self) -> SessionEnded:
        """Connect and run until the end, which is returned."""
        try:
            connection = await self._connect()
            if connection is not None:
                await self._converse(connection)
        finally:
            if self._timer is not None:
                self._timer.cancel()
            self._act(self._machine.closed(1006, "", self._clock()))  # nothing when it ended well
            self._ended.set()
        assert self._end is not None, "the machine must end"
        return self._end

    # ------------------------------------------------------------ inside

    def _log(self, way: Way, body: object, kind: str = "") -> None:
        if self._wire_log is not None:
            self._wire_log(way, body, kind, self._line)

    def _act(self, outputs: Sequence[Output]) -> None:
        """Do what the machine wants."""
        for output in outputs:
            if isinstance(output, Send):
                self._outgoing.put(output.message)
                continue
            if isinstance(output, SessionEnded):
                self._end = output
            self._on_event(output)
        if self._machine.finished:
            self._finished.set()
        deadline_s = self._machine.deadline_s
        if deadline_s is None or (self._timer is not None and self._due_s <= deadline_s):
            return  # a tick too early does nothing but come here again
        if self._timer is not None:
            self._timer.cancel()
        self._due_s = deadline_s
        delay_s = max(0.0, deadline_s - self._clock())
        self._timer = asyncio.get_running_loop().call_later(delay_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._act(self._machine.tick(self._clock()))

    async def _connect(self) -> ClientConnection | None:
        """Open the connection; None when there is none, which the machine has been told."""
        self._line = f"socket {next(_numbers)}"
        self._log("note", public_url(self._endpoint.url), "connecting")
        dialing = asyncio.create_task(dial(self._endpoint, self._on_bytes))
        if not await self._unless_finished(dialing):
            return None
        answer = dialing.result()
        if isinstance(answer, SessionEnded):
            self._log("note", answer.reason, "refused")
            self._act(self._machine.failed(answer, self._clock()))
            return None
        return answer

    async def _unless_finished(self, *tasks: asyncio.Task[Any]) -> bool:
        """Wait for the first task; False when the machine finished before, they end then."""
        finished = asyncio.create_task(self._finished.wait())
        try:
            done, _ = await asyncio.wait((*tasks, finished), return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()  # raises what went wrong in it
            return tasks[0].done()
        except asyncio.CancelledError:
            self.intend(Close())
            raise
        finally:
            for task in (*tasks, finished):
                task.cancel()

    async def _converse(self, connection: ClientConnection) -> None:
        self._act(self._machine.opened(self._clock()))
        self._pulse = Pulse(self._clock())
        writing = asyncio.create_task(self._write(connection))
        reading = asyncio.create_task(self._read(connection))
        watching = asyncio.create_task(self._watch(connection))
        try:
            await self._unless_finished(reading, writing, watching)
        finally:
            if self._pinging is not None:
                self._pinging.cancel()
            await connection.close()
            self._log("note", close_of(connection), "closed")
            self._act(self._machine.closed(*close_of(connection), self._clock()))

    # ------------------------------------------------------------ signs of life

    def _on_bytes(self) -> None:
        if self._pulse is not None:
            self._pulse.heard(self._clock())
            if self._stalled or not self._moving.is_set():
                self._look_at_pulse(self._clock())

    async def _watch(self, connection: ClientConnection) -> None:
        """Ping, and give the connection up when nobody answers any more."""
        pulse = self._pulse
        assert pulse is not None
        while True:
            now_s = self._clock()
            if pulse.ping_due(now_s):
                if self._pinging is not None:
                    self._pinging.cancel()
                self._pinging = asyncio.create_task(self._ping(connection, pulse))
            self._look_at_pulse(now_s)
            if pulse.dead(now_s):
                silent_s = pulse.silent_s(now_s)
                reason = f"The connection is dead: no sign of life for {silent_s:.0f} s."
                connection.transport.abort()
                self._act(self._machine.failed(SessionEnded(reason), now_s))
                return
            await asyncio.sleep(WATCH_S)

    async def _ping(self, connection: ClientConnection, pulse: Pulse) -> None:
        from websockets.exceptions import ConnectionClosed

        try:
            self.round_trip_ms = await (await connection.ping()) * 1000
        except ConnectionClosed:
            return  # the reader sees it too
        pulse.answered(self._clock())

    def _look_at_pulse(self, now_s: float) -> None:
        """Where nothing moves, hold back what is still to be sent; tell a person, once."""
        assert self._pulse is not None
        silent_s = self._pulse.silent_s(now_s)
        if silent_s < HOLD_AFTER_S:
            self._moving.set()
        elif self._moving.is_set():
            self._moving.clear()
            # What is on its way arrives late too: less may follow it.
            on_its_way_s = self._pulse.unheard_s(now_s) + WATCH_S
            self._outgoing.oldest_s = max(LEAST_AUDIO_S, OLDEST_AUDIO_S - on_its_way_s)
        stalled = silent_s >= (HOLD_AFTER_S if self._stalled else STALLED_AFTER_S)
        if stalled != self._stalled:
            self._stalled = stalled
            self._on_event(LineChanged(stalled))

    # ------------------------------------------------------------ messages

    async def _read(self, connection: ClientConnection) -> None:
        from websockets.exceptions import ConnectionClosed

        while True:
            try:
                raw = await connection.recv(decode=False)
            except ConnectionClosed:
                return
            self._log("received", raw)
            self._act(self._machine.receive(raw, self._clock()))

    async def _write(self, connection: ClientConnection) -> None:
        """Sends in a task of its own: a socket that does not move must not stop reading."""
        from websockets.exceptions import ConnectionClosed

        while True:
            await self._moving.wait()
            message = await self._outgoing.get()
            if not self._moving.is_set():
                self._outgoing.put_back(message)
                continue
            if self._pulse is not None:
                self._pulse.sent(self._clock())
            raw = msgspec.json.encode(message)
            self._log("sent", raw)
            try:
                await connection.send(raw, text=True)
            except ConnectionClosed:
                await self._ended.wait()  # the reader sees it too and ends the session
            if message.get("type") == APPEND:
                self._sent.base64(str(message.get("audio")), self._outgoing.taken_s)
            if self._outgoing.dropped > self._reported:
                self._sent.dropped += self._outgoing.dropped - self._reported
                self._reported = self._outgoing.dropped
                self._on_event(Notice(STALLED, "warning"))
