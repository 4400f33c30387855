"""Which folder may know which: read from the source, and seen in running processes."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent
OURS = ("engine", "server", "shared", "tui")
MAY_IMPORT = {"engine": {"shared"}, "server": set(), "shared": set(), "tui": {"shared"}}
SCREEN_LIBRARIES = {"textual", "rich"}
SCREEN_PLACES = ("tui/app.py", "tui/screens/", "tui/panes/")
PROTOCOL_LIBRARIES = {"openai", "websockets", "sqlite3"}
SERVICE_WORDS = re.compile(r"openai|realtime api|transcript|websocket", re.IGNORECASE)


def sources(package: str) -> Iterator[tuple[str, str]]:
    """Path within the repository, and text, of every module."""
    for path in sorted((REPOSITORY / package).rglob("*.py")):
        yield path.relative_to(REPOSITORY).as_posix(), path.read_text(encoding="utf-8")


def imported(source: str) -> set[str]:
    """First names of everything a module imports, late imports included."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "relative import"
            names.add(node.module or "")
    return {name.partition(".")[0] for name in names}


@pytest.mark.parametrize("package", OURS)
def test_a_folder_imports_only_what_it_may(package: str) -> None:
    for path, source in sources(package):
        strangers = (imported(source) & {*OURS, "tests"}) - {package} - MAY_IMPORT[package]
        assert not strangers, path


def test_only_the_screen_knows_textual_and_the_screen_knows_no_service() -> None:
    for path, source in sources("tui"):
        names = imported(source)
        if path.startswith(SCREEN_PLACES):
            assert not names & PROTOCOL_LIBRARIES, path
        else:
            assert not names & SCREEN_LIBRARIES, path


def test_no_word_of_a_service_occurs_in_the_engine() -> None:
    for path, source in sources("engine"):
        assert not SERVICE_WORDS.search(source), path


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("engine.control", {"tui", "server", "textual", "rich", "openai", "websockets"}),
        ("server.app", {"tui", "engine", "shared", "textual", "openai", "sounddevice"}),
        ("shared.messages", {"tui", "engine", "server", "textual", "sounddevice"}),
        ("tui.call", {"engine", "server", "textual", "rich", "sounddevice", "openai"}),
        ("tui.commands.ask", {"engine", "server", "textual", "rich", "sounddevice"}),
        ("tui.commands.plain", {"engine", "server", "textual", "rich", "sounddevice"}),
    ],
)
def test_what_a_process_has_loaded(module: str, absent: set[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys, {module}; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert module.partition(".")[0] in loaded
    assert not loaded & absent
