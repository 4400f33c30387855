"""The endpoints of runs and their steps; who may run on which thread."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from server.realtime.core import new_id
from server.rest.assistant_shapes import (
    CHANGE_METADATA,
    CREATE_RUN,
    CREATE_THREAD_AND_RUN,
    TOOL_OUTPUTS,
)
from server.rest.assistants import Assistants
from server.rest.door import Door, Endpoint, json_body
from server.rest.pages import page
from server.rest.problems import Problem, none_found
from server.rest.run_object import ENDED, LAST_ERROR, RUN, STEP, new_run
from server.rest.running import Running, StreamEvent
from server.rest.shelf import Document, Shelf
from server.rest.stream import event_bytes
from server.rest.thinking import Thinking
from server.rest.threads import Threads

DONE = event_bytes("[DONE]", "done")


class Runs:
    def __init__(
        self, shelf: Shelf, thinking: Thinking, assistants: Assistants, threads: Threads
    ) -> None:
        self._shelf = shelf
        self._thinking = thinking
        self._assistants = assistants
        self._threads = threads
        self._running: dict[str, Running] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        threads.active_run = self._holder
        for thread, run in shelf.everywhere(RUN):
            if run["status"] not in (*ENDED, "requires_action"):
                failed = {"status": "failed", "last_error": LAST_ERROR, "expires_at": None}
                shelf.put(RUN, {**run, **failed, "failed_at": thinking.now_s()}, thread)

    def routes(self, door: Door, base: str, guard: Callable[[Endpoint], Endpoint]) -> list[Route]:
        self._door = door
        runs = base + "/threads/{thread}/runs"
        one = runs + "/{run}"
        return [
            door.route(base + "/threads/runs", post=guard(self.create_with_thread)),
            door.route(runs, get=guard(self.list_all), post=guard(self.create)),
            door.route(one, get=guard(self.get), post=guard(self.change)),
            door.route(one + "/cancel", post=guard(self.cancel)),
            door.route(one + "/submit_tool_outputs", post=guard(self.submit)),
            door.route(one + "/steps", get=guard(self.list_steps)),
            door.route(one + "/steps/{step}", get=guard(self.get_step)),
        ]

    # Who holds a thread

    def _holder(self, thread: str) -> str | None:
        """The active run of a thread, or an invented one where a knob asks for it."""
        if self._thinking.faults.take("lock_thread_times"):
            return new_id("run")
        for run in reversed(self._shelf.every(RUN, thread)):
            if run["status"] not in ENDED:
                ident: str = run["id"]
                return ident
        return None

    def _check_free(self, thread: str) -> None:
        active = self._holder(thread)
        if active is not None:
            raise Problem(f"Thread {thread} already has an active run {active}.")

    # Create

    async def create(self, request: Request) -> Any:
        thread = self._threads.find(request.path_params["thread"])["id"]
        body = await json_body(request, CREATE_RUN)
        assistant = self._checked(body, request)
        self._check_free(thread)
        for message in body.get("additional_messages") or []:
            self._threads.add(thread, message)
        return self._start(thread, assistant, body)

    async def create_with_thread(self, request: Request) -> Any:
        body = await json_body(request, CREATE_THREAD_AND_RUN)
        assistant = self._checked(body, request)
        thread = self._threads.new_thread(body.get("thread") or {})
        return self._start(thread["id"], assistant, body, event_bytes(thread, "thread.created"))

    def _checked(self, body: Document, request: Request) -> Document:
        assistant = self._assistants.find(body["assistant_id"])
        if body.get("model"):
            self._thinking.check_model(body["model"], request)
        return assistant

    def _start(self, thread: str, assistant: Document, body: Document, before: bytes = b"") -> Any:
        run = new_run(thread, assistant, body, self._thinking.now_s())
        expires_in_s = self._thinking.knobs.run_expires_s
        run["expires_at"] = int(run["created_at"] + expires_in_s)
        self._shelf.put(RUN, run, thread)
        running = Running(run, self._shelf, self._threads, self._thinking)
        answer = self._streamed(running, before) if body.get("stream") else dict(run)
        self._run(running, expires_in_s)
        return answer

    def _run(self, running: Running, expires_in_s: float, *, waits: bool = False) -> None:
        ident = running.run["id"]
        self._running[ident] = running
        task = running.start(expires_in_s, waits=waits)
        self._tasks.add(task)

        def forget(done: asyncio.Task[None]) -> None:
            self._tasks.discard(done)
            self._running.pop(ident, None)

        task.add_done_callback(forget)

    def _streamed(self, running: Running, before: bytes = b"") -> Response:
        queue = running.listen()

        async def events() -> AsyncGenerator[bytes, None]:
            if before:
                yield before
            while (event := await queue.get()) is not None:
                yield _encoded(event)
            yield DONE

        return self._door.stream(events(), failure=_failure)

    # One run

    def _asked(self, request: Request) -> Document:
        thread = self._threads.find(request.path_params["thread"])["id"]
        ident = request.path_params["run"]
        found = self._shelf.get(RUN, ident, thread)
        if found is None:
            raise none_found("run", ident)
        return found

    def _live(self, run: Document) -> Running:
        """Its work; taken up again if the service has been restarted since."""
        if run["id"] not in self._running:
            running = Running(run, self._shelf, self._threads, self._thinking)
            self._run(running, (run["expires_at"] or 0) - self._thinking.now_s(), waits=True)
        return self._running[run["id"]]

    async def get(self, request: Request) -> Any:
        run = self._asked(request)
        if run["status"] == "requires_action":
            self._live(run)
            await asyncio.sleep(0)
            run = self._asked(request)
        return run

    async def list_all(self, request: Request) -> Any:
        thread = self._threads.find(request.path_params["thread"])["id"]
        return page(self._shelf, RUN, thread, request.query_params, noun="run")

    async def change(self, request: Request) -> Any:
        run = self._asked(request)
        body = await json_body(request, CHANGE_METADATA, empty=True)
        run["metadata"] = body.get("metadata") or {}
        if run["id"] in self._running:
            self._running[run["id"]].run["metadata"] = run["metadata"]
        self._shelf.put(RUN, run, run["thread_id"])
        return run

    async def cancel(self, request: Request) -> Any:
        run = self._asked(request)
        if run["status"] in (*ENDED, "cancelling"):
            raise Problem(f"Cannot cancel run with status '{run['status']}'.")
        self._live(run).cancel()
        return self._asked(request)

    async def submit(self, request: Request) -> Any:
        run = self._asked(request)
        body = await json_body(request, TOOL_OUTPUTS)
        if run["status"] != "requires_action":
            raise Problem(f'Runs in status "{run["status"]}" do not accept tool outputs.')
        calls = run["required_action"]["submit_tool_outputs"]["tool_calls"]
        expected = [call["id"] for call in calls]
        outputs = {
            output["tool_call_id"]: output.get("output", "") for output in body["tool_outputs"]
        }
        if set(outputs) != set(expected):
            got = list(outputs)
            raise Problem(f"Expected tool outputs for call_ids {expected}, got {got}")
        running = self._live(run)
        await asyncio.sleep(0)  # work that was taken up again finds its step first
        answer = self._streamed(running) if body.get("stream") else None
        running.take_outputs(outputs)
        if answer is not None:
            return answer
        return {**run, "status": "queued", "required_action": None}

    # Steps

    async def list_steps(self, request: Request) -> Any:
        run = self._asked(request)
        return page(self._shelf, STEP, run["id"], request.query_params, noun="run step")

    async def get_step(self, request: Request) -> Any:
        run = self._asked(request)
        ident = request.path_params["step"]
        found = self._shelf.get(STEP, ident, run["id"])
        if found is None:
            raise none_found("run step", ident)
        return found


def _encoded(event: StreamEvent) -> bytes:
    name, data = event
    return event_bytes(data, name)


def _failure(problem: Problem) -> Iterable[bytes]:
    yield event_bytes(problem.body(), "error")
    yield DONE
