"""A response before it has begun: what a request may hold, and what becomes of it."""

from __future__ import annotations

from typing import Any

from server.realtime.core import new_id
from server.realtime.shapes import (
    Anything,
    ByTag,
    Fields,
    Flag,
    Listing,
    Nullable,
    Number,
    OneOf,
    Text,
)
from server.rest.items import INPUT
from server.rest.loose import METADATA, AnyObject
from server.rest.shelf import Document

_FUNCTION = Fields(
    {
        "type": Text(),
        "name": Text(longest=64),
        "description": Nullable(Text()),
        "parameters": Nullable(AnyObject()),
        "strict": Nullable(Flag()),
    },
    ["name"],
)
_HOSTED = (
    "code_interpreter",
    "file_search",
    "web_search",
    "web_search_preview",
    "image_generation",
    "mcp",
)
_TOOL = ByTag({"function": _FUNCTION, **{kind: AnyObject() for kind in _HOSTED}})
_CHOICE = OneOf({str: Text(choices=("none", "auto", "required")), dict: AnyObject()})
CREATE = Fields(
    {
        "background": Nullable(Flag()),
        "context_management": Anything(),
        "conversation": Nullable(OneOf({str: Text(), dict: Fields({"id": Text()}, ["id"])})),
        "include": Nullable(Listing(Text())),
        "input": Nullable(INPUT),
        "instructions": Nullable(Text()),
        "max_output_tokens": Nullable(Number(16, float("inf"), whole=True)),
        "max_tool_calls": Nullable(Number(1, float("inf"), whole=True)),
        "metadata": METADATA,
        "model": Nullable(Text()),
        "moderation": Anything(),
        "parallel_tool_calls": Nullable(Flag()),
        "previous_response_id": Nullable(Text()),
        "prompt": Nullable(AnyObject()),
        "prompt_cache_key": Nullable(Text()),
        "prompt_cache_options": Anything(),
        "prompt_cache_retention": Nullable(Text()),
        "reasoning": Nullable(AnyObject()),
        "safety_identifier": Nullable(Text(longest=64)),
        "service_tier": Nullable(Text()),
        "store": Nullable(Flag()),
        "stream": Nullable(Flag()),
        "stream_options": Nullable(AnyObject()),
        "temperature": Nullable(Number(0, 2)),
        "text": Nullable(AnyObject()),
        "tool_choice": Nullable(_CHOICE),
        "tools": Nullable(Listing(_TOOL)),
        "top_logprobs": Nullable(Number(0, 20, whole=True)),
        "top_p": Nullable(Number(0, 1)),
        "truncation": Nullable(Text(choices=("auto", "disabled"))),
        "user": Nullable(Text()),
    }
)


def new_response(body: Document, conversation: str | None, now_s: int) -> Document:
    def given(name: str, default: Any) -> Any:
        value = body.get(name)
        return default if value is None else value

    tools = [
        {"strict": True, "parameters": {}, "description": None, **tool}
        if tool["type"] == "function"
        else tool
        for tool in given("tools", [])
    ]
    return {
        "id": new_id("resp"),
        "object": "response",
        "created_at": now_s,
        "status": "in_progress",
        "background": given("background", False),
        "completed_at": None,
        "conversation": {"id": conversation} if conversation else None,
        "error": None,
        "incomplete_details": None,
        "instructions": body.get("instructions"),
        "max_output_tokens": body.get("max_output_tokens"),
        "max_tool_calls": body.get("max_tool_calls"),
        "metadata": given("metadata", {}),
        "model": body["model"],
        "output": [],
        "parallel_tool_calls": given("parallel_tool_calls", True),
        "previous_response_id": body.get("previous_response_id"),
        "prompt_cache_key": body.get("prompt_cache_key"),
        "reasoning": {"effort": None, "summary": None, **given("reasoning", {})},
        "safety_identifier": body.get("safety_identifier"),
        "service_tier": "default",
        "store": given("store", True),
        "temperature": given("temperature", 1.0),
        "text": {"format": {"type": "text"}, "verbosity": "medium", **given("text", {})},
        "tool_choice": given("tool_choice", "auto"),
        "tools": tools,
        "top_logprobs": given("top_logprobs", 0),
        "top_p": given("top_p", 1.0),
        "truncation": given("truncation", "disabled"),
        "usage": None,
        "user": body.get("user"),
    }
