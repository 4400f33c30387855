"""What requests of Chat Completions may hold."""

from __future__ import annotations

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
)
from server.rest.loose import METADATA, AnyObject, Several
from server.rest.problems import Problem
from server.speech.voices import VOICES

AUDIO_FORMATS = ("wav", "aac", "mp3", "flac", "opus", "pcm16")
AUDIO_MODELS = ("gpt-audio", "gpt-4o-audio", "gpt-4o-mini-audio")
_FOREVER = float("inf")
_TEXT_PART = Fields({"type": Text(), "text": Text()}, ["text"])
_INPUT_AUDIO = Fields({"data": Text(), "format": Text(choices=("wav", "mp3"))}, ["data", "format"])
_USER_PART = ByTag(
    {
        "text": _TEXT_PART,
        "input_audio": Fields({"type": Text(), "input_audio": _INPUT_AUDIO}, ["input_audio"]),
        "image_url": Fields({"type": Text(), "image_url": AnyObject()}, ["image_url"]),
        "file": Fields({"type": Text(), "file": AnyObject()}, ["file"]),
    }
)
_ASSISTANT_PART = ByTag(
    {"text": _TEXT_PART, "refusal": Fields({"type": Text(), "refusal": Text()}, ["refusal"])}
)


def _content(part: Shape) -> Shape:
    return OneOf({str: Text(), list: Several(part, 1000, 1)})


def _speaker(part: Shape, **more: Shape) -> Shape:
    fields = {"role": Text(), "content": _content(part), "name": Nullable(Text()), **more}
    return Fields(fields, ["content"])


_CALL = Fields(
    {
        "id": Text(),
        "type": Text(choices=("function",)),
        "function": Fields({"name": Text(), "arguments": Text()}, ["name", "arguments"]),
    },
    ["id", "type", "function"],
)
_MESSAGE = ByTag(
    {
        "developer": _speaker(ByTag({"text": _TEXT_PART})),
        "system": _speaker(ByTag({"text": _TEXT_PART})),
        "user": _speaker(_USER_PART),
        "assistant": Fields(
            {
                "role": Text(),
                "content": Nullable(_content(_ASSISTANT_PART)),
                "name": Nullable(Text()),
                "refusal": Nullable(Text()),
                "audio": Nullable(Fields({"id": Text()}, ["id"])),
                "tool_calls": Several(_CALL, 128, 1),
                "annotations": Anything(),
                "function_call": Anything(),
            }
        ),
        "tool": Fields(
            {"role": Text(), "content": _content(_ASSISTANT_PART), "tool_call_id": Text()},
            ["content", "tool_call_id"],
        ),
    },
    tag="role",
)
_FUNCTION = Fields(
    {
        "name": Text(longest=64),
        "description": Nullable(Text()),
        "parameters": Nullable(AnyObject()),
        "strict": Nullable(Flag()),
    },
    ["name"],
)
_TOOL = Fields({"type": Text(choices=("function",)), "function": _FUNCTION}, ["type", "function"])
_PENALTY = Nullable(Number(-2, 2))
_AUDIO = Fields(
    {
        "voice": OneOf({str: Text(choices=tuple(VOICES)), dict: Fields({"id": Text()}, ["id"])}),
        "format": Text(choices=AUDIO_FORMATS),
    },
    ["voice", "format"],
)
CREATE = Fields(
    {
        "audio": Nullable(_AUDIO),
        "frequency_penalty": _PENALTY,
        "logit_bias": Nullable(AnyObject()),
        "logprobs": Nullable(Flag()),
        "max_completion_tokens": Nullable(Number(1, _FOREVER, whole=True)),
        "max_tokens": Nullable(Number(1, _FOREVER, whole=True)),
        "messages": Several(_MESSAGE, 2048, 1),
        "metadata": METADATA,
        "modalities": Nullable(Several(Text(choices=("text", "audio")), 2, 1)),
        "model": Text(),
        "moderation": Anything(),
        "n": Nullable(Number(1, 128, whole=True)),
        "parallel_tool_calls": Nullable(Flag()),
        "prediction": Nullable(AnyObject()),
        "presence_penalty": _PENALTY,
        "prompt_cache_key": Nullable(Text()),
        "prompt_cache_options": Anything(),
        "prompt_cache_retention": Nullable(Text()),
        "reasoning_effort": Nullable(Text()),
        "response_format": Nullable(AnyObject()),
        "safety_identifier": Nullable(Text(longest=64)),
        "seed": Nullable(Number(-_FOREVER, _FOREVER, whole=True)),
        "service_tier": Nullable(Text()),
        "stop": Nullable(OneOf({str: Text(), list: Several(Text(), 4, 1)})),
        "store": Nullable(Flag()),
        "stream": Nullable(Flag()),
        "stream_options": Nullable(
            Fields({"include_usage": Nullable(Flag()), "include_obfuscation": Nullable(Flag())})
        ),
        "temperature": Nullable(Number(0, 2)),
        "tool_choice": Nullable(
            OneOf({str: Text(choices=("none", "auto", "required")), dict: AnyObject()})
        ),
        "tools": Nullable(Listing(_TOOL)),
        "top_logprobs": Nullable(Number(0, 20, whole=True)),
        "top_p": Nullable(Number(0, 1)),
        "user": Nullable(Text()),
        "verbosity": Nullable(Text(choices=("low", "medium", "high"))),
        "web_search_options": Nullable(AnyObject()),
    },
    ["model", "messages"],
)


def _invalid(message: str, param: str, code: str = "invalid_value") -> Problem:
    return Problem(message, code=code, param=param)


def check(body: dict[str, Any]) -> None:
    """What fields mean together. Raises Problem."""
    speaks = "audio" in (body.get("modalities") or ())
    audio = body.get("audio")
    model = body["model"]
    if (body.get("n") or 1) > 1:
        raise _invalid("Only one choice ('n': 1) is made by this service.", "n")
    if body.get("stream_options") is not None and not body.get("stream"):
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise Problem(message, param="stream_options")
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        message = (
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        )
        raise _invalid(message, "max_tokens", "invalid_parameter_combination")
    hears = any(_holds_audio(message) for message in body["messages"])
    if speaks:
        if audio is None:
            message = "Missing required parameter: 'audio'."
            raise _invalid(message, "audio", "missing_required_parameter")
        if body.get("stream") and audio["format"] != "pcm16":
            raise _invalid(
                f"Unsupported value: 'audio.format' does not support '{audio['format']}' when "
                "stream=true. Supported values are: 'pcm16'.",
                "audio.format",
                "unsupported_value",
            )
        if audio["format"] == "aac":
            raise _invalid(
                "Unsupported value: 'aac' cannot be made by this service. Supported values "
                "are: 'wav', 'mp3', 'flac', 'opus', and 'pcm16'.",
                "audio.format",
                "unsupported_value",
            )
    elif audio is not None:
        message = "The 'audio' parameter is only allowed when 'modalities' contains 'audio'."
        raise _invalid(message, "audio")
    if model.startswith(AUDIO_MODELS):
        if not speaks and not hears:
            raise _invalid(
                "This model requires that either input content or output modality contain audio.",
                "model",
            )
    elif (speaks or hears) and not model.startswith("demo"):
        raise _invalid(f"The model '{model}' does not support audio.", "model")


def _holds_audio(message: dict[str, Any]) -> bool:
    content = message.get("content")
    parts = content if isinstance(content, list) else []
    return message.get("audio") is not None or any(part["type"] == "input_audio" for part in parts)
