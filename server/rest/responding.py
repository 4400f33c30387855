"""One response: its object, and the events in which it comes."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field
from typing import Any

from server.brain.prompt import Turn
from server.realtime.core import new_id
from server.rest import hosted
from server.rest.items import text_part, tokens_in, turns_of
from server.rest.problems import server_error
from server.rest.shelf import Document
from server.rest.thinking import Thinking
from server.usage import text_tokens

Event = dict[str, Any]


@dataclass
class Responding:
    """Runs once; `response` is what it has become so far."""

    thinking: Thinking
    response: Document
    history: list[Document]
    """What was said before, without this request's input."""
    given: list[Document]
    """This request's input."""
    started_s: float = field(default_factory=time.monotonic)
    sequence: int = 0
    """The number of the next event."""
    _written: int = 0

    def _event(self, kind: str, **more: Any) -> Event:
        event = {"type": kind, "sequence_number": self.sequence, **more}
        self.sequence += 1
        return event

    def _whole(self, kind: str) -> Event:
        # A copy: later changes of the response are later events.
        return self._event(f"response.{kind}", response=dict(self.response))

    async def events(self) -> AsyncGenerator[Event, None]:
        """Ends with response.completed, .incomplete or .failed."""
        yield self._whole("created")
        if self.response["background"]:
            yield self._whole("queued")
        self.response["status"] = "in_progress"
        yield self._whole("in_progress")
        await self.thinking.first(self.started_s)
        if self.thinking.knobs.fail_response:
            problem = server_error()
            self.response["error"] = {"code": "server_error", "message": problem.message}
            yield self._end("failed")
            return
        reply = self._reply()
        if reply.tool is not None:
            for _ in range(self.thinking.knobs.tool_calls):
                async for event in self._call(reply.tool.name, reply.tool.arguments):
                    yield event
            yield self._end("completed")
            return
        if self.thinking.knobs.refusal:
            async for event in self._refusal(self.thinking.knobs.refusal):
                yield event
            yield self._end("completed")
            return
        text = reply.text
        work = hosted.work(self.response["tools"], self._last_said())
        if work is not None:
            for event in self._hosted(work):
                yield event
            text = work.answer
        async for event in self._message(text):
            yield event
        yield self._end("incomplete" if self.response["incomplete_details"] else "completed")

    def _turns(self) -> list[Turn]:
        return turns_of([*self.history, *self.given])

    def _last_said(self) -> str:
        turns = self._turns()
        return turns[-1].text if turns and turns[-1].role == "user" else ""

    def _reply(self) -> Any:
        tools = [tool for tool in self.response["tools"] if tool["type"] == "function"]
        instructions = self.response["instructions"] or ""
        choice = self.response["tool_choice"]
        return self.thinking.reply(self._turns(), instructions, tools, choice)

    async def _call(self, name: str, arguments: str) -> AsyncGenerator[Event, None]:
        item: Document = {
            "id": new_id("fc"),
            "type": "function_call",
            "status": "in_progress",
            "arguments": "",
            "call_id": new_id("call"),
            "name": name,
        }
        index = len(self.response["output"])
        place = {"item_id": item["id"], "output_index": index}
        yield self._event("response.output_item.added", output_index=index, item=dict(item))
        async for delta in self.thinking.flow(arguments):
            yield self._event("response.function_call_arguments.delta", **place, delta=delta)
        item |= {"arguments": arguments, "status": "completed"}
        yield self._event(
            "response.function_call_arguments.done", **place, name=name, arguments=arguments
        )
        self._written += text_tokens(name + arguments)
        self.response["output"].append(item)
        yield self._event("response.output_item.done", output_index=index, item=item)

    def _hosted(self, work: hosted.Work) -> list[Event]:
        """A hosted tool at work: all of its events."""
        index = len(self.response["output"])
        item = work.response_item(new_id)
        place = {"item_id": item["id"], "output_index": index}
        begun = {**item, "status": "in_progress"}
        kind = f"response.{item['type']}"
        events = [
            self._event("response.output_item.added", output_index=index, item=begun),
            self._event(f"{kind}.in_progress", **place),
        ]
        if work.kind == "code_interpreter":
            code = f"{kind}_code"
            events.append(self._event(f"{code}.delta", **place, delta=work.told))
            events.append(self._event(f"{code}.done", **place, code=work.told))
            events.append(self._event(f"{kind}.interpreting", **place))
        else:
            events.append(self._event(f"{kind}.searching", **place))
        events.append(self._event(f"{kind}.completed", **place))
        events.append(self._event("response.output_item.done", output_index=index, item=item))
        self._written += text_tokens(work.told)
        self.response["output"].append(item)
        return events

    async def _message(self, text: str) -> AsyncGenerator[Event, None]:
        item = self._new_message()
        index = len(self.response["output"])
        place = {"item_id": item["id"], "output_index": index, "content_index": 0}
        yield self._event("response.output_item.added", output_index=index, item=dict(item))
        part = text_part("", of_assistant=True)
        yield self._event("response.content_part.added", **place, part=part)
        written = ""
        flow = self.thinking.flow(text, self.response["max_output_tokens"] or float("inf"))
        async for delta in flow:
            written += delta
            yield self._event("response.output_text.delta", **place, delta=delta, logprobs=[])
            if self._stopped(written, text):
                break
        await flow.aclose()
        reason = self._stopped(written, text)
        if not reason and written != text:
            reason = "max_output_tokens"
        self.response["incomplete_details"] = {"reason": reason} if reason else None
        part = text_part(written, of_assistant=True)
        yield self._event("response.output_text.done", **place, text=written, logprobs=[])
        yield self._event("response.content_part.done", **place, part=part)
        cut = self.response["incomplete_details"] is not None
        item |= {"status": "incomplete" if cut else "completed", "content": [part]}
        self._written += text_tokens(written)
        self.response["output"].append(item)
        yield self._event("response.output_item.done", output_index=index, item=item)

    def _stopped(self, written: str, text: str) -> str:
        """Why the answer is ended here, half-way, by a knob; empty: it is not."""
        knobs = self.thinking.knobs
        if len(written) <= len(text) / 2:
            return ""
        if knobs.content_filter:
            return "content_filter"
        return "max_output_tokens" if knobs.incomplete_response else ""

    async def _refusal(self, text: str) -> AsyncGenerator[Event, None]:
        item = self._new_message()
        index = len(self.response["output"])
        place = {"item_id": item["id"], "output_index": index, "content_index": 0}
        yield self._event("response.output_item.added", output_index=index, item=dict(item))
        empty = {"type": "refusal", "refusal": ""}
        yield self._event("response.content_part.added", **place, part=empty)
        async for delta in self.thinking.flow(text):
            yield self._event("response.refusal.delta", **place, delta=delta)
        part = {"type": "refusal", "refusal": text}
        yield self._event("response.refusal.done", **place, refusal=text)
        yield self._event("response.content_part.done", **place, part=part)
        item |= {"status": "completed", "content": [part]}
        self._written += text_tokens(text)
        self.response["output"].append(item)
        yield self._event("response.output_item.done", output_index=index, item=item)

    def _new_message(self) -> Document:
        return {
            "id": new_id("msg"),
            "type": "message",
            "status": "in_progress",
            "content": [],
            "role": "assistant",
        }

    def _end(self, status: str) -> Event:
        self.response["status"] = status
        if status == "completed":
            self.response["completed_at"] = self.thinking.now_s()
        if status != "failed":
            self.response["usage"] = self._usage()
        return self._whole(status)

    def _usage(self) -> Document:
        instructions = text_tokens(self.response["instructions"] or "")
        before = instructions + tokens_in(self.history)
        read = before + tokens_in(self.given)
        # As at the real one: what is cached is a multiple of 128, from 1024 on.
        cached = before // 128 * 128 if read >= 1024 else 0
        return {
            "input_tokens": read,
            "input_tokens_details": {"cached_tokens": cached, "cache_write_tokens": 0},
            "output_tokens": self._written,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": read + self._written,
        }


async def finished(events: AsyncGenerator[Event, None]) -> None:
    """Let it run to its end."""
    async for _event in events:
        await asyncio.sleep(0)
