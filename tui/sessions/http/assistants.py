"""The Assistants protocol: assistants, threads, runs.

Gone from api.openai.com since 2026-08-26; compatible servers still speak it.
"""

from __future__ import annotations

import re
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
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.http.flow import TimeUp
from tui.sessions.http.pages import recall
from tui.sessions.http.run_steps import step_text
from tui.sessions.http.service import CONTINUES, Ends, Outcome, Question, Recalled, heard_note
from tui.sessions.http.tool_calls import ToolCall, ToolCalls, nested_tools
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.http.usage import run_usage
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import Message, part, parts, text
from tui.sessions.realtime.words import describe

OURS: Final = "voicetui"
"""Name of the assistant made where none was chosen; made once, then found again."""
FIRST_MESSAGES: Final = 32
"""So many may come with a new thread; the rest is added one by one."""
FEWEST_TOKENS: Final = 256
"""The service takes no smaller limits."""
LOCKED_WAIT_S: Final = 3.0
"""A run of somebody else may finish by itself; after this it is cancelled."""
CANCEL_WITHIN_S: Final = 10.0
TOOLS_WITHIN_S: Final = 540.0
"""Tool outputs come too late ten minutes after the run began."""
POLL_S: Final = 0.4

SWITCHED_OFF: Final = (
    "api.openai.com switched the Assistants API off on 2026-08-26. The conversation can go on"
    " with Responses."
)
_NO_API: Final = (
    "There is no Assistants API at this address. The conversation can go on with Responses."
)
_LOCKED: Final = re.compile(r"while a run (run_\w+)? ?is active|already has an active run", re.I)
_ENDED: Final = frozenset(
    {"completed", "incomplete", "failed", "cancelled", "expired", "requires_action"}
)
_ACTIVE: Final = frozenset({"queued", "in_progress", "requires_action", "cancelling"})
_REASONS: Final = {
    "max_completion_tokens": "the answer reached its longest allowed length",
    "max_prompt_tokens": "the conversation reached the run's longest allowed input",
    "content_filter": "the service's content filter stopped the answer",
}


