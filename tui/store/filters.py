"""Words of a search that narrow it: kind:assistants, after:2026-11-01, before:2026-12."""

from __future__ import annotations

import re
import time
from typing import Final

_WORD: Final = re.compile(r"(kind|before|after):(\S*)$")
_DATE: Final = re.compile(r"(\d{4})(?:-(\d\d?))?(?:-(\d\d?))?-?$")


def is_filter(word: str) -> bool:
    """Not to be looked for in a text."""
    return _WORD.match(word) is not None


def conditions(query: str) -> tuple[str, tuple[str | float, ...]]:
    """What the row of a conversation must be, in SQL; what is not complete yet narrows nothing."""
    parts: list[str] = []
    values: list[str | float] = []
    for word in query.lower().split():
        found = _WORD.match(word)
        if found is None or not found[2]:
            continue
        if found[1] == "kind":
            parts.append("substr(kind, 1, ?) = ?")
            values += [float(len(found[2])), found[2]]
        elif (at_s := _midnight(found[2])) is not None:
            parts.append("updated_at < ?" if found[1] == "before" else "updated_at >= ?")
            values.append(at_s)
    return " AND ".join(parts), tuple(values)


def _midnight(date: str) -> float | None:
    """When a day begins here; of a month or a year the first day."""
    found = _DATE.match(date)
    if found is None:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return time.mktime((year, month, day, 0, 0, 0, 0, 0, -1))
    except (ValueError, OverflowError):
        return None
