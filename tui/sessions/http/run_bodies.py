"""What is sent to an Assistants thread: messages and runs."""

from __future__ import annotations

from typing import Final

from tui.sessions.http.tool_calls import nested_tools
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import Message

FEWEST_TOKENS: Final = 256
"""The service takes no smaller limits."""


def message_body(options: TextOptions, content: str) -> Message:
    """A message of the user, with the files the assistant's tools may look into."""
    body: Message = {"role": "user", "content": content}
    if options.file_ids and options.hosted_tools:
        tools = [{"type": name} for name in options.hosted_tools]
        body["attachments"] = [{"file_id": name, "tools": tools} for name in options.file_ids]
    return body


def run_body(options: TextOptions, assistant_id: str, note: str) -> Message:
    """A run: everything set here goes before what the assistant itself says."""
    body: Message = {"assistant_id": assistant_id, "stream": True}
    if options.model:
        body["model"] = options.model
    if options.instructions:
        body["instructions"] = options.instructions
    extra = "\n".join(filter(None, (options.additional_instructions, note)))
    if extra:
        body["additional_instructions"] = extra
    if options.temperature is not None:
        body["temperature"] = options.temperature
    if options.max_output_tokens is not None:
        body["max_completion_tokens"] = max(FEWEST_TOKENS, options.max_output_tokens)
    if options.max_prompt_tokens is not None:
        body["max_prompt_tokens"] = max(FEWEST_TOKENS, options.max_prompt_tokens)
    hosted: list[Message] = [{"type": name} for name in options.hosted_tools]
    tools = [*nested_tools(options.tools), *hosted]
    if tools:
        body["tools"] = tools
    return body
