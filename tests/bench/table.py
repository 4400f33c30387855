"""What a benchmark found, as lines of a table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Line:
    """One measured thing, ours beside the plain player's where both have it."""

    what: str
    ours: str
    plain: str = ""
    target: str = ""
    met: bool | None = None
    """None where there is no target."""


@dataclass(frozen=True, slots=True)
class Result:
    """A benchmark's lines and the raw numbers behind them."""

    title: str
    lines: tuple[Line, ...]
    numbers: dict[str, Any]
    partner: str = "plain player"
    """Who is measured beside us."""


def print_result(result: Result) -> None:
    """Print one result as plain text."""
    verdicts = {True: "ok", False: "MISSED", None: ""}
    headings = ("", "voicetui", result.partner, "target", "")
    rows = [headings] + [
        (line.what, line.ours, line.plain, line.target, verdicts[line.met]) for line in result.lines
    ]
    widths = [max(len(row[column]) for row in rows) for column in range(len(headings))]
    print(f"\n{result.title}")
    for row in rows:
        print("  " + "  ".join(c.ljust(w) for c, w in zip(row, widths, strict=True)).rstrip())


def spread(values: Sequence[float], digits: int = 0) -> str:
    """`median / maximum` of some milliseconds, with the unit."""
    if not values:
        return "nothing measured"
    return f"{np.median(values):.{digits}f} / {max(values):.{digits}f} ms"


def percentile(values: Sequence[float], percent: float) -> float:
    """A percentile as a plain float."""
    return float(np.percentile(values, percent))
