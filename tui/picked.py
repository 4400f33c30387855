"""Microphone and loudspeaker as they were picked on the screen: kept by name, beside the history.

A flag, a variable or config.toml goes before it.
"""

from __future__ import annotations

import json
import os
from typing import Final, Literal

from tui.paths import wanted_state_dir

Direction = Literal["input", "output"]
DIRECTIONS: Final[tuple[Direction, ...]] = ("input", "output")
FILE: Final = "devices.json"
SOURCE: Final = f"picked on the screen ({FILE})"
LONGEST: Final = 500


def picked() -> dict[str, str]:
    """What was picked, by the name of its setting; a file that cannot be read picks nothing."""
    try:
        found = json.loads((wanted_state_dir() / FILE).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    if not isinstance(found, dict):
        return {}
    return {
        f"audio.{direction}": name
        for direction in DIRECTIONS
        if isinstance(name := found.get(direction), str) and 0 < len(name) <= LONGEST
    }


def remember(direction: Direction, name: str) -> None:
    """Keep a pick for the next start.  Raises OSError, VoicetuiError."""
    from tui.paths import state_dir

    kept = {setting.removeprefix("audio."): value for setting, value in picked().items()}
    kept[direction] = name
    folder = state_dir()
    fresh = folder / f".{FILE}.{os.getpid()}"
    try:
        descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(kept, file, ensure_ascii=False)
        fresh.replace(folder / FILE)
    finally:
        fresh.unlink(missing_ok=True)
