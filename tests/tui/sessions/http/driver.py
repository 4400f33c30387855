"""Drives an `HttpMachine` with values: what the service says is in the test, time is a number.

Every request the machine makes is held against the published schema of its body.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from tests.tui.sessions.http.contract import complain
from tui.sessions.events import (
    AudioDelta,
    AudioEnded,
    Event,
    Intent,
    Notice,
    PastTurn,
    SessionEnded,
    TranscriptDelta,
    TranscriptFinal,
    TurnEnded,
    TurnStarted,
)
from tui.sessions.http.assistants import Assistants
from tui.sessions.http.audio_chat import AudioChat
from tui.sessions.http.desk import Abandon, Desk, Output, Request
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.http.hearing import TranscriptionEndpoint
from tui.sessions.http.machine import HttpMachine
from tui.sessions.http.responses import Responses
from tui.sessions.http.service import Service
from tui.sessions.http.tool_calls import ToolCalls
from tui.sessions.http.trouble import Trouble
from tui.sessions.http.voice import ReadAloud, SpeechEndpoint, Voice
from tui.sessions.options import TextOptions

E = TypeVar("E")
WALL_S = 1_800_000_000.0


def tone(ms: int, level: int = 8000) -> bytes:
    """A square wave, loud enough to be speech."""
    return struct.pack("<hh", level, -level) * (ms * 12)


def second_of_sound(count: int = 1) -> bytes:
    """So many seconds of a steady sound."""
    return tone(1000 * count)


class Driver:
    """One machine and its conversation with a test."""

    def __init__(
        self,
        kind: str,
        *,
        past: Sequence[PastTurn] = (),
        continuing: bool = False,
        openai: bool = False,
        read_aloud: bool = False,
        **options: Any,
    ) -> None:
        host = "api.openai.com" if openai else "service.example"
        endpoint = HttpEndpoint(f"https://{host}/v1", "sk-test")
        self.options = TextOptions(kind, options.pop("model", "gpt-x"), **options)  # type: ignore[arg-type]
        self.wall_s = WALL_S
        self.now_s = 100.0
        self.events: list[Event] = []
        self.open: dict[int, Request] = {}
        self.all: list[Request] = []
        self.abandoned: list[str] = []

        def service(desk: Desk, tools: ToolCalls) -> Service:
            match kind:
                case "assistants":
                    return Assistants(
                        desk, tools, endpoint, self.options, past, continuing=continuing
                    )
                case "responses":
                    return Responses(desk, tools, self.options, past, continuing=continuing)
                case _:
                    wall: Callable[[], float] = lambda: self.wall_s  # noqa: E731
                    return AudioChat(desk, tools, self.options, wall, past, continuing=continuing)

        voices: list[Voice] = [SpeechEndpoint(self.options)]
        if read_aloud:
            voices.append(ReadAloud("gpt-realtime-2.1-mini", self.options))
        self.machine = HttpMachine(
            self.options, service, TranscriptionEndpoint(self.options), voices, prefix="t"
        )

    # ------------------------------------------------------------ to the machine

    def begin(self) -> Driver:
        self._take(self.machine.opened(self.now_s))
        return self

    def intend(self, *intents: Intent) -> None:
        for intent in intents:
            self._take(self.machine.intend(intent, self.now_s))

    def wait(self, seconds: float) -> None:
        """Let time pass, ticking as a shell would."""
        end_s = self.now_s + seconds
        while (due_s := self.machine.deadline_s) is not None and due_s <= end_s:
            self.now_s = max(due_s, self.now_s)
            self._take(self.machine.tick(self.now_s))
        self.now_s = end_s
        self._take(self.machine.tick(end_s))

    def part(self, request: Request, *parts: Any) -> None:
        for part in parts:
            if request.number in self.open:
                self._take(self.machine.arrived(request.number, part, self.now_s))

    def event(self, request: Request, event: str, **data: Any) -> None:
        """An event of a stream; Responses repeat its name in the data."""
        if self.options.kind == "responses":
            data = {"type": event, **data}
        self.part(request, {"event": event, "data": data})

    def done(self, request: Request, trouble: Trouble | None = None) -> None:
        if self.open.pop(request.number, None) is not None:
            self._take(self.machine.done(request.number, trouble, self.now_s))

    def reply(self, operation: str, /, **answer: Any) -> Request:
        """Answer the open request for this operation with a whole JSON object."""
        request = self.request(operation)
        self.part(request, answer)
        self.done(request)
        return request

    def refuse(self, operation: str, /, status: int, said: str = "", **fields: Any) -> Request:
        request = self.request(operation)
        self.done(request, Trouble(status, said=said, **fields))
        return request

    # ------------------------------------------------------------ from the machine

    def _take(self, outputs: Sequence[Output]) -> None:
        for output in outputs:
            if isinstance(output, Request):
                complain(output.operation, output.body)
                self.open[output.number] = output
                self.all.append(output)
            elif isinstance(output, Abandon):
                request = self.open.pop(output.number, None)
                if request is not None:
                    self.abandoned.append(request.operation)
            else:
                self.events.append(output)

    def request(self, operation: str) -> Request:
        """The first open request for this operation."""
        found = [r for r in self.open.values() if r.operation == operation]
        wanted = [r.operation for r in self.open.values()]
        assert found, f"nobody asks for {operation}; open: {wanted}; events: {self.events[-5:]}"
        return found[0]

    def asked(self, operation: str) -> list[dict[str, Any]]:
        """The bodies of all requests for this operation, in order."""
        return [request.body for request in self.all if request.operation == operation]

    @property
    def waiting_for(self) -> list[str]:
        return [request.operation for request in self.open.values()]

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    def notices(self) -> list[str]:
        return [notice.text for notice in self.of(Notice)]

    def text(self, role: str) -> list[str]:
        """What this side said, turn by turn: finals, else deltas."""
        roles = {turn.item_id: turn.role for turn in self.of(TurnStarted)}
        said: dict[str, str] = {name: "" for name in roles if roles[name] == role}
        for event in self.events:
            if isinstance(event, TranscriptDelta) and event.item_id in said:
                said[event.item_id] += event.text
            elif isinstance(event, TranscriptFinal) and event.item_id in said:
                said[event.item_id] = event.text
        return list(said.values())

    def statuses(self, role: str) -> list[str]:
        roles = {turn.item_id: turn.role for turn in self.of(TurnStarted)}
        return [end.status for end in self.of(TurnEnded) if roles.get(end.item_id) == role]

    def sound(self, item_id: str = "") -> bytes:
        return b"".join(e.pcm for e in self.of(AudioDelta) if not item_id or e.item_id == item_id)

    @property
    def end(self) -> SessionEnded:
        ends = self.of(SessionEnded)
        assert len(ends) == 1
        return ends[0]

    @property
    def names(self) -> list[str]:
        return [type(event).__name__ for event in self.events]

    # ------------------------------------------------------------ whole scenes

    def started(self) -> Driver:
        """Begin, and answer what opening asks for."""
        self.begin()
        if self.options.kind == "responses":
            self.reply("conversations.create", id="conv_1", object="conversation")
        elif self.options.kind == "assistants":
            self.reply("assistants.list", data=[])
            self.reply("assistants.create", id="asst_1")
            self.reply("threads.create", id="thread_1")
        return self

    def answered(self, text: str, *, speech: bytes | None = None) -> None:
        """The service answers the open question whole; its sentences are spoken."""
        if self.options.kind == "assistants":
            self.reply("messages.create", id="msg_1")
            stream = self.request("runs.stream")
            self.event(stream, "thread.run.created", id="run_1", status="queued")
            self.deltas(stream, text)
            usage = {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15}
            self.event(stream, "thread.run.completed", id="run_1", status="completed", usage=usage)
        else:
            stream = self.request("responses.stream")
            self.deltas(stream, text)
            self.event(stream, "response.completed", response={"id": "resp_1", "output": []})
        self.done(stream)
        self.speak(second_of_sound() if speech is None else speech)

    def deltas(self, stream: Request, *texts: str) -> None:
        for text in texts:
            if self.options.kind == "assistants":
                content = [{"index": 0, "type": "text", "text": {"value": text}}]
                self.event(stream, "thread.message.delta", id="msg_2", delta={"content": content})
            else:
                self.event(stream, "response.output_text.delta", delta=text)

    def speak(self, pcm: bytes) -> None:
        """Answer every request for speech with this sound, time passing as it must."""
        for _ in range(200):
            if "speak" in self.waiting_for:
                request = self.request("speak")
                self.part(request, pcm)
                self.done(request)
            elif not any(isinstance(e, AudioEnded) for e in self.events[-8:]):
                self.wait(1.0)
            else:
                return
