"""`voicetui completions SHELL`: a script for the shell; and what the script asks us for."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from typing import Final

from tui.commands.output import data
from tui.errors import ExitCode
from tui.language import tr

SHELLS: Final = ("bash", "zsh", "fish")
NEWEST: Final = 50
"""So many conversations are offered."""


def run(arguments: argparse.Namespace) -> int:
    """Print it."""
    match arguments.shell:
        case "devices":
            for name in _devices():
                data(name)
        case "conversations":
            for row in _conversations():
                data(*row)
        case shell:
            sys.stdout.write(script(shell))
    return ExitCode.OK


def script(shell: str) -> str:
    """For one of SHELLS."""
    from tui.command_tree import command_tree

    tree = command_tree()
    if shell == "bash":
        from tui.shell.bash import bash_completions

        return bash_completions(tree)
    if shell == "zsh":
        from tui.shell.zsh import zsh_completions

        return zsh_completions(tree)
    from tui.shell.fish import fish_completions

    return fish_completions(tree)


def _devices() -> Iterator[str]:
    from tui.commands.devices import list_devices
    from tui.text import clean

    yield from ("default", "silent")
    for device in list_devices()["devices"]:
        yield clean(str(device["name"]), single_line=True)


def _conversations() -> Iterator[tuple[str, str]]:
    """Id and title, the newest first."""
    from tui.commands.record import OPEN_S, open_store
    from tui.text import clean

    store = open_store()
    try:
        for row in store.list(NEWEST).result(OPEN_S):
            yield row.id[:8], clean(row.title or tr("(no words)"), single_line=True)
    finally:
        store.close()
