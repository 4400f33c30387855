"""One response: from response.created to response.done, delta by delta, in time."""

from __future__ import annotations

import base64
from collections import deque
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from server.brain.prompt import Reply
from server.knobs import Knobs
from server.realtime.config import Settings
from server.realtime.conversation import Item, Part, joined
from server.realtime.core import Event, new_id
from server.realtime.jobs import Job, Speak
from server.realtime.sentences import Piece, pieces, sentences, words_of
from server.speech import g711
from server.speech.pcm import SESSION_RATE_HZ, TELEPHONE_RATE_HZ, Pcm, resample, to_bytes
from server.usage import Tokens, model_audio_tokens, response_usage, text_tokens

TEXT_DELTA_WORDS = 3
TEXT_DELTA_S = 0.02
COUNTER_PERIOD = 30_000  # sample n of the counter signal is n % 30000 + 1: every gap shows


def counter_signal(seconds: float) -> Pcm:
    count = int(seconds * SESSION_RATE_HZ)
    return (np.arange(count) % COUNTER_PERIOD + 1).astype(np.int16)


@dataclass(slots=True)
class Plan:
    """What a response was asked to be."""

    id: str
    settings: Settings
    metadata: dict[str, Any] | None
    conversation_id: str | None
    """None: out of band, the conversation never sees it."""
    context_ids: list[str] | None = None
    """Items it looks at where the client gave its own input; None: the conversation."""
    extra_items: list[Item] = field(default_factory=list)
    """Items of response.create's input that are in no conversation."""


class Host(Protocol):
    """What a response needs of its session."""

    @property
    def knobs(self) -> Knobs: ...

    def emit(self, event: Event) -> None: ...

    def ask(self, job: Job) -> None: ...

    def answer_added(self, plan: Plan, item: Item) -> None:
        """The answer's item exists; put it into the conversation if it belongs there."""

    def answer_done(self, plan: Plan, item: Item) -> None: ...


