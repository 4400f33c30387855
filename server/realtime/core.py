"""What every part of a session shares: settings, items, the way out, and the clock."""

from __future__ import annotations

import heapq
import itertools
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from server.knobs import KnobBoard, Knobs
from server.realtime import config
from server.realtime.config import Settings
from server.realtime.conversation import Conversation, Item
from server.realtime.dialect import to_beta
from server.realtime.jobs import Job
from server.realtime.less import reduced
from server.realtime.shapes import Violation

Event = dict[str, Any]
_LETTERS = string.ascii_letters + string.digits


def new_id(kind: str) -> str:
    return f"{kind}_{''.join(secrets.choice(_LETTERS) for _ in range(21))}"


@dataclass(frozen=True, slots=True)
class Close:
    """The session ends the connection."""

    code: int
    reason: str


class Recorder(Protocol):
    """Keeps what was said; every call is one finished fact."""

    def item(self, conversation_id: str, item: Item, *, position: int) -> None: ...

    def item_deleted(self, conversation_id: str, item_id: str) -> None: ...

    def response(self, conversation_id: str | None, response: Event) -> None: ...


class Core:
    """No decisions here."""

    def __init__(
        self,
        *,
        model: str,
        beta: bool,
        board: KnobBoard,
        recorder: Recorder | None,
        wall_clock: Callable[[], datetime],
    ) -> None:
        self.id = new_id("sess")
        self.conversation_id = new_id("conv")
        self.beta = beta
        self.settings: Settings = config.default_settings(model)
        self.conversation = Conversation()
        self.wall_clock = wall_clock
        self.now = 0.0
        """Seconds of the shell's monotonic clock, at the last call from it."""
        self.client_event_id: str | None = None
        """Of the event that is being handled: errors refer to it."""
        self.closed = False
        self._board = board
        self._recorder = recorder
        self._events: list[Event | Close] = []
        self._jobs: list[Job] = []
        self._later: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()

    @property
    def knobs(self) -> Knobs:
        return self._board.knobs

    @property
    def turn_detection(self) -> Settings | None:
        found: Settings | None = self.settings["audio"]["input"]["turn_detection"]
        return found

    @property
    def transcribes_only(self) -> bool:
        return bool(self.settings["type"] == "transcription")

    # Out

    def emit(self, event: Event) -> None:
        """Queue a GA event, in the client's dialect."""
        translated = to_beta(event) if self.beta else event
        if translated is not None:
            translated = reduced(translated, self.knobs)
        if translated is not None and not self.closed:
            self._events.append({"event_id": new_id("event"), **translated})

    def emit_error(self, violation: Violation) -> None:
        error = {
            "type": "invalid_request_error",
            "code": violation.code,
            "message": violation.message,
            "param": violation.param,
            "event_id": self.client_event_id,
        }
        self.emit({"type": "error", "error": error})

    def emit_item(self, what: str, item: Item, previous: str | None) -> None:
        """`what`: added or done."""
        place = {"previous_item_id": previous, "item": item.render()}
        self.emit({"type": f"conversation.item.{what}", **place})

    def ask(self, job: Job) -> None:
        self._jobs.append(job)

    def take_events(self) -> list[Event | Close]:
        events, self._events = self._events, []
        return events

    def take_jobs(self) -> list[Job]:
        jobs, self._jobs = self._jobs, []
        return jobs

    def close(self, code: int, reason: str) -> None:
        if not self.closed:
            self._events.append(Close(code, reason))
            self.closed = True

    # Time

    def at(self, when: float, call: Callable[[float], None]) -> None:
        heapq.heappush(self._later, (when, next(self._order), call))

    def run_due(self, now: float) -> None:
        while self._later and self._later[0][0] <= now and not self.closed:
            heapq.heappop(self._later)[2](now)

    @property
    def next_due_s(self) -> float | None:
        return self._later[0][0] if self._later else None

    # The record

    def record(self, item: Item) -> None:
        if self._recorder is not None and item in self.conversation.items:
            position = self.conversation.items.index(item)
            self._recorder.item(self.conversation_id, item, position=position)

    def record_deletion(self, item_id: str) -> None:
        if self._recorder is not None:
            self._recorder.item_deleted(self.conversation_id, item_id)

    def record_response(self, conversation_id: str | None, response: Event) -> None:
        if self._recorder is not None:
            self._recorder.response(conversation_id, response)
