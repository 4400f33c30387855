"""The language of commands that need no other setting."""

from __future__ import annotations

import argparse
import contextlib
import os

from tui.errors import VoicetuiError


def use_language(arguments: argparse.Namespace) -> None:
    """As it is set; settings that cannot be used are no reason to show nothing."""
    from tui.cli import flags_of
    from tui.settings import load_settings

    with contextlib.suppress(VoicetuiError):
        load_settings(flags_of(arguments), os.environ)
