"""Conversations and their items."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from server.realtime.core import new_id
from server.realtime.shapes import Fields, Nullable
from server.rest.door import Door, json_body
from server.rest.items import ItemShape, items_from
from server.rest.loose import METADATA, Several
from server.rest.pages import listing, page
from server.rest.problems import not_found
from server.rest.shelf import Document, Shelf
from server.rest.thinking import Thinking

MOST_ITEMS = 20  # in one request
_ITEMS = Several(ItemShape(), MOST_ITEMS)
_CREATE = Fields({"items": Nullable(_ITEMS), "metadata": METADATA})
_CHANGE = Fields({"metadata": METADATA}, ["metadata"])
_ADD = Fields({"items": _ITEMS}, ["items"])
CONVERSATION, ITEM = "conversation", "item"


class Conversations:
    def __init__(self, shelf: Shelf, thinking: Thinking) -> None:
        self._shelf = shelf
        self._thinking = thinking

    def routes(self, door: Door, base: str) -> list[Route]:
        one = base + "/conversations/{conversation}"
        return [
            door.route(base + "/conversations", post=self.create),
            door.route(one, get=self.get, post=self.change, delete=self.delete),
            door.route(one + "/items", get=self.list_items, post=self.add_items),
            door.route(one + "/items/{item}", get=self.get_item, delete=self.delete_item),
        ]

    # For responses

    def find(self, ident: str) -> Document:
        """Raises Problem where there is none."""
        found = self._shelf.get(CONVERSATION, ident)
        if found is None:
            raise not_found("Conversation", ident)
        return found

    def items(self, ident: str) -> list[Document]:
        return self._shelf.every(ITEM, ident)

    def add(self, ident: str, items: list[Document]) -> None:
        """A conversation that has gone in the meantime takes nothing."""
        if self._shelf.get(CONVERSATION, ident) is not None:
            for item in items:
                self._shelf.put(ITEM, item, ident)

    # Endpoints

    async def create(self, request: Request) -> Any:
        body = await json_body(request, _CREATE, empty=True)
        items = items_from(body.get("items"), ())
        conversation: Document = {
            "id": new_id("conv"),
            "object": "conversation",
            "created_at": self._thinking.now_s(),
            "metadata": body.get("metadata") or {},
        }
        self._shelf.put(CONVERSATION, conversation)
        self.add(conversation["id"], items)
        return conversation

    def _asked(self, request: Request) -> Document:
        return self.find(request.path_params["conversation"])

    async def get(self, request: Request) -> Any:
        return self._asked(request)

    async def change(self, request: Request) -> Any:
        conversation = self._asked(request)
        body = await json_body(request, _CHANGE)
        conversation["metadata"] = body["metadata"] or {}
        self._shelf.put(CONVERSATION, conversation)
        return conversation

    async def delete(self, request: Request) -> Any:
        ident = self._asked(request)["id"]
        self._shelf.delete(CONVERSATION, ident)
        self._shelf.delete_children(ident)
        return {"id": ident, "object": "conversation.deleted", "deleted": True}

    async def list_items(self, request: Request) -> Any:
        ident = self._asked(request)["id"]
        return page(self._shelf, ITEM, ident, request.query_params, noun="item")

    async def add_items(self, request: Request) -> Any:
        ident = self._asked(request)["id"]
        body = await json_body(request, _ADD)
        added = items_from(body["items"], self.items(ident))
        self.add(ident, added)
        return listing(added, has_more=False)

    async def get_item(self, request: Request) -> Any:
        ident = self._asked(request)["id"]
        wanted = request.path_params["item"]
        found = self._shelf.get(ITEM, wanted, ident)
        if found is None:
            raise not_found("Item", wanted)
        return found

    async def delete_item(self, request: Request) -> Any:
        conversation = self._asked(request)
        wanted = request.path_params["item"]
        if not self._shelf.delete(ITEM, wanted, conversation["id"]):
            raise not_found("Item", wanted)
        return conversation
