"""Programs in pseudo-terminals, each with its own state directory."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.terminal.driver import Terminal, python

ROOT = Path(__file__).resolve().parents[2]
Start = Callable[..., Terminal]


def environment(state: Path, **more: str) -> dict[str, str]:
    """What a program in a terminal needs, and nothing of the developer's own settings."""
    kept = {name: os.environ[name] for name in ("PATH", "LANG", "HOME") if name in os.environ}
    return {
        **kept,
        "TERM": "xterm-256color",
        "PYTHONPATH": str(ROOT),
        "XDG_STATE_HOME": str(state),
        "XDG_CONFIG_HOME": str(state / "config"),
        **more,
    }


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start the scripted screen: start("talk", "--ssh", rows=24, cols=80, module=...)."""
    running: list[Terminal] = []

    def spawn(
        *argv: str, rows: int = 24, cols: int = 80, module: str = "scripted_app", **env: str
    ) -> Terminal:
        terminal = Terminal.spawn(
            python("-P", "-m", f"tests.terminal.{module}", *argv, "--state", str(tmp_path / "own")),
            env=environment(tmp_path, **env),
            rows=rows,
            cols=cols,
        )
        running.append(terminal)
        return terminal

    yield spawn
    for terminal in running:
        terminal.close()