class Answering:
    """Asks for speech, paces deltas, can be stopped anywhere."""

    def __init__(self, plan: Plan, host: Host, now: float) -> None:
        self.plan = plan
        self.status = "in_progress"
        self.item: Item | None = None
        self.waiting = True
        """Nothing decided yet: speech of the user is still being recognised."""
        self._host = host
        self._emit = host.emit
        self._created_s = now
        self._sentences: deque[str] = deque()
        self._pieces: deque[Piece] = deque()
        self._asked = 0
        self._speaking = ""
        self._due_s = now
        self._spoken_ms = 0.0
        self._usage: Event | None = None
        self._status_details: Event | None = None
        self._deltas = 0
        self._half_sample = b""
        self.context = Tokens()
        self.cached = Tokens()

    @property
    def in_conversation(self) -> bool:
        return self.plan.conversation_id is not None

    @property
    def speaks(self) -> bool:
        return bool(self.plan.settings["output_modalities"] == ["audio"])

    def render(self) -> Event:
        settings = self.plan.settings
        sound_out = settings["audio"]["output"]
        done = self.status != "in_progress"
        return {
            "object": "realtime.response",
            "id": self.plan.id,
            "status": self.status,
            "status_details": self._status_details,
            "output": [self.item.render()] if done and self.item else [],
            "conversation_id": self.plan.conversation_id,
            "output_modalities": settings["output_modalities"],
            "max_output_tokens": settings["max_output_tokens"],
            "audio": {"output": {"format": sound_out["format"], "voice": sound_out["voice"]}},
            "usage": self._usage,
            "metadata": self.plan.metadata,
        }

    def _place(self, **more: Any) -> Event:
        item_id = self.item.id if self.item else ""
        place = {"response_id": self.plan.id, "item_id": item_id, "output_index": 0}
        return {**place, **more}

    # From the brain's answer to events

    def begin(self, reply: Reply, now: float) -> Item:
        """The answer is known; the item it becomes."""
        self.waiting = False
        self._due_s = max(now, self._created_s + self._host.knobs.latency_first_delta_ms / 1000)
        if reply.tool is not None:
            self.item = Item(
                new_id("item"),
                "function_call",
                status="in_progress",
                call_id=new_id("call"),
                name=reply.tool.name,
            )
            self._announce_item()
            self._call(reply.tool.arguments)
            return self.item
        kind = "output_audio" if self.speaks else "output_text"
        self.item = Item(new_id("item"), "message", role="assistant", status="in_progress")
        self._announce_item()
        self.item.parts = [Part(kind, text="")]
        empty = {"type": "audio", "transcript": ""} if self.speaks else {"type": "text", "text": ""}
        self._emit(
            {"type": "response.content_part.added", **self._place(content_index=0, part=empty)}
        )
        self._load(reply.text)
        return self.item

    def _announce_item(self) -> None:
        assert self.item is not None
        rendered = self.item.render()
        added = {"response_id": self.plan.id, "output_index": 0, "item": rendered}
        self._emit({"type": "response.output_item.added", **added})
        self._host.answer_added(self.plan, self.item)

    def _call(self, arguments: str) -> None:
        assert self.item is not None
        place = self._place(call_id=self.item.call_id)
        kind = "response.function_call_arguments"
        self._emit({"type": f"{kind}.delta", **place, "delta": arguments})
        self.item.arguments = arguments
        self._emit(
            {"type": f"{kind}.done", **place, "name": self.item.name, "arguments": arguments}
        )

    def _load(self, text: str) -> None:
        if not self.speaks:
            words = words_of(text, 0, 0)
            for start in range(0, len(words), TEXT_DELTA_WORDS):
                silent = np.zeros(0, dtype=np.int16)
                self._pieces.append(Piece(words[start : start + TEXT_DELTA_WORDS], silent, 0))
        elif self._host.knobs.audio_override == "counter":
            self._queue_audio(text, counter_signal(self._host.knobs.answer_s))
        else:
            self._sentences.extend(sentences(text))
            self._ask_next()

    def _ask_next(self) -> None:
        if self._sentences:
            self._speaking = self._sentences.popleft()
            sound_out = self.plan.settings["audio"]["output"]
            voice = sound_out["voice"]
            name = voice if isinstance(voice, str) else voice["id"]
            self._host.ask(
                Speak(self.plan.id, self._asked, self._speaking, name, sound_out["speed"])
            )
            self._asked += 1

    def spoken(self, index: int, audio: Pcm, now: float) -> None:
        """A sentence has become audio (24 kHz)."""
        if self.status != "in_progress" or index != self._asked - 1 or not self._speaking:
            return
        if not self._pieces:
            self._due_s = max(self._due_s, now)
        self._queue_audio(self._speaking, audio)
        self._speaking = ""
        self._ask_next()

    def _queue_audio(self, sentence: str, audio: Pcm) -> None:
        rate_hz = SESSION_RATE_HZ
        length_ms = audio.size * 1000 / rate_hz
        if self.plan.settings["audio"]["output"]["format"]["type"] != "audio/pcm":
            audio = resample(audio, SESSION_RATE_HZ, TELEPHONE_RATE_HZ)
            rate_hz = TELEPHONE_RATE_HZ
        words = words_of(sentence, self._spoken_ms, length_ms)
        delta_ms = self._host.knobs.delta_ms
        self._pieces.extend(pieces(words, audio, rate_hz, self._spoken_ms, delta_ms))
        self._spoken_ms += length_ms

    # In time

    @property
    def next_due_s(self) -> float | None:
        """When `advance` has something to do; None while it waits for others."""
        if self.waiting or self.status != "in_progress":
            return None
        return self._due_s if self._pieces or not self._speaking else None

    def advance(self, now: float) -> None:
        """Send what is due; ends the response when all of it has been sent."""
        while self.status == "in_progress" and not self.waiting and now >= self._due_s:
            if not self._pieces:
                if self._speaking:
                    return
                self.finish("completed")
                return
            piece = self._pieces.popleft()
            self._send(piece)
            speed = self._host.knobs.audio_speed
            if piece.audio_ms and speed > 0:
                self._due_s += piece.audio_ms / 1000 / speed
            elif not piece.audio_ms:
                self._due_s += TEXT_DELTA_S
            if self._is_full():
                self.finish("incomplete", "max_output_tokens")

    def _is_full(self) -> bool:
        limit = self.plan.settings["max_output_tokens"]
        if self._host.knobs.incomplete_response and (self._asked > 1 or not self._pieces):
            return True
        return limit != "inf" and self.output.total >= int(limit)

    def _send(self, piece: Piece) -> None:
        assert self.item is not None
        part = self.item.parts[0]
        if piece.words:
            delta = joined(piece.words) if part.text else joined(piece.words).lstrip()
            part.text = (part.text or "") + delta
            part.words.extend(piece.words)
            kind = "output_audio_transcript" if self.speaks else "output_text"
            place = self._place(content_index=0)
            self._emit({"type": f"response.{kind}.delta", **place, "delta": delta})
        if piece.audio.size:
            part.audio_ms += piece.audio_ms
            encoded = self._encode(piece.audio)
            self._emit(
                {
                    "type": "response.output_audio.delta",
                    **self._place(content_index=0),
                    "delta": encoded,
                }
            )
            self._deltas += 1

    def _encode(self, audio: Pcm) -> str:
        law = self.plan.settings["audio"]["output"]["format"]["type"]
        data = to_bytes(audio) if law == "audio/pcm" else g711.encode(audio, law)
        data = self._half_sample + data
        self._half_sample = b""
        if self._host.knobs.odd_audio and self._deltas == 0:
            data, self._half_sample = data[:-1], data[-1:]
        if self._host.knobs.bad_base64 and self._deltas == 1:
            return "*** this is not base64 ***"
        return base64.b64encode(data).decode()

    # The end

    @property
    def output(self) -> Tokens:
        """What has been made so far."""
        if self.item is None:
            return Tokens()
        if self.item.type == "function_call":
            return Tokens(text=text_tokens(self.item.name + self.item.arguments))
        return Tokens(text_tokens(self.item.text), model_audio_tokens(self.item.audio_ms))

    def finish(self, status: str, reason: str | None = None, error: Event | None = None) -> None:
        """Close what is open and end with this status."""
        if self.status != "in_progress":
            return
        self.status = status
        if status != "completed":
            self._status_details = {"type": status}
            if reason is not None:
                self._status_details["reason"] = reason
            if error is not None:
                self._status_details["error"] = error
        self._pieces.clear()
        self._sentences.clear()
        if self.item is not None:
            self.item.status = "completed" if status == "completed" else "incomplete"
            if self.item.parts:
                self._close_part(self.item.parts[0])
            self._host.answer_done(self.plan, self.item)
            place = {"response_id": self.plan.id, "output_index": 0}
            self._emit({"type": "response.output_item.done", **place, "item": self.item.render()})
        self._usage = response_usage(self.context, self.cached, self.output)
        self._emit({"type": "response.done", "response": self.render()})

    def _close_part(self, part: Part) -> None:
        place = self._place(content_index=0)
        text = part.text or ""
        if self.speaks:
            self._emit({"type": "response.output_audio.done", **place})
            kind = "response.output_audio_transcript.done"
            self._emit({"type": kind, **place, "transcript": text})
            closed = {"type": "audio", "transcript": text}
        else:
            self._emit({"type": "response.output_text.done", **place, "text": text})
            closed = {"type": "text", "text": text}
        self._emit({"type": "response.content_part.done", **place, "part": closed})
