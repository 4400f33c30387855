"""Runs and their steps before they have begun, and the words for their ends."""

from __future__ import annotations

from typing import Any

from server.realtime.core import new_id
from server.rest.shelf import Document

RUN, STEP = "run", "step"
ENDED = ("completed", "incomplete", "failed", "cancelled", "expired")
HALF_WAY = ("failed", "cancelled", "incomplete", "expired")  # forced ends come after half the text
LAST_ERROR = {"code": "server_error", "message": "Sorry, something went wrong."}
ERRORS = {
    "server_error": LAST_ERROR["message"],
    "rate_limit_exceeded": "You exceeded your current quota, please check your plan and billing "
    "details.",
    "invalid_prompt": "The prompt was flagged as potentially violating our usage policy.",
}
TIMES = {
    "completed": "completed_at",
    "failed": "failed_at",
    "cancelled": "cancelled_at",
    "expired": "expired_at",
}


def new_run(thread: str, assistant: Document, body: Document, now_s: int) -> Document:
    """What a run is before it has begun: the request's words win over the assistant's."""

    def choose(name: str, default: Any = None) -> Any:
        value = body.get(name)
        if value is None:
            value = assistant.get(name)
        return default if value is None else value

    instructions = choose("instructions", "")
    if body.get("additional_instructions"):
        instructions = f"{instructions}\n\n{body['additional_instructions']}".strip()
    return {
        "id": new_id("run"),
        "object": "thread.run",
        "created_at": now_s,
        "assistant_id": assistant["id"],
        "thread_id": thread,
        "status": "queued",
        "started_at": None,
        "expires_at": None,
        "cancelled_at": None,
        "failed_at": None,
        "completed_at": None,
        "required_action": None,
        "last_error": None,
        "model": choose("model"),
        "instructions": instructions,
        "tools": choose("tools", []),
        "tool_resources": {},
        "metadata": body.get("metadata") or {},
        "temperature": choose("temperature", 1.0),
        "top_p": choose("top_p", 1.0),
        "reasoning_effort": choose("reasoning_effort"),
        "max_completion_tokens": body.get("max_completion_tokens"),
        "max_prompt_tokens": body.get("max_prompt_tokens"),
        "truncation_strategy": {
            "type": "auto",
            "last_messages": None,
            **(body.get("truncation_strategy") or {}),
        },
        "incomplete_details": None,
        "usage": None,
        "response_format": choose("response_format", "auto"),
        "tool_choice": body.get("tool_choice") or "auto",
        "parallel_tool_calls": body.get("parallel_tool_calls") is not False,
    }


def new_step(run: Document, details: Document, now_s: int) -> Document:
    return {
        "id": new_id("step"),
        "object": "thread.run.step",
        "created_at": now_s,
        "run_id": run["id"],
        "assistant_id": run["assistant_id"],
        "thread_id": run["thread_id"],
        "type": details["type"],
        "status": "in_progress",
        "cancelled_at": None,
        "completed_at": None,
        "expired_at": None,
        "failed_at": None,
        "last_error": None,
        "step_details": details,
        "usage": None,
        "metadata": {},
    }
