"""Completions for zsh, made from the command tree."""

from __future__ import annotations

from typing import Final

from tui.command_tree import Argument, Command, Option, Takes
from tui.shell.quoting import quoted

_HEAD: Final = """\
#compdef voicetui
# Completions of voicetui for zsh.
# Now:       eval "$(voicetui completions zsh)"
# For good:  voicetui completions zsh > _voicetui     in a folder of $fpath

_voicetui_known() {
    local -a names
    local name what
    while IFS=$'\\t' read -r name what; do
        names+=("${name//:/\\\\:}:$what")
    done < <(voicetui completions $1 2>/dev/null)
    _describe $1 names
}

"""
_TAIL: Final = """\
if [[ $funcstack[1] == _voicetui ]]; then
    _voicetui "$@"
else
    compdef _voicetui voicetui
fi
"""


def zsh_completions(tree: Command) -> str:
    """The whole script: a function for each command."""
    return _HEAD + "".join(_function(command) for command in tree.walk()) + _TAIL


def _function(command: Command) -> str:
    specs = [spec for option in command.options for spec in _option(option)]
    if command.commands:
        specs += ["'1: :->command'", "'*:: :->rest'"]
    else:
        specs += [_argument(argument) for argument in command.arguments]
    lines = [f"{_name(command)}() {{"]
    if command.commands:
        lines.append("    local context state line")
    lines.append("    _arguments -C -s -S \\")
    lines += [f"        {spec} \\" for spec in specs]
    lines[-1] = lines[-1].removesuffix(" \\")
    if command.commands:
        lines += [
            "    case $state in",
            "        command)",
            "            local -a names",
            "            names=(",
        ]
        lines += [
            f"                {quoted(action.name + ':' + action.what)}"
            for action in command.commands
        ]
        lines += ["            )", "            _describe command names ;;", "        rest)"]
        lines.append("            case $line[1] in")
        lines += [
            f"                {action.name}) {_name(action)} ;;" for action in command.commands
        ]
        lines += ["            esac ;;", "    esac"]
    return "\n".join([*lines, "}", "", ""])


def _name(command: Command) -> str:
    return "_voicetui" + "".join(f"_{word}" for word in command.path.split())


def _option(option: Option) -> list[str]:
    what = option.help
    for letter in "\\[]":
        what = what.replace(letter, "\\" + letter)
    if not option.metavar:
        return [quoted(f"{name}[{what}]") for name in option.names]
    value = f":{option.metavar}:{_action(option.takes, option.choices)}"
    return [quoted(f"{name}=[{what}]{value}") for name in option.names]


def _argument(argument: Argument) -> str:
    many = "*" if argument.many else ""
    return quoted(f"{many}:{argument.metavar}:{_action(argument.takes, argument.choices)}")


def _action(takes: Takes, choices: tuple[str, ...]) -> str:
    match takes:
        case "choice":
            return f"({' '.join(choices)})"
        case "file":
            return "_files"
        case "device":
            return " _voicetui_known devices"  # the space: nothing put between
        case "conversation":
            return " _voicetui_known conversations"
        case _:
            return " "
