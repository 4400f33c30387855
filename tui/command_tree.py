"""The command line as plain data: completions, the manual page and the documentation are made
from it, so that none of them can know another command than the parser does."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Takes = Literal["nothing", "file", "device", "conversation", "choice", "text"]
"""What follows an option, or stands as an argument: what a shell may offer there."""

_FILES = ("FILE", "WAV", "PATH", "BUNDLE")
_CONVERSATIONS = ("resume", "history show", "history resume", "history export", "history rename")


@dataclass(frozen=True, slots=True)
class Option:
    """One option, with all its names."""

    names: tuple[str, ...]
    help: str
    metavar: str = ""
    """Empty: it takes no value."""
    takes: Takes = "nothing"
    choices: tuple[str, ...] = ()
    group: str = ""
    """Heading it stands under in the help."""


@dataclass(frozen=True, slots=True)
class Argument:
    """One word, or several, behind the options."""

    metavar: str
    help: str
    takes: Takes = "text"
    choices: tuple[str, ...] = ()
    many: bool = False


@dataclass(frozen=True, slots=True)
class Command:
    """One command; its actions are commands too."""

    path: str
    """Its words without `voicetui`; empty: the program itself."""
    what: str
    usage: str
    options: tuple[Option, ...]
    arguments: tuple[Argument, ...]
    commands: tuple[Command, ...]

    @property
    def name(self) -> str:
        """Its last word."""
        return self.path.rpartition(" ")[2]

    def walk(self) -> Iterator[Command]:
        """This one and all below it, as the help lists them."""
        yield self
        for command in self.commands:
            yield from command.walk()


def command_tree() -> Command:
    """All of `voicetui`."""
    from tui.cli import build_parser

    return _command(build_parser(), "", "talk to a speech model from the terminal")


def _command(parser: argparse.ArgumentParser, path: str, what: str) -> Command:
    options: list[Option] = []
    arguments: list[Argument] = []
    commands: tuple[Command, ...] = ()
    groups = {id(action): group.title or "" for group in parser._action_groups
              for action in group._group_actions}  # fmt: skip
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            told = {choice.dest: choice.help or "" for choice in action._choices_actions}
            commands = tuple(
                _command(below, f"{path} {name}".strip(), told[name])
                for name, below in action.choices.items()
            )
        elif action.help == argparse.SUPPRESS:
            continue
        elif action.option_strings:
            options.append(_option(action, path, groups.get(id(action), "")))
        else:
            arguments.append(_argument(action, path))
    return Command(path, what, parser.usage or "", tuple(options), tuple(arguments), commands)


def _option(action: argparse.Action, path: str, group: str) -> Option:
    names = tuple(action.option_strings)
    words = _words(action)
    if action.nargs == 0:
        return Option(names, words, group=group)
    choices = _choices(action)
    metavar = str(action.metavar or action.dest.upper())
    return Option(names, words, metavar, _takes(metavar, action.dest, choices), choices, group)


def _argument(action: argparse.Action, path: str) -> Argument:
    metavar, choices = str(action.metavar or action.dest.upper()), _choices(action)
    takes = _takes(metavar, path if metavar == "ID" else action.dest, choices)
    return Argument(metavar, _words(action), takes, choices, action.nargs in ("+", "*"))


def _takes(metavar: str, name: str, choices: tuple[str, ...]) -> Takes:
    if choices:
        return "choice"
    if metavar in _FILES:
        return "file"
    if name in ("audio.input", "audio.output"):
        return "device"
    if metavar == "ID" and name in (*_CONVERSATIONS, "history delete"):
        return "conversation"
    return "text"


def _choices(action: argparse.Action) -> tuple[str, ...]:
    from tui.cli import SHELLS
    from tui.settings_table import BY_NAME

    if action.dest == "setting":
        return tuple(BY_NAME)
    if action.dest == "shell":
        return SHELLS  # without what the scripts themselves ask for
    if action.choices is not None:
        return tuple(str(choice) for choice in action.choices)
    # The values of settings are checked later, by one rule for flags, environment and file.
    setting = BY_NAME.get(action.dest)
    return setting.choices if setting is not None else ()


def _words(action: argparse.Action) -> str:
    text = action.help or ""
    values = {"default": action.default, "prog": "voicetui"}
    return text % values if "%" in text else text
