"""Threads and their messages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from server.realtime.core import new_id
from server.rest.assistant_shapes import (
    CHANGE_METADATA,
    CHANGE_THREAD,
    CREATE_MESSAGE,
    CREATE_THREAD,
)
from server.rest.door import Door, Endpoint, json_body
from server.rest.pages import page
from server.rest.problems import Problem, none_found
from server.rest.shelf import Document, Shelf
from server.rest.thinking import Thinking

THREAD, MESSAGE = "thread", "message"


class Threads:
    def __init__(self, shelf: Shelf, thinking: Thinking) -> None:
        self._shelf = shelf
        self._thinking = thinking
        self.active_run: Callable[[str], str | None]
        """The run that holds a thread; set by who runs them."""

    def routes(self, door: Door, base: str, guard: Callable[[Endpoint], Endpoint]) -> list[Route]:
        one = base + "/threads/{thread}"
        message = one + "/messages/{message}"
        return [
            door.route(base + "/threads", post=guard(self.create)),
            door.route(
                one, get=guard(self.get), post=guard(self.change), delete=guard(self.delete)
            ),
            door.route(
                one + "/messages", get=guard(self.list_messages), post=guard(self.add_message)
            ),
            door.route(
                message,
                get=guard(self.get_message),
                post=guard(self.change_message),
                delete=guard(self.delete_message),
            ),
        ]

    # For runs

    def find(self, ident: str) -> Document:
        """Raises Problem where there is none."""
        found = self._shelf.get(THREAD, ident)
        if found is None:
            raise none_found("thread", ident)
        return found

    def messages(self, thread: str) -> list[Document]:
        return self._shelf.every(MESSAGE, thread)

    def keep_message(self, message: Document) -> None:
        """Deleted threads take nothing."""
        if self._shelf.get(THREAD, message["thread_id"]) is not None:
            self._shelf.put(MESSAGE, message, message["thread_id"], link=message["run_id"] or "")

    def new_thread(self, body: Document) -> Document:
        thread: Document = {
            "id": new_id("thread"),
            "object": "thread",
            "created_at": self._thinking.now_s(),
            "metadata": body.get("metadata") or {},
            "tool_resources": body.get("tool_resources") or {},
        }
        self._shelf.put(THREAD, thread)
        for sent in body.get("messages") or []:
            self.add(thread["id"], sent)
        return thread

    def add(self, thread: str, sent: Document) -> Document:
        """A message of a client."""
        message = new_message(thread, sent["role"], self._thinking.now_s())
        message["content"] = _content(sent["content"])
        message["attachments"] = sent.get("attachments") or []
        message["metadata"] = sent.get("metadata") or {}
        self.keep_message(message)
        return message

    # Threads

    def _asked(self, request: Request) -> str:
        ident: str = self.find(request.path_params["thread"])["id"]
        return ident

    async def create(self, request: Request) -> Any:
        return self.new_thread(await json_body(request, CREATE_THREAD, empty=True))

    async def get(self, request: Request) -> Any:
        return self.find(request.path_params["thread"])

    async def change(self, request: Request) -> Any:
        thread = self.find(request.path_params["thread"])
        body = await json_body(request, CHANGE_THREAD, empty=True)
        thread |= {name: value or {} for name, value in body.items()}
        self._shelf.put(THREAD, thread)
        return thread

    async def delete(self, request: Request) -> Any:
        ident = self._asked(request)
        self._shelf.delete(THREAD, ident)
        self._shelf.delete_children(ident)
        return {"id": ident, "object": "thread.deleted", "deleted": True}

    # Messages

    async def add_message(self, request: Request) -> Any:
        thread = self._asked(request)
        body = await json_body(request, CREATE_MESSAGE)
        active = self.active_run(thread)
        if active is not None:
            raise Problem(f"Can't add messages to {thread} while a run {active} is active.")
        return self.add(thread, body)

    async def list_messages(self, request: Request) -> Any:
        query = request.query_params
        link = query.get("run_id", "")
        return page(self._shelf, MESSAGE, self._asked(request), query, noun="message", link=link)

    def _asked_message(self, request: Request) -> Document:
        ident = request.path_params["message"]
        found = self._shelf.get(MESSAGE, ident, self._asked(request))
        if found is None:
            raise none_found("message", ident)
        return found

    async def get_message(self, request: Request) -> Any:
        return self._asked_message(request)

    async def change_message(self, request: Request) -> Any:
        message = self._asked_message(request)
        body = await json_body(request, CHANGE_METADATA, empty=True)
        message["metadata"] = body.get("metadata") or {}
        self.keep_message(message)
        return message

    async def delete_message(self, request: Request) -> Any:
        message = self._asked_message(request)
        self._shelf.delete(MESSAGE, message["id"], message["thread_id"])
        return {"id": message["id"], "object": "thread.message.deleted", "deleted": True}


def new_message(thread: str, role: str, now_s: int) -> Document:
    return {
        "id": new_id("msg"),
        "object": "thread.message",
        "created_at": now_s,
        "assistant_id": None,
        "thread_id": thread,
        "run_id": None,
        "status": "completed",
        "incomplete_details": None,
        "completed_at": None,
        "incomplete_at": None,
        "role": role,
        "content": [],
        "attachments": [],
        "metadata": {},
    }


def text_content(text: str) -> Document:
    return {"type": "text", "text": {"value": text, "annotations": []}}


def _content(sent: Any) -> list[Document]:
    if isinstance(sent, str):
        return [text_content(sent)]
    return [text_content(part["text"]) if part["type"] == "text" else part for part in sent]


def said_in(message: Document) -> str:
    texts = [part["text"]["value"] for part in message["content"] if part["type"] == "text"]
    return " ".join(texts)
