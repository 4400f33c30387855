"""What the service did on the way to an answer, in one line for a person."""

from __future__ import annotations

from typing import Final

from tui.sessions.realtime.message import Message, part, parts, text

_LONGEST_CHARS: Final = 400


def step_text(step: Message) -> str:
    """A run step of Assistants; empty for those that only make the message."""
    lines = [_call(call) for call in parts(part(step, "step_details"), "tool_calls")]
    problem = text(part(step, "last_error"), "message")
    if problem:
        lines.append(f"failed: {problem}")
    return "\n".join(line for line in lines if line)


def item_text(item: Message) -> str:
    """An output item of Responses that is a tool of the service; empty for others."""
    kind = text(item, "type")
    if kind == "code_interpreter_call":
        logs = [text(found, "logs") for found in parts(item, "outputs")]
        return _code(text(item, "code"), logs)
    if kind == "file_search_call":
        queries = item.get("queries")
        words = queries if isinstance(queries, list) else []
        names = [text(found, "filename") for found in parts(item, "results")]
        return _search([word for word in words if isinstance(word, str)], names)
    if kind == "web_search_call":
        return f"web search: {_short(text(part(item, 'action'), 'query'))}"
    return ""


def _call(call: Message) -> str:
    kind = text(call, "type")
    if kind == "code_interpreter":
        inner = part(call, "code_interpreter")
        logs = [text(found, "logs") for found in parts(inner, "outputs")]
        return _code(text(inner, "input"), logs)
    if kind == "file_search":
        results = parts(part(call, "file_search"), "results")
        return _search([], [text(found, "file_name") for found in results])
    return ""


def _code(code: str, logs: list[str]) -> str:
    result = "\n".join(entry for entry in logs if entry)
    line = f"code interpreter: {_short(code)}" if code else "code interpreter"
    return f"{line} = {_short(result)}" if result else line


def _search(queries: list[str], names: list[str]) -> str:
    line = f"file search: {_short('; '.join(queries))}" if queries else "file search"
    found = ", ".join(dict.fromkeys(name for name in names if name))
    return f"{line} found {_short(found)}" if found else line


def _short(value: str) -> str:
    return value if len(value) <= _LONGEST_CHARS else value[: _LONGEST_CHARS - 1] + "…"
