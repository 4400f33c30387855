"""A session's websocket: frames in, frames out, work to the threads, and faults on demand."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect

from server.knobs import KnobBoard
from server.realtime.core import Close
from server.realtime.jobs import Job, Speak, Understand
from server.realtime.session import RealtimeSession
from server.speech.pcm import Pcm
from server.speech.work import SpeechWork

LOG = logging.getLogger("voicetui.server")


class SessionSocket:
    """Runs one session until either side ends it."""

    def __init__(
        self,
        websocket: WebSocket,
        session: RealtimeSession,
        board: KnobBoard,
        work: SpeechWork,
        abort: Callable[[], None],
    ) -> None:
        self._websocket = websocket
        self._session = session
        self._board = board
        self._work = work
        self._abort = abort
        self._loop = asyncio.get_running_loop()
        self._outgoing: asyncio.Queue[dict[str, Any] | Close] = asyncio.Queue()
        self._timer: asyncio.TimerHandle | None = None
        self._sent_events = 0
        self._sent_audio_s = 0.0
        self._stalled = False
        self._confused = {"unknown_event": False, "malformed": False}

    async def run(self) -> None:
        """Returns when the connection is over; the session ends with it."""
        writer = asyncio.create_task(self._write())
        reader = asyncio.create_task(self._read())
        self._session.start(self._loop.time())
        self._collect()
        _, pending = await asyncio.wait({writer, reader}, return_when=asyncio.FIRST_COMPLETED)
        self._session.hang_up()
        if self._timer is not None:
            self._timer.cancel()
        for task in pending:
            task.cancel()
        for outcome in await asyncio.gather(writer, reader, return_exceptions=True):
            if isinstance(outcome, Exception) and not isinstance(outcome, WebSocketDisconnect):
                LOG.error("session %s ended by an error", self._session.id, exc_info=outcome)

    async def _read(self) -> None:
        while True:
            message = await self._websocket.receive()
            if message["type"] == "websocket.disconnect":
                LOG.info("session %s: the client hung up", self._session.id)
                return
            text = message.get("text")
            if text is None:
                text = (message.get("bytes") or b"").decode("utf-8", "replace")
            self._session.receive(text, self._loop.time())
            self._tick()
            # A flood of audio must not keep the answers waiting.
            await asyncio.sleep(0)

    def _tick(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._session.tick(self._loop.time())
        self._collect()

    def _collect(self) -> None:
        """Hand over what the session has produced and set the clock for what comes next."""
        for job in self._session.take_jobs():
            self._start(job)
        for event in self._session.take_events():
            self._outgoing.put_nowait(event)
        due = self._session.next_due_s()
        if due is not None and not self._session.closed:
            if self._timer is not None:
                self._timer.cancel()
            self._timer = self._loop.call_at(due, self._tick)

    def _start(self, job: Job) -> None:
        if isinstance(job, Speak):
            spoken = _on_loop(self._loop, lambda audio: self._spoken(job, audio))
            self._work.speak(job.text, job.voice, job.speed, spoken)
        elif self._board.knobs.recognise:
            understood = _on_loop(self._loop, lambda text: self._understood(job, text))
            self._work.understand(job.audio, understood)
        else:
            self._loop.call_soon(self._understood, job, None)

    def _spoken(self, job: Speak, audio: Pcm) -> None:
        if not self._session.closed:
            self._session.spoken(job, audio, self._loop.time())
            self._collect()

    def _understood(self, job: Understand, text: str | None) -> None:
        if not self._session.closed:
            self._session.understood(job, text, self._loop.time())
            self._collect()

    # Out, with the faults that tests ask for

    async def _write(self) -> None:
        while True:
            event = await self._outgoing.get()
            if isinstance(event, Close):
                await self._websocket.close(event.code, event.reason)
                return
            await self._confuse(event)
            await self._stall(event)
            await self._websocket.send_text(json.dumps(event))
            self._sent_events += 1
            knobs = self._board.knobs
            if knobs.drop_after_events and self._sent_events >= knobs.drop_after_events:
                LOG.info("session %s: dropped as asked", self._session.id)
                self._abort()
                return
            if knobs.close_code and self._sent_events >= knobs.close_after_events:
                await self._websocket.close(knobs.close_code, knobs.close_reason)
                return

    async def _confuse(self, event: dict[str, Any]) -> None:
        if event["type"] != "response.created":
            return
        knobs = self._board.knobs
        if knobs.unknown_event and not self._confused["unknown_event"]:
            self._confused["unknown_event"] = True
            unknown = {"type": "session.aurora", "event_id": "event_unknown", "colour": "green"}
            await self._websocket.send_text(json.dumps(unknown))
        if knobs.malformed and not self._confused["malformed"]:
            self._confused["malformed"] = True
            await self._websocket.send_text('{"type": "response.output_audio.delta", "delta": ')

    async def _stall(self, event: dict[str, Any]) -> None:
        knobs = self._board.knobs
        if event["type"] in ("response.output_audio.delta", "response.audio.delta"):
            self._sent_audio_s += len(event["delta"]) * 3 / 4 / 48_000
        if knobs.stall_s and not self._stalled and self._sent_audio_s > knobs.stall_after_audio_s:
            self._stalled = True
            await asyncio.sleep(knobs.stall_s)


def _on_loop(loop: asyncio.AbstractEventLoop, call: Callable[[Any], None]) -> Callable[[Any], None]:
    def later(value: Any) -> None:
        if not loop.is_closed():
            loop.call_soon_threadsafe(call, value)

    return later
