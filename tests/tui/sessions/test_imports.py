"""What the machine may know, and what is only loaded when it is needed."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
MACHINE = sorted((REPOSITORY / "tui" / "sessions" / "realtime").glob("*.py"))
IO = {"asyncio", "socket", "time", "datetime", "threading", "websockets", "openai", "os", "random"}


@pytest.mark.parametrize("path", MACHINE, ids=lambda path: path.name)
def test_the_machine_knows_no_socket_and_no_clock(path) -> None:
    tree = ast.parse(path.read_text())
    imported = {
        name.split(".")[0]
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names]
            if isinstance(node, ast.Import)
            else [node.module or ""]
            if isinstance(node, ast.ImportFrom)
            else []
        )
    }
    assert not imported & IO
    assert not any(isinstance(node, ast.AsyncFunctionDef | ast.Await) for node in ast.walk(tree))


def test_heavy_packages_wait_until_they_are_needed() -> None:
    code = (
        "import sys\n"
        "import tui.sessions.websocket, tui.sessions.realtime.machine, tui.sessions.endpoint\n"
        "print(*sorted({'websockets', 'numpy', 'openai', 'textual'} & set(sys.modules)))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == ""
