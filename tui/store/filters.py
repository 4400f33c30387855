"""Words of a search that narrow it: kind:assistants, after:2026-11-01, before:2026-12."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from typing import Final

from tui.store.rows import KINDS

_WORD: Final = re.compile(r"(kind|before|after):(\S*)$")
_DATE: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2}))?(?:-([0-9]{1,2}))?-?$")
_ANY_DAY: Final = "2001-01-01"


def is_filter(word: str) -> bool:
    """Not to be looked for in a text."""
    return _WORD.match(word) is not None


def conditions(query: str) -> tuple[str, tuple[str | float, ...]]:
    """What the row of a conversation must be, in SQL; what is not complete yet narrows nothing."""
    parts: list[str] = []
    values: list[str | float] = []
    for _, name, value in _filters(query):
        if name == "kind" and value:
            parts.append("substr(kind, 1, ?) = ?")
            values += [float(len(value)), value]
        elif name != "kind" and (at_s := _midnight(value)) is not None:
            parts.append("updated_at < ?" if name == "before" else "updated_at >= ?")
            values.append(at_s)
    return " AND ".join(parts), tuple(values)


def mistake(query: str, *, typing: bool = False) -> str:
    """What is wrong with the first filter that is none; `typing`: the last word may grow yet."""
    grows = typing and not query[-1:].isspace()
    last = query.split()[-1:]
    for word, name, value in _filters(query):
        growing = grows and [word] == last
        if name == "kind":
            known = any(kind.startswith(value) for kind in KINDS) and (value or growing)
            if not known:
                return f"{word} is none of {', '.join(KINDS)}"
        elif _midnight(value) is None:
            could_be = value + _ANY_DAY[len(value) :]
            if not growing or _midnight(could_be) is None:
                return f"{word} is no date, such as 2026-11-20"
    return ""


def _filters(query: str) -> list[tuple[str, str, str]]:
    """Every filter in a query: as it was written, its name and its value."""
    found = []
    for word in query.split():
        filtering = _WORD.match(unicodedata.normalize("NFKC", word).casefold())
        if filtering is not None:
            found.append((word, filtering[1], filtering[2]))
    return found


def _midnight(date: str) -> float | None:
    """When a day begins here; of a month or a year the first day."""
    found = _DATE.match(date)
    if found is None:
        return None
    year, month, day = (int(part or 1) for part in found.groups())
    try:
        return datetime(year, month, day).timestamp()
    except (ValueError, OverflowError, OSError):
        return None
