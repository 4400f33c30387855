"""What people say to a demo: patterns from which the recogniser's language model is made."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

PHRASES = Path(__file__).with_name("phrases.txt")


@cache
def _sections() -> dict[str, list[str]]:
    """The file's logical lines by section: slots, questions, everyday."""
    sections: dict[str, list[str]] = {}
    # A backslash at a line's end joins the next one, whose indentation does not count.
    text = re.sub(r"\\\n *", "", PHRASES.read_text(encoding="ascii"))
    current: list[str] = []
    for line in text.splitlines():
        if line.startswith("== "):
            current = sections.setdefault(re.split(r"[ ,]", line)[1], [])
        elif line and not line.startswith("#"):
            current.append(line)
    return sections


@cache
def slots() -> dict[str, list[str]]:
    """Slot name: the phrases that may stand there."""
    pairs = (line.split(" = ", 1) for line in _sections()["slots"])
    return {name: values.split("|") for name, values in pairs}


_TOKEN = re.compile(r"[()|\[\]]|<\w+>|[^()|\[\]<>\s]+")


class _Pattern:
    """A recursive-descent reader of one line; expands to alternatives with weights."""

    def __init__(self, line: str) -> None:
        self._tokens = _TOKEN.findall(line)
        self._at = 0

    def parse(self) -> list[object]:
        return self._alternatives(end=None)

    def _alternatives(self, end: str | None) -> list[object]:
        alternatives: list[object] = []
        sequence: list[object] = []
        while self._at < len(self._tokens):
            token = self._tokens[self._at]
            self._at += 1
            if token == end:
                break
            if token == "|":
                alternatives.append(sequence)
                sequence = []
            elif token == "(":
                sequence.append(("any", self._alternatives(")")))
            elif token == "[":
                sequence.append(("maybe", self._alternatives("]")))
            elif token.startswith("<"):
                entries: list[object] = [entry.split() for entry in slots()[token[1:-1]]]
                sequence.append(("any", entries))
            else:
                sequence.append(token)
        alternatives.append(sequence)
        return alternatives


def parse(line: str) -> list[object]:
    """A pattern as nested alternatives of sequences: str, ("any", ...), ("maybe", ...)."""
    return _Pattern(line).parse()


def patterns() -> Iterator[tuple[str, float]]:
    """Each pattern and its weight."""
    for name, (weight, *lines) in _sections().items():
        if name != "slots":
            for line in lines:
                yield line, float(weight.removeprefix("weight = "))
