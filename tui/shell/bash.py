"""Completions for bash, made from the command tree."""

from __future__ import annotations

from typing import Final

from tui.command_tree import Command, Takes
from tui.shell.quoting import quoted, value_options

_SCRIPT: Final = """\
# Completions of voicetui for bash.
# Now:       eval "$(voicetui completions bash)"
# For good:  voicetui completions bash > ~/.local/share/bash-completion/completions/voicetui

# Offers those of its words that begin with what was typed; names from outside stay words.
_voicetui_offer() {
    local word
    for word; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$(printf '%%q' "$word")")
    done
}

_voicetui_offer_known() {
    local word
    while IFS=$'\\t' read -r word _; do
        _voicetui_offer "$word"
    done < <(voicetui completions "$1" 2>/dev/null)
}

_voicetui_offer_files() {
    compopt -o filenames 2>/dev/null
    local IFS=$'\\n'
    COMPREPLY+=($(compgen -f -- "$cur"))
}

_voicetui() {
    local cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]}
    local command='' value='' word at
    # --option=value comes in three words.
    if [[ $cur == = ]]; then
        cur=''
    elif [[ $prev == = ]]; then
        prev=${COMP_WORDS[COMP_CWORD-2]}
    fi
    for ((at = 1; at < COMP_CWORD; at++)); do
        word=${COMP_WORDS[at]}
        if [[ $word == = ]]; then
            value=1
        elif [[ -n $value ]]; then
            value=''
        else
            case $word in
%(value_options)s) value=1 ;;
            -*) ;;
            *)
                case "$command $word" in
%(commands)s
                esac ;;
            esac
        fi
    done
    COMPREPLY=()
    case "$command $prev" in
%(values)s
    esac
    case "$command $cur" in
%(options)s
%(arguments)s
    esac
}

complete -F _voicetui voicetui
"""


def bash_completions(tree: Command) -> str:
    """The whole script."""
    commands = list(tree.walk())
    below = [(command, action) for command in commands for action in command.commands]
    return _SCRIPT % {
        "value_options": "            " + " | ".join(value_options(commands)),
        "commands": "\n".join(
            f"                {quoted(f'{command.path} {action.name}')}) "
            f"command={quoted(action.path)} ;;"
            for command, action in below
        ),
        "values": "\n".join(
            f"    {' | '.join(quoted(f'{command.path} {name}') for name in option.names)}) "
            f"{_offer(option.takes, option.choices)}return ;;"
            for command in commands
            for option in command.options
            if option.metavar
        ),
        "options": "\n".join(
            f"    {quoted(command.path + ' -')}*) "
            f"_voicetui_offer {' '.join(n for option in command.options for n in option.names)} ;;"
            for command in commands
        ),
        "arguments": "\n".join(
            f"    {quoted(command.path + ' ')}*) {_arguments(command)};;"
            for command in reversed(commands)  # the longer words first
        ),
    }


def _arguments(command: Command) -> str:
    if command.commands:
        return f"_voicetui_offer {' '.join(action.name for action in command.commands)} "
    return "".join(
        _offer(argument.takes, argument.choices) for argument in command.arguments[:1]
    ).replace("; ", " ")


def _offer(takes: Takes, choices: tuple[str, ...]) -> str:
    match takes:
        case "choice":
            return f"_voicetui_offer {' '.join(quoted(choice) for choice in choices)}; "
        case "file":
            return "_voicetui_offer_files; "
        case "device":
            return "_voicetui_offer_known devices; "
        case "conversation":
            return "_voicetui_offer_known conversations; "
        case _:
            return ""
