"""Runs the command behind a function that a model may call.

Whether it may run is asked elsewhere; here are the limits.  Everything that goes wrong comes back
as words for the model, never as an exception.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import json
import os
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from subprocess import SubprocessError
from typing import Final

from tui.child import announced, ended, environment
from tui.sessions.options import FunctionTool

REFUSED: Final = "The user did not allow this function to run."
UNKNOWN: Final = "There is no function of this name."
_STDERR_BYTES: Final = 2000
_AFTER_EXIT_S: Final = 0.3
"""For output still in the pipe; a grandchild may hold it open for ever."""
_LOOK_S: Final = 0.01
_DEEPEST: Final = 20
_serials: Final = itertools.count()
"""A number for each command."""

_TYPES: Final[Mapping[str, tuple[type, ...]]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "null": (type(None),),
}


@dataclass(frozen=True, slots=True)
class ToolResult:
    """What the model gets, and whether the command did what it should."""

    output: str
    ok: bool = True


async def run_tool(tool: FunctionTool, arguments: str) -> ToolResult:
    """Check the arguments and run the command with them on stdin; cancelling kills the command."""
    problem = check_arguments(tool.schema, arguments)
    if problem:
        return ToolResult(f"Not run: {problem}.", ok=False)
    if not tool.command:
        return ToolResult(f"Not run: no command is set for {tool.name}.", ok=False)
    serial = next(_serials)
    try:
        process = await asyncio.create_subprocess_exec(
            *tool.command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=environment(),
            start_new_session=True,  # its children are killed with it
            preexec_fn=announced(serial),
        )
    except (OSError, ValueError, SubprocessError) as error:
        ended(serial)
        reason = error.strerror if isinstance(error, OSError) else str(error)
        return ToolResult(f"Failed: {tool.command[0]} cannot be run: {reason}.", ok=False)
    try:
        return await _finish(process, tool, arguments.encode("utf-8", "replace"))
    finally:
        _kill(process)
        await _exit(process)
        ended(serial)
        # Pipes that a grandchild holds open would keep it, and complain when the loop is gone.
        process._transport.close()  # type: ignore[attr-defined]


async def _finish(
    process: asyncio.subprocess.Process, tool: FunctionTool, arguments: bytes
) -> ToolResult:
    assert process.stdin is not None
    assert process.stdout is not None
    assert process.stderr is not None
    output, errors = _Head(tool.output_limit_bytes), _Head(_STDERR_BYTES)
    writing = asyncio.create_task(_write(process.stdin, arguments))
    reading = [
        asyncio.create_task(output.read(process.stdout)),
        asyncio.create_task(errors.read(process.stderr)),
    ]
    try:
        async with asyncio.timeout(tool.limit_s):
            await _exit(process)
    except TimeoutError:
        words = f"Failed: stopped after {tool.limit_s:g} s, its time limit."
        return ToolResult("\n".join(filter(None, (words, output.text()))), ok=False)
    finally:
        if process.returncode is not None:
            await asyncio.wait(reading, timeout=_AFTER_EXIT_S)
        for task in (writing, *reading):
            task.cancel()
        await asyncio.gather(writing, *reading, return_exceptions=True)
    said = output.text()
    if process.returncode:
        code = process.returncode
        how = f"ended with code {code}" if code > 0 else f"was killed by signal {-code}"
        words = f"Failed: the command {how}."
        return ToolResult("\n".join(filter(None, (words, errors.text(), said))), ok=False)
    return ToolResult(said or "(no output)")


async def _exit(process: asyncio.subprocess.Process) -> None:
    # `process.wait()` also waits for the pipes, which a grandchild may hold open for ever.
    while process.returncode is None:  # noqa: ASYNC110
        await asyncio.sleep(_LOOK_S)


async def _write(pipe: asyncio.StreamWriter, data: bytes) -> None:
    with contextlib.suppress(OSError):  # a command may not care for its arguments
        pipe.write(data)
        await pipe.drain()
        pipe.close()


class _Head:
    """The beginning of an output; the rest is read and thrown away, so that nobody blocks."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit_bytes = limit_bytes
        self._data = bytearray()
        self._cut = False

    async def read(self, pipe: asyncio.StreamReader) -> None:
        while chunk := await pipe.read(65536):
            room = self._limit_bytes - len(self._data)
            self._data += chunk[:room]
            self._cut = self._cut or len(chunk) > room

    def text(self) -> str:
        said = self._data.decode("utf-8", "replace").strip()
        return f"{said}\n(output cut after {self._limit_bytes} bytes)" if self._cut else said


def _kill(process: asyncio.subprocess.Process) -> None:
    """The command and whatever it started."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)


def check_arguments(schema: Mapping[str, object], arguments: str) -> str:
    """What is wrong with a call's arguments, in words for the model; empty: nothing."""
    try:
        value = json.loads(arguments or "{}")
    except (ValueError, RecursionError):
        return "the arguments are not valid JSON"
    if not isinstance(value, dict):
        return "the arguments must be a JSON object"
    return _complaint({"type": "object", **schema}, value, "", 0)


def _complaint(schema: Mapping[str, object], value: object, path: str, depth: int) -> str:
    """Types, required properties, closed lists: what a command cannot be expected to survive."""
    name = path or "the arguments"
    if depth > _DEEPEST:
        return f"{name}: nested too deeply"
    wanted = schema.get("type")
    kinds = [wanted] if isinstance(wanted, str) else wanted if isinstance(wanted, list) else []
    known = [kind for kind in kinds if isinstance(kind, str) and kind in _TYPES]
    if known and not any(_is(value, kind) for kind in known):
        return f"{name} must be of type {' or '.join(known)}"
    choices = schema.get("enum")
    if isinstance(choices, list) and value not in choices:
        return f"{name} must be one of {json.dumps(choices, ensure_ascii=False)}"
    if isinstance(value, dict):
        return _object_complaint(schema, value, path, depth)
    items = schema.get("items")
    if isinstance(value, list) and isinstance(items, dict):
        for index, entry in enumerate(value):
            found = _complaint(items, entry, f"{path}[{index}]", depth + 1)
            if found:
                return found
    return ""


def _object_complaint(
    schema: Mapping[str, object], value: Mapping[str, object], path: str, depth: int
) -> str:
    required = schema.get("required")
    for key in required if isinstance(required, list) else []:
        if key not in value:
            return f"{_join(path, str(key))} is missing"
    properties = schema.get("properties")
    inner = properties if isinstance(properties, dict) else {}
    for key, entry in value.items():
        found = ""
        if isinstance(inner.get(key), dict):
            found = _complaint(inner[key], entry, _join(path, key), depth + 1)
        elif schema.get("additionalProperties") is False:
            found = f"{_join(path, key)} is not known"
        if found:
            return found
    return ""


def _is(value: object, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def _join(path: str, key: str) -> str:
    return f"{path}.{key}" if path else key
