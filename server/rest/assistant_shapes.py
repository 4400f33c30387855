"""What requests of the Assistants API may hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from server.realtime.shapes import (
    ByTag,
    Fields,
    Flag,
    Listing,
    Nullable,
    Number,
    OneOf,
    Shape,
    Text,
    Violation,
)
from server.rest.loose import METADATA, AnyObject, Several

LONGEST_INSTRUCTIONS = 256_000
_FUNCTION = Fields(
    {
        "name": Text(longest=64),
        "description": Nullable(Text()),
        "parameters": Nullable(AnyObject()),
        "strict": Nullable(Flag()),
    },
    ["name"],
)
TOOL = ByTag(
    {
        "code_interpreter": Fields({"type": Text()}),
        "file_search": Fields({"type": Text(), "file_search": AnyObject()}),
        "function": Fields({"type": Text(), "function": _FUNCTION}, ["function"]),
    }
)
_TOOLS = Nullable(Several(TOOL, 128))
_RESOURCES = Nullable(Fields({"code_interpreter": AnyObject(), "file_search": AnyObject()}))
_FORMAT = Nullable(OneOf({str: Text(choices=("auto",)), dict: AnyObject()}))
_EFFORT = Nullable(Text(choices=("none", "minimal", "low", "medium", "high", "xhigh", "max")))
_INSTRUCTIONS = Nullable(Text(longest=LONGEST_INSTRUCTIONS))
_ASSISTANT: dict[str, Shape] = {
    "model": Text(),
    "name": Nullable(Text(longest=256)),
    "description": Nullable(Text(longest=512)),
    "instructions": _INSTRUCTIONS,
    "reasoning_effort": _EFFORT,
    "tools": _TOOLS,
    "tool_resources": _RESOURCES,
    "metadata": METADATA,
    "temperature": Nullable(Number(0, 2)),
    "top_p": Nullable(Number(0, 1)),
    "response_format": _FORMAT,
}
CREATE_ASSISTANT = Fields(_ASSISTANT, ["model"])
CHANGE_ASSISTANT = Fields(_ASSISTANT)


@dataclass(frozen=True, slots=True)
class _Said:
    """Text with something in it."""

    noun: str = "a string"

    def check(self, value: Any, path: str) -> None:
        Text(longest=256_000).check(value, path)
        if not value.strip():
            raise Violation(None, "Message content must be non-empty.", path)


_CONTENT = OneOf(
    {
        str: _Said(),
        list: Several(
            ByTag(
                {
                    "text": Fields({"type": Text(), "text": _Said()}, ["text"]),
                    "image_url": Fields({"type": Text(), "image_url": AnyObject()}, ["image_url"]),
                    "image_file": Fields(
                        {"type": Text(), "image_file": AnyObject()}, ["image_file"]
                    ),
                }
            ),
            10,
            1,
        ),
    }
)
CREATE_MESSAGE = Fields(
    {
        "role": Text(choices=("user", "assistant")),
        "content": _CONTENT,
        "attachments": Nullable(Listing(AnyObject())),
        "metadata": METADATA,
    },
    ["role", "content"],
)
CHANGE_METADATA = Fields({"metadata": METADATA})
_THREAD: dict[str, Shape] = {"messages": Nullable(Listing(CREATE_MESSAGE)), "metadata": METADATA}
CREATE_THREAD = Fields({**_THREAD, "tool_resources": _RESOURCES})
CHANGE_THREAD = Fields({"metadata": METADATA, "tool_resources": _RESOURCES})
_RUN: dict[str, Shape] = {
    "assistant_id": Text(),
    "model": Nullable(Text()),
    "reasoning_effort": _EFFORT,
    "instructions": _INSTRUCTIONS,
    "tools": _TOOLS,
    "metadata": METADATA,
    "temperature": Nullable(Number(0, 2)),
    "top_p": Nullable(Number(0, 1)),
    "stream": Nullable(Flag()),
    "max_prompt_tokens": Nullable(Number(256, float("inf"), whole=True)),
    "max_completion_tokens": Nullable(Number(256, float("inf"), whole=True)),
    "truncation_strategy": Nullable(
        Fields(
            {
                "type": Text(choices=("auto", "last_messages")),
                "last_messages": Nullable(Number(1, float("inf"), whole=True)),
            },
            ["type"],
        )
    ),
    "tool_choice": Nullable(
        OneOf({str: Text(choices=("none", "auto", "required")), dict: AnyObject()})
    ),
    "parallel_tool_calls": Nullable(Flag()),
    "response_format": _FORMAT,
}
CREATE_RUN = Fields(
    {
        **_RUN,
        "additional_instructions": _INSTRUCTIONS,
        "additional_messages": Nullable(Listing(CREATE_MESSAGE)),
    },
    ["assistant_id"],
)
CREATE_THREAD_AND_RUN = Fields(
    {**_RUN, "thread": Nullable(CREATE_THREAD), "tool_resources": _RESOURCES}, ["assistant_id"]
)
TOOL_OUTPUTS = Fields(
    {
        "tool_outputs": Listing(
            Fields({"tool_call_id": Text(), "output": Text()}, ["tool_call_id"])
        ),
        "stream": Nullable(Flag()),
    },
    ["tool_outputs"],
)
