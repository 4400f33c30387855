"""Function tools: called when the user plainly asks for one."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from server.brain.mind import Mind
from server.brain.prompt import ToolCall
from server.brain.words import normalise

_COMMON_TEXT = """
the a an of for to and or in on at is are this that with from by get set user given when call
use tool function returns return information about current data value it its any what tell me
you your i my please can do name
"""
_COMMON = frozenset(_COMMON_TEXT.split())


def _words(text: str) -> set[str]:
    spaced = re.sub(r"([a-z])([A-Z])", r"\1 \2", text).replace("_", " ").replace("-", " ")
    return {
        word.removesuffix("s")
        for word in normalise(spaced).split()
        if word not in _COMMON and len(word) > 2
    }


def wanted(mind: Mind) -> ToolCall | None:
    """The tool whose name or description the user's words meet best."""
    functions = [tool for tool in mind.prompt.tools if tool.get("type", "function") == "function"]
    choice = mind.prompt.tool_choice
    if isinstance(choice, Mapping):
        functions = [tool for tool in functions if tool["name"] == choice.get("name")]
    if not functions or choice == "none":
        return None
    said = _words(mind.said)

    def score(tool: Mapping[str, Any]) -> int:
        in_name = len(said & _words(tool["name"]))
        return in_name * 3 + len(said & _words(tool.get("description") or ""))

    best = max(functions, key=score)
    forced = choice == "required" or isinstance(choice, Mapping)
    if score(best) < 2 and not forced:
        return None
    return ToolCall(best["name"], json.dumps(_arguments(best, mind), ensure_ascii=False))


def _arguments(tool: Mapping[str, Any], mind: Mind) -> dict[str, Any]:
    schema = tool.get("parameters") or {}
    properties = schema.get("properties") or {}
    required = schema.get("required") or []
    filled: dict[str, Any] = {}
    for name, wanted_type in properties.items():
        value = _value(wanted_type, mind)
        if value is not None:
            filled[name] = value
        elif name in required:
            filled[name] = _default(wanted_type, mind)
    return filled


def _value(schema: Mapping[str, Any], mind: Mind) -> Any:
    said = mind.said
    for option in schema.get("enum") or ():
        if re.search(rf"\b{re.escape(str(option).lower())}\b", said):
            return option
    kind = schema.get("type")
    if kind in ("integer", "number"):
        found = re.search(r"-?\d+(?:\.\d+)?", said)
        if found:
            return int(float(found[0])) if kind == "integer" else float(found[0])
        return None
    if kind == "boolean":
        return not re.search(r"\b(off|no|not|stop)\b", said)
    if kind == "string" and not schema.get("enum"):
        assert mind.last is not None
        tail = re.search(
            r"(?i).*\b(?:in|for|to|about|of|named|called|on|at)\s+(?:the\s+)?([\w' -]+?)[.?!]*$",
            mind.last.text.strip(),
        )
        return tail[1].strip() if tail else None
    return None


def _default(schema: Mapping[str, Any], mind: Mind) -> Any:
    options = schema.get("enum")
    if options:
        return options[0]
    assert mind.last is not None
    empty: dict[str, Any] = {
        "integer": 0,
        "number": 0.0,
        "boolean": True,
        "array": [],
        "object": {},
    }
    return empty.get(str(schema.get("type")), mind.last.text)


def report(name: str, output: str) -> str:
    """A tool's output as an answer."""
    try:
        value = json.loads(output)
    except ValueError:
        value = output
    label = name.replace("_", " ") if name else "tool"
    if isinstance(value, Mapping):
        pairs = [f"{key.replace('_', ' ')} is {_spoken(one)}" for key, one in value.items()]
        return f"The {label} says: {', '.join(pairs)}." if pairs else f"The {label} is done."
    spoken = _spoken(value)
    return f"The {label} says: {spoken}." if spoken else f"The {label} is done."


def _spoken(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(_spoken(one) for one in value)
    return str(value).strip().rstrip(".")
