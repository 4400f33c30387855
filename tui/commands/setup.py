"""`voicetui setup`: service, key, devices and language, on a screen or line by line."""

from __future__ import annotations

import argparse
import os
from typing import TYPE_CHECKING

from tui.commands.output import narrate
from tui.errors import ExitCode
from tui.language import sentences

if TYPE_CHECKING:
    from tui.resolution import Resolution


def run(arguments: argparse.Namespace) -> int:
    """Ask, and write it down."""
    from tui.cli import flags_of
    from tui.commands.talk import choose_mode
    from tui.log import start_log
    from tui.settings import load_settings

    mode = choose_mode(plain="plain" in arguments)
    if mode == "screen":
        # A parent that imports nothing else: it restores the terminal if the screen is killed.
        from tui import parent

        if parent.CHILD_MARK not in os.environ:
            return parent.run(arguments.argv)
    start_log(verbose="verbose" in arguments)
    settings = load_settings(flags_of(arguments), os.environ)
    return set_up(settings, on_screen=mode == "screen")


def set_up(settings: Resolution, *, on_screen: bool) -> int:
    """On a screen or in lines; returns the exit code."""
    from tui.setting_up import wishes_of

    wishes = wishes_of(settings)
    if not on_screen:
        from tui.commands.setup_lines import set_up_in_lines

        set_up_in_lines(wishes)
        return ExitCode.OK
    from tui.screens.setup import run_setup
    from tui.settings import screen_settings

    told = run_setup(wishes, screen_settings(settings, os.environ))
    for line in told or ["Nothing was changed."]:
        narrate(sentences.told(line))
    return ExitCode.OK
