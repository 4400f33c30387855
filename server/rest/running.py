"""One run of an assistant on a thread: from queued to its end, as events."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import time

from server.brain.prompt import Reply, ToolCall, Turn
from server.realtime.core import new_id
from server.rest import hosted
from server.rest.run_object import (
    ENDED,
    ERRORS,
    HALF_WAY,
    LAST_ERROR,
    RUN,
    STEP,
    TIMES,
    new_step,
)
from server.rest.shelf import Document, Shelf
from server.rest.thinking import Thinking, sleep_until, tokens_of
from server.rest.threads import Threads, new_message, said_in, text_content
from server.usage import ITEM_OVERHEAD_TOKENS, text_tokens

StreamEvent = tuple[str, Document]


class Running:
    """Its documents are in the shelf at every change of a status."""

    def __init__(self, run: Document, shelf: Shelf, threads: Threads, thinking: Thinking) -> None:
        self.run = run
        self._shelf = shelf
        self._threads = threads
        self._thinking = thinking
        self._listeners: list[asyncio.Queue[StreamEvent | None]] = []
        self._step: Document | None = None
        self._message: Document | None = None
        self._written = ""
        self._output_tokens = 0
        self._why = ""
        """The status it ends with, once it is stopped from outside."""
        self._tools_done = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._started_s = time.monotonic()
        self._expires_due_s = float("inf")

    # From outside

    def listen(self) -> asyncio.Queue[StreamEvent | None]:
        """Its events from now on; None where it waits for the client or has ended."""
        queue: asyncio.Queue[StreamEvent | None] = asyncio.Queue()
        self._listeners.append(queue)
        return queue

    def start(self, expires_in_s: float, *, waits: bool = False) -> asyncio.Task[None]:
        """`waits`: it was waiting for tool outputs when the service ended."""
        loop = asyncio.get_running_loop()
        self._task = loop.create_task(self._go(waits=waits))
        self._expires_due_s = time.monotonic() + expires_in_s
        timer = loop.call_later(max(0.0, expires_in_s), self._stop, "expired")
        self._task.add_done_callback(lambda _task: timer.cancel())
        return self._task

    def cancel(self) -> None:
        """Cancelling now; cancelled soon."""
        self._set("cancelling")
        self._stop("cancelled")

    def _stop(self, why: str) -> None:
        if self._task is not None and not self._task.done() and not self._why:
            self._why = why
            self._task.cancel()

    def take_outputs(self, outputs: dict[str, str]) -> None:
        """What the client's functions gave, by call id."""
        step = self._step
        assert step is not None
        for call in step["step_details"]["tool_calls"]:
            call["function"]["output"] = outputs[call["id"]]
        self.run["required_action"] = None
        self._tools_done.set()
        self._started_s = time.monotonic()

    # The way of a run

    async def _go(self, *, waits: bool) -> None:
        try:
            if waits:
                steps = self._shelf.every(STEP, self.run["id"])
                self._step = next(step for step in steps if step["status"] == "in_progress")
                await self._wait_for_outputs()
            else:
                self._emit("thread.run.created", self.run)
            self._set("queued")
            await self._hang("queued")
            await self._work()
        except asyncio.CancelledError:
            if not self._why:
                raise
            if self._why == "cancelled":
                await self._be_cancelling()
            self._end(self._why)
        finally:
            self._hang_up()

    async def _work(self) -> None:
        self.run["started_at"] = self._thinking.now_s()
        while True:
            self._set("in_progress")
            await self._thinking.first(self._started_s)
            if self._prompt_tokens() > (self.run["max_prompt_tokens"] or float("inf")):
                self.run["incomplete_details"] = {"reason": "max_prompt_tokens"}
                self._end("incomplete")
                return
            reply = self._reply()
            if reply.tool is None:
                break
            await self._call(reply.tool)
            self._set("queued")
        text = reply.text
        work = hosted.work(self.run["tools"], self._last_said())
        if work is not None:
            self._hosted(work)
            text = work.answer
        await self._say(text)

    async def _be_cancelling(self) -> None:
        knobs = self._thinking.knobs
        if knobs.run_status == "cancelling":
            await sleep_until(self._expires_due_s)
            self._why = "expired"
        else:
            await asyncio.sleep(knobs.cancel_ms / 1000)

    async def _hang(self, status: str) -> None:
        if self._thinking.knobs.run_status == status:
            await asyncio.Event().wait()

    def _turns(self) -> list[Turn]:
        run = self.run
        messages = self._threads.messages(run["thread_id"])
        strategy = run["truncation_strategy"]
        if strategy["type"] == "last_messages" and strategy["last_messages"]:
            messages = messages[-strategy["last_messages"] :]
        turns = [
            Turn(message["role"], said_in(message), cut=message["status"] == "incomplete")
            for message in messages
            if message["status"] != "in_progress"
        ]
        for step in self._shelf.every(STEP, run["id"]):
            for call in step["step_details"].get("tool_calls", ()):
                if call["type"] == "function" and call["function"]["output"] is not None:
                    function = call["function"]
                    turns.append(Turn("tool", function["output"], tool_name=function["name"]))
        return turns

    def _last_said(self) -> str:
        turns = self._turns()
        return turns[-1].text if turns and turns[-1].role == "user" else ""

    def _reply(self) -> Reply:
        run = self.run
        functions = [tool["function"] for tool in run["tools"] if tool["type"] == "function"]
        choice = run["tool_choice"]
        if isinstance(choice, dict):
            choice = choice.get("function") or choice
        turns = self._turns()
        asked = bool(turns) and turns[-1].role == "tool"
        if self._thinking.knobs.run_status == "requires_action" and functions and not asked:
            choice = {"name": functions[0]["name"]}
        return self._thinking.reply(turns, run["instructions"], functions, choice)

    def _prompt_tokens(self) -> int:
        each = (text_tokens(turn.text) + ITEM_OVERHEAD_TOKENS for turn in self._turns())
        return text_tokens(self.run["instructions"]) + sum(each)

    # Tools

    async def _call(self, tool: ToolCall) -> None:
        asked = {"name": tool.name, "arguments": tool.arguments}
        calls = [
            {"id": new_id("call"), "type": "function", "function": {**asked, "output": None}}
            for _ in range(self._thinking.knobs.tool_calls)
        ]
        self._begin_step({"type": "tool_calls", "tool_calls": calls})
        for index, call in enumerate(calls):
            begun = {"name": tool.name, "arguments": "", "output": None}
            self._step_delta({**call, "index": index, "function": begun})
            async for delta in self._thinking.flow(tool.arguments):
                part = {"index": index, "type": "function", "function": {"arguments": delta}}
                self._step_delta(part)
            self._output_tokens += text_tokens(tool.name + tool.arguments)
        self.run["required_action"] = {
            "type": "submit_tool_outputs",
            "submit_tool_outputs": {"tool_calls": [{**call, "function": asked} for call in calls]},
        }
        self._set("requires_action")
        self._hang_up()
        await self._wait_for_outputs()

    async def _wait_for_outputs(self) -> None:
        await self._tools_done.wait()
        self._tools_done.clear()
        self._end_step("completed")

    def _hosted(self, work: hosted.Work) -> None:
        call = work.step_call(new_id("call"))
        self._begin_step({"type": "tool_calls", "tool_calls": [call]})
        self._step_delta({"index": 0, **call})
        self._output_tokens += text_tokens(work.told)
        self._end_step("completed")

    # Text

    async def _say(self, text: str) -> None:
        run = self.run
        message = new_message(run["thread_id"], "assistant", self._thinking.now_s())
        message |= {
            "assistant_id": run["assistant_id"],
            "run_id": run["id"],
            "status": "in_progress",
        }
        creation = {"message_id": message["id"]}
        self._begin_step({"type": "message_creation", "message_creation": creation})
        self._message = message
        self._threads.keep_message(message)
        self._emit("thread.message.created", message)
        self._emit("thread.message.in_progress", message)
        limit = run["max_completion_tokens"] or float("inf")
        forced = self._thinking.knobs.run_status
        half = max(1, len(tokens_of(text)) // 2)
        async with contextlib.aclosing(self._thinking.flow(text, limit)) as flow:
            count = 0
            async for token in flow:
                self._write(token)
                count += 1
                if forced in HALF_WAY and count >= half:
                    break
                if forced == "in_progress" and count >= half:
                    await asyncio.Event().wait()
        status = forced if forced in HALF_WAY else "completed"
        if status == "incomplete" or (status == "completed" and self._written != text):
            status = "incomplete"
            run["incomplete_details"] = {"reason": "max_completion_tokens"}
        self._end(status)

    def _write(self, token: str) -> None:
        assert self._message is not None
        text: Document = {"value": token}
        if not self._written:
            text["annotations"] = []
        self._written += token
        content = [{"index": 0, "type": "text", "text": text}]
        self._emit(
            "thread.message.delta",
            {
                "id": self._message["id"],
                "object": "thread.message.delta",
                "delta": {"content": content},
            },
        )

    def _end_message(self, status: str) -> None:
        message = self._message
        if message is None:
            return
        self._message = None
        message["content"] = [text_content(self._written)] if self._written else []
        if status == "completed":
            message |= {"status": "completed", "completed_at": self._thinking.now_s()}
        else:
            reason = "max_tokens" if status == "incomplete" else f"run_{status}"
            message |= {
                "status": "incomplete",
                "incomplete_at": self._thinking.now_s(),
                "incomplete_details": {"reason": reason},
            }
        self._output_tokens += text_tokens(self._written)
        self._threads.keep_message(message)
        self._emit(f"thread.message.{message['status']}", message)

    # Steps

    def _begin_step(self, details: Document) -> None:
        self._step = new_step(self.run, details, self._thinking.now_s())
        self._keep_step(self._step)
        self._emit("thread.run.step.created", self._step)
        self._emit("thread.run.step.in_progress", self._step)

    def _step_delta(self, call: Document) -> None:
        assert self._step is not None
        details = {"type": "tool_calls", "tool_calls": [call]}
        self._emit(
            "thread.run.step.delta",
            {
                "id": self._step["id"],
                "object": "thread.run.step.delta",
                "delta": {"step_details": details},
            },
        )

    def _end_step(self, status: str) -> None:
        step = self._step
        if step is None:
            return
        self._step = None
        # Steps know no `incomplete`.
        step["status"] = "completed" if status == "incomplete" else status
        step[TIMES[step["status"]]] = self._thinking.now_s()
        if status == "failed":
            step["last_error"] = LAST_ERROR
        step["usage"] = self._usage()
        self._keep_step(step)
        self._emit(f"thread.run.step.{step['status']}", step)

    def _keep_step(self, step: Document) -> None:
        if self._kept():
            self._shelf.put(STEP, step, step["run_id"])

    # The run itself

    def _kept(self) -> bool:
        return self._shelf.get(RUN, self.run["id"], self.run["thread_id"]) is not None

    def _set(self, status: str) -> None:
        self.run["status"] = status
        if self._kept():
            self._shelf.put(RUN, self.run, self.run["thread_id"])
        self._emit(f"thread.run.{status}", self.run)

    def _usage(self) -> Document:
        read = self._prompt_tokens()
        wrote = self._output_tokens
        return {"prompt_tokens": read, "completion_tokens": wrote, "total_tokens": read + wrote}

    def _end(self, status: str) -> None:
        usage = self._usage()
        self._end_message(status)
        self._end_step(status)
        usage["completion_tokens"] = self._output_tokens
        usage["total_tokens"] = usage["prompt_tokens"] + self._output_tokens
        self.run |= {"usage": usage, "expires_at": None, "required_action": None}
        if status == "failed":
            code = self._thinking.knobs.run_error
            self.run["last_error"] = {"code": code, "message": ERRORS[code]}
        if status in TIMES and TIMES[status] in self.run:
            self.run[TIMES[status]] = self._thinking.now_s()
        self._set(status)

    def _emit(self, event: str, data: Document) -> None:
        for queue in self._listeners:
            queue.put_nowait((event, copy.deepcopy(data)))

    def _hang_up(self) -> None:
        for queue in self._listeners:
            queue.put_nowait(None)
        self._listeners.clear()

    @property
    def done(self) -> bool:
        return self.run["status"] in ENDED
