"""The house keeps its shape: who may import whom, and what is never loaded early."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]

SERVICE_WORDS = re.compile(
    r"openai|azure|realtime api|response|transcript|assistant|websocket", re.IGNORECASE
)


@pytest.mark.parametrize(
    "path", sorted((ROOT / "engine").rglob("*.py")), ids=lambda path: path.name
)
def test_the_engine_has_never_heard_of_a_service(path: Path) -> None:
    assert not SERVICE_WORDS.findall(path.read_text())


def loaded_by(module: str) -> set[str]:
    """Top-level modules in memory after `import module` in a fresh interpreter."""
    script = f"import sys, {module}; print(*sorted({{name.split('.')[0] for name in sys.modules}}))"
    done = subprocess.run(
        [sys.executable, "-P", "-c", script],
        stdout=subprocess.PIPE,
        text=True,
        check=True,
        cwd=ROOT,
    )
    return set(done.stdout.split())


@pytest.mark.parametrize(
    ("module", "never"),
    [
        ("shared.messages", "textual rich sounddevice numpy openai websockets tui engine server"),
        ("engine.control", "textual rich numpy openai websockets sounddevice tui server"),
        ("tui.cli", "textual rich numpy openai websockets sounddevice engine server"),
        ("tui.call", "textual rich numpy openai sounddevice engine server"),
        ("tui.transcript", "textual rich openai websockets"),
        ("tui.app", "openai websockets sqlite3 sounddevice numpy engine server"),
        ("tui.parent", "textual asyncio msgspec argparse"),
        ("server", "tui engine shared textual openai sounddevice"),
    ],
)
def test_importing_one_part_does_not_load_another(module: str, never: str) -> None:
    assert not loaded_by(module) & set(never.split())


def test_panes_and_screens_know_no_socket_and_no_database() -> None:
    forbidden = re.compile(
        r"^\s*(?:import|from) (openai|websockets|sqlite3|socket)\b", re.MULTILINE
    )
    places = [ROOT / "tui" / "app.py"]
    for folder in ("screens", "panes"):
        places += (ROOT / "tui" / folder).rglob("*.py")
    assert len(places) > 3
    for path in places:
        assert not forbidden.search(path.read_text()), path


def test_only_app_screens_and_panes_import_textual() -> None:
    importing = re.compile(r"^\s*(?:import|from) (textual|rich)\b", re.MULTILINE)
    allowed = ("tui/app.py", "tui/screens/", "tui/panes/")
    for folder in ("shared", "engine", "server", "tui"):
        for path in (ROOT / folder).rglob("*.py"):
            name = path.relative_to(ROOT).as_posix()
            if not name.startswith(allowed):
                assert not importing.search(path.read_text()), name
