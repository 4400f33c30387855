"""The Responses endpoints."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Iterable
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from server.rest.conversations import Conversations
from server.rest.door import Door, json_body
from server.rest.items import check_calls, items_from
from server.rest.pages import page
from server.rest.problems import Problem, not_found
from server.rest.responding import Event, Responding, finished
from server.rest.response_object import CREATE, new_response
from server.rest.shelf import Document, Shelf
from server.rest.stream import event_bytes
from server.rest.thinking import Thinking

RESPONSE, GIVEN, TRAIL = "response", "given", "trail"


def _locked() -> Problem:
    return Problem(
        "Another process is currently operating on this conversation. "
        "Please retry in a few seconds.",
        code="conversation_locked",
        param="conversation",
    )


class Responses:
    def __init__(self, shelf: Shelf, thinking: Thinking, conversations: Conversations) -> None:
        self._shelf = shelf
        self._thinking = thinking
        self._conversations = conversations
        self._locked: set[str] = set()
        self._background: dict[str, asyncio.Task[None]] = {}
        for _, response in shelf.everywhere(RESPONSE):
            if response["status"] in ("queued", "in_progress"):
                error = {"code": "server_error", "message": "The service was restarted."}
                shelf.put(RESPONSE, {**response, "status": "failed", "error": error})

    def routes(self, door: Door, base: str) -> list[Route]:
        self._door = door
        one = base + "/responses/{response}"
        return [
            door.route(base + "/responses", post=self.create),
            door.route(one, get=self.get, delete=self.delete),
            door.route(one + "/cancel", post=self.cancel),
            door.route(one + "/input_items", get=self.input_items),
        ]

    # Create

    async def create(self, request: Request) -> Any:
        body = await json_body(request, CREATE)
        if not body.get("model"):
            message = "Missing required parameter: 'model'."
            raise Problem(message, code="missing_required_parameter", param="model")
        self._thinking.check_model(body["model"], request)
        conversation = body.get("conversation")
        if isinstance(conversation, dict):
            conversation = conversation["id"]
        history = self._history(conversation, body.get("previous_response_id"))
        given = items_from(body.get("input"), history)
        if not history and not given:
            raise Problem(
                "Missing required parameter: 'input'.",
                code="missing_required_parameter",
                param="input",
            )
        check_calls([*history, *given])
        if conversation is not None:
            if conversation in self._locked or self._thinking.faults.take(
                "conversation_locked_times"
            ):
                raise _locked()
            self._locked.add(conversation)
        response = new_response(body, conversation, self._thinking.now_s())
        work = Responding(self._thinking, response, history, given)
        events = self._kept(work, conversation)
        if body.get("background"):
            return await self._in_background(work, events, stream=bool(body.get("stream")))
        if body.get("stream"):
            # Begun here: what has begun is also ended, even if the client leaves at once.
            first = await anext(events)
            return self._door.stream(_encoded(events, first), failure=_failing(work))
        await finished(events)
        return work.response

    def _history(self, conversation: str | None, previous: str | None) -> list[Document]:
        if conversation is not None and previous is not None:
            raise Problem(
                "Mutually exclusive parameters: 'conversation' and 'previous_response_id'. "
                "Ensure you are only providing one of them.",
                code="mutually_exclusive_parameters",
            )
        if conversation is not None:
            self._conversations.find(conversation)
            return self._conversations.items(conversation)
        if previous is None:
            return []
        if self._shelf.get(RESPONSE, previous) is None:
            raise Problem(
                f"Previous response with id '{previous}' not found.",
                code="previous_response_not_found",
                param="previous_response_id",
            )
        return self._trail(previous)

    def _trail(self, ident: str | None) -> list[Document]:
        """Everything said up to the end of that response, as far as it is still kept."""
        parts: list[list[Document]] = []
        while ident is not None and (kept := self._shelf.get(TRAIL, ident)) is not None:
            parts.append(kept["items"])
            if kept["conversation"] is not None:
                parts.append(self._conversations.items(kept["conversation"])[: kept["skipped"]])
            ident = kept["before"]
        return [item for part in reversed(parts) for item in part]

    async def _kept(
        self, work: Responding, conversation: str | None
    ) -> AsyncGenerator[Event, None]:
        """The events; what they lead to is stored, the conversation is free at the end."""
        response = work.response
        kept = False
        try:
            self._keep(work)
            async for event in work.events():
                # Before the client hears of it: whoever has seen the end finds the result.
                if event["type"] in ("response.completed", "response.incomplete"):
                    self._keep(work)
                    kept = True
                    if conversation is not None:
                        self._conversations.add(conversation, [*work.given, *response["output"]])
                        self._locked.discard(conversation)
                yield event
        finally:
            if conversation is not None:
                self._locked.discard(conversation)
            if response["status"] in ("queued", "in_progress"):
                response["status"] = "cancelled"
            if not kept:
                self._keep(work)

    def _keep(self, work: Responding) -> None:
        response = work.response
        if not response["store"]:
            return
        self._shelf.put(RESPONSE, response)
        for item in work.given:
            self._shelf.put(GIVEN, item, response["id"])
        conversation = response["conversation"]
        trail = {
            "id": response["id"],
            "items": [*work.given, *response["output"]],
            "before": response["previous_response_id"],
            "conversation": conversation["id"] if conversation else None,
            "skipped": len(work.history),
        }
        self._shelf.put(TRAIL, trail)

    async def _in_background(
        self, work: Responding, events: AsyncGenerator[Event, None], *, stream: bool
    ) -> Any:
        if not work.response["store"]:
            await events.aclose()
            raise Problem("Background mode requires 'store' to be true.", param="background")
        ident = work.response["id"]
        queue: asyncio.Queue[Event | None] = asyncio.Queue()

        async def run() -> None:
            try:
                async for event in events:
                    queue.put_nowait(event)
                    if not event["type"].endswith(".delta"):
                        self._shelf.put(RESPONSE, work.response)
            finally:
                await events.aclose()
                queue.put_nowait(None)
                self._background.pop(ident, None)

        async def listen() -> AsyncGenerator[Event, None]:
            while (event := await queue.get()) is not None:
                yield event

        work.response["status"] = "queued"
        self._shelf.put(RESPONSE, work.response)
        self._background[ident] = asyncio.create_task(run())
        if stream:
            return self._door.stream(_encoded(listen()), failure=_failing(work))
        return dict(work.response)

    # The rest

    def _asked(self, request: Request) -> Document:
        ident = request.path_params["response"]
        found = self._shelf.get(RESPONSE, ident)
        if found is None:
            raise not_found("Response", ident)
        return found

    async def get(self, request: Request) -> Any:
        return self._asked(request)

    async def delete(self, request: Request) -> Any:
        ident = self._asked(request)["id"]
        self._shelf.delete(RESPONSE, ident)
        self._shelf.delete(TRAIL, ident)
        self._shelf.delete_children(ident)
        return {"id": ident, "object": "response", "deleted": True}

    async def cancel(self, request: Request) -> Any:
        response = self._asked(request)
        if not response["background"]:
            raise Problem("Cannot cancel a synchronous response.")
        task = self._background.get(response["id"])
        if task is not None:
            task.cancel()
            await asyncio.wait((task,))
        return self._asked(request)

    async def input_items(self, request: Request) -> Any:
        ident = self._asked(request)["id"]
        return page(self._shelf, GIVEN, ident, request.query_params, noun="item")


async def _encoded(
    events: AsyncGenerator[Event, None], first: Event | None = None
) -> AsyncGenerator[bytes, None]:
    try:
        if first is not None:
            yield event_bytes(first, first["type"])
        async for event in events:
            yield event_bytes(event, event["type"])
    finally:
        await events.aclose()


def _failing(work: Responding) -> Callable[[Problem], Iterable[bytes]]:
    def failure(problem: Problem) -> Iterable[bytes]:
        event = {
            "type": "error",
            "sequence_number": work.sequence,
            "code": problem.code,
            "message": problem.message,
            "param": problem.param,
        }
        yield event_bytes(event, "error")

    return failure
