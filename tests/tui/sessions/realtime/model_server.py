"""A small but honest model of a Realtime service with a slow network in between.

It keeps the conversation, has at most one response, answers what it must refuse with the real
error codes, and counts what a client must never do.
"""

from __future__ import annotations

import itertools
import random
from collections import deque
from typing import Any

from tests.tui.sessions.realtime.driver import BETA_NAMES, Driver, encoded, sound
from tui.sessions.events import (
    AudioDelta,
    BeginTurn,
    Commit,
    FlushPlayback,
    Heard,
    HeardItem,
    Interrupt,
    Say,
    SendAudio,
    TurnRemoved,
    TurnStarted,
)
from tui.sessions.options import Dialect, RealtimeOptions

DELTA_MS = 100
CHUNKS = 4
OPTIONAL = (
    "response.output_audio.done",
    "response.output_audio_transcript.done",
    "response.output_item.done",
)
"""Events a client must be able to miss."""
JUNK: list[str | bytes] = [
    "",
    "{",
    "[]",
    "nonsense",
    b"\xff\xfe",
    "[" * 20_000,
    '{"type": 5}',
    '{"type": "from.the.future", "item": {"id": NaN}}',
    '{"type": "session.aurora", "text": "\\ud800"}',
    '{"type": "rate_limits.updated", "rate_limits": 1e999}',
    '{"type": "conversation.item.added", "item": [1, 2]}',
    '{"type": "conversation.item.added", "item": {"id": 7, "role": "user"}}',
    '{"type": "conversation.item.deleted", "item_id": {}}',
    '{"type": "response.created"}{',
    '{"type": "error", "error": null, "event_id": "x"',
]
"""Frames that must change nothing, whenever they come."""


