"""Function calls: told once, answered together, then the model goes on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from tui.sessions.events import ToolCalled
from tui.sessions.realtime.message import Message, clean, text
from tui.sessions.realtime.outbox import Outbox
from tui.sessions.realtime.sequencer import Sequencer


@dataclass(slots=True)
class _Batch:
    """The calls of one response."""

    waiting: set[str] = field(default_factory=set)
    answered: int = 0
    ended: bool = False
    asks: bool = True
    """Whether the model should go on when all are answered."""


class Tools:
    """Knows which calls of which response still wait for an answer."""

    def __init__(self, outbox: Outbox, sequencer: Sequencer) -> None:
        self._outbox = outbox
        self._sequencer = sequencer
        self._batches: dict[str, _Batch] = {}
        self._names: dict[str, tuple[str, str]] = {}
        """Item id to call id and name: arguments may come without them."""
        self._called: dict[str, str] = {}
        """Call id to response id."""

    @property
    def kept(self) -> int:
        """How much is remembered."""
        return len(self._batches) + len(self._names) + len(self._called)

    def handlers(self) -> dict[str, Callable[[Message, float], None]]:
        """What this region handles."""
        return {
            "response.function_call_arguments.done": self._on_arguments,
        }

    def item(self, response_id: str, item: Message, *, done: bool) -> None:
        """A function_call item was announced or is complete."""
        item_id = text(item, "id")
        self._names[item_id] = (text(item, "call_id"), text(item, "name"))
        if done and text(item, "status") in ("completed", ""):
            self._call(response_id, item_id, text(item, "arguments"))

    def _on_arguments(self, message: Message, now_s: float) -> None:
        item_id = text(message, "item_id")
        call_id, name = self._names.get(item_id, ("", ""))
        self._names[item_id] = (text(message, "call_id") or call_id, text(message, "name") or name)
        self._call(text(message, "response_id"), item_id, text(message, "arguments"))

    def _call(self, response_id: str, item_id: str, arguments: str) -> None:
        call_id, name = self._names[item_id]
        batch = self._batches.setdefault(response_id, _Batch())
        if not call_id or not name or call_id in self._called or not batch.asks:
            return
        self._called[call_id] = response_id
        batch.waiting.add(call_id)
        self._outbox.emit(ToolCalled(call_id, name, arguments, item_id))

    def answer(self, call_id: str, output: str, now_s: float) -> None:
        """Give the model a result; it goes on when all calls of its response have one."""
        self._outbox.send(
            {
                "type": "conversation.item.create",
                "item": {
                    "type": "function_call_output",
                    "call_id": clean(call_id),
                    "output": clean(output),
                },
            }
        )
        response_id = self._called.get(call_id)
        if response_id is None:
            self._sequencer.want(now_s)
            return
        batch = self._batches[response_id]
        batch.waiting.discard(call_id)
        batch.answered += 1
        self._continue(batch, now_s)

    def interrupt(self, response_id: str) -> None:
        """The user has moved on: results are still delivered, nothing more is asked."""
        self._batches.setdefault(response_id, _Batch()).asks = False

    def ended(self, response_id: str, now_s: float, *, asks: bool) -> None:
        """The response has ended."""
        batch = self._batches.get(response_id)
        if batch is not None:
            batch.ended = True
            batch.asks = batch.asks and asks
            self._continue(batch, now_s)

    def _continue(self, batch: _Batch, now_s: float) -> None:
        if batch.ended and batch.asks and batch.answered and not batch.waiting:
            batch.answered = 0
            self._sequencer.want(now_s)