class Assistants:
    """One thread."""

    takes_sound = False
    speaks = False

    def __init__(
        self,
        desk: Desk,
        tools: ToolCalls,
        endpoint: HttpEndpoint,
        options: TextOptions,
        past: Sequence[PastTurn] = (),
        *,
        continuing: bool = False,
    ) -> None:
        self._desk = desk
        self._tools = tools
        self._endpoint = endpoint
        self._options = options
        self._past = [turn for turn in past if turn.text.strip()]
        self._note = CONTINUES if continuing and not options.remote_id else ""
        self._assistant_id = options.assistant_id
        self._thread_id = options.remote_id
        self._run: Message = {}
        self._stream: Stream | None = None
        self._seen: set[str] = set()
        """Messages of which a part was shown."""

    # ------------------------------------------------------------ opening

    async def open(self) -> None:
        """Find the assistant and the thread, or make them."""
        try:
            await self._find_assistant()
        except Refused as refused:
            raise self._no_api(refused.trouble) from refused
        if self._thread_id:
            await self._find_thread()
        else:
            await self._make_thread()
        self._desk.emit(ConversationOpened(self._thread_id))

    def _no_api(self, trouble: Trouble) -> Exception:
        if trouble.status not in (404, 405, 410):
            return Refused(trouble)
        if self._endpoint.is_openai:
            return Ends(SessionEnded(SWITCHED_OFF, fatal=True, way_on="responses"))
        if self._assistant_id and "assistant" in trouble.said.lower():
            words = f"The service does not know the assistant {self._assistant_id}."
            return Ends(SessionEnded(words, fatal=True))
        return Ends(SessionEnded(_NO_API, fatal=True, way_on="responses"))

    async def _find_assistant(self) -> None:
        if self._assistant_id:
            await self._desk.ask(
                "assistants.retrieve", {"assistant_id": self._assistant_id}, again=True
            )
            return
        known = await self._desk.ask("assistants.list", {"limit": 100}, again=True)
        for assistant in parts(known, "data"):
            if text(assistant, "name") == OURS and part(assistant, "metadata").get(OURS) == "1":
                self._assistant_id = text(assistant, "id")
                return
        body: Message = {
            "model": self._options.model,
            "name": OURS,
            "metadata": {OURS: "1"},
        }
        if self._options.instructions:
            body["instructions"] = self._options.instructions
        made = await self._desk.ask("assistants.create", body)
        self._assistant_id = text(made, "id")

    async def _find_thread(self) -> None:
        try:
            await self._desk.ask("threads.retrieve", {"thread_id": self._thread_id}, again=True)
        except Refused as refused:
            if refused.trouble.status != 404:
                raise
            raise Ends(self._lost()) from refused

    def _lost(self) -> SessionEnded:
        words = (
            f"The service does not know the thread {self._thread_id} (any more)."
            " The conversation can go on from its local text."
        )
        return SessionEnded(words, fatal=True, way_on="replay")

    def gone(self, trouble: Trouble) -> SessionEnded | None:
        """Everything we ask for lies in the thread."""
        return self._lost() if trouble.status == 404 else None

    async def _make_thread(self) -> None:
        messages = [
            {"role": turn.role, "content": turn.text}
            for turn in self._past
            if turn.role != "system"
        ]
        body: Message = {"messages": messages[:FIRST_MESSAGES]} if messages else {}
        made = await self._desk.ask("threads.create", body)
        self._thread_id = text(made, "id")
        for message in messages[FIRST_MESSAGES:]:
            await self._desk.ask("messages.create", {"thread_id": self._thread_id, **message})

    async def recall(self) -> list[Recalled]:
        """The thread's messages, where our own record has none."""
        if not self._options.remote_id or self._past:
            return []
        return await recall(
            self._desk, "messages.list", {"thread_id": self._thread_id}, message_text
        )

    # ------------------------------------------------------------ a turn

    async def answer(self, question: Question, answer: Answer) -> Outcome:
        """Post the message, run, follow."""
        self._run = {}
        await self._unlocked("messages.create", self._message(question))
        note = heard_note(question.cuts)
        if note:
            self._note = " ".join(filter(None, (self._note, note)))
        if question.unanswered:
            return Outcome("interrupted")
        answer.stoppable = True
        until_s = self._desk.now_s + self._options.run_limit_s
        try:
            self._stream = await self._unlocked("runs.stream", self._run_body(), until_s)
            self._note = ""
            return await self._follow(answer, until_s)
        except TimeUp:
            return await self._too_slow()

    def _message(self, question: Question) -> Message:
        body: Message = {
            "thread_id": self._thread_id,
            "role": "user",
            "content": question.text,
        }
        hosted = [name for name in self._options.hosted_tools if name != "function"]
        if self._options.file_ids and hosted:
            body["attachments"] = [
                {"file_id": name, "tools": [{"type": tool} for tool in hosted]}
                for name in self._options.file_ids
            ]
        return body

    def _run_body(self) -> Message:
        options = self._options
        body: Message = {
            "thread_id": self._thread_id,
            "assistant_id": self._assistant_id,
            "stream": True,
        }
        if options.model:
            body["model"] = options.model
        if options.instructions:
            body["instructions"] = options.instructions
        extra = "\n".join(filter(None, (options.additional_instructions, self._note)))
        if extra:
            body["additional_instructions"] = extra
        if options.temperature is not None:
            body["temperature"] = options.temperature
        if options.max_output_tokens is not None:
            body["max_completion_tokens"] = max(FEWEST_TOKENS, options.max_output_tokens)
        if options.max_prompt_tokens is not None:
            body["max_prompt_tokens"] = max(FEWEST_TOKENS, options.max_prompt_tokens)
        hosted: list[Message] = [{"type": name} for name in options.hosted_tools]
        tools = [*nested_tools(options.tools), *hosted]
        if tools:
            body["tools"] = tools
        return body

    async def _follow(self, answer: Answer, until_s: float) -> Outcome:
        """Read the run's events until it has ended, tools included."""
        while True:
            broken = await self._read(answer, until_s)
            status = text(self._run, "status")
            if status not in _ENDED:
                await self._catch_up(answer, until_s, broken)
                status = text(self._run, "status")
            if status != "requires_action":
                return self._outcome(status)
            # While a person decides, the run's time stands still.
            asked_s = self._desk.now_s
            await self._answer_tools(answer)
            until_s += self._desk.now_s - asked_s

    async def _read(self, answer: Answer, until_s: float) -> Trouble | None:
        """One stream; returns why it broke off, None when it ended as it should."""
        assert self._stream is not None
        try:
            while True:
                message = await self._stream.next(until_s)
                if message is None:
                    return None
                if isinstance(message, dict):
                    event = text(message, "event")
                    self._on_event(event, part(message, "data"), answer)
                    if event.removeprefix("thread.run.") in _ENDED:
                        self._stream.let_go()
                        return None
        except Refused as refused:
            if refused.trouble.status or not text(self._run, "id"):
                raise
            return refused.trouble

    def _on_event(self, event: str, data: Message, answer: Answer) -> None:
        if event == "thread.message.delta":
            name = text(data, "id")
            if name not in self._seen and self._seen and answer.text:
                answer.next_message()
            self._seen.add(name)
            for content in parts(part(data, "delta"), "content"):
                answer.add(text(part(content, "text"), "value"))
        elif event.startswith("thread.run.step."):
            if event.endswith((".completed", ".failed")):
                answer.step(step_text(data))
        elif event.startswith("thread.run."):
            self._run = data
        elif event == "error" or "error" in data:
            error = part(data, "error") or data
            raise Refused(
                Trouble(400, text(error, "code"), text(error, "type"), text(error, "message"))
            )

    async def _catch_up(self, answer: Answer, until_s: float, broken: Trouble | None) -> None:
        """The stream ended before the run did: ask for the rest."""
        run_id = text(self._run, "id")
        if not run_id:
            raise Refused(broken or Trouble(cause="The service ended the answer early."))
        await self._wait_for_run(run_id, until_s)
        found = await self._desk.ask(
            "messages.list",
            {"thread_id": self._thread_id, "run_id": run_id, "order": "asc", "limit": 100},
            again=True,
        )
        answer.catch_up("\n\n".join(message_text(entry) for entry in parts(found, "data")))

    async def _wait_for_run(self, run_id: str, until_s: float) -> None:
        ids: Message = {"thread_id": self._thread_id, "run_id": run_id}
        while True:
            self._run = await self._desk.ask("runs.retrieve", ids, again=True)
            if text(self._run, "status") in _ENDED:
                return
            if self._desk.now_s >= until_s:
                raise TimeUp
            await self._desk.sleep(POLL_S)

    async def _answer_tools(self, answer: Answer) -> None:
        action = part(part(self._run, "required_action"), "submit_tool_outputs")
        calls = [
            ToolCall(
                text(call, "id"),
                text(part(call, "function"), "name"),
                text(part(call, "function"), "arguments"),
            )
            for call in parts(action, "tool_calls")
        ]
        until_s = self._desk.now_s + TOOLS_WITHIN_S
        results = await self._tools.collect(calls, answer.item_id, until_s)
        outputs = [{"tool_call_id": name, "output": output} for name, output in results.items()]
        self._stream = await self._desk.begin(
            "runs.submit",
            {
                "thread_id": self._thread_id,
                "run_id": text(self._run, "id"),
                "tool_outputs": outputs,
                "stream": True,
            },
        )
        if answer.text:
            answer.next_message()

    def _outcome(self, status: str) -> Outcome:
        usage = part(self._run, "usage")
        if usage:
            self._desk.emit(
                UsageReported(run_usage(usage), id=text(self._run, "id"), model=self._model())
            )
        if status == "completed":
            return Outcome()
        if status == "incomplete":
            reason = text(part(self._run, "incomplete_details"), "reason")
            words = _REASONS.get(reason, reason or "the service gave no reason")
            self._desk.notice(f"The answer is incomplete: {words}.", "warning")
            return Outcome("incomplete", words)
        if status == "cancelled":
            return Outcome("interrupted", "cancelled at the service")
        if status == "expired":
            words = "The run expired: it took too long, or its tools were answered too late."
        else:
            error = part(self._run, "last_error")
            code, said = text(error, "code"), text(error, "message")
            words = describe(code, "", said, model=self._options.model).words
        self._desk.notice(words, "error")
        return Outcome("failed", words)

    def _model(self) -> str:
        return text(self._run, "model") or self._options.model

    # ------------------------------------------------------------ stopping

    async def _too_slow(self) -> Outcome:
        status = text(self._run, "status") or "queued"
        if self._stream is not None:
            self._stream.close()
        await self._cancel()
        limit_s = self._options.run_limit_s
        state = "waited in the queue" if status == "queued" else "was not finished"
        words = f"The run {state} for {limit_s:.0f} s; it was cancelled. Try again."
        self._desk.notice(words, "error")
        return Outcome("failed", words)

    async def stopped(self) -> None:
        """The user interrupted: cancel the run and wait until the thread is free."""
        stream, run_id = self._stream, text(self._run, "id")
        if stream is not None and not run_id:
            # The run's name comes with the first event; without it nothing can be cancelled.
            until_s = self._desk.now_s + LOCKED_WAIT_S
            while not run_id and (message := await stream.next(until_s)) is not None:
                if isinstance(message, dict) and text(message, "event").startswith("thread.run."):
                    self._run = part(message, "data")
                    run_id = text(self._run, "id")
        if stream is not None:
            while stream.parts:
                message = stream.parts.popleft()
                event = text(message, "event") if isinstance(message, dict) else ""
                if event.startswith("thread.run.") and ".step." not in event:
                    assert isinstance(message, dict)
                    self._run = part(message, "data")
            stream.close()
        await self._cancel()

    async def _cancel(self) -> None:
        """Cancel the current run and wait for its end; races are nobody's fault."""
        run_id = text(self._run, "id")
        if not run_id or text(self._run, "status") in _ENDED - {"requires_action"}:
            return
        await self._cancel_run(run_id)
        usage = part(self._run, "usage")
        if usage:
            self._desk.emit(UsageReported(run_usage(usage), id=run_id, model=self._model()))

    async def _cancel_run(self, run_id: str) -> None:
        ids: Message = {"thread_id": self._thread_id, "run_id": run_id}
        try:
            self._run = await self._desk.ask("runs.cancel", ids)
        except Refused as refused:
            if refused.trouble.status not in (400, 404, 409):
                raise
        if text(self._run, "status") not in _ENDED - {"requires_action"}:
            await self._wait_for_run(run_id, self._desk.now_s + CANCEL_WITHIN_S)

    def leave(self) -> None:
        """The session ends: a run that still works is cancelled, nobody will read it."""
        run_id = text(self._run, "id")
        if run_id and text(self._run, "status") in _ACTIVE:
            self._desk.open("runs.cancel", {"thread_id": self._thread_id, "run_id": run_id})

    # ------------------------------------------------------------ a locked thread

    async def _unlocked(
        self, operation: str, body: Message, until_s: float | None = None
    ) -> Stream:
        """Do it; where a run of somebody else is in the way, wait for it or cancel it."""
        freed = False
        while True:
            within_s = None if until_s is None else max(0.0, until_s - self._desk.now_s)
            try:
                stream = await self._desk.begin(operation, body, within_s=within_s)
                if operation == "messages.create":
                    stream.close()
                return stream
            except Refused as refused:
                if freed or not _LOCKED.search(refused.trouble.said):
                    raise
            freed = True
            await self._free_thread()

    async def _free_thread(self) -> None:
        found = await self._desk.ask(
            "runs.list", {"thread_id": self._thread_id, "limit": 20, "order": "desc"}, again=True
        )
        for run in parts(found, "data"):
            if text(run, "status") not in _ACTIVE:
                continue
            run_id = text(run, "id")
            self._desk.notice_once(
                "locked", "Another answer is still being made in this thread: waiting for it."
            )
            try:
                await self._wait_for_run(run_id, self._desk.now_s + LOCKED_WAIT_S)
                if text(self._run, "status") != "requires_action":
                    continue
            except TimeUp:
                pass
            await self._cancel_run(run_id)
        self._run = {}


def message_text(message: Message) -> str:
    """The text of a thread's message."""
    pieces = [
        text(part(content, "text"), "value")
        for content in parts(message, "content")
        if text(content, "type") == "text"
    ]
    return "\n".join(piece for piece in pieces if piece)
