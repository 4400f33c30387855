"""The Responses protocol on a stored conversation: what replaced Assistants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.sessions.events import (
    ConversationOpened,
    PastTurn,
    SessionEnded,
    UsageReported,
)
from tui.sessions.http.answer import Answer
from tui.sessions.http.desk import Desk, Stream
from tui.sessions.http.flow import TimeUp
from tui.sessions.http.pages import recall
from tui.sessions.http.run_steps import item_text
from tui.sessions.http.service import (
    BROKE_OFF,
    CONTINUES,
    GOT_ONLY,
    ONCE_MORE,
    ONCE_MORE_AFTER_S,
    Ends,
    Outcome,
    Question,
    Recalled,
    heard_note,
)
from tui.sessions.http.tool_calls import NOT_RUN, ToolCall, ToolCalls, flat_tools
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.http.usage import response_usage
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import Message, part, parts, text
from tui.sessions.realtime.words import describe

ITEMS_AT_ONCE: Final = 20
"""The service takes no more in one request."""
_LATEST_ITEMS: Final = 20
ANSWER_NOW: Final = "The connection broke before your answer came: answer now."
_REASONS: Final = {
    "max_output_tokens": "the answer reached its longest allowed length",
    "content_filter": "the service's content filter stopped the answer",
}


class Responses:
    """One conversation."""

    takes_sound = False
    speaks = False

    def __init__(
        self,
        desk: Desk,
        tools: ToolCalls,
        options: TextOptions,
        past: Sequence[PastTurn] = (),
        *,
        continuing: bool = False,
    ) -> None:
        self._desk = desk
        self._tools = tools
        self._options = options
        self._past = [turn for turn in past if turn.text.strip()]
        self._conversation_id = options.remote_id
        self._input: list[Message] = []
        """Items the service does not have yet; they go with the next request."""
        if continuing and not options.remote_id:
            self._input.append(_message("system", CONTINUES))
        self._stream: Stream | None = None
        self._ended = True
        """The service has said that the current response is over."""
        self._unsure: list[Message] = []
        """Items of a request that was broken off: the service may or may not have kept them."""
        self._broken = ""
        """What came of an answer in which the connection broke; the model does not know it yet."""
        self._calls: list[ToolCall] = []

    # ------------------------------------------------------------ opening

    async def open(self) -> None:
        """Find the conversation, or make it."""
        if self._conversation_id:
            await self._find()
        else:
            await self._make()
        self._desk.emit(ConversationOpened(self._conversation_id))

    async def _find(self) -> None:
        ids: Message = {"conversation_id": self._conversation_id}
        try:
            await self._desk.ask("conversations.retrieve", ids, again=True)
        except Refused as refused:
            if refused.trouble.status != 404:
                raise
            raise Ends(self._lost()) from refused

    def _lost(self) -> SessionEnded:
        words = (
            f"The service does not know the conversation {self._conversation_id} (any more)."
            " It can go on from its local text."
        )
        return SessionEnded(words, fatal=True, way_on="replay")

    def gone(self, trouble: Trouble) -> SessionEnded | None:
        """A model that is not known has other words."""
        return self._lost() if trouble.status == 404 else None

    async def _make(self) -> None:
        items = [_message(turn.role, turn.text) for turn in self._past]
        body: Message = {"items": items[:ITEMS_AT_ONCE]} if items else {}
        made = await self._desk.ask("conversations.create", body)
        self._conversation_id = text(made, "id")
        for start in range(ITEMS_AT_ONCE, len(items), ITEMS_AT_ONCE):
            await self._add(items[start : start + ITEMS_AT_ONCE])

    async def _add(self, items: list[Message]) -> None:
        await self._desk.ask(
            "items.create", {"conversation_id": self._conversation_id, "items": items}
        )

    async def recall(self) -> list[Recalled]:
        """The conversation's messages, where our own record has none."""
        if not self._options.remote_id or self._past:
            return []
        return await recall(
            self._desk, "items.list", {"conversation_id": self._conversation_id}, content_text
        )

    # ------------------------------------------------------------ a turn

    async def answer(self, question: Question, answer: Answer) -> Outcome:
        """Ask, follow, run functions, ask again."""
        await self._make_sure()
        note = heard_note(question.cuts)
        if note:
            self._input.append(_message("system", note))
        self._input.append(_message("user", question.text))
        if question.unanswered:
            return Outcome("interrupted")
        answer.stoppable = True
        until_s = self._desk.now_s + self._options.run_limit_s
        try:
            tried = False
            while True:
                try:
                    outcome = await self._respond(answer, until_s)
                except Refused as refused:
                    if not refused.trouble.broke:
                        raise
                    if not await self._made_good(refused, answer, again=not tried):
                        tried = True
                        continue
                    outcome = Outcome()
                if outcome.status != "completed" or not self._calls:
                    return outcome
                # While a person decides, time stands still.
                asked_s = self._desk.now_s
                await self._run_functions(answer)
                until_s += self._desk.now_s - asked_s
                if answer.text:
                    answer.next_message()
        except TimeUp:
            if self._stream is not None:
                self._stream.close()
            limit_s = self._options.run_limit_s
            words = f"The answer was not finished after {limit_s:.0f} s; it was stopped. Try again."
            self._desk.notice(words, "error")
            return Outcome("incomplete" if answer.started else "failed", words)

    def _body(self) -> Message:
        options = self._options
        body: Message = {
            "model": options.model,
            "conversation": self._conversation_id,
            "input": self._unsure,
            "stream": True,
        }
        if options.instructions or options.additional_instructions:
            body["instructions"] = "\n".join(
                filter(None, (options.instructions, options.additional_instructions))
            )
        if options.temperature is not None:
            body["temperature"] = options.temperature
        if options.max_output_tokens is not None:
            body["max_output_tokens"] = options.max_output_tokens
        tools = [*flat_tools(options.tools), *self._hosted()]
        if tools:
            body["tools"] = tools
        return body

    def _hosted(self) -> list[Message]:
        files = [name for name in self._options.file_ids if not name.startswith("vs_")]
        stores = [name for name in self._options.file_ids if name.startswith("vs_")]
        tools: list[Message] = []
        for name in self._options.hosted_tools:
            if name == "code_interpreter":
                container: Message = {"type": "auto"}
                if files:
                    container["file_ids"] = files
                tools.append({"type": name, "container": container})
            elif name == "file_search":
                tools.append({"type": name, "vector_store_ids": stores})
            else:
                tools.append({"type": name})
        return tools

    async def _respond(self, answer: Answer, until_s: float) -> Outcome:
        """One response, from the request to its end."""
        self._calls = []
        self._unsure, self._input = self._input, []
        self._ended = False
        try:
            within_s = max(0.0, until_s - self._desk.now_s)
            self._stream = await self._desk.begin(
                "responses.stream", self._body(), within_s=within_s
            )
        except Refused as refused:
            if refused.trouble.status:  # refused as a whole: nothing was kept
                self._unsure = []
                self._ended = True
            raise
        with self._stream as stream:
            while (message := await stream.next(until_s)) is not None:
                if not isinstance(message, dict):
                    continue
                data = part(message, "data")
                outcome = self._on_event(text(data, "type") or text(message, "event"), data, answer)
                if outcome is not None:
                    stream.let_go()
                    return outcome
        words = "The connection ended in the middle of the answer."
        raise Refused(Trouble(cause=words, broke=True))

    def _on_event(self, event: str, data: Message, answer: Answer) -> Outcome | None:
        match event:
            case "response.output_text.delta" | "response.refusal.delta":
                answer.add(text(data, "delta"))
            case "response.output_item.added":
                if text(part(data, "item"), "type") == "message" and answer.text:
                    answer.next_message()
            case "response.output_item.done":
                self._on_item(part(data, "item"), answer)
            case "response.completed" | "response.incomplete" | "response.failed":
                return self._over(part(data, "response"), event.removeprefix("response."))
            case "error":
                error = part(data, "error") or data
                raise Refused(
                    Trouble(400, text(error, "code"), text(error, "type"), text(error, "message"))
                )
        return None

    def _on_item(self, item: Message, answer: Answer) -> None:
        if text(item, "type") == "function_call":
            call_id = text(item, "call_id") or text(item, "id")
            call = ToolCall(call_id, text(item, "name"), text(item, "arguments"))
            answer.bear(call.size)
            self._calls.append(call)
        else:
            answer.step(item_text(item))

    def _over(self, response: Message, status: str) -> Outcome:
        self._ended = True
        self._unsure = []
        usage = part(response, "usage")
        if usage:
            model = text(response, "model") or self._options.model
            self._desk.emit(
                UsageReported(response_usage(usage), id=text(response, "id"), model=model)
            )
        if status == "completed":
            return Outcome()
        if status == "incomplete":
            reason = text(part(response, "incomplete_details"), "reason")
            words = _REASONS.get(reason, reason or "the service gave no reason")
            self._desk.notice(f"The answer is incomplete: {words}.", "warning")
            self._give_up_calls()
            return Outcome("incomplete", words)
        error = part(response, "error")
        words = describe(
            text(error, "code"), "", text(error, "message"), model=self._options.model
        ).words
        self._desk.notice(words, "error")
        self._give_up_calls()
        return Outcome("failed", words)

    # ------------------------------------------------------------ functions

    async def _run_functions(self, answer: Answer) -> None:
        results = await self._tools.collect(self._calls, answer.item_id)
        self._input = [_result(name, output) for name, output in results.items()]
        self._calls = []

    def _give_up_calls(self) -> None:
        """A call without a result would make every later request fail."""
        self._input += [_result(call.call_id, NOT_RUN) for call in self._calls]
        self._calls = []

    # ------------------------------------------------------------ stopping

    async def stopped(self) -> None:
        """The user interrupted: close the stream."""
        if self._stream is not None:
            self._stream.close()
        if self._ended:
            self._give_up_calls()
        else:
            self._calls = []
            self._ended = True

    async def _made_good(self, refused: Refused, answer: Answer, *, again: bool) -> bool:
        """The connection broke: whether the service has the whole answer; False: ask once more.

        Raises `refused` where neither helps: what has come is all there is.
        """
        self._broken = answer.text
        nothing_came = not answer.started and not self._calls
        await self._desk.sleep(ONCE_MORE_AFTER_S)
        try:
            latest = await self._latest()
        except (Refused, TimeUp):
            raise refused from None
        kept = self._kept_answer(latest)
        if kept and not self._calls and kept.startswith(answer.text):
            answer.catch_up(kept)
            self._unsure, self._broken, self._ended = [], "", True
            return True
        if kept or not (nothing_came and again):
            raise refused
        self._take_stock(latest)
        self._input = self._input or [_message("system", ANSWER_NOW)]
        self._desk.notice(ONCE_MORE, "warning")
        return False

    async def _latest(self) -> list[Message]:
        """The newest items the service has, the newest first."""
        found = await self._desk.ask(
            "items.list",
            {"conversation_id": self._conversation_id, "limit": _LATEST_ITEMS, "order": "desc"},
            again=True,
        )
        return parts(found, "data")

    def _kept_answer(self, latest: list[Message]) -> str:
        """What the service has kept as the answer to the request that was broken off."""
        texts: list[str] = []
        for item in latest:
            if any(_same(ours, item) for ours in self._unsure):
                return "\n\n".join(reversed(texts))
            if text(item, "role") == "assistant" and text(item, "status") in ("completed", ""):
                texts.append(content_text(item))
        return ""

    async def _make_sure(self) -> None:
        """A broken-off request may have left its items with the service, or not: look."""
        if self._unsure:
            self._take_stock(await self._latest())

    def _take_stock(self, latest: list[Message]) -> None:
        """Say again what the service has not kept, and how much of the answer has come."""
        missing = [item for item in self._unsure if not any(_same(item, kept) for kept in latest)]
        if self._broken and self._kept_answer(latest):
            note = GOT_ONLY.format(text=self._broken[-2000:])
            missing.append(_message("system", note))
        elif self._broken:
            missing.append(_message("assistant", self._broken))
            missing.append(_message("system", BROKE_OFF))
        self._broken = ""
        self._input = missing + self._input
        # Calls of the broken response that the service has kept want results.
        answered = {text(item, "call_id") for item in latest + self._input if not _is_call(item)}
        self._input += [
            _result(text(item, "call_id"), NOT_RUN)
            for item in latest
            if _is_call(item) and text(item, "call_id") not in answered
        ]
        self._unsure = []

    def leave(self) -> None:
        """The session ends: closing the stream is all there is to do."""


def _message(role: str, content: str) -> Message:
    return {"type": "message", "role": role, "content": content}


def _result(call_id: str, output: str) -> Message:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def _is_call(item: Message) -> bool:
    return text(item, "type") == "function_call"


def _same(item: Message, kept: Message) -> bool:
    """Whether an item of ours is this one of the service's."""
    if text(item, "type") != (text(kept, "type") or "message"):
        return False
    if "call_id" in item:
        return text(item, "call_id") == text(kept, "call_id")
    return text(item, "role") == text(kept, "role") and text(item, "content") == content_text(kept)


def content_text(item: Message) -> str:
    """The text of a conversation's item, whatever its parts are called."""
    content = item.get("content")
    if isinstance(content, str):
        return content
    return "\n".join(
        piece
        for entry in parts(item, "content")
        if (piece := text(entry, "text") or text(entry, "refusal") or text(entry, "transcript"))
    )
