"""`voicetui log path|show`: where the logs are, and their ends; no key is in them."""

from __future__ import annotations

import argparse
from collections import deque
from pathlib import Path

from tui.cli import flags_of
from tui.commands.output import data, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.paths import wanted_state_dir


def run(arguments: argparse.Namespace) -> int:
    """Do `arguments.action`."""
    # Looking must not make the folder.
    logs = [wanted_state_dir() / f"{name}.log" for name in ("voicetui", "engine", "server")]
    if arguments.action == "path":
        data(str(logs[0]))
        return ExitCode.OK
    wire = _wire_log(flags_of(arguments))
    if arguments.of == "wire":
        if wire is None:
            words = tr(
                "No wire log is set: name the call's file with --wire-log FILE, "
                "or set [log] wire_file."
            )
            narrate(words)
            return ExitCode.OK
        wanted = wire
    else:
        wanted = next(log for log in logs if log.stem == arguments.of)
        if wire is not None:
            words = tr(
                "All words of calls are written to {path} (--of wire shows its end).", path=wire
            )
            narrate(words)
    for line in _end(wanted, arguments.lines):
        data(line)
    return ExitCode.OK


def _wire_log(flags: dict[str, str | float]) -> Path | None:
    """The one that a flag or the settings name; of a folder, its newest."""
    import os

    from tui.settings import load_settings

    try:
        wanted = str(flags.get("log.wire_file", "")) or load_settings({}, os.environ).text(
            "log.wire_file"
        )
    except VoicetuiError:
        return None  # the log is what helps then
    if not wanted:
        return None
    path = Path(wanted).expanduser().absolute()
    newest = max(path.glob("voicetui-wire-*.jsonl"), default=None) if path.is_dir() else None
    return newest or path


def _end(log: Path, lines: int) -> list[str]:
    try:
        with log.open(encoding="utf-8", errors="replace") as file:
            end = [line.rstrip("\n") for line in deque(file, maxlen=lines)]
    except FileNotFoundError:
        narrate(tr("{path} does not exist: nothing was written yet.", path=log))
        return []
    except OSError as error:
        raise VoicetuiError("The log cannot be read", f"{log}: {error.strerror}.") from error
    if not end:
        narrate(tr("{path} is empty.", path=log))
    return end
