"""The counters of the last call, for `voicetui doctor`."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path
from typing import Any

from tui.blackbox.counters import Stages
from tui.errors import VoicetuiError
from tui.paths import state_dir

NAME = "last-call.json"
MAX_BYTES = 100_000


def keep(stages: Stages) -> None:
    """Write them; without a place for them there are none."""
    found = {"ended_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "counters": stages.to_json()}
    try:
        path = state_dir() / NAME
        new = path.with_name(f"{NAME}.{os.getpid()}")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            json.dump(found, file)
        new.replace(path)
    except (OSError, VoicetuiError):
        return


def read(folder: Path) -> dict[str, Any] | None:
    """What `keep` wrote; None where there is nothing of the kind."""
    try:
        with (folder / NAME).open("rb") as file:
            found = json.loads(file.read(MAX_BYTES))
    except (OSError, ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None