class ModelServer:
    """The service: a conversation, an input buffer, at most one response."""

    def __init__(self, *, detects: bool, echoes: bool) -> None:
        self.detects = detects
        self.echoes = echoes
        """Sends the metadata of a response back, as most services do."""
        self.wire: deque[dict[str, Any]] = deque()
        """On its way to the client."""
        self.items: list[str] = []
        self.roles: dict[str, str] = {}
        self.sent_ms: dict[str, int] = {}
        self.untranscribed: list[str] = []
        self.active: dict[str, Any] | None = None
        self.speaking = ""
        self.buffered = False
        self.violations: list[str] = []
        self.answered = 0
        self._ids = itertools.count(1)

    def tell(self, event: str, **fields: Any) -> None:
        """Send an event."""
        event_id = f"event_{next(self._ids)}"
        self.wire.append({"type": event, "event_id": event_id, **fields})

    # ---------------------------------------------------------------- what the client sends

    def take(self, message: dict[str, Any]) -> None:
        """Handle one message."""
        handler = getattr(self, "_" + message["type"].replace(".", "_"))
        handler(message)

    def _error(self, message: dict[str, Any], code: str, words: str) -> None:
        error = {"type": "invalid_request_error", "code": code, "message": words}
        self.tell("error", error=error | {"event_id": message.get("event_id")})

    def _session_update(self, message: dict[str, Any]) -> None:
        self.tell("session.updated", session=message["session"])

    def _input_audio_buffer_append(self, message: dict[str, Any]) -> None:
        self.buffered = True

    def _input_audio_buffer_clear(self, message: dict[str, Any]) -> None:
        self.buffered = False
        self.tell("input_audio_buffer.cleared")

    def _input_audio_buffer_commit(self, message: dict[str, Any]) -> None:
        if not self.buffered:
            self._error(message, "input_audio_buffer_commit_empty", "buffer too small.")
            return
        self._commit(f"u{next(self._ids)}")

    def _commit(self, item_id: str) -> None:
        self.buffered = False
        previous = self.items[-1] if self.items else None
        self.tell("input_audio_buffer.committed", item_id=item_id, previous_item_id=previous)
        self._append(item_id, "user", [{"type": "input_audio", "transcript": None}])
        self.untranscribed.append(item_id)

    def _append(self, item_id: str, role: str, content: list[Any], **fields: Any) -> None:
        previous = self.items[-1] if self.items else None
        self.items.append(item_id)
        self.roles[item_id] = role
        item = {"id": item_id, "type": "message", "role": role, "content": content, **fields}
        self.tell("conversation.item.added", previous_item_id=previous, item=item)

    def _conversation_item_create(self, message: dict[str, Any]) -> None:
        item = message["item"]
        self._append(item["id"], item["role"], item["content"])

    def _conversation_item_truncate(self, message: dict[str, Any]) -> None:
        item_id, end_ms = message["item_id"], message["audio_end_ms"]
        if end_ms <= 0 or end_ms > self.sent_ms.get(item_id, 0):
            self.violations.append(f"truncate {item_id} at {end_ms} of {self.sent_ms}")
        if item_id not in self.items:
            self._error(message, "item_not_found", f"Item {item_id} not found.")
            return
        self.tell("conversation.item.truncated", item_id=item_id, audio_end_ms=end_ms)

    def _conversation_item_delete(self, message: dict[str, Any]) -> None:
        item_id = message["item_id"]
        if item_id not in self.items:
            self._error(message, "item_not_found", f"Item {item_id} not found.")
            return
        self.items.remove(item_id)
        self.tell("conversation.item.deleted", item_id=item_id)

    def _response_create(self, message: dict[str, Any]) -> None:
        if self.active is not None:
            # Without metadata a client cannot always know whose response has begun.
            if self.active["asked"] and (self.echoes or not self.detects):
                self.violations.append("asked for a response while one of its own was open")
            self._error(
                message,
                "conversation_already_has_active_response",
                "Conversation already has an active response in progress.",
            )
            return
        self._respond(asked=True, metadata=message["response"]["metadata"])

    def _response_cancel(self, message: dict[str, Any]) -> None:
        if self.active is None or message.get("response_id") not in (None, self.active["id"]):
            self._error(
                message, "response_cancel_not_active", "Cancellation failed: no active response."
            )
            return
        self._finish("cancelled", {"reason": "client_cancelled"})

    # ---------------------------------------------------------------- what the service does

    def _respond(self, *, asked: bool, metadata: dict[str, str] | None = None) -> None:
        number = next(self._ids)
        self.active = {"id": f"r{number}", "item": f"a{number}", "chunks": -1, "asked": asked}
        response = {"id": f"r{number}", "status": "in_progress"}
        if self.echoes:
            response["metadata"] = metadata
        self.tell("response.created", response=response)

    def _finish(self, status: str, details: dict[str, Any] | None = None) -> None:
        assert self.active is not None
        response, self.active = self.active, None
        self.answered += status == "completed"
        content = [{"type": "output_audio", "transcript": self._said(response)}]
        item = {
            "id": response["item"],
            "type": "message",
            "role": "assistant",
            "status": "completed" if status == "completed" else "incomplete",
            "content": content,
        }
        output = [item] if response["item"] in self.items else []
        if output and status == "completed":
            fields = {"response_id": response["id"], "item_id": item["id"], "content_index": 0}
            self.tell("response.output_audio.done", **fields)
            self.tell(
                "response.output_audio_transcript.done",
                transcript=content[0]["transcript"],
                **fields,
            )
            self.tell("response.output_item.done", response_id=response["id"], item=item)
        self.tell(
            "response.done",
            response={
                "id": response["id"],
                "status": status,
                "status_details": details,
                "output": output,
            },
        )

    def _said(self, response: dict[str, Any]) -> str:
        return " ".join(f"{response['item']}.{n}" for n in range(max(0, response["chunks"])))

    def progress(self) -> None:
        """The open response makes its next step."""
        if self.active is None:
            return
        self.active["chunks"] += 1
        chunks, item_id = self.active["chunks"], self.active["item"]
        if chunks == 0:
            item = {"id": item_id, "type": "message", "role": "assistant", "content": []}
            self.tell("response.output_item.added", response_id=self.active["id"], item=item)
            self._append(item_id, "assistant", [], status="in_progress")
        elif chunks <= CHUNKS:
            fields = {"response_id": self.active["id"], "item_id": item_id, "content_index": 0}
            space = " " if chunks > 1 else ""
            self.tell(
                "response.output_audio_transcript.delta",
                delta=f"{space}{item_id}.{chunks - 1}",
                **fields,
            )
            self.sent_ms[item_id] = self.sent_ms.get(item_id, 0) + DELTA_MS
            self.tell("response.output_audio.delta", delta=encoded(sound(DELTA_MS)), **fields)
        else:
            self.active["chunks"] -= 1
            self._finish("completed")

    def hear_speech(self) -> None:
        """Voice activity: a running answer is cancelled."""
        if not self.detects or self.speaking:
            return
        self.speaking = f"u{next(self._ids)}"
        self.tell("input_audio_buffer.speech_started", item_id=self.speaking, audio_start_ms=1)
        if self.active is not None:
            self._finish("cancelled", {"reason": "turn_detected"})

    def hear_silence(self) -> None:
        """The user has stopped: the turn is closed and answered."""
        if not self.speaking:
            return
        item_id, self.speaking = self.speaking, ""
        self.tell("input_audio_buffer.speech_stopped", item_id=item_id, audio_end_ms=2)
        self._commit(item_id)
        if self.active is None:
            self._respond(asked=False)

    def transcribe(self, rng: random.Random) -> None:
        """One of the user's turns becomes text, whichever."""
        if self.untranscribed:
            item_id = self.untranscribed.pop(rng.randrange(len(self.untranscribed)))
            prefix = "conversation.item.input_audio_transcription"
            self.tell(
                f"{prefix}.completed",
                item_id=item_id,
                content_index=0,
                transcript=f"words of {item_id}",
            )


