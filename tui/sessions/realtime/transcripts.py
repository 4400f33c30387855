"""What the user said, as text: comes late, out of order, before its item, or never."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from tui.sessions.events import UsageReported
from tui.sessions.realtime.message import Message, count, part, text
from tui.sessions.realtime.outbox import Outbox
from tui.sessions.realtime.turns import Turns
from tui.sessions.realtime.usage import transcription_usage
from tui.sessions.realtime.words import describe

COMES_WITHIN_S: Final = 30.0
"""From the end of a user's turn to its text."""
ITEM_WITHIN_S: Final = 5.0
"""How long text is held for an item that was not announced yet."""
_GIVE_UP_AFTER: Final = 2
"""Turns in a row without a text: this service does not transcribe."""


@dataclass(slots=True)
class _Held:
    """Text of an item that is not known yet."""

    until_s: float
    replay: list[Callable[[], None]] = field(default_factory=list)


class Transcripts:
    """Brings the user's words to their turns."""

    def __init__(self, outbox: Outbox, turns: Turns, *, on: bool) -> None:
        self._outbox = outbox
        self._turns = turns
        self.on = on
        """Whether the service transcribes at all."""
        self._expected: dict[str, float] = {}
        self._settled: set[str] = set()
        self._held: dict[str, _Held] = {}
        self._missing = 0

    @property
    def kept(self) -> int:
        """How much is remembered."""
        return len(self._settled)

    @property
    def waiting(self) -> int:
        """How much is still to come, or came too early."""
        return len(self._expected) + sum(len(held.replay) for held in self._held.values())

    def handlers(self) -> dict[str, Callable[[Message, float], None]]:
        """What this region handles."""
        prefix = "conversation.item.input_audio_transcription"
        return {
            f"{prefix}.delta": self._on_delta,
            f"{prefix}.completed": self._on_completed,
            f"{prefix}.failed": self._on_failed,
        }

    def expect(self, item_id: str, now_s: float) -> None:
        """A spoken turn of the user exists: bring it what was held, wait for the rest."""
        held = self._held.pop(item_id, None)
        if held is not None:
            for step in held.replay:
                step()
        if item_id in self._settled or item_id in self._expected:
            return
        if self.on:
            self._expected[item_id] = now_s + COMES_WITHIN_S
        else:
            self._settle(item_id)

    def _or_hold(self, item_id: str, now_s: float, step: Callable[[], None]) -> None:
        if self._turns.known(item_id):
            step()
        elif item_id:
            held = self._held.setdefault(item_id, _Held(now_s + ITEM_WITHIN_S))
            held.replay.append(step)

    def _on_delta(self, message: Message, now_s: float) -> None:
        item_id, index = text(message, "item_id"), count(message, "content_index")
        words = text(message, "delta")
        self._or_hold(item_id, now_s, lambda: self._turns.delta(item_id, index, words))

    def _on_completed(self, message: Message, now_s: float) -> None:
        item_id, index = text(message, "item_id"), count(message, "content_index")
        words = text(message, "transcript").strip()
        usage = transcription_usage(part(message, "usage"))
        if usage.total or usage.seconds:
            self._outbox.emit(UsageReported(usage, "transcription", item_id))
        self._missing = 0
        self.on = True
        self._or_hold(item_id, now_s, lambda: self.complete(item_id, index, words))

    def complete(self, item_id: str, index: int, words: str) -> None:
        """The whole text is known."""
        self._turns.final(item_id, index, words, "" if words else "no words were recognised")
        self._settle(item_id)

    def _on_failed(self, message: Message, now_s: float) -> None:
        item_id, index = text(message, "item_id"), count(message, "content_index")
        error = part(message, "error")
        problem = describe(text(error, "code"), text(error, "type"), text(error, "message")).words
        self._or_hold(item_id, now_s, lambda: self._fail(item_id, index, problem))

    def _fail(self, item_id: str, index: int, problem: str) -> None:
        if item_id not in self._settled:
            self._turns.final(item_id, index, "", problem)
        self._settle(item_id)

    def _settle(self, item_id: str) -> None:
        self._expected.pop(item_id, None)
        self._settled.add(item_id)
        self._turns.end(item_id)

    @property
    def deadline_s(self) -> float | None:
        """When `tick` is needed."""
        times = [*self._expected.values(), *(held.until_s for held in self._held.values())]
        return min(times, default=None)

    def tick(self, now_s: float) -> None:
        """Stop waiting for what does not come."""
        for item_id in [name for name, held in self._held.items() if held.until_s <= now_s]:
            self._turns.announce(item_id, "user", spoken=True)
            self.expect(item_id, now_s)
        for item_id in [name for name, until_s in self._expected.items() if until_s <= now_s]:
            self._turns.final(item_id, 0, "", "no transcript came")
            self._settle(item_id)
            self._missing += 1
        if self._missing >= _GIVE_UP_AFTER and self.on:
            self.on = False
            self._outbox.notice_once(
                "no-transcripts",
                "The service does not send what you said as text; your turns stay without words.",
                "warning",
            )

    def close(self, now_s: float) -> None:
        """The session is over: no text will come any more."""
        for item_id in list(self._held):
            self._turns.announce(item_id, "user", spoken=True)
            self.expect(item_id, now_s)
        for item_id in list(self._expected):
            self._turns.final(item_id, 0, "", "the connection ended before the transcript came")
            self._settle(item_id)
