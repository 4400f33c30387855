"""The functions a model may call, from the `[[tools]]` tables of config.toml.

[[tools]]
name = "weather"
description = "Current weather in a city"
command = ["weather-now", "--json"]     # gets the arguments as JSON on stdin
allowed = true                          # runs without asking; default false
limit_s = 10
output_limit_bytes = 4096
[tools.parameters]                      # JSON schema of the arguments
type = "object"
required = ["city"]
properties.city = { type = "string" }
"""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any, Final

from tui.config_file import TOOLS
from tui.errors import ExitCode, VoicetuiError
from tui.sessions.options import FunctionTool

_NAME: Final = re.compile(r"[A-Za-z0-9_-]{1,64}")
_KEYS: Final = frozenset(
    {"name", "description", "command", "allowed", "limit_s", "output_limit_bytes", "parameters"}
)
_NO_ARGUMENTS: Final[dict[str, object]] = {"type": "object", "properties": {}}


def read_tools(path: Path) -> tuple[FunctionTool, ...]:
    """The tools in `path`, none if there is no such file; raises VoicetuiError."""
    try:
        tree = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        return ()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise _wrong(path, f"cannot be read: {error}") from error
    tables = tree.get(TOOLS, [])
    if not isinstance(tables, list) or not all(isinstance(table, dict) for table in tables):
        raise _wrong(path, "tools are tables: write [[tools]]")
    tools = tuple(_tool(path, number, table) for number, table in enumerate(tables, start=1))
    names = [tool.name for tool in tools]
    for name in names:
        if names.count(name) > 1:
            raise _wrong(path, f"there are {names.count(name)} tools called {name!r}")
    return tools


def _tool(path: Path, number: int, table: dict[str, Any]) -> FunctionTool:
    where = f"tool {number}" + (f" ({table['name']})" if isinstance(table.get("name"), str) else "")
    unknown = sorted(set(table) - _KEYS)
    if unknown:
        raise _wrong(path, f"{where}: unknown {unknown[0]!r}; there are {', '.join(sorted(_KEYS))}")
    name = table.get("name")
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise _wrong(path, f"{where}: name must be letters, digits, _ and -, 64 at most")
    command = table.get("command")
    if isinstance(command, str):
        raise _wrong(path, f'{where}: command is a list: ["program", "argument"]')
    if not command or not all(isinstance(word, str) for word in command):
        raise _wrong(path, f"{where}: command is missing: a list of the program and its arguments")
    schema = table.get("parameters", _NO_ARGUMENTS)
    if not isinstance(schema, dict) or schema.get("type") != "object":
        raise _wrong(path, f'{where}: parameters must be a JSON schema with type = "object"')
    description = table.get("description", "")
    allowed = table.get("allowed", False)
    if not isinstance(description, str) or not isinstance(allowed, bool):
        raise _wrong(path, f"{where}: description is a text, allowed is true or false")
    limit_s = table.get("limit_s", 30.0)
    limit_bytes = table.get("output_limit_bytes", 16_384)
    for value, what in ((limit_s, "limit_s"), (limit_bytes, "output_limit_bytes")):
        if isinstance(value, bool) or not isinstance(value, int | float) or not value > 0:
            raise _wrong(path, f"{where}: {what} must be a number above 0")
    return FunctionTool(
        name, description, schema, tuple(command), allowed, float(limit_s), int(limit_bytes)
    )


def _wrong(path: Path, words: str) -> VoicetuiError:
    return VoicetuiError("Tools cannot be used", f"{path}: {words}.", ExitCode.SETTINGS)