class Talk:
    """A machine, the service, the network between them, a loudspeaker and an impatient user."""

    def __init__(self, seed: int, *, faults: bool, dialect: Dialect = "ga") -> None:
        self.rng = random.Random(seed)
        self.faults = faults
        detects = self.rng.random() < 0.6
        echoes = self.rng.random() < 0.8
        self.driver = Driver(
            RealtimeOptions("m-1", turn_detection="server_vad" if detects else "none"), dialect
        ).start()
        self.server = ModelServer(detects=detects, echoes=echoes)
        self.to_server: deque[dict[str, Any]] = deque()
        self.playing: dict[str, int] = {}
        self.flushes = 0
        self.said = 0
        self._seen = len(self.driver.outputs)
        # A first exchange, in which the client learns what the service sends back.
        self.say()
        self.settle()

    # ---------------------------------------------------------------- one step

    def step(self) -> None:
        """Something happens."""
        actions = [
            (6, self.deliver_to_client),
            (5, self.deliver_to_server),
            (6, self.server.progress),
            (1, self.server.hear_speech),
            (2, self.server.hear_silence),
            (1, lambda: self.server.transcribe(self.rng)),
            (1, self.say),
            (1, lambda: self.want(Interrupt())),
            (1, self.record),
            (2, self.answer_flush),
            (1, lambda: self.driver.wait(self.rng.choice((0.01, 0.2)))),
        ]
        weights = [weight for weight, _ in actions]
        self.rng.choices([action for _, action in actions], weights)[0]()
        self._look()

    def want(self, intent: Any) -> None:
        self.driver.want(intent)
        self._look()

    def say(self) -> None:
        self.said += 1
        self.want(Say(f"typed {self.said}"))

    def record(self) -> None:
        if self.rng.random() < 0.5:
            self.want(BeginTurn())
        self.want(SendAudio(sound(self.rng.choice((20, 150, 300)))))
        self.want(Commit())

    def _look(self) -> None:
        """What the machine said since the last look."""
        fresh = self.driver.outputs[self._seen :]
        self._seen = len(self.driver.outputs)
        for output in fresh:
            match output:
                case AudioDelta(item_id=item_id, pcm=pcm):
                    self.playing[item_id] = self.playing.get(item_id, 0) + len(pcm) // 48
                case FlushPlayback():
                    self.flushes += 1
                case _ if hasattr(output, "message"):
                    self.to_server.append(output.message)
                case _:
                    pass

    def answer_flush(self) -> None:
        """The loudspeaker is silent: report what was heard, exaggerating at times."""
        if not self.flushes:
            return
        self.flushes = 0
        heard = []
        for item_id, received_ms in self.playing.items():
            share = self.rng.choice((0.0, 0.3, 1.0, 1.0, 9.0))
            heard.append(HeardItem(item_id, 0, int(received_ms * share), received_ms))
        self.playing.clear()
        self.want(Heard(tuple(heard)))

    # ---------------------------------------------------------------- the network

    def deliver_to_client(self) -> None:
        for _ in range(self.rng.randrange(1, 4)):
            if not self.server.wire:
                return
            message = self._next()
            times = 2 if self.faults and self.rng.random() < 0.1 else 1
            if self.faults and message["type"] in OPTIONAL and self.rng.random() < 0.3:
                times = 0
            if self.faults and self.rng.random() < 0.1:
                self.driver.raw(self.rng.choice(JUNK))
            for _ in range(times):
                self._give(message)

    def _give(self, message: dict[str, Any]) -> None:
        """An event arrives, under the name it has in the dialect."""
        if self.driver.dialect == "beta":
            message = {**message, "type": BETA_NAMES.get(message["type"], message["type"])}
        self.driver.raw(dumps(message))
        self._look()

    def _next(self) -> dict[str, Any]:
        """The next event, now and then one place too early."""
        wire = self.server.wire
        early = self.faults and len(wire) > 1 and self.rng.random() < 0.15
        if early and _may_swap(wire[0], wire[1]):
            first = wire.popleft()
            second = wire.popleft()
            wire.appendleft(first)
            return second
        return wire.popleft()

    def deliver_to_server(self) -> None:
        if self.to_server:
            self.server.take(self.to_server.popleft())

    def settle(self) -> None:
        """Everything under way arrives; the service finishes; time passes."""
        for _ in range(40):
            self.server.hear_silence()
            while self.to_server or self.server.wire or self.server.active or self.flushes:
                while self.to_server:
                    self.deliver_to_server()
                while self.server.wire:
                    self._give(self.server.wire.popleft())
                self.server.progress()
                self.answer_flush()
            while self.server.untranscribed:
                self.server.transcribe(self.rng)
            self.driver.wait(0.5)
            self._look()
            if not (self.to_server or self.server.wire):
                return

    # ---------------------------------------------------------------- what came of it

    def shown(self) -> list[str]:
        """The order a screen gives the turns: after their predecessors, else at the end."""
        after: dict[str, str | None] = {}
        order: list[str] = []
        removed: set[str] = set()
        for event in self.driver.events:
            if isinstance(event, TurnRemoved):
                removed.add(event.item_id)
            if isinstance(event, TurnStarted):
                if event.after_item_id is None and event.item_id not in after:
                    after[event.item_id] = order[-1] if order else ""
                elif event.after_item_id is not None:
                    after[event.item_id] = event.after_item_id
                order = _arrange(after)
        return [item_id for item_id in order if item_id not in removed]


def _arrange(after: dict[str, str | None]) -> list[str]:
    """All items behind their predecessors; those of unknown ones behind everything."""
    behind: dict[str, list[str]] = {}
    for item_id, previous in after.items():
        behind.setdefault(previous if previous in after else "", []).append(item_id)
    order: list[str] = []

    def walk(place: str) -> None:
        for item_id in behind.get(place, []):
            order.append(item_id)
            walk(item_id)

    walk("")
    return order


def _may_swap(first: dict[str, Any], second: dict[str, Any]) -> bool:
    """Orders that services have been seen to disagree on."""
    kinds = {first["type"], second["type"]}
    announcements = {"response.output_item.added", "conversation.item.added"}
    transcript = "conversation.item.input_audio_transcription.completed"
    return kinds == announcements or transcript in kinds


def dumps(message: dict[str, Any]) -> str:
    import json

    return json.dumps(message)
