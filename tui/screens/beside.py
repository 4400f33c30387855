"""Screens that stand beside the conversation where there is room, and in its place elsewhere."""

from __future__ import annotations

from typing import Any

from textual.geometry import Size
from textual.screen import Screen

BESIDE_CELLS = 120
"""From this width of the terminal on, both are there."""


def left_cells(width: int) -> int:
    """What the conversation keeps of the terminal while something stands beside it."""
    return width // 2 if width >= BESIDE_CELLS else 0


def right_cells(width: int) -> int:
    """What such a screen has of the terminal; one column stays free between the two."""
    left = left_cells(width)
    return width - left - 1 if left else width


def prepare(screen: Screen[Any], size: Size) -> None:
    """Give a screen the classes it will have: to find its styles anew costs more than all else."""
    screen.set_class(left_cells(size.width) > 0, "-beside")
    for points, length in (
        (screen.HORIZONTAL_BREAKPOINTS, size.width),
        (screen.VERTICAL_BREAKPOINTS, size.height),
    ):
        names = [name for least, name in points or () if length >= least]
        screen.add_class(*names[-1:])


def stand_beside(screen: Screen[Any], width: int) -> None:
    """The right half of a wide terminal; the call goes on in sight at the left.

    The styles of `screen` must make its background transparent with the class `-beside`.
    """
    left = left_cells(width)
    screen.set_class(left > 0, "-beside")
    # Not a padding of the screen: what is behind shows in its content alone.
    for child in screen.children:
        child.styles.margin = (0, 0, 0, width - right_cells(width))


def make_room(screen: Screen[Any], width: int, wanted: bool) -> None:
    """The left half, while something stands beside it."""
    left = left_cells(width) if wanted else 0
    screen.set_class(left > 0, "-halved")
    screen.styles.padding = (0, width - left if left else 0, 0, 0)
