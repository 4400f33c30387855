"""A Realtime session without a socket: events and time in, events and work out.

The shell calls `receive`, `understood`, `spoken` and `tick`, then takes `take_events` and
`take_jobs`. Every time is an argument (seconds of a monotonic clock).
"""

from __future__ import annotations

import base64
import binascii
import heapq
import itertools
import json
import secrets
import string
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from server.brain import answer
from server.brain.prompt import Prompt, Turn
from server.knobs import KnobBoard, Knobs
from server.realtime import client_events, config
from server.realtime.answering import Answering, Event, Plan
from server.realtime.config import Settings
from server.realtime.conversation import Conversation, Item, Part, user_clip
from server.realtime.dialect import item_from_beta, settings_from_beta, to_beta
from server.realtime.jobs import Job, Speak, Understand
from server.realtime.listening import Listener, SpeechStarted, SpeechStopped
from server.realtime.shapes import Violation
from server.speech import g711
from server.speech.pcm import (
    SESSION_RATE_HZ,
    TELEPHONE_RATE_HZ,
    Pcm,
    StreamResampler,
    duration_ms,
    from_bytes,
)
from server.speech.vad import SpeechDetector
from server.usage import (
    Tokens,
    cached_tokens,
    model_audio_tokens,
    settings_tokens,
    text_tokens,
    transcription_usage,
    user_audio_tokens,
)

SHORTEST_COMMIT_MS = 100
LARGEST_APPEND_BYTES = 15 * 1024 * 1024
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


