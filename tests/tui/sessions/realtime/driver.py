"""A machine with the service's side written out by hand, in GA or beta words."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from typing import Any

from tui.sessions.events import Event, Intent, Output, PastTurn, Send, SessionEnded
from tui.sessions.options import Dialect, RealtimeOptions
from tui.sessions.realtime.machine import RealtimeMachine

BETA_NAMES = {
    "response.output_audio.delta": "response.audio.delta",
    "response.output_audio.done": "response.audio.done",
    "response.output_audio_transcript.delta": "response.audio_transcript.delta",
    "response.output_audio_transcript.done": "response.audio_transcript.done",
    "response.output_text.delta": "response.text.delta",
    "response.output_text.done": "response.text.done",
    "conversation.item.added": "conversation.item.created",
}
GA_SESSION = {"id": "sess_1", "object": "realtime.session", "type": "realtime", "model": "m-1"}
BETA_SESSION = {"id": "sess_1", "object": "realtime.session", "modalities": ["text", "audio"]}


def sound(ms: float, sample: int = 3000) -> bytes:
    """PCM of one constant sample."""
    return sample.to_bytes(2, "little", signed=True) * int(ms * 24)


def encoded(pcm: bytes) -> str:
    """Base64, as on the wire."""
    return base64.b64encode(pcm).decode()


class Driver:
    """Feeds a machine and keeps everything it said."""

    def __init__(
        self,
        options: RealtimeOptions | None = None,
        dialect: Dialect = "ga",
        *,
        replay: Sequence[PastTurn] = (),
        continuing: bool = False,
    ) -> None:
        self.dialect = dialect
        self.machine = RealtimeMachine(
            options or RealtimeOptions("m-1"),
            dialect,
            replay=replay,
            continuing=continuing,
            prefix="vt",
        )
        self.now_s = 100.0
        self.outputs: list[Output] = []
        self._numbers = 0

    # ---------------------------------------------------------------- driving

    def _keep(self, outputs: list[Output]) -> list[Output]:
        self.outputs += outputs
        return outputs

    def get(self, event: str, **fields: Any) -> list[Output]:
        """The service sends an event; returns what the machine makes of it."""
        if self.dialect == "beta":
            event = BETA_NAMES.get(event, event)
        self._numbers += 1
        message = {"type": event, "event_id": f"event_{self._numbers}", **fields}
        return self.raw(json.dumps(message))

    def raw(self, frame: str | bytes) -> list[Output]:
        """A frame as it is."""
        return self._keep(self.machine.receive(frame, self.now_s))

    def want(self, intent: Intent) -> list[Output]:
        """The layer above wants something."""
        return self._keep(self.machine.intend(intent, self.now_s))

    def wait(self, seconds: float) -> list[Output]:
        """Time passes; the machine is woken at its deadlines, as a shell would."""
        end_s = self.now_s + seconds
        outputs: list[Output] = []
        while (due_s := self.machine.deadline_s) is not None and due_s <= end_s:
            assert due_s > self.now_s or outputs == [] or due_s >= self.now_s
            self.now_s = max(self.now_s, due_s)
            outputs += self._keep(self.machine.tick(self.now_s))
        self.now_s = end_s
        return outputs

    def close(self, code: int = 1006, reason: str = "") -> list[Output]:
        """The connection ends."""
        return self._keep(self.machine.closed(code, reason, self.now_s))

    # ---------------------------------------------------------------- usual scenes

    def start(self) -> Driver:
        """A session that has started."""
        self._keep(self.machine.opened(self.now_s))
        self.get("session.created", session=GA_SESSION if self.dialect == "ga" else BETA_SESSION)
        self.get("session.updated", session=GA_SESSION if self.dialect == "ga" else BETA_SESSION)
        return self

    def item(
        self, item_id: str, role: str, previous: str | None = None, **fields: Any
    ) -> list[Output]:
        """conversation.item.added for a message."""
        item = {"id": item_id, "type": "message", "role": role, "content": [], **fields}
        return self.get("conversation.item.added", previous_item_id=previous, item=item)

    def begin_answer(
        self, response_id: str = "r1", item_id: str = "a1", previous: str | None = None
    ) -> None:
        """response.created and the item of an answer."""
        self.get("response.created", response={"id": response_id, "status": "in_progress"})
        self.get(
            "response.output_item.added",
            response_id=response_id,
            output_index=0,
            item={"id": item_id, "type": "message", "role": "assistant", "content": []},
        )
        self.item(item_id, "assistant", previous, status="in_progress")

    def audio(
        self, ms: float, response_id: str = "r1", item_id: str = "a1", index: int = 0
    ) -> list[Output]:
        """A delta of sound."""
        return self.get(
            "response.output_audio.delta",
            response_id=response_id,
            item_id=item_id,
            content_index=index,
            delta=encoded(sound(ms)),
        )

    def words(self, text: str, response_id: str = "r1", item_id: str = "a1") -> list[Output]:
        """A delta of the spoken transcript."""
        return self.get(
            "response.output_audio_transcript.delta",
            response_id=response_id,
            item_id=item_id,
            content_index=0,
            delta=text,
        )

    def end_answer(
        self, response_id: str = "r1", status: str = "completed", **fields: Any
    ) -> list[Output]:
        """response.done."""
        return self.get("response.done", response={"id": response_id, "status": status, **fields})

    def answer(
        self,
        ms: float = 500,
        text: str = "Hello.",
        response_id: str = "r1",
        item_id: str = "a1",
        previous: str | None = None,
    ) -> None:
        """A whole answer."""
        self.begin_answer(response_id, item_id, previous)
        self.words(text, response_id, item_id)
        self.audio(ms, response_id, item_id)
        fields = {"response_id": response_id, "item_id": item_id, "content_index": 0}
        self.get("response.output_audio.done", **fields)
        self.get("response.output_audio_transcript.done", transcript=text, **fields)
        self.end_answer(response_id)

    def error(
        self, code: str | None, message: str, *, about: str = "", param: str | None = None
    ) -> list[Output]:
        """An error event; `about` names the type of our message it answers."""
        event_id = self.last_sent(about)["event_id"] if about else None
        return self.get(
            "error",
            error={
                "type": "invalid_request_error",
                "code": code,
                "message": message,
                "param": param,
                "event_id": event_id,
            },
        )

    # ---------------------------------------------------------------- looking

    @property
    def sent(self) -> list[dict[str, Any]]:
        """All messages for the service."""
        return messages(self.outputs)

    def sent_of(self, event: str) -> list[dict[str, Any]]:
        """All messages of one type."""
        return [message for message in self.sent if message["type"] == event]

    def last_sent(self, event: str) -> dict[str, Any]:
        """The last message of one type."""
        return self.sent_of(event)[-1]

    @property
    def events(self) -> list[Event]:
        """All events for the layer above."""
        return events(self.outputs)

    def all(self, kind: type[Any]) -> list[Any]:
        """All events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]

    @property
    def ended(self) -> SessionEnded | None:
        """How the session ended."""
        ends = self.all(SessionEnded)
        assert len(ends) <= 1, "a session ends once"
        return ends[0] if ends else None


def messages(outputs: Sequence[Output]) -> list[dict[str, Any]]:
    """What is to be sent."""
    return [dict(output.message) for output in outputs if isinstance(output, Send)]


def types(outputs: Sequence[Output]) -> list[str]:
    """The types of what is to be sent."""
    return [message["type"] for message in messages(outputs)]


def events(outputs: Sequence[Output]) -> list[Event]:
    """What is told."""
    return [output for output in outputs if not isinstance(output, Send)]
