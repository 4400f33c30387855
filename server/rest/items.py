"""Items of conversations and responses: what clients send, what is kept, what was said."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from server.brain.prompt import Turn
from server.realtime.core import new_id
from server.realtime.shapes import ByTag, Fields, Listing, Nullable, OneOf, Text, wrong_type
from server.rest.loose import AnyObject, Open
from server.rest.problems import Problem, not_found
from server.rest.shelf import Document
from server.usage import ITEM_OVERHEAD_TOKENS, text_tokens

ROLES = ("user", "assistant", "system", "developer")
_STATUS = Nullable(Text(choices=("in_progress", "completed", "incomplete")))
_ID = Nullable(Text())
_TEXT = Text(longest=10_485_760)
_PART = ByTag(
    {
        "input_text": Fields({"type": Text(), "text": _TEXT}, ["text"]),
        "output_text": Fields(
            {
                "type": Text(),
                "text": _TEXT,
                "annotations": Listing(AnyObject()),
                "logprobs": Nullable(Listing(AnyObject())),
            },
            ["text"],
        ),
        "refusal": Fields({"type": Text(), "refusal": _TEXT}, ["refusal"]),
        "input_image": AnyObject(),
        "input_file": AnyObject(),
    }
)
_MESSAGE = Fields(
    {
        "type": Text(),
        "id": _ID,
        "role": Text(choices=ROLES),
        "content": OneOf({str: _TEXT, list: Listing(_PART)}),
        "status": _STATUS,
        "phase": Nullable(Text()),
    },
    ["role", "content"],
)
_CALL = Fields(
    {
        "type": Text(),
        "id": _ID,
        "call_id": Text(longest=64),
        "name": Text(),
        "arguments": Text(),
        "status": _STATUS,
        "namespace": Nullable(Text()),
        "caller": Nullable(AnyObject()),
    },
    ["call_id", "name", "arguments"],
)
_OUTPUT = Fields(
    {
        "type": Text(),
        "id": _ID,
        "call_id": Text(longest=64),
        "output": OneOf({str: Text(), list: Listing(_PART)}),
        "status": _STATUS,
        "name": Nullable(Text()),
        "namespace": Nullable(Text()),
        "caller": Nullable(AnyObject()),
    },
    ["call_id", "output"],
)
_OTHERS = (
    "reasoning",
    "code_interpreter_call",
    "file_search_call",
    "web_search_call",
    "image_generation_call",
)


def kind_of(sent: Document) -> Any:
    """Messages and references may leave their type out."""
    only_refers = "id" in sent and "role" not in sent and "content" not in sent
    return sent.get("type") or ("item_reference" if only_refers else "message")


@dataclass(frozen=True, slots=True)
class ItemShape:
    """An item as clients may send it; without a type it is a message."""

    noun: str = "an object"

    def check(self, value: Any, path: str) -> None:
        if not isinstance(value, dict):
            raise wrong_type(path, self.noun, value)
        _KINDS.check({**value, "type": kind_of(value)}, path)


_KINDS = ByTag(
    {
        "message": _MESSAGE,
        "function_call": _CALL,
        "function_call_output": _OUTPUT,
        "item_reference": Fields({"type": Text(), "id": Text()}, ["id"]),
        **{kind: Open({"id": Text()}, ["id"]) for kind in _OTHERS},
    }
)
INPUT = OneOf({str: _TEXT, list: Listing(ItemShape())})


def text_part(text: str, *, of_assistant: bool) -> Document:
    if of_assistant:
        return {"type": "output_text", "annotations": [], "logprobs": [], "text": text}
    return {"type": "input_text", "text": text}


def message_item(role: str, content: Any, ident: str = "", status: str = "completed") -> Document:
    of_assistant = role == "assistant"
    if isinstance(content, str):
        content = [text_part(content, of_assistant=of_assistant)]
    parts = [
        {**text_part("", of_assistant=True), **part} if part["type"] == "output_text" else part
        for part in content
    ]
    return {
        "id": ident or new_id("msg"),
        "type": "message",
        "status": status,
        "content": parts,
        "role": role,
    }


_PREFIXES = {
    "function_call": "fc",
    "function_call_output": "fco",
    "reasoning": "rs",
    "code_interpreter_call": "ci",
    "file_search_call": "fs",
    "web_search_call": "ws",
    "image_generation_call": "ig",
}


def item_from(sent: Document, known: Iterable[Document]) -> Document:
    """A checked item as it is kept. Raises Problem: a reference to nothing."""
    kind = kind_of(sent)
    if kind == "item_reference":
        found = next((item for item in known if item["id"] == sent["id"]), None)
        if found is None:
            raise not_found("Item", sent["id"], "input")
        return found
    if kind == "message":
        return message_item(sent["role"], sent["content"], sent.get("id") or "")
    kept = {name: value for name, value in sent.items() if value is not None}
    kept["id"] = sent.get("id") or new_id(_PREFIXES[kind])
    kept["status"] = "completed"
    return kept


def items_from(sent: Any, known: Iterable[Document]) -> list[Document]:
    """`input` or `items`: a string is one message of the user."""
    if sent is None:
        return []
    if isinstance(sent, str):
        return [message_item("user", sent)]
    known = list(known)
    return [item_from(item, known) for item in sent]


def check_calls(items: Iterable[Document]) -> None:
    """Every call has its output, every output its call. Raises Problem."""
    items = list(items)
    called = {item["call_id"] for item in items if item["type"] == "function_call"}
    answered = {item["call_id"] for item in items if item["type"] == "function_call_output"}
    for call_id in answered - called:
        message = f"No tool call found for function call output with call_id {call_id}."
        raise Problem(message, param="input")
    for call_id in called - answered:
        raise Problem(f"No tool output found for function call {call_id}.", param="input")


def said_in(item: Document) -> str:
    """The words of a message."""
    texts = [part.get("text") or part.get("refusal") or "" for part in item["content"]]
    return " ".join(text for text in texts if text)


def _output_text(item: Document) -> str:
    output = item["output"]
    if isinstance(output, str):
        return output
    return " ".join(part.get("text", "") for part in output)


def turns_of(items: Iterable[Document]) -> list[Turn]:
    """The items as the brain sees them."""
    turns: list[Turn] = []
    names: dict[str, str] = {}
    for item in items:
        if item["type"] == "function_call":
            names[item["call_id"]] = item["name"]
        elif item["type"] == "function_call_output":
            name = names.get(item["call_id"], "")
            turns.append(Turn("tool", _output_text(item), tool_name=name))
        elif item["type"] == "message":
            role = item["role"]
            if role == "user":
                turns.append(Turn("user", said_in(item)))
            elif role == "assistant":
                cut = item["status"] == "incomplete"
                turns.append(Turn("assistant", said_in(item), cut=cut))
            else:
                turns.append(Turn("system", said_in(item)))
    return turns


def tokens_in(items: Iterable[Document]) -> int:
    total = 0
    for item in items:
        if item["type"] == "message":
            total += text_tokens(said_in(item)) + ITEM_OVERHEAD_TOKENS
        else:
            told = {name: value for name, value in item.items() if name not in ("id", "status")}
            total += text_tokens(json.dumps(told, ensure_ascii=False))
    return total
