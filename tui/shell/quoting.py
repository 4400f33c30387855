"""What the shells have in common."""

from __future__ import annotations

from collections.abc import Iterable

from tui.command_tree import Command


def quoted(text: str) -> str:
    """In single quotes, for any shell; fish, too, takes this form."""
    return "'" + text.replace("'", "'\\''") + "'"


def value_options(commands: Iterable[Command]) -> list[str]:
    """Every option that takes a value; a name means the same in all commands (a test holds it)."""
    return sorted(
        {
            name
            for command in commands
            for option in command.options
            if option.metavar
            for name in option.names
        }
    )
