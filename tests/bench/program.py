"""voicetui itself, as a person starts it, in a pseudo-terminal and on the sound card."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.bench.players import EchoName
from tests.bench.stage import REPOSITORY, Service
from tests.rig.card import SoundCard
from tests.terminal.driver import Terminal

ROWS, COLUMNS = 24, 80


def voicetui_command() -> list[str]:
    """The installed command where there is one beside this Python."""
    installed = Path(sys.executable).parent / "voicetui"
    return [str(installed)] if installed.exists() else [sys.executable, "-P", "-m", "tui"]


def environment(card: SoundCard) -> dict[str, str]:
    """The card, a key, and nothing of this user's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG") if name in os.environ}
    home = card.folder / "home"
    home.mkdir(exist_ok=True)
    return card.client_env(kept) | {
        "HOME": str(home),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "PYTHONPATH": str(REPOSITORY),
        "OPENAI_API_KEY": "bench",
        "TERM": "xterm-256color",
    }


@contextmanager
def program(card: SoundCard, service: Service, echo: EchoName = "off") -> Iterator[Terminal]:
    """The program in a call with the service."""
    address = f"http://127.0.0.1:{service.port}/v1"
    with Terminal.spawn(
        [*voicetui_command(), "--base-url", address, "--echo", echo],
        env=environment(card),
        rows=ROWS,
        cols=COLUMNS,
        cwd=str(card.folder),
    ) as terminal:
        yield terminal
