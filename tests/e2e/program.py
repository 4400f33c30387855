"""The installed program as its users start it: a process, its streams, its exit code."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
TIMEOUT_S = 60
CANARY = "sk-canary-5up3r53cr3t"
"""A key that must never come out."""

_NOT_OF_A_NEW_PERSON = (
    "OPENAI_", "AZURE_", "VOICETUI_", "SSH_", "TMUX",
    "MAKE", "MFLAGS", "ARGS",  # make passes them on, and we may run inside one
)  # fmt: skip


def command(*arguments: str) -> list[str]:
    """How `voicetui ARGUMENTS` is started: the script that pip made, where it did."""
    script = Path(sys.executable).with_name("voicetui")
    start = [str(script)] if script.exists() else [sys.executable, "-P", "-m", "tui"]
    return [*start, *arguments]


class Home:
    """A person's folders, empty at first, and an environment without our own settings."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.state = folder / "state"
        self.config = folder / "config.toml"
        self.env = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(_NOT_OF_A_NEW_PERSON)
        } | {
            "HOME": str(folder),
            "VOICETUI_STATE_DIR": str(self.state),
            "VOICETUI_CONFIG": str(self.config),
            "TERM": "xterm-256color",
        }

    def run(
        self,
        *arguments: str,
        stdin: bytes = b"",
        cwd: Path | None = None,
        env: Mapping[str, str] | None = None,
        timeout_s: float = TIMEOUT_S,
    ) -> Done:
        """Run to the end; there is no terminal."""
        done = subprocess.run(
            command(*arguments),
            input=stdin,
            capture_output=True,
            cwd=cwd or self.folder,
            env={**self.env, **(env or {})},
            timeout=timeout_s,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(
        self, *arguments: str, env: Mapping[str, str] | None = None, **options: Any
    ) -> subprocess.Popen[bytes]:
        """Start and return at once."""
        options.setdefault("stdin", subprocess.DEVNULL)
        return subprocess.Popen(
            command(*arguments),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            cwd=self.folder,
            env={**self.env, **(env or {})},
            **options,
        )

    def everything_written(self) -> bytes:
        """The content of every file below the folder."""
        return b"\0".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


class Done:
    """A process that has ended."""

    def __init__(self, code: int, stdout: bytes, stderr: bytes) -> None:
        self.code = code
        self.stdout = stdout
        self.out = stdout.decode(errors="replace")
        self.err = stderr.decode()

    def __repr__(self) -> str:
        return f"exit code {self.code}\n--- stdout\n{self.out}\n--- stderr\n{self.err}"


def descendants(pid: int) -> list[int]:
    """Process ids of all children of `pid` and of theirs (Linux)."""
    found: list[int] = []
    for task in Path(f"/proc/{pid}/task").glob("*/children"):
        try:
            children = [int(child) for child in task.read_text().split()]
        except OSError:
            continue
        for child in children:
            found += [child, *descendants(child)]
    return found
