"""`voicetui log path|show`: where the log is, and its end; no key is in it."""

from __future__ import annotations

import argparse
from collections import deque
from pathlib import Path

from tui.commands.output import data, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.paths import wanted_state_dir


def run(arguments: argparse.Namespace) -> int:
    """Do `arguments.action`."""
    # Looking must not make the folder.
    logs = [wanted_state_dir() / f"{name}.log" for name in ("voicetui", "engine", "server")]
    if arguments.action == "path":
        data(str(logs[0]))
        return ExitCode.OK
    wanted = next(log for log in logs if log.stem == arguments.of)
    for line in _end(wanted, arguments.lines):
        data(line)
    return ExitCode.OK


def _end(log: Path, lines: int) -> list[str]:
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            return [line.rstrip("\n") for line in deque(file, maxlen=lines)]
    except FileNotFoundError:
        narrate(f"{log} does not exist: nothing was written yet.")
        return []
    except OSError as error:
        raise VoicetuiError("The log cannot be read", f"{log}: {error.strerror}.") from error
