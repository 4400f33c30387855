"""Assistants, and what stands in front of the whole Assistants API."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from server.realtime.core import new_id
from server.rest.assistant_shapes import CHANGE_ASSISTANT, CREATE_ASSISTANT
from server.rest.door import Door, Endpoint, json_body
from server.rest.pages import page
from server.rest.problems import Problem, none_found
from server.rest.shelf import Document, Shelf
from server.rest.thinking import Thinking

ASSISTANT = "assistant"
BETA = "assistants=v2"


class Assistants:
    def __init__(self, shelf: Shelf, thinking: Thinking) -> None:
        self._shelf = shelf
        self._thinking = thinking

    def routes(self, door: Door, base: str) -> list[Route]:
        guard = self.guard
        return [
            door.route(base + "/assistants", get=guard(self.list_all), post=guard(self.create)),
            door.route(
                base + "/assistants/{assistant}",
                get=guard(self.get),
                post=guard(self.change),
                delete=guard(self.delete),
            ),
        ]

    def guard(self, endpoint: Endpoint) -> Endpoint:
        """Is the API still there, and does the client ask for its second version?"""

        async def guarded(request: Request) -> Any:
            if self._thinking.knobs.assistants_gone:
                message = f"Invalid URL ({request.method} {request.url.path})"
                raise Problem(message, status=404)
            beta = request.headers.get("openai-beta", "")
            if not beta:
                raise Problem(
                    "You must provide the 'OpenAI-Beta' header to access the Assistants API. "
                    "Please try again by setting the header 'OpenAI-Beta: assistants=v2'.",
                    code="invalid_beta",
                )
            if BETA not in beta.replace(" ", "").split(","):
                raise Problem(
                    f"The v1 Assistants API is gone; '{beta}' is not supported. Please set "
                    "the header 'OpenAI-Beta: assistants=v2'.",
                    code="invalid_beta",
                )
            return await endpoint(request)

        return guarded

    def find(self, ident: str) -> Document:
        """Raises Problem where there is none."""
        found = self._shelf.get(ASSISTANT, ident)
        if found is None:
            raise none_found("assistant", ident)
        return found

    async def create(self, request: Request) -> Any:
        body = await json_body(request, CREATE_ASSISTANT)
        self._thinking.check_model(body["model"], request)
        assistant = {
            "id": new_id("asst"),
            "object": "assistant",
            "created_at": self._thinking.now_s(),
            "name": None,
            "description": None,
            "model": body["model"],
            "instructions": None,
            "tools": [],
            "top_p": 1.0,
            "temperature": 1.0,
            "reasoning_effort": None,
            "tool_resources": {},
            "metadata": {},
            "response_format": "auto",
        }
        assistant |= _told(body)
        self._shelf.put(ASSISTANT, assistant)
        return assistant

    async def get(self, request: Request) -> Any:
        return self.find(request.path_params["assistant"])

    async def list_all(self, request: Request) -> Any:
        return page(self._shelf, ASSISTANT, "", request.query_params, noun="assistant")

    async def change(self, request: Request) -> Any:
        assistant = self.find(request.path_params["assistant"])
        body = await json_body(request, CHANGE_ASSISTANT, empty=True)
        if "model" in body:
            self._thinking.check_model(body["model"], request)
        assistant |= _told(body)
        self._shelf.put(ASSISTANT, assistant)
        return assistant

    async def delete(self, request: Request) -> Any:
        ident = self.find(request.path_params["assistant"])["id"]
        self._shelf.delete(ASSISTANT, ident)
        return {"id": ident, "object": "assistant.deleted", "deleted": True}


_EMPTIED = {
    "tools": [],
    "metadata": {},
    "tool_resources": {},
    "temperature": 1.0,
    "top_p": 1.0,
    "response_format": "auto",
}


def _told(body: Document) -> Document:
    """What was said; null puts the default back."""
    return {name: _EMPTIED.get(name) if value is None else value for name, value in body.items()}
