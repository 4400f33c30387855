"""The Assistants protocol: assistants, threads, runs.

Gone from api.openai.com since 2026-08-26; compatible servers still speak it.
"""

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
from tui.sessions.http.assistant_setup import find_assistant, find_thread, lost, make_thread
from tui.sessions.http.desk import Desk, Stream
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.http.flow import TimeUp
from tui.sessions.http.pages import recall
from tui.sessions.http.run_bodies import message_body, run_body
from tui.sessions.http.run_steps import step_text
from tui.sessions.http.service import CONTINUES, Outcome, Question, Recalled, heard_note
from tui.sessions.http.thread import STOPPED, Thread
from tui.sessions.http.tool_calls import ToolCall, ToolCalls
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.http.usage import run_usage
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import Message, part, parts, text
from tui.sessions.realtime.words import describe

NAMED_WITHIN_S: Final = 3.0
"""For the first event of a run, when it is to be cancelled."""
TOOLS_WITHIN_S: Final = 540.0
"""Tool outputs come too late ten minutes after the run began."""
_STATES: Final = {
    "queued": "did not leave the queue",
    "requires_action": "got no results for its functions",
}
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
        self._assistant_id = ""
        self._thread = Thread(desk, options.remote_id)
        self._stream: Stream | None = None
        self._seen: set[str] = set()
        """Messages of which a part was shown."""

    # ------------------------------------------------------------ opening

    async def open(self) -> None:
        """Find the assistant and the thread, or make them."""
        self._assistant_id = await find_assistant(self._desk, self._endpoint, self._options)
        if self._thread.id:
            await find_thread(self._desk, self._thread.id)
        else:
            self._thread.id = await make_thread(self._desk, self._past)
        self._desk.emit(ConversationOpened(self._thread.id))

    def gone(self, trouble: Trouble) -> SessionEnded | None:
        """Everything we ask for lies in the thread."""
        return lost(self._thread.id) if trouble.status == 404 else None

    async def recall(self) -> list[Recalled]:
        """The thread's messages, where our own record has none."""
        if not self._options.remote_id or self._past:
            return []
        return await recall(
            self._desk, "messages.list", {"thread_id": self._thread.id}, message_text
        )

    # ------------------------------------------------------------ a turn

    async def answer(self, question: Question, answer: Answer) -> Outcome:
        """Post the message, run, follow."""
        self._thread.run = {}
        body = message_body(self._options, question.text)
        posted = await self._thread.begin("messages.create", body)
        posted.let_go()
        note = heard_note(question.cuts)
        if note:
            self._note = " ".join(filter(None, (self._note, note)))
        if question.unanswered:
            return Outcome("interrupted")
        answer.stoppable = True
        until_s = self._desk.now_s + self._options.run_limit_s
        try:
            body = run_body(self._options, self._assistant_id, self._note)
            limit_s = self._options.run_limit_s
            self._stream = await self._thread.begin("runs.stream", body, within_s=limit_s)
            self._note = ""
            return await self._follow(answer, until_s)
        except TimeUp:
            return await self._too_slow(answer)

    async def _follow(self, answer: Answer, until_s: float) -> Outcome:
        """Read the run's events until it has ended, tools included."""
        while True:
            broken = await self._read(answer, until_s)
            status = self._thread.status
            if status not in STOPPED:
                await self._catch_up(answer, until_s, broken)
                status = self._thread.status
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
                    if event.removeprefix("thread.run.") in STOPPED:
                        self._stream.let_go()
                        return None
        except Refused as refused:
            if refused.trouble.status or not self._thread.run_id:
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
        elif _is_run(event):
            self._thread.run = data
        elif event == "error" or "error" in data:
            error = part(data, "error") or data
            raise Refused(
                Trouble(400, text(error, "code"), text(error, "type"), text(error, "message"))
            )

    async def _catch_up(self, answer: Answer, until_s: float, broken: Trouble | None) -> None:
        """The stream ended before the run did: ask for the rest."""
        run_id = self._thread.run_id
        if not run_id:
            raise Refused(broken or Trouble(cause="The service ended the answer early."))
        await self._thread.wait(run_id, until_s)
        found = await self._desk.ask(
            "messages.list",
            {"thread_id": self._thread.id, "run_id": run_id, "order": "asc", "limit": 100},
            again=True,
        )
        answer.catch_up("\n\n".join(message_text(entry) for entry in parts(found, "data")))

    async def _answer_tools(self, answer: Answer) -> None:
        action = part(part(self._thread.run, "required_action"), "submit_tool_outputs")
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
                "thread_id": self._thread.id,
                "run_id": self._thread.run_id,
                "tool_outputs": outputs,
                "stream": True,
            },
        )
        if answer.text:
            answer.next_message()

    def _outcome(self, status: str) -> Outcome:
        usage = part(self._thread.run, "usage")
        if usage:
            self._desk.emit(
                UsageReported(run_usage(usage), id=self._thread.run_id, model=self._model())
            )
        if status == "completed":
            return Outcome()
        if status == "incomplete":
            reason = text(part(self._thread.run, "incomplete_details"), "reason")
            words = _REASONS.get(reason, reason or "the service gave no reason")
            self._desk.notice(f"The answer is incomplete: {words}.", "warning")
            return Outcome("incomplete", words)
        if status == "cancelled":
            return Outcome("interrupted", "cancelled at the service")
        if status == "expired":
            words = "The run expired: it took too long, or its tools were answered too late."
        else:
            error = part(self._thread.run, "last_error")
            code, said = text(error, "code"), text(error, "message")
            words = describe(code, "", said, model=self._options.model).words
        self._desk.notice(words, "error")
        return Outcome("failed", words)

    def _model(self) -> str:
        return text(self._thread.run, "model") or self._options.model

    # ------------------------------------------------------------ stopping

    async def _too_slow(self, answer: Answer) -> Outcome:
        state = _STATES.get(self._thread.status or "queued", "was not finished")
        if self._stream is not None:
            self._stream.close()
        try:
            await self._cancel()
            done = "it was cancelled"
        except (Refused, TimeUp):
            done = "it could not be cancelled either"
        limit_s = self._options.run_limit_s
        words = f"The run {state} within {limit_s:.0f} s; {done}. Try again."
        self._desk.notice(words, "error")
        return Outcome("incomplete" if answer.started else "failed", words)

    async def stopped(self) -> None:
        """The user interrupted: cancel the run and wait until the thread is free."""
        stream = self._stream
        if stream is not None:
            until_s = self._desk.now_s + NAMED_WITHIN_S
            # A run whose name has not come cannot be cancelled.
            while stream.parts or not self._thread.run_id:
                message = await stream.next(until_s)
                if message is None:
                    break
                if isinstance(message, dict) and _is_run(text(message, "event")):
                    self._thread.run = part(message, "data")
            stream.close()
        await self._cancel()

    async def _cancel(self) -> None:
        """Cancel the current run, if it still works, and wait for its end."""
        if not self._thread.active:
            return
        run_id = self._thread.run_id
        await self._thread.cancel(run_id)
        usage = part(self._thread.run, "usage")
        if usage:
            self._desk.emit(UsageReported(run_usage(usage), id=run_id, model=self._model()))

    def leave(self) -> None:
        """The session ends: a run that still works is cancelled, nobody will read it."""
        if self._thread.active:
            ids: Message = {"thread_id": self._thread.id, "run_id": self._thread.run_id}
            self._desk.open("runs.cancel", ids)


def _is_run(event: str) -> bool:
    """Whether an event carries the run itself."""
    return event.startswith("thread.run.") and not event.startswith("thread.run.step.")


def message_text(message: Message) -> str:
    """The text of a thread's message."""
    pieces = [
        text(part(content, "text"), "value")
        for content in parts(message, "content")
        if text(content, "type") == "text"
    ]
    return "\n".join(piece for piece in pieces if piece)
