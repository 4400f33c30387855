"""How much a service may make a session keep.  One that sends more is broken, or wants to break us:
the connection is closed, and a new one may be better."""

from __future__ import annotations

from typing import Final

MOST_KEPT: Final = 30_000
"""Things remembered of items, answers and calls: a few for each.  An hour has hundreds of items."""
MOST_WAITING: Final = 500
"""Things for which more is to come at the same time: open answers, turns without their text."""
MOST_CHARS: Final = 4_000_000
"""Of everything said in one session."""


def too_much(kept: int, waiting: int, chars: int) -> str:
    """Why the session has to end, in words; empty: all is well."""
    if kept > MOST_KEPT:
        what = "items"
    elif waiting > MOST_WAITING:
        what = "unfinished items"
    elif chars > MOST_CHARS:
        what = "text"
    else:
        return ""
    return f"The service sent more {what} than a conversation can have; the connection was closed."