class RealtimeSession:
    """One connection's conversation."""

    def __init__(
        self,
        *,
        model: str,
        beta: bool,
        board: KnobBoard,
        detector: Callable[[], SpeechDetector],
        recorder: Recorder | None = None,
        wall_clock: Callable[[], datetime],
        transcription_only: bool = False,
    ) -> None:
        self.id = new_id("sess")
        self.conversation_id = new_id("conv")
        self.beta = beta
        self.settings = config.default_settings(model)
        if transcription_only:
            self.settings["type"] = "transcription"
            self.settings["audio"]["input"]["transcription"] = {"model": "gpt-4o-transcribe"}
        self.conversation = Conversation()
        self._board = board
        self._recorder = recorder
        self._wall_clock = wall_clock
        self._listener = Listener(detector())
        self._from_telephone = StreamResampler(TELEPHONE_RATE_HZ, SESSION_RATE_HZ)
        self._responses: dict[str, Answering] = {}
        self._events: list[Event | Close] = []
        self._jobs: list[Job] = []
        self._later: list[tuple[float, int, Callable[[float], None]]] = []
        self._order = itertools.count()
        self._speech_item_id = ""
        self._seen: dict[str, Tokens] = {}
        self._audio_was_sent = False
        self._client_event_id: str | None = None
        self._now = 0.0
        self._idle_generation = 0
        self.closed = False

    # What the shell calls

    def start(self, now: float) -> None:
        self._now = now
        expires_in_s = self.knobs.expires_in_s
        self._expires_at = int(self._wall_clock().timestamp() + expires_in_s)
        self.emit({"type": "session.created", "session": self._render_session()})
        if self.beta:
            created = {"id": self.conversation_id, "object": "realtime.conversation"}
            self.emit({"type": "conversation.created", "conversation": created})
        self._at(now + expires_in_s, self._expire)

    def receive(self, text: str, now: float) -> None:
        """One frame from the client; whatever is wrong with it becomes an `error` event."""
        self._now = now
        self._client_event_id = None
        try:
            event = self._parse(text)
            self._handle(event, now)
        except Violation as violation:
            self._refuse(violation)

    def understood(self, job: Understand, text: str | None, now: float) -> None:
        """The recogniser's answer; None or empty: no words could be made out."""
        self._now = now
        item = self._find_anywhere(job.item_id)
        if item is None or not item.understanding:
            return
        part = item.parts[job.part_index]
        item.understood = bool(text)
        part.text = text or f"(speech, {part.audio_ms / 1000:.1f} s)"
        item.understanding = any(
            other.type == "input_audio" and other.text is None for other in item.parts
        )
        if item.show_transcript:
            delay_s = self.knobs.transcription_delay_ms / 1000
            self._at(now + delay_s, lambda _: self._show_transcript(item, job.part_index))
        self._record(item)
        self._begin_ready(now)
        self.tick(now)

    def spoken(self, job: Speak, audio: Pcm, now: float) -> None:
        """A sentence has been synthesised, at 24 kHz."""
        self._now = now
        response = self._responses.get(job.response_id)
        if response is not None:
            response.spoken(job.index, audio, now)
        self.tick(now)

    def tick(self, now: float) -> None:
        """Do what is due; call at `next_due_s`, earlier does no harm."""
        self._now = now
        while self._later and self._later[0][0] <= now and not self.closed:
            heapq.heappop(self._later)[2](now)
        for response in list(self._responses.values()):
            response.advance(now)
            if response.status != "in_progress":
                self._ended(response)

    def next_due_s(self) -> float | None:
        due = [response.next_due_s for response in self._responses.values()]
        if self._later:
            due.append(self._later[0][0])
        return min((time for time in due if time is not None), default=None)

    def take_events(self) -> list[Event | Close]:
        """In the client's dialect, in order."""
        events, self._events = self._events, []
        return events

    def take_jobs(self) -> list[Job]:
        jobs, self._jobs = self._jobs, []
        return jobs

    # What responses call (Host)

    @property
    def knobs(self) -> Knobs:
        return self._board.knobs

    def emit(self, event: Event) -> None:
        translated = to_beta(event) if self.beta else event
        if translated is not None and not self.closed:
            self._events.append({"event_id": new_id("event"), **translated})

    def ask(self, job: Job) -> None:
        self._jobs.append(job)

    def new_id(self, kind: str) -> str:
        return new_id(kind)

    def answer_added(self, plan: Plan, item: Item) -> None:
        if plan.conversation_id is not None:
            previous = self.conversation.add(item)
            self._emit_item("added", item, previous)

    def answer_done(self, plan: Plan, item: Item) -> None:
        if plan.conversation_id is not None and self.conversation.find(item.id):
            self._emit_item("done", item, self._previous_of(item))
            self._record(item)

    # Inside

    def _at(self, when: float, call: Callable[[float], None]) -> None:
        heapq.heappush(self._later, (when, next(self._order), call))

    def _parse(self, text: str) -> Event:
        try:
            event = json.loads(text)
        except ValueError as error:
            message = f"We could not parse the JSON body of your event: {error}"
            raise Violation("invalid_json", message) from error
        if not isinstance(event, dict):
            raise Violation("invalid_event", "An event must be a JSON object.")
        event_id = event.get("event_id")
        self._client_event_id = event_id if isinstance(event_id, str) else None
        client_events.check_event(event, client_events.BETA if self.beta else client_events.GA)
        return event

    def _refuse(self, violation: Violation) -> None:
        self.emit_error(violation.code, violation.message, violation.param)

    def emit_error(
        self,
        code: str | None,
        message: str,
        param: str | None = None,
        kind: str = "invalid_request_error",
    ) -> None:
        error = {
            "type": kind,
            "code": code,
            "message": message,
            "param": param,
            "event_id": self._client_event_id,
        }
        self.emit({"type": "error", "error": error})

    def _handle(self, event: Event, now: float) -> None:
        kind = event["type"]
        if (kind == "response.cancel" and self.knobs.no_cancel) or (
            kind == "conversation.item.truncate" and self.knobs.no_truncate
        ):
            raise Violation("unknown_event", f"The event '{kind}' is not implemented.", "type")
        handlers: dict[str, Callable[[Event, float], None]] = {
            "session.update": self._update_session,
            "transcription_session.update": self._update_session,
            "input_audio_buffer.append": self._append,
            "input_audio_buffer.commit": self._commit,
            "input_audio_buffer.clear": self._clear,
            "conversation.item.create": self._create_item,
            "conversation.item.retrieve": self._retrieve_item,
            "conversation.item.truncate": self._truncate_item,
            "conversation.item.delete": self._delete_item,
            "response.create": self._create_response,
            "response.cancel": self._cancel_response,
            "output_audio_buffer.clear": self._clear_output,
        }
        handlers[kind](event, now)

    # Session

    def _render_session(self) -> Settings:
        rendered: Settings = {
            "id": self.id,
            "object": "realtime.session",
            "expires_at": self._expires_at,
        }
        rendered.update(self.settings)
        if self.settings["type"] == "transcription":
            rendered["object"] = "realtime.transcription_session"
            audio = {"input": self.settings["audio"]["input"]}
            keep = ("id", "object", "expires_at", "type", "include")
            rendered = {name: rendered[name] for name in keep}
            rendered["audio"] = audio
        return rendered

    def _update_session(self, event: Event, now: float) -> None:
        update = event["session"]
        if self.beta:
            update = settings_from_beta(update)
        self.settings = config.merge(self.settings, update, audio_was_sent=self._audio_was_sent)
        if self.settings["audio"]["input"]["turn_detection"] is None:
            self._speech_item_id = ""
        self.emit({"type": "session.updated", "session": self._render_session()})
        self._arm_idle(now)

    def _expire(self, now: float) -> None:
        message = "Your session hit the maximum duration of 60 minutes."
        self._client_event_id = None
        self.emit_error("session_expired", message)
        self.close(1001, message)

    def close(self, code: int, reason: str) -> None:
        if not self.closed:
            self._events.append(Close(code, reason))
            self.closed = True
            self._responses.clear()
            self._later.clear()

    # Audio in

    @property
    def _turn_detection(self) -> Settings | None:
        found: Settings | None = self.settings["audio"]["input"]["turn_detection"]
        return found

    def _decode(self, encoded: str) -> Pcm:
        law = self.settings["audio"]["input"]["format"]["type"]
        expected = {
            "audio/pcm": "base64-encoded audio bytes (mono PCM16 at 24kHz)",
            "audio/pcmu": "base64-encoded audio bytes (G.711 u-law at 8kHz)",
            "audio/pcma": "base64-encoded audio bytes (G.711 A-law at 8kHz)",
        }[law]
        try:
            data = base64.b64decode(encoded, validate=True)
        except (binascii.Error, ValueError):
            data = None
        if data is None or (law == "audio/pcm" and len(data) % 2):
            raise Violation(
                "invalid_value",
                f"Invalid 'audio'. Expected {expected} but got an invalid value.",
                "audio",
            )
        if len(data) > LARGEST_APPEND_BYTES:
            raise Violation(
                "string_above_max_length",
                f"Invalid 'audio': at most {LARGEST_APPEND_BYTES} bytes fit in one event, "
                f"got {len(data)}.",
                "audio",
            )
        if law == "audio/pcm":
            return from_bytes(data)
        return self._from_telephone.push(g711.decode(data, law))

    def _append(self, event: Event, now: float) -> None:
        audio = self._decode(event["audio"])
        for turn in self._listener.append(audio, self._turn_detection):
            if isinstance(turn, SpeechStarted):
                self._speech_started(turn, now)
            else:
                self._speech_stopped(turn, now)

    def _speech_started(self, turn: SpeechStarted, now: float) -> None:
        self._speech_item_id = new_id("item")
        self._idle_generation += 1
        self.emit(
            {
                "type": "input_audio_buffer.speech_started",
                "audio_start_ms": turn.audio_start_ms,
                "item_id": self._speech_item_id,
            }
        )
        active = self._active
        detection = self._turn_detection
        if active is not None and detection is not None and detection["interrupt_response"]:
            active.finish("cancelled", "turn_detected")
            self._ended(active)

    def _speech_stopped(self, turn: SpeechStopped, now: float) -> None:
        self.emit(
            {
                "type": "input_audio_buffer.speech_stopped",
                "audio_end_ms": turn.audio_end_ms,
                "item_id": self._speech_item_id,
            }
        )
        item_id, self._speech_item_id = self._speech_item_id, ""
        self._commit_clip(item_id, turn.clip)
        detection = self._turn_detection
        if detection is not None and detection["create_response"]:
            self._respond_by_itself(now)

    def _commit(self, event: Event, now: float) -> None:
        buffered_ms = self._listener.buffered_ms
        if buffered_ms < SHORTEST_COMMIT_MS:
            raise Violation(
                "input_audio_buffer_commit_empty",
                "Error committing input audio buffer: buffer too small. Expected at least "
                f"100ms of audio, but buffer only has {buffered_ms:.2f}ms of audio.",
            )
        item_id, self._speech_item_id = self._speech_item_id or new_id("item"), ""
        self._commit_clip(item_id, self._listener.take())

    def _commit_clip(self, item_id: str, clip: Pcm) -> None:
        transcription = self.settings["audio"]["input"]["transcription"]
        item = user_clip(item_id, clip, show_transcript=transcription is not None)
        previous = self.conversation.add(item)
        self.emit(
            {
                "type": "input_audio_buffer.committed",
                "item_id": item_id,
                "previous_item_id": previous,
            }
        )
        self._emit_item("added", item, previous)
        self._emit_item("done", item, previous)
        self._understand(item)

    def _understand(self, item: Item) -> None:
        for index, part in enumerate(item.parts):
            if part.audio is not None and part.text is None:
                item.understanding = True
                self.ask(Understand(item.id, index, part.audio))

    def _show_transcript(self, item: Item, part_index: int) -> None:
        part = item.parts[part_index]
        text = part.text or ""
        place = {"item_id": item.id, "content_index": part_index}
        kind = "conversation.item.input_audio_transcription"
        self.emit({"type": f"{kind}.delta", **place, "delta": text})
        transcription = self.settings["audio"]["input"]["transcription"] or {}
        model = transcription.get("model", "whisper-1")
        usage = transcription_usage(model, part.audio_ms, text)
        self.emit({"type": f"{kind}.completed", **place, "transcript": text, "usage": usage})

    def _clear(self, event: Event, now: float) -> None:
        self._listener.clear()
        self._speech_item_id = ""
        self.emit({"type": "input_audio_buffer.cleared"})

    def _clear_output(self, event: Event, now: float) -> None:
        raise Violation(
            "invalid_value", "output_audio_buffer.clear is for WebRTC and SIP only.", "type"
        )

    def _arm_idle(self, now: float, playback_s: float = 0) -> None:
        """Watch for a user who says nothing after an answer."""
        self._idle_generation += 1
        generation = self._idle_generation
        idle_ms = (self._turn_detection or {}).get("idle_timeout_ms")
        if idle_ms and self.conversation.items:
            due = now + playback_s + idle_ms / 1000
            self._at(due, lambda when: self._idle(generation, idle_ms, when))

    def _idle(self, generation: int, idle_ms: int, now: float) -> None:
        if generation != self._idle_generation or self._active or self._listener.speaking:
            return
        end_ms = self._listener.now_ms
        item_id = new_id("item")
        self.emit(
            {
                "type": "input_audio_buffer.timeout_triggered",
                "audio_start_ms": max(0, end_ms - idle_ms),
                "audio_end_ms": end_ms,
                "item_id": item_id,
            }
        )
        self._commit_clip(item_id, self._listener.take())
        self._respond_by_itself(now)

    # Items

    def _emit_item(self, what: str, item: Item, previous: str | None) -> None:
        self.emit(
            {
                "type": f"conversation.item.{what}",
                "previous_item_id": previous,
                "item": item.render(),
            }
        )

    def _previous_of(self, item: Item) -> str | None:
        index = self.conversation.items.index(item)
        return self.conversation.items[index - 1].id if index else None

    def _item_from(self, sent: Event) -> Item:
        item = Item(
            sent.get("id") or new_id("item"),
            sent["type"],
            role=sent.get("role", ""),
            call_id=sent.get("call_id") or "",
            name=sent.get("name", ""),
            arguments=sent.get("arguments", ""),
            output=sent.get("output", ""),
            show_transcript=True,
        )
        if item.type == "function_call" and not item.call_id:
            item.call_id = new_id("call")
        for index, part in enumerate(sent.get("content", [])):
            item.parts.append(self._part_from(part, item.role, index))
        return item

    def _part_from(self, part: Event, role: str, index: int) -> Part:
        kind = part["type"]
        if kind == "input_audio":
            if "audio" not in part:
                where = f"item.content[{index}].audio"
                missing = f"Missing required parameter: '{where}'."
                raise Violation("missing_required_parameter", missing, where)
            audio = self._decode(part["audio"])
            text = part.get("transcript")
            return Part(kind, text=text, audio=audio, audio_ms=duration_ms(audio))
        if kind in ("input_text", "output_text") and "text" not in part:
            where = f"item.content[{index}].text"
            raise Violation(
                "missing_required_parameter", f"Missing required parameter: '{where}'.", where
            )
        if kind == "output_audio":
            if "audio" in part:
                where = f"item.content[{index}].audio"
                message = "Assistant audio cannot be added to a conversation; send its text."
                raise Violation("invalid_value", message, where)
            return Part("output_text", text=part.get("transcript") or part.get("text") or "")
        return Part(kind, text=part.get("text") or "")

    def _create_item(self, event: Event, now: float) -> None:
        sent = item_from_beta(event["item"]) if self.beta else event["item"]
        item = self._item_from(sent)
        if item.type == "function_call_output" and not any(
            other.call_id == item.call_id and other.type == "function_call"
            for other in self.conversation.items
        ):
            raise Violation(
                "invalid_tool_call_id",
                f"Error adding item: the tool call ID '{item.call_id}' was not found in the "
                "conversation.",
                "item.call_id",
            )
        previous = self.conversation.add(item, event.get("previous_item_id"))
        self._emit_item("added", item, previous)
        self._emit_item("done", item, previous)
        self._understand(item)
        self._record(item)

    def _retrieve_item(self, event: Event, now: float) -> None:
        item = self.conversation.retrieve(event["item_id"])
        self.emit({"type": "conversation.item.retrieved", "item": item.render()})

    def _truncate_item(self, event: Event, now: float) -> None:
        item = self.conversation.truncate(event["item_id"], event["audio_end_ms"])
        self.emit(
            {
                "type": "conversation.item.truncated",
                "item_id": item.id,
                "content_index": 0,
                "audio_end_ms": event["audio_end_ms"],
            }
        )
        self._record(item)

    def _delete_item(self, event: Event, now: float) -> None:
        self.conversation.delete(event["item_id"])
        if self._recorder is not None:
            self._recorder.item_deleted(self.conversation_id, event["item_id"])
        self.emit({"type": "conversation.item.deleted", "item_id": event["item_id"]})

    def _record(self, item: Item) -> None:
        if self._recorder is not None and item in self.conversation.items:
            position = self.conversation.items.index(item)
            self._recorder.item(self.conversation_id, item, position=position)

    def _find_anywhere(self, item_id: str) -> Item | None:
        found = self.conversation.find(item_id)
        if found is not None:
            return found
        for response in self._responses.values():
            for item in response.plan.extra_items:
                if item.id == item_id:
                    return item
        return None

    # Responses

    @property
    def _active(self) -> Answering | None:
        return next((found for found in self._responses.values() if found.in_conversation), None)

    def _respond_by_itself(self, now: float) -> None:
        if self.settings["type"] == "transcription" or not self.knobs.auto_respond:
            return
        if self._active is not None:
            self._client_event_id = None
            self._refuse(self._already_active(self._active))
            return
        self._start_response({}, now)

    def _already_active(self, active: Answering) -> Violation:
        return Violation(
            "conversation_already_has_active_response",
            "Conversation already has an active response in progress: "
            f"{active.plan.id}. Wait until the response is finished before creating a new one.",
        )

    def _create_response(self, event: Event, now: float) -> None:
        if self.settings["type"] == "transcription":
            raise Violation(
                "invalid_value", "A transcription session cannot create responses.", "type"
            )
        self._start_response(event.get("response") or {}, now)

    def _start_response(self, wanted: Event, now: float) -> None:
        overrides = settings_from_beta(wanted) if self.beta else wanted
        out_of_band = overrides.get("conversation") == "none"
        if not out_of_band and self._active is not None:
            raise self._already_active(self._active)
        settings = config.for_response(
            self.settings, overrides, audio_was_sent=self._audio_was_sent
        )
        plan = Plan(
            id=new_id("resp"),
            settings=settings,
            metadata=overrides.get("metadata"),
            conversation_id=None if out_of_band else self.conversation_id,
        )
        if "input" in overrides:
            self._take_input(plan, overrides["input"])
        response = Answering(plan, self, now)
        self._responses[plan.id] = response
        self._idle_generation += 1
        self.emit({"type": "response.created", "response": response.render()})
        self._emit_rate_limits()
        self._begin_ready(now)

    def _take_input(self, plan: Plan, sent: list[Event]) -> None:
        plan.context_ids = []
        for one in sent:
            if one["type"] == "item_reference":
                plan.context_ids.append(self.conversation.retrieve(one["id"]).id)
            else:
                item = self._item_from(one)
                plan.extra_items.append(item)
                plan.context_ids.append(item.id)
                self._understand(item)

    def _emit_rate_limits(self) -> None:
        limits = [
            {"name": "requests", "limit": 1000, "remaining": 999, "reset_seconds": 0.06},
            {"name": "tokens", "limit": 50000, "remaining": 45500, "reset_seconds": 5.4},
        ]
        self.emit({"type": "rate_limits.updated", "rate_limits": limits})

    def _context(self, plan: Plan) -> list[Item]:
        if plan.context_ids is None:
            return list(self.conversation.items)
        extra = {item.id: item for item in plan.extra_items}
        found = [extra.get(one) or self.conversation.find(one) for one in plan.context_ids]
        return [item for item in found if item is not None]

    def _begin_ready(self, now: float) -> None:
        """Start each response whose whole context has been understood."""
        for response in list(self._responses.values()):
            if not response.waiting or response.status != "in_progress":
                continue
            context = self._context(response.plan)
            if any(item.understanding for item in context):
                continue
            self._measure(response, context)
            if self.knobs.fail_response:
                response.waiting = False
                response.finish("failed", error=_SERVER_ERROR)
            else:
                response.begin(self._think(response.plan, context), now)

    def _think(self, plan: Plan, context: list[Item]) -> Any:
        settings = plan.settings
        prompt = Prompt(
            turns=[turn for turn in map(self._turn_of, context) if turn is not None],
            now=self._wall_clock(),
            instructions=settings["instructions"],
            tools=[] if settings["tool_choice"] == "none" else settings["tools"],
            tool_choice=settings["tool_choice"],
        )
        return answer(prompt, fixed=self.knobs.fixed_answer)

    def _turn_of(self, item: Item) -> Turn | None:
        if item.type == "function_call_output":
            call = next(
                (
                    other
                    for other in self.conversation.items
                    if other.type == "function_call" and other.call_id == item.call_id
                ),
                None,
            )
            return Turn("tool", item.output, tool_name=call.name if call else "")
        if item.type != "message":
            return None
        spoken_s = item.audio_ms / 1000 if item.role == "user" else 0.0
        roles = {"user": "user", "assistant": "assistant", "system": "system"}
        return Turn(
            roles[item.role],  # type: ignore[arg-type]
            item.text,
            spoken_s=spoken_s,
            understood=item.understood,
            cut=item.heard_ms is not None or item.status == "incomplete",
        )

    def _measure(self, response: Answering, context: list[Item]) -> None:
        """Count what this response reads, and how much of it the last one has read already."""
        settings = response.plan.settings
        prefix = f"settings {settings['instructions']}"
        measured = {prefix: settings_tokens(settings["instructions"], settings["tools"])}
        for item in context:
            measured[item.id] = _tokens_of(item)
        response.context = sum(measured.values(), Tokens())
        response.cached = cached_tokens(self._seen, measured)
        if response.in_conversation:
            self._seen = measured

    def _cancel_response(self, event: Event, now: float) -> None:
        wanted = event.get("response_id")
        response = self._responses.get(wanted) if wanted else self._active
        if response is None:
            raise Violation(
                "response_cancel_not_active", "Cancellation failed: no active response found"
            )
        response.finish("cancelled", "client_cancelled")
        self._ended(response)

    def _ended(self, response: Answering) -> None:
        if self._responses.pop(response.plan.id, None) is None:
            return
        if response.item is not None:
            self._audio_was_sent = self._audio_was_sent or response.item.audio_ms > 0
            if response.in_conversation:
                self._seen[response.item.id] = _tokens_of(response.item)
        if self._recorder is not None:
            self._recorder.response(response.plan.conversation_id, response.render())
        playback_s = response.item.audio_ms / 1000 if response.item else 0.0
        self._arm_idle(self._now, playback_s)


_SERVER_ERROR = {
    "type": "server_error",
    "code": "server_error",
    "message": "The server had an error while processing your request. Sorry about that!",
}


def _tokens_of(item: Item) -> Tokens:
    if item.type == "function_call":
        return Tokens(text=text_tokens(item.name + item.arguments))
    if item.type == "function_call_output":
        return Tokens(text=text_tokens(item.output))
    total = Tokens()
    for part in item.parts:
        if part.type == "input_audio":
            total += Tokens(audio=user_audio_tokens(part.audio_ms))
        elif part.type == "output_audio":
            spoken = text_tokens(part.text or "")
            total += Tokens(text=spoken, audio=model_audio_tokens(part.audio_ms))
        else:
            total += Tokens(text=text_tokens(part.text or ""))
    return total
