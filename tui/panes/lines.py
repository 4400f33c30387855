"""Lines of the conversation: text in parts, each with a meaning that the screen gives a style."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from tui.text import wrap_cells

Part = Literal[
    "you",
    "voice",
    "function",
    "aside",
    "body",
    "heading",
    "strong",
    "emphasis",
    "code",
    "unheard",
    "problem",
]
Span = tuple[str, Part]


@dataclass(frozen=True, slots=True)
class TextLine:
    """One screen line: text in parts, each with a style."""

    parts: tuple[Span, ...] = ()

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.parts)


BLANK = TextLine()


def wrapped(text: str, part: Part, width: int, indent: str = "  ") -> list[TextLine]:
    """Text of one style as lines of at most `width` cells, indented."""
    room = max(2, width - len(indent))
    return [TextLine(((indent + line, part),)) for line in wrap_cells(text, room)]


def wrap_spans(spans: Sequence[Span], width: int) -> list[tuple[Span, ...]]:
    """Styled text of one paragraph, broken where `wrap_cells` breaks the plain text."""
    if len(spans) == 1:
        text, part = spans[0]
        return [((line, part),) for line in wrap_cells(text, width)]
    plain = "".join(text for text, _ in spans)
    lines: list[tuple[Span, ...]] = []
    at = 0
    for line in wrap_cells(plain, width):
        # Only blanks are dropped between two lines, and no line but the first begins with one.
        start = max(at, plain.find(line, at))
        at = start + len(line)
        lines.append(_between(spans, start, at))
    return lines


def _between(spans: Sequence[Span], start: int, end: int) -> tuple[Span, ...]:
    found: list[Span] = []
    at = 0
    for text, part in spans:
        piece = text[max(0, start - at) : max(0, end - at)]
        if piece:
            found.append((piece, part))
        at += len(text)
        if at >= end:
            break
    return tuple(found)
