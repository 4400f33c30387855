"""A Realtime session without a socket: events and time in, events and work out.

The shell calls `receive`, `understood`, `spoken` and `tick`, then takes `take_events` and
`take_jobs`. Every time is an argument (seconds of a monotonic clock).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime

from server.knobs import KnobBoard
from server.realtime import client_events, config
from server.realtime.config import Settings
from server.realtime.core import Close, Core, Event, Recorder
from server.realtime.desk import Desk
from server.realtime.dialect import settings_from_beta
from server.realtime.ear import Ear
from server.realtime.jobs import Job, Speak, Understand
from server.realtime.replies import Replies
from server.realtime.shapes import Violation
from server.speech.pcm import Pcm
from server.speech.vad import SpeechDetector

EXPIRY_MESSAGE = "Your session hit the maximum duration of 60 minutes."
Handler = Callable[[Event, float], None]


class RealtimeSession:
    """One connection's conversation."""

    def __init__(
        self,
        *,
        model: str,
        beta: bool,
        board: KnobBoard,
        detector: Callable[[], SpeechDetector],
        wall_clock: Callable[[], datetime],
        recorder: Recorder | None = None,
        transcription_only: bool = False,
    ) -> None:
        self._core = Core(
            model=model, beta=beta, board=board, recorder=recorder, wall_clock=wall_clock
        )
        if transcription_only:
            self._core.settings["type"] = "transcription"
            self._core.settings["audio"]["input"]["transcription"] = {"model": "demo"}
        self._ear = Ear(self._core, detector)
        self._desk = Desk(self._core, self._ear.understand)
        self._replies = Replies(self._core, self._desk.item_from)
        self._ear.mouth = self._replies
        self._replies.understand = self._ear.understand
        self._replies.started = self._ear.forget_idle
        self._replies.ended = lambda playback_s: self._ear.arm_idle(self._core.now, playback_s)
        self._expires_at = 0
        self._handlers: dict[str, Handler] = {
            "session.update": self._update,
            "transcription_session.update": self._update,
            "input_audio_buffer.append": self._ear.append,
            "input_audio_buffer.commit": self._ear.commit,
            "input_audio_buffer.clear": self._ear.clear,
            "output_audio_buffer.clear": self._clear_output,
            "conversation.item.create": self._desk.create,
            "conversation.item.retrieve": self._desk.retrieve,
            "conversation.item.truncate": self._desk.truncate,
            "conversation.item.delete": self._desk.delete,
            "response.create": self._replies.create,
            "response.cancel": self._replies.cancel,
        }

    @property
    def id(self) -> str:
        return self._core.id

    @property
    def closed(self) -> bool:
        return self._core.closed

    def start(self, now: float) -> None:
        """Greet the client."""
        core = self._core
        core.now = now
        expires_in_s = core.knobs.expires_in_s
        self._expires_at = int(core.wall_clock().timestamp() + expires_in_s)
        core.emit({"type": "session.created", "session": self._render()})
        if core.beta:
            created = {"id": core.conversation_id, "object": "realtime.conversation"}
            core.emit({"type": "conversation.created", "conversation": created})
        core.at(now + expires_in_s, self._expire)

    def receive(self, text: str, now: float) -> None:
        """One frame from the client; whatever is wrong with it becomes an `error` event."""
        core = self._core
        if core.closed:
            return
        core.now = now
        core.client_event_id = None
        try:
            event = self._parse(text)
            self._handlers[event["type"]](event, now)
        except Violation as violation:
            core.emit_error(violation)

    def understood(self, job: Understand, text: str | None, now: float) -> None:
        """The recogniser's answer; None or empty: no words could be made out."""
        self._ear.understood(job, text, now)
        self.tick(now)

    def spoken(self, job: Speak, audio: Pcm, now: float) -> None:
        """A sentence has been synthesised, at 24 kHz."""
        self._replies.spoken(job, audio, now)
        self.tick(now)

    def tick(self, now: float) -> None:
        """Do what is due; call at `next_due_s`, earlier does no harm."""
        if not self._core.closed:
            self._core.now = now
            self._core.run_due(now)
            self._replies.advance(now)

    def next_due_s(self) -> float | None:
        due = (self._core.next_due_s, self._replies.next_due_s)
        return min((time for time in due if time is not None), default=None)

    def take_events(self) -> list[Event | Close]:
        """In the client's dialect, in order."""
        return self._core.take_events()

    def take_jobs(self) -> list[Job]:
        return self._core.take_jobs()

    def hang_up(self) -> None:
        """The connection is gone."""
        self._core.closed = True

    def _parse(self, text: str) -> Event:
        core = self._core
        try:
            event = json.loads(text)
        except ValueError as error:
            message = f"We could not parse the JSON body of your event: {error}"
            raise Violation("invalid_json", message) from error
        if not isinstance(event, dict):
            raise Violation("invalid_event", "An event must be a JSON object.")
        event_id = event.get("event_id")
        core.client_event_id = event_id if isinstance(event_id, str) else None
        client_events.check_event(event, client_events.BETA if core.beta else client_events.GA)
        kind = event["type"]
        if (
            (kind == "response.cancel" and core.knobs.no_cancel)
            or (kind == "conversation.item.truncate" and core.knobs.no_truncate)
            or (kind == "conversation.item.delete" and core.knobs.no_delete)
        ):
            raise Violation("unknown_event", f"The event '{kind}' is not implemented.", "type")
        return event

    # The session's own events

    def _render(self) -> Settings:
        settings = self._core.settings
        rendered: Settings = {
            "id": self._core.id,
            "object": "realtime.session",
            "expires_at": self._expires_at,
        }
        if not self._core.transcribes_only:
            return {**rendered, **settings}
        rendered["object"] = "realtime.transcription_session"
        rendered["type"] = "transcription"
        rendered["include"] = settings["include"]
        rendered["audio"] = {"input": settings["audio"]["input"]}
        return rendered

    def _update(self, event: Event, now: float) -> None:
        core = self._core
        update = settings_from_beta(event["session"]) if core.beta else event["session"]
        core.settings = config.merge(
            core.settings, update, audio_was_sent=self._replies.audio_was_sent
        )
        self._ear.turn_detection_changed()
        core.emit({"type": "session.updated", "session": self._render()})
        self._ear.arm_idle(now)

    def _clear_output(self, _event: Event, _now: float) -> None:
        message = "output_audio_buffer.clear is for WebRTC and SIP only."
        raise Violation("invalid_value", message, "type")

    def _expire(self, _now: float) -> None:
        self._core.client_event_id = None
        self._core.emit_error(Violation("session_expired", EXPIRY_MESSAGE))
        self._core.close(1001, EXPIRY_MESSAGE)
