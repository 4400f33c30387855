"""A bar for each turn, drawn with letters."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

BRAILLE_DOTS: Final = 4
"""Levels of one row of braille; a cell has two bars."""
_LEFT: Final = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT: Final = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_ASCII: Final = " .:|"
"""Levels of one row without braille: none, a third, two thirds, full."""


def bars(
    values: Sequence[Decimal], width: int, rows: int, *, ascii_only: bool = False
) -> list[str]:
    """The last values that fit, the highest as high as the plot; top row first.

    A value above zero always has at least one dot; few values have a cell each, many share one.
    """
    shown = list(values)[-capacity(width, ascii_only=ascii_only) :]
    if len(shown) <= width and not ascii_only:
        shown = [value for value in shown for _ in range(2)]
    per_row = len(_ASCII) - 1 if ascii_only else BRAILLE_DOTS
    levels = quantised(shown, rows * per_row)
    lines = []
    for row in reversed(range(rows)):
        part = [max(0, min(per_row, level - row * per_row)) for level in levels]
        if ascii_only:
            lines.append("".join(_ASCII[level] for level in part))
        else:
            pairs = zip(part[::2], [*part[1::2], 0], strict=False)
            lines.append("".join(chr(0x2800 + _LEFT[a] + _RIGHT[b]) for a, b in pairs))
    return lines


def capacity(width: int, *, ascii_only: bool = False) -> int:
    """Bars that fit in `width` cells."""
    return max(1, width if ascii_only else width * 2)


def quantised(values: Sequence[Decimal], steps: int) -> list[int]:
    """Each value as 0 to `steps`; the highest is `steps`."""
    highest = max(values, default=Decimal(0))
    if highest <= 0:
        return [0] * len(values)
    return [max(1, round(value * steps / highest)) if value > 0 else 0 for value in values]
