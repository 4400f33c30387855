"""What clients may send, in both dialects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.realtime.shapes import (
    Anything,
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
    unsupported_value,
    wrong_type,
)
from server.speech.voices import VOICES

LONGEST_EVENT_ID = 512
LARGEST_OUTPUT_TOKENS = 32_000

_ANY_OBJECT: Shape = OneOf({dict: Anything("an object")})
_TOKENS: Shape = OneOf(
    {int: Number(1, LARGEST_OUTPUT_TOKENS, whole=True), str: Text(choices=("inf",))}
)
_VOICE: Shape = OneOf(
    {str: Text(choices=tuple(VOICES)), dict: Fields({"id": Text()}, required=("id",))}
)
_METADATA: Shape = Nullable(_ANY_OBJECT)
_PROMPT: Shape = Nullable(
    Fields({"id": Text(), "version": Nullable(Text()), "variables": _METADATA}, ("id",))
)
_TRACING: Shape = Nullable(
    OneOf(
        {
            str: Text(choices=("auto",)),
            dict: Fields({"workflow_name": Text(), "group_id": Text(), "metadata": _METADATA}),
        }
    )
)
_FUNCTION = Fields(
    {
        "type": Text(),
        "name": Text(longest=64),
        "description": Nullable(Text()),
        "parameters": Nullable(_ANY_OBJECT),
    },
    required=("name",),
)
_MCP = Fields(
    {
        "type": Text(),
        "server_label": Text(),
        "server_url": Text(),
        "connector_id": Text(),
        "tunnel_id": Text(),
        "authorization": Text(),
        "server_description": Text(),
        "headers": _METADATA,
        "allowed_tools": Anything(),
        "allowed_callers": Anything(),
        "require_approval": Anything(),
        "defer_loading": Flag(),
    },
    required=("server_label",),
)
_TOOLS: Shape = Listing(ByTag({"function": _FUNCTION, "mcp": _MCP}), "an array of objects")
_TOOL_CHOICE: Shape = OneOf(
    {
        str: Text(choices=("auto", "none", "required")),
        dict: ByTag(
            {
                "function": Fields({"type": Text(), "name": Text()}, ("name",)),
                "mcp": Fields(
                    {"type": Text(), "server_label": Text(), "name": Nullable(Text())},
                    ("server_label",),
                ),
            }
        ),
    }
)
_FORMAT: Shape = ByTag(
    {
        "audio/pcm": Fields({"type": Text(), "rate": Number(24_000, 24_000, whole=True)}),
        "audio/pcmu": Fields({"type": Text()}),
        "audio/pcma": Fields({"type": Text()}),
    }
)
_MS = Number(0, 60_000, whole=True)
_VAD_FIELDS: Mapping[str, Shape] = {
    "type": Text(),
    "threshold": Nullable(Number(0, 1)),
    "prefix_padding_ms": Nullable(_MS),
    "silence_duration_ms": Nullable(_MS),
    "create_response": Nullable(Flag()),
    "interrupt_response": Nullable(Flag()),
}
_SEMANTIC_VAD = Fields(
    {
        "type": Text(),
        "eagerness": Text(choices=("low", "medium", "high", "auto")),
        "create_response": Nullable(Flag()),
        "interrupt_response": Nullable(Flag()),
    }
)
_IDLE = Nullable(Number(5_000, 30_000, whole=True))
_TURN_DETECTION_GA: Shape = Nullable(
    ByTag(
        {
            "server_vad": Fields({**_VAD_FIELDS, "idle_timeout_ms": _IDLE}),
            "semantic_vad": _SEMANTIC_VAD,
        }
    )
)
_TURN_DETECTION_BETA: Shape = Nullable(
    ByTag({"server_vad": Fields(_VAD_FIELDS), "semantic_vad": _SEMANTIC_VAD}, default="server_vad")
)
_NOISE: Shape = Nullable(
    Fields({"type": Text(choices=("near_field", "far_field")), "strength": Number(0, 1)}, ("type",))
)
_TRANSCRIPTION: Shape = Nullable(
    Fields(
        {
            "model": Text(),
            "language": Nullable(Text()),
            "languages": Listing(Text()),
            "keywords": Listing(Text()),
            "prompt": Nullable(Text()),
            "delay": Text(choices=("minimal", "low", "medium", "high", "xhigh")),
        }
    )
)
_INCLUDE: Shape = Nullable(Listing(Text(choices=("item.input_audio_transcription.logprobs",))))
_MODALITIES_GA: Shape = Listing(Text(choices=("audio", "text")))
_REASONING: Shape = Nullable(
    Fields({"effort": Text(choices=("minimal", "low", "medium", "high", "xhigh"))})
)
_TRUNCATION: Shape = OneOf(
    {
        str: Text(choices=("auto", "disabled")),
        dict: Fields(
            {
                "type": Text(choices=("retention_ratio",)),
                "retention_ratio": Number(0, 1),
                "token_limits": _ANY_OBJECT,
            },
            required=("type", "retention_ratio"),
        ),
    }
)
_AUDIO_INPUT: Shape = Fields(
    {
        "format": _FORMAT,
        "noise_reduction": _NOISE,
        "transcription": _TRANSCRIPTION,
        "turn_detection": _TURN_DETECTION_GA,
    }
)
_AUDIO_OUTPUT: Shape = Fields({"format": _FORMAT, "voice": _VOICE, "speed": Number(0.25, 1.5)})

_SESSION_GA: Shape = ByTag(
    {
        "realtime": Fields(
            {
                "type": Text(),
                "model": Text(),
                "output_modalities": _MODALITIES_GA,
                "instructions": Text(),
                "max_output_tokens": _TOKENS,
                "audio": Fields({"input": _AUDIO_INPUT, "output": _AUDIO_OUTPUT}),
                "tools": _TOOLS,
                "tool_choice": _TOOL_CHOICE,
                "parallel_tool_calls": Flag(),
                "reasoning": _REASONING,
                "include": _INCLUDE,
                "truncation": _TRUNCATION,
                "tracing": _TRACING,
                "prompt": _PROMPT,
            }
        ),
        "transcription": Fields(
            {"type": Text(), "audio": Fields({"input": _AUDIO_INPUT}), "include": _INCLUDE}
        ),
    }
)
_BETA_FORMAT: Shape = Text(choices=("pcm16", "g711_ulaw", "g711_alaw"))
_TEMPERATURE = Number(0.6, 1.2)
_SESSION_BETA: Shape = Fields(
    {
        "model": Text(),
        "modalities": Listing(Text(choices=("text", "audio"))),
        "instructions": Text(),
        "voice": Text(choices=tuple(VOICES)),
        "input_audio_format": _BETA_FORMAT,
        "output_audio_format": _BETA_FORMAT,
        "input_audio_transcription": _TRANSCRIPTION,
        "input_audio_noise_reduction": _NOISE,
        "turn_detection": _TURN_DETECTION_BETA,
        "tools": _TOOLS,
        "tool_choice": _TOOL_CHOICE,
        "temperature": _TEMPERATURE,
        "max_response_output_tokens": _TOKENS,
        "speed": Number(0.25, 1.5),
        "tracing": _TRACING,
    }
)
_TRANSCRIPTION_SESSION_BETA: Shape = Fields(
    {
        "input_audio_format": _BETA_FORMAT,
        "input_audio_transcription": _TRANSCRIPTION,
        "input_audio_noise_reduction": _NOISE,
        "turn_detection": _TURN_DETECTION_BETA,
        "include": _INCLUDE,
        "modalities": Listing(Text()),
    }
)


def _message_shapes(assistant_parts: tuple[str, ...]) -> Shape:
    def message(parts: tuple[str, ...]) -> Shape:
        part = Fields(
            {
                "type": Text(choices=parts),
                "text": Text(),
                "audio": Text(),
                "transcript": Nullable(Text()),
                "image_url": Text(),
                "detail": Text(choices=("auto", "low", "high")),
            },
            required=("type",),
        )
        return Fields(
            {
                "id": Text(longest=32),
                "object": Text(choices=("realtime.item",)),
                "type": Text(),
                "status": Text(choices=("completed", "incomplete", "in_progress")),
                "role": Text(),
                "content": Listing(part, "an array of objects"),
            },
            required=("content",),
        )

    return ByTag(
        {
            "user": message(("input_text", "input_audio", "input_image")),
            "assistant": message(assistant_parts),
            "system": message(("input_text",)),
        },
        tag="role",
    )


def _item_shape(assistant_parts: tuple[str, ...], *, references: bool) -> Shape:
    common: Mapping[str, Shape] = {
        "id": Text(longest=32),
        "object": Text(choices=("realtime.item",)),
        "type": Text(),
        "status": Text(choices=("completed", "incomplete", "in_progress")),
        "call_id": Text(longest=32),
    }
    shapes: dict[str, Shape] = {
        "message": _message_shapes(assistant_parts),
        "function_call": Fields(
            {**common, "name": Text(), "arguments": Text()}, ("name", "arguments")
        ),
        "function_call_output": Fields({**common, "output": Text()}, ("call_id", "output")),
    }
    if references:
        shapes["item_reference"] = Fields({"type": Text(), "id": Text()}, ("id",))
    return ByTag(shapes)


_PARTS_GA = ("output_text", "output_audio")
_PARTS_BETA = ("text", "audio")
_CONVERSATION: Shape = Text(choices=("auto", "none"))

_RESPONSE_GA: Shape = Nullable(
    Fields(
        {
            "output_modalities": _MODALITIES_GA,
            "instructions": Text(),
            "audio": Fields({"output": Fields({"format": _FORMAT, "voice": _VOICE})}),
            "tools": _TOOLS,
            "tool_choice": _TOOL_CHOICE,
            "parallel_tool_calls": Flag(),
            "reasoning": _REASONING,
            "max_output_tokens": _TOKENS,
            "conversation": _CONVERSATION,
            "metadata": _METADATA,
            "prompt": _PROMPT,
            "input": Listing(_item_shape(_PARTS_GA, references=True)),
        }
    )
)
_RESPONSE_BETA: Shape = Nullable(
    Fields(
        {
            "modalities": Listing(Text(choices=("text", "audio"))),
            "instructions": Text(),
            "voice": Text(choices=tuple(VOICES)),
            "output_audio_format": _BETA_FORMAT,
            "tools": _TOOLS,
            "tool_choice": _TOOL_CHOICE,
            "temperature": _TEMPERATURE,
            "max_response_output_tokens": _TOKENS,
            "conversation": _CONVERSATION,
            "metadata": _METADATA,
            "input": Listing(_item_shape(_PARTS_BETA, references=True)),
        }
    )
)


def _event(fields: Mapping[str, Shape], required: tuple[str, ...] = ()) -> Shape:
    base: Mapping[str, Shape] = {"type": Text(), "event_id": Text(longest=LONGEST_EVENT_ID)}
    return Fields({**base, **fields}, required)


_ITEM_ID = _event({"item_id": Text()}, ("item_id",))
_COMMON: Mapping[str, Shape] = {
    "input_audio_buffer.append": _event({"audio": Text()}, ("audio",)),
    "input_audio_buffer.commit": _event({}),
    "input_audio_buffer.clear": _event({}),
    "conversation.item.retrieve": _ITEM_ID,
    "conversation.item.truncate": _event(
        {
            "item_id": Text(),
            "content_index": Number(0, 0, whole=True),
            "audio_end_ms": Number(0, 2**31, whole=True),
        },
        ("item_id", "content_index", "audio_end_ms"),
    ),
    "conversation.item.delete": _ITEM_ID,
    "response.cancel": _event({"response_id": Nullable(Text())}),
    "output_audio_buffer.clear": _event({}),
}


def _create(parts: tuple[str, ...]) -> Shape:
    return _event(
        {"item": _item_shape(parts, references=False), "previous_item_id": Nullable(Text())},
        ("item",),
    )


GA: Mapping[str, Shape] = {
    "session.update": _event({"session": _SESSION_GA}, ("session",)),
    **_COMMON,
    "conversation.item.create": _create(_PARTS_GA),
    "response.create": _event({"response": _RESPONSE_GA}),
}
BETA: Mapping[str, Shape] = {
    "session.update": _event({"session": _SESSION_BETA}, ("session",)),
    "transcription_session.update": _event({"session": _TRANSCRIPTION_SESSION_BETA}, ("session",)),
    **_COMMON,
    "conversation.item.create": _create(_PARTS_BETA),
    "response.create": _event({"response": _RESPONSE_BETA}),
}


def check_event(event: dict[str, Any], shapes: Mapping[str, Shape]) -> None:
    """Raises Violation."""
    kind = event.get("type")
    if kind is None:
        raise Violation("invalid_event", "The 'type' field is missing.", None)
    if not isinstance(kind, str):
        raise wrong_type("type", "a string", kind)
    shape = shapes.get(kind)
    if shape is None:
        raise unsupported_value("type", kind, list(shapes))
    shape.check(event, "")
