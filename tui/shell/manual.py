"""The manual page, as roff, made from the command tree and the tables of settings and codes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from tui.command_tree import Command, Option
from tui.errors import EXIT_CODES
from tui.examples import EXAMPLES, NOTES
from tui.resolution import OTHER_VARIABLES
from tui.settings_table import SETTINGS

_VARIABLES: Final = {
    "OPENAI_API_KEY": "the key for OpenAI or a compatible service",
    "AZURE_OPENAI_API_KEY": "the key of the Azure resource",
    **OTHER_VARIABLES,
}


def manual(tree: Command, version: str) -> str:
    """All of it."""
    return "\n".join(_lines(tree, version)) + "\n"


def _lines(tree: Command, version: str) -> Iterator[str]:
    yield f'.TH VOICETUI 1 "" {_argument("voicetui " + version)} "User Commands"'
    yield from (".SH NAME", f"voicetui \\- {_text(tree.what)}")
    yield from (".SH SYNOPSIS", r".B voicetui", "[OPTION ...] [COMMAND ...]")
    yield ".SH DESCRIPTION"
    yield _text(
        "Without a command voicetui holds a conversation: on the screen, with --plain line by "
        "line, and where there is no terminal as one spoken exchange. What is asked for goes to "
        "standard output, everything else to standard error. Nothing is sent to anybody but the "
        "service that was chosen."
    )
    yield ".SH OPTIONS"
    for option in tree.options:
        yield from _option(option)
    yield ".SH COMMANDS"
    for command in tree.walk():
        if command.path:
            yield from _command(command, tree)
    yield ".SH SETTINGS"
    yield _text("In config.toml; a flag goes before a variable, that before the file.")
    for setting in SETTINGS:
        yield from (".TP", _bold(f"[{setting.section}] {setting.key}"))
        sources = ", ".join(word for word in (setting.flag, *setting.env) if word)
        default = "unset" if setting.default is None else str(setting.default) or "empty"
        allowed = f" ({', '.join(setting.choices)})" if setting.choices else ""
        yield _text(
            f"{setting.what}{allowed}; default: {default}{'; ' if sources else ''}{sources}"
        )
    yield ".SH ENVIRONMENT"
    for name, what in _VARIABLES.items():
        if what:
            yield from (".TP", _bold(name), _text(what))
    yield ".SH EXIT STATUS"
    for code, words in EXIT_CODES.items():
        yield from (".TP", _bold(str(int(code))), _text(words))
    yield ".SH EXAMPLES"
    yield from _examples("")


def _command(command: Command, tree: Command) -> Iterator[str]:
    yield f".SS {_argument(command.usage)}"
    yield _text(command.what[:1].upper() + command.what[1:] + ".")
    for argument in command.arguments:
        yield from (".TP", f"\\fI{_text(argument.metavar)}\\fR", _text(argument.help))
    known = {option.names: option.help for option in tree.options}
    own = [option for option in command.options if known.get(option.names) != option.help]
    shared = [option for option in command.options if option not in own and option.metavar]
    for option in own:
        yield from _option(option)
    if shared:
        names = ", ".join(option.names[0] for option in shared)
        yield from (".PP", _text(f"Also: {names}."))
    if command.path in EXAMPLES:
        yield from _examples(command.path)


def _option(option: Option) -> Iterator[str]:
    names = ", ".join(_bold(name) for name in option.names)
    yield from (".TP", f"{names} \\fI{_text(option.metavar)}\\fR" if option.metavar else names)
    yield _text(option.help)


def _examples(path: str) -> Iterator[str]:
    for line, remark in EXAMPLES[path]:
        if remark:
            yield from (".PP", _text(remark[:1].upper() + remark[1:] + ":"))
        else:
            yield ".PP"
        yield from (".nf", ".RS", _text(line), ".RE", ".fi")
    if path in NOTES:
        yield from (".PP", _text(NOTES[path]))


def _bold(text: str) -> str:
    return f"\\fB{_text(text)}\\fR"


def _text(text: str) -> str:
    """As it is: no letter of it may mean anything to roff."""
    escaped = text.replace("\\", "\\e").replace("-", "\\-").replace("~", "\\(ti")
    escaped = escaped.replace("^", "\\(ha").replace("`", "\\(ga").replace("'", "\\(aq")
    return f"\\&{escaped}" if escaped.startswith(".") else escaped


def _argument(text: str) -> str:
    """One argument of a request."""
    return '"' + _text(text).replace('"', "\\(dq") + '"'
