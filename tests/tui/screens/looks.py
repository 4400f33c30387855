"""A screen as text and styles, in a form that is small in a file and readable where it differs.

    == talk 80x24
    | voicetui  somewhere, model
    a10 b
    == styles
    a #d4d7da on #1d2125 bold

Under each row stand the lengths of its styles in cells, the last one without: to the end.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from rich.color import Color
from rich.style import Style
from textual.app import App

NAMES: Final = string.ascii_letters + "αβγδεζηθικλμνξοπρστυφχψω"
ATTRIBUTES: Final = ("bold", "dim", "italic", "underline", "reverse", "strike")
MOST_TOLD: Final = 8
"""Rows that differ; more would hide what matters."""


@dataclass(frozen=True, slots=True)
class Row:
    """Text, and styles with their lengths in cells."""

    text: str
    runs: tuple[tuple[str, int], ...]


Picture = tuple[Row, ...]


def take(app: App[Any]) -> Picture:
    """The terminal as it is now, without what is another one every day."""
    return tuple(_row(strip) for strip in app.screen._compositor.render_strips())


def _row(strip: Any) -> Row:
    runs: list[tuple[str, int]] = []
    for segment in strip:
        style, length = _words(segment.style), segment.cell_length
        if runs and runs[-1][0] == style:
            runs[-1] = (style, runs[-1][1] + length)
        elif length:
            runs.append((style, length))
    text = re.sub(r"\b\d\d:\d\d\b", "12:00", strip.text)
    return Row(re.sub(r"\b20\d\d-\d\d-\d\d\b", "2026-11-20", text), tuple(runs))


def _words(style: Style | None) -> str:
    if style is None:
        return "default on default"
    on = [name for name in ATTRIBUTES if getattr(style, name)]
    return " ".join([_colour(style.color), "on", _colour(style.bgcolor), *on])


def _colour(color: Color | None) -> str:
    if color is None or color.is_default:
        return "default"
    return color.triplet.hex if color.triplet is not None else color.name


def styles(picture: Picture) -> set[str]:
    """All that are in it."""
    return {style for row in picture for style, _ in row.runs}


# ---------------------------------------------------------------- files


def written(pictures: dict[str, Picture]) -> str:
    """Several pictures for a file."""
    found = dict.fromkeys(
        style for one in pictures.values() for row in one for style, _ in row.runs
    )
    names = dict(zip(found, NAMES, strict=False))
    assert len(names) == len(found), "more styles than names"
    lines = []
    for title, picture in pictures.items():
        lines.append(f"== {title}")
        for row in picture:
            *first, (last, _) = row.runs or [("default on default", 0)]
            runs = [*(f"{names[style]}{length}" for style, length in first), names.get(last, "a")]
            lines += ["|" + row.text.rstrip(), " ".join(runs)]
    return "\n".join([*lines, "== styles", *(f"{names[one]} {one}" for one in found), ""])


def read(text: str) -> dict[str, Picture]:
    """What `written` made."""
    body, _, palette = text.partition("== styles\n")
    names = {line[0]: line[2:] for line in palette.splitlines() if line}
    pictures: dict[str, Picture] = {}
    for part in re.split(r"^== ", body, flags=re.MULTILINE)[1:]:
        title, *lines = part.rstrip("\n").split("\n")
        width = int(title.rpartition(" ")[2].partition("x")[0])
        pairs = zip(lines[::2], lines[1::2], strict=True)
        pictures[title] = tuple(_read_row(row[1:], runs, names, width) for row, runs in pairs)
    return pictures


def _read_row(text: str, runs: str, names: dict[str, str], width: int) -> Row:
    found = [(names[run[0]], int(run[1:] or 0)) for run in runs.split()]
    rest = width - sum(length for _, length in found)
    return Row(text, (*found[:-1], (found[-1][0], rest)))


# ---------------------------------------------------------------- differences


def differences(kept: Picture, now: Picture) -> list[str]:
    """In words, row by row; empty: they look the same."""
    told = [f"{len(kept)} rows were kept, {len(now)} are there"] if len(kept) != len(now) else []
    rows = [_differs(n, was, row) for n, (was, row) in enumerate(zip(kept, now, strict=False), 1)]
    found = [words for words in rows if words]
    more = [f"... and {len(found) - MOST_TOLD} more rows"] if len(found) > MOST_TOLD else []
    return [*told, *(line for words in found[:MOST_TOLD] for line in words), *more]


def _differs(number: int, was: Row, now: Row) -> list[str]:
    lines = []
    if was.text.rstrip() != now.text.rstrip():
        lines += [f"row {number:>2} was |{was.text.rstrip()}", f"        is |{now.text.rstrip()}"]
    cells = list(zip(_each(was.runs), _each(now.runs), strict=False))
    if sum(length for _, length in was.runs) != sum(length for _, length in now.runs):
        lines.append(f"row {number:>2} has another width")
    lines += [
        f"row {number:>2} cells {first + 1}-{end}: was {old}, is {new}"
        for first, end, old, new in _spans(cells)
    ]
    return lines


def _each(runs: Iterable[tuple[str, int]]) -> Iterator[str]:
    for style, length in runs:
        yield from [style] * length


def _spans(cells: list[tuple[str, str]]) -> Iterator[tuple[int, int, str, str]]:
    first = 0
    for at in range(1, len(cells) + 1):
        if at == len(cells) or cells[at] != cells[first]:
            old, new = cells[first]
            if old != new:
                yield first, at, old, new
            first = at
