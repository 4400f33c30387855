"""The scripted screen with a key that fails."""

from __future__ import annotations

import sys

from tests.terminal.scripted_app import main
from tui.screens.talk import TalkScreen


def fail(_: TalkScreen) -> None:
    """In place of what the key does."""
    raise ZeroDivisionError


if __name__ == "__main__":
    TalkScreen.action_mute = fail  # type: ignore[method-assign]
    sys.exit(main())
