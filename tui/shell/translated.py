"""The help of every command in the language in use; English stands in tui/cli.py."""

from __future__ import annotations

import argparse

from tui.language import tr
from tui.settings_table import BY_NAME


def translate(parser: argparse.ArgumentParser) -> None:
    """This parser and all below it."""
    parser.description = _sentence(parser.description or "")
    for group in parser._action_groups:
        group.title = tr(group.title or "")
    for action in parser._actions:
        _translate_help(action)
        if isinstance(action, argparse._SubParsersAction):
            for choice in action._choices_actions:
                _translate_help(choice)
            for command in action.choices.values():
                translate(command)


def _sentence(description: str) -> str:
    """Most are what the list of commands says, as a sentence."""
    shown = tr(description)
    if shown != description or not description:
        return shown
    what = description[0].lower() + description[1:-1]
    return f"{tr(what)}{tr('.')}"


def _translate_help(action: argparse.Action) -> None:
    help_ = action.help
    if not help_ or help_ == argparse.SUPPRESS:
        return
    setting = BY_NAME.get(action.dest)
    if setting is not None and help_.startswith(what := setting.what.replace("%", "%%")):
        # Its choices stand behind it.
        action.help = tr(setting.what).replace("%", "%%") + help_.removeprefix(what)
    else:
        action.help = tr(help_)
