"""`voicetui key set|show|delete`: keep a key in the keyring or in a private file, without echo."""

from __future__ import annotations

import argparse
import os
import sys

from tui.commands.output import data, data_json, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.masking import KEY_VARIABLES, SERVER_KEY_VARIABLE
from tui.stored_keys import (
    AZURE,
    LONGEST_KEY,
    OPENAI,
    forget,
    name_of,
    places,
    store,
    usable,
)


def run(arguments: argparse.Namespace) -> int:
    """Do `arguments.action`."""
    match arguments.action:
        case "set":
            return _set(_name(arguments.service))
        case "delete":
            return _delete(_name(arguments.service))
        case _:
            return _show(as_json=arguments.json)


def _name(service: str) -> str:
    """The name a key is kept under: openai, azure, or the host of a compatible service."""
    if service in (OPENAI, AZURE):
        return service
    name = name_of(service)
    if not name or not name.isprintable() or " " in name:
        raise VoicetuiError(
            "Service cannot be used",
            "--service is openai, azure, or the address of a compatible service, "
            "such as http://127.0.0.1:8000/v1.",
            ExitCode.USAGE,
        )
    return name


def _set(name: str) -> int:
    key = _typed(name) if sys.stdin.isatty() else _piped()
    if not usable(key):
        what = "holds a space, a line break or a character no key has" if key else "is empty"
        raise VoicetuiError(
            "Key cannot be used", f"What was given {what}. Nothing was stored.", ExitCode.SETTINGS
        )
    narrate(f"The key for {name} is kept in {store(name, key)}.")
    variable = _variable(name)
    if os.environ.get(variable, "").strip():
        narrate(f"{variable} is set, and goes before it.")
    return ExitCode.OK


def _typed(name: str) -> str:
    """Asked on the terminal; what is typed is not shown."""
    from getpass import getpass

    try:
        return getpass(f"Key for {name} (not shown): ").strip()
    except EOFError:
        return ""


def _piped() -> str:
    """The first line of stdin."""
    line = sys.stdin.buffer.readline(LONGEST_KEY + 2)
    return line.decode("utf-8", "replace").strip()


def _delete(name: str) -> int:
    where = forget(name)
    if not where:
        raise VoicetuiError("No such key", f"No key is stored for {name}.")
    narrate(f"The key for {name} was deleted from {where}.")
    if os.environ.get(variable := _variable(name), "").strip():
        narrate(f"{variable} is still set.")
    return ExitCode.OK


def _show(*, as_json: bool) -> int:
    variables = [
        name
        for name in KEY_VARIABLES
        if name != SERVER_KEY_VARIABLE and os.environ.get(name, "").strip()
    ]
    stored = places()
    if as_json:
        data_json({"environment": variables, "stored": stored})
        return ExitCode.OK
    for name in variables:
        data(f"{name}: set, not shown")
    for name, where in stored.items():
        data(f"{name}: in {where}, not shown")
    if not variables and not stored:
        narrate("No key. Set OPENAI_API_KEY, or store one with `voicetui key set`.")
    return ExitCode.OK


def _variable(name: str) -> str:
    return "AZURE_OPENAI_API_KEY" if name == AZURE else "OPENAI_API_KEY"
