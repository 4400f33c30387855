"""Completions for fish, made from the command tree."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from tui.command_tree import Command, Takes
from tui.shell.quoting import quoted, value_options

_SCRIPT: Final = """\
# Completions of voicetui for fish.
# Now:       voicetui completions fish | source
# For good:  voicetui completions fish > ~/.config/fish/completions/voicetui.fish

function __voicetui_offers
    set -l words (commandline -opc)
    set -e words[1]
    set -l cur (commandline -ct)
    set -l command ''
    set -l prev ''
    set -l value ''
    for word in $words
        set prev $word
        if test -n "$value"
            set value ''
            continue
        end
        switch $word
            case %(value_options)s
                set value 1
            case '-*'
            case '*'
                switch "$command $word"
%(commands)s
                end
        end
    end
    if test -n "$value"
        switch "$command $prev"
%(values)s
        end
        return
    end
    switch "$command $cur"
%(options)s
%(arguments)s
    end
end

complete -c voicetui -f -a '(__voicetui_offers)'
"""


def fish_completions(tree: Command) -> str:
    """The whole script."""
    commands = list(tree.walk())
    return _SCRIPT % {
        "value_options": " ".join(value_options(commands)),
        "commands": "\n".join(
            f"                    case {quoted(f'{command.path} {action.name}')}\n"
            f"                        set command {quoted(action.path)}"
            for command in commands
            for action in command.commands
        ),
        "values": "\n".join(
            f"            case {' '.join(quoted(f'{command.path} {n}') for n in option.names)}\n"
            f"                {_offer(option.takes, option.choices)}"
            for command in commands
            for option in command.options
            if option.metavar and option.takes != "text"
        ),
        "options": "\n".join(
            f"        case {quoted(command.path + ' -*')}\n            {_options(command)}"
            for command in commands
        ),
        "arguments": "\n".join(
            f"        case {quoted(command.path + ' *')}\n            {_arguments(command)}"
            for command in reversed(commands)  # the longer words first
        ),
    }


def _options(command: Command) -> str:
    return _print((name, option.help) for option in command.options for name in option.names)


def _arguments(command: Command) -> str:
    if command.commands:
        return _print((action.name, action.what) for action in command.commands)
    for argument in command.arguments[:1]:
        return _offer(argument.takes, argument.choices)
    return ""


def _offer(takes: Takes, choices: tuple[str, ...]) -> str:
    match takes:
        case "choice":
            return _print((choice, "") for choice in choices)
        case "file":
            return "__fish_complete_path $cur"
        case "device":
            return "voicetui completions devices 2>/dev/null"
        case "conversation":
            return "voicetui completions conversations 2>/dev/null"
        case _:
            return ""


def _print(offers: Iterable[tuple[str, str]]) -> str:
    lines = " ".join(quoted(f"{word}\t{what}" if what else word) for word, what in offers)
    return f"printf '%s\\n' {lines}"
