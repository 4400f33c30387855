"""`voicetui key set|show|delete`: keep a key in the keyring or in a private file, without echo."""

from __future__ import annotations

import argparse
import os
import sys

from tui.commands.output import data, data_json, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
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
    where = told(store(name, key))
    narrate(tr("The key for {name} is kept in {where}.", name=name, where=where))
    variable = _variable(name)
    if os.environ.get(variable, "").strip():
        narrate(tr("{variable} is set, and goes before it.", variable=variable))
    return ExitCode.OK


def _typed(name: str) -> str:
    """Asked on the terminal; what is typed is not shown."""
    from getpass import getpass

    try:
        return getpass(tr("Key for {name} (not shown):", name=name) + " ").strip()
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
    narrate(tr("The key for {name} was deleted from {where}.", name=name, where=told(where)))
    if os.environ.get(variable := _variable(name), "").strip():
        narrate(tr("{variable} is still set.", variable=variable))
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
        data(f"{name}: {tr('set, not shown')}")
    for name, where in stored.items():
        data(f"{name}: {tr('in {where}, not shown', where=told(where))}")
    if not variables and not stored:
        narrate(tr("No key. Set OPENAI_API_KEY, or store one with `voicetui key set`."))
    return ExitCode.OK


def _variable(name: str) -> str:
    return "AZURE_OPENAI_API_KEY" if name == AZURE else "OPENAI_API_KEY"
