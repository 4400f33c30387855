"""The last events of a call, without what was said in them."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import fields, is_dataclass
from typing import Any, Final

import msgspec

KEPT: Final = 500
_QUIET: Final = frozenset({"Level", "AudioDelta", "Clip", "TranscriptDelta"})
"""Too many of them, or nothing but content."""
_WORDS: Final = frozenset(
    {"state", "level", "status", "outcome", "output_phase", "input_phase", "echo", "role", "kind"}
)
"""Texts that are words of ours."""


class EventLog:
    """Takes every event of a call; keeps the last ones."""

    def __init__(self) -> None:
        self._began_s = time.monotonic()
        self._kept: deque[tuple[float, object]] = deque(maxlen=KEPT)

    def note(self, event: object) -> None:
        """One event, on any thread."""
        if type(event).__name__ not in _QUIET:
            self._kept.append((time.monotonic() - self._began_s, event))

    def to_json(self) -> list[dict[str, object]]:
        """Oldest first: seconds since the call began, the kind of event, its numbers."""
        return [
            {"at_s": round(at_s, 3), "event": type(event).__name__, **_numbers(event)}
            for at_s, event in list(self._kept)
        ]


def _numbers(event: Any) -> dict[str, object]:
    if isinstance(event, msgspec.Struct):
        names: tuple[str, ...] = event.__struct_fields__
    elif is_dataclass(event):
        names = tuple(field.name for field in fields(event))
    else:
        return {}
    found: dict[str, object] = {}
    for name in names:
        value = getattr(event, name)
        if isinstance(value, bool | int | float) or (name in _WORDS and isinstance(value, str)):
            found[name] = value
        elif isinstance(value, str | bytes):
            found[name] = f"<{len(value)}>"
    return found
