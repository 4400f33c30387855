"""The real screen over a record in a folder and a call that says nothing.

Usage: python -m tests.bench.history_app FOLDER
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from tests.tui.conversation import OPENING
from tests.tui.scripted import ScriptedCall
from tui.app import VoicetuiApp
from tui.commands.screen import KeptHistory
from tui.store.store import Store


@dataclass
class Kept:
    """As the program's own record."""

    store: Store


@dataclass
class Service:
    """Where imported ids would belong to."""

    kind: str = "demo"
    base_url: str = ""


def main() -> int:
    """Until q."""
    store = Store.open(Path(sys.argv[1]))
    try:
        return VoicetuiApp(
            lambda on_event, _: ScriptedCall(on_event, *OPENING),
            title="a long history",
            push_to_talk=False,
            history=lambda: KeptHistory(Kept(store), Service()),  # type: ignore[arg-type]
            ssh=False,
        ).hold_calls()
    finally:
        store.close()


if __name__ == "__main__":
    sys.exit(main())
