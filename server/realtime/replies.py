"""Responses: who may start one, what it reads, how it ends."""

from __future__ import annotations

from collections.abc import Callable

from server.brain import answer
from server.brain.prompt import Prompt, Reply, Turn
from server.knobs import Knobs
from server.realtime import config
from server.realtime.answering import Answering, Plan
from server.realtime.conversation import Conversation, Item
from server.realtime.core import Core, Event, new_id
from server.realtime.dialect import settings_from_beta
from server.realtime.jobs import Job, Speak
from server.realtime.shapes import Violation
from server.speech.pcm import Pcm
from server.usage import (
    Tokens,
    cached_tokens,
    model_audio_tokens,
    settings_tokens,
    text_tokens,
    user_audio_tokens,
)

_SERVER_ERROR = {
    "type": "server_error",
    "code": "server_error",
    "message": "The server had an error while processing your request. Sorry about that!",
}
_RATE_LIMITS = [
    {"name": "requests", "limit": 1000, "remaining": 999, "reset_seconds": 0.06},
    {"name": "tokens", "limit": 50000, "remaining": 45500, "reset_seconds": 5.4},
]


class Replies:
    """At most one response writes to the conversation; any number run beside it."""

    def __init__(self, core: Core, item_from: Callable[[Event], Item]) -> None:
        self._core = core
        self._item_from = item_from
        self._running: dict[str, Answering] = {}
        self._seen: dict[str, Tokens] = {}
        self.audio_was_sent = False
        self.understand: Callable[[Item], None]
        self.ended: Callable[[float], None]
        """Called with the seconds that the answer takes to play."""
        self.started: Callable[[], None]

    # For the user's side

    @property
    def _active(self) -> Answering | None:
        return next((one for one in self._running.values() if one.in_conversation), None)

    @property
    def busy(self) -> bool:
        return self._active is not None

    def interrupt(self) -> None:
        active = self._active
        if active is not None:
            active.finish("cancelled", "turn_detected")
            self._end(active)

    def respond_by_itself(self, now: float) -> None:
        core = self._core
        if core.transcribes_only or not core.knobs.auto_respond:
            return
        active = self._active
        if active is not None:
            core.client_event_id = None
            core.emit_error(_already_active(active))
            return
        self._start({}, now)

    def find_input(self, item_id: str) -> Item | None:
        return next(
            (
                item
                for response in self._running.values()
                for item in response.plan.extra_items
                if item.id == item_id
            ),
            None,
        )

    # Client events

    def create(self, event: Event, now: float) -> None:
        if self._core.transcribes_only:
            message = "A transcription session cannot create responses."
            raise Violation("invalid_value", message, "type")
        wanted = event.get("response") or {}
        self._start(settings_from_beta(wanted) if self._core.beta else wanted, now)

    def cancel(self, event: Event, _now: float) -> None:
        wanted = event.get("response_id")
        response = self._running.get(wanted) if wanted else self._active
        if response is None:
            message = "Cancellation failed: no active response found"
            raise Violation("response_cancel_not_active", message)
        response.finish("cancelled", "client_cancelled")
        self._end(response)

    def _start(self, wanted: Event, now: float) -> None:
        core = self._core
        out_of_band = wanted.get("conversation") == "none"
        if not out_of_band and self._active is not None:
            raise _already_active(self._active)
        plan = Plan(
            id=new_id("resp"),
            settings=config.for_response(core.settings, wanted, audio_was_sent=self.audio_was_sent),
            metadata=wanted.get("metadata"),
            conversation_id=None if out_of_band else core.conversation_id,
        )
        if "input" in wanted:
            self._take_input(plan, wanted["input"])
        response = Answering(plan, self, now)
        self._running[plan.id] = response
        self.started()
        core.emit({"type": "response.created", "response": response.render()})
        core.emit({"type": "rate_limits.updated", "rate_limits": _RATE_LIMITS})
        for item in plan.extra_items:
            self.understand(item)
        self.begin_ready(now)

    def _take_input(self, plan: Plan, sent: list[Event]) -> None:
        plan.context_ids = []
        for one in sent:
            if one["type"] == "item_reference":
                plan.context_ids.append(self._core.conversation.retrieve(one["id"]).id)
            else:
                item = self._item_from(one)
                plan.extra_items.append(item)
                plan.context_ids.append(item.id)

    # Towards an answer

    def _context(self, plan: Plan) -> list[Item]:
        if plan.context_ids is None:
            return list(self._core.conversation.items)
        extra = {item.id: item for item in plan.extra_items}
        find = self._core.conversation.find
        found = [extra.get(one) or find(one) for one in plan.context_ids]
        return [item for item in found if item is not None]

    def begin_ready(self, now: float) -> None:
        """Start each response whose whole context has been understood."""
        for response in list(self._running.values()):
            if not response.waiting or response.status != "in_progress":
                continue
            context = self._context(response.plan)
            if any(item.understanding for item in context):
                continue
            self._measure(response, context)
            if self._core.knobs.fail_response:
                response.waiting = False
                response.finish("failed", error=_SERVER_ERROR)
            else:
                response.begin(self._think(response.plan, context), now)

    def _think(self, plan: Plan, context: list[Item]) -> Reply:
        settings = plan.settings
        turns = [_turn_of(item, self._core.conversation) for item in context]
        prompt = Prompt(
            turns=[turn for turn in turns if turn is not None],
            now=self._core.wall_clock(),
            instructions=settings["instructions"],
            tools=[] if settings["tool_choice"] == "none" else settings["tools"],
            tool_choice=settings["tool_choice"],
        )
        return answer(prompt, fixed=self._core.knobs.fixed_answer)

    def _measure(self, response: Answering, context: list[Item]) -> None:
        """Count what this response reads, and how much of it the last one has read already."""
        settings = response.plan.settings
        instructions = settings["instructions"]
        measured = {instructions: settings_tokens(instructions, settings["tools"])}
        for item in context:
            measured[item.id] = _tokens_of(item)
        response.context = sum(measured.values(), Tokens())
        response.cached = cached_tokens(self._seen, measured)
        if response.in_conversation:
            self._seen = measured

    # What running responses call (Host)

    @property
    def knobs(self) -> Knobs:
        return self._core.knobs

    def emit(self, event: Event) -> None:
        self._core.emit(event)

    def ask(self, job: Job) -> None:
        self._core.ask(job)

    def answer_added(self, plan: Plan, item: Item) -> None:
        if plan.conversation_id is not None:
            previous = self._core.conversation.add(item)
            self._core.emit_item("added", item, previous)

    def answer_done(self, plan: Plan, item: Item) -> None:
        if plan.conversation_id is not None and item in self._core.conversation.items:
            previous = self._core.conversation.before(item)
            self._core.emit_item("done", item, previous)
            self._core.record(item)

    # Time

    def spoken(self, job: Speak, audio: Pcm, now: float) -> None:
        response = self._running.get(job.response_id)
        if response is not None:
            response.spoken(job.index, audio, now)

    def advance(self, now: float) -> None:
        for response in list(self._running.values()):
            response.advance(now)
            if response.status != "in_progress":
                self._end(response)

    @property
    def next_due_s(self) -> float | None:
        due = [response.next_due_s for response in self._running.values()]
        return min((time for time in due if time is not None), default=None)

    def _end(self, response: Answering) -> None:
        if self._running.pop(response.plan.id, None) is None:
            return
        item = response.item
        audio_ms = item.audio_ms if item is not None else 0.0
        self.audio_was_sent = self.audio_was_sent or audio_ms > 0
        if item is not None and response.in_conversation:
            self._seen[item.id] = _tokens_of(item)
        self._core.record_response(response.plan.conversation_id, response.render())
        self.ended(audio_ms / 1000)


def _already_active(active: Answering) -> Violation:
    return Violation(
        "conversation_already_has_active_response",
        "Conversation already has an active response in progress: "
        f"{active.plan.id}. Wait until the response is finished before creating a new one.",
    )


def _turn_of(item: Item, conversation: Conversation) -> Turn | None:
    """An item as the brain sees it; None: nothing was said in it."""
    if item.type == "function_call_output":
        return Turn("tool", item.output, tool_name=conversation.tool_name(item.call_id))
    if item.role == "user":
        spoken_s = item.audio_ms / 1000
        return Turn("user", item.text, spoken_s=spoken_s, understood=item.understood)
    if item.role == "assistant":
        cut = item.heard_ms is not None or item.status == "incomplete"
        return Turn("assistant", item.text, cut=cut)
    return Turn("system", item.text) if item.role == "system" else None


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
