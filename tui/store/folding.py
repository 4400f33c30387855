"""Text as it is searched: width, case and composition do not count."""

from __future__ import annotations

import unicodedata
from typing import Final

from tui.store.filters import is_filter
from tui.text import clean

LONGEST_QUERY_CHARS: Final = 200
MOST_WORDS: Final = 8
SNIPPET_BEFORE_CHARS: Final = 30
SNIPPET_CHARS: Final = 120
INDEXED_CHARS: Final = 3
"""The index knows runs of three characters; shorter words are looked for one text at a time."""


def fold(text: str) -> str:
    """`text` for comparison: half-width katakana, full-width letters and case are made alike."""
    return text.lower() if text.isascii() else unicodedata.normalize("NFKC", text).casefold()


def words_of(query: str) -> tuple[str, ...]:
    """The folded words of a query; all of them must be in a text, anywhere."""
    folded = fold(clean(query[:LONGEST_QUERY_CHARS], single_line=True))
    words = dict.fromkeys(word for word in folded.split() if not is_filter(word))
    return tuple(words)[:MOST_WORDS]


def indexed(text: str) -> str:
    """What the index gets of a text."""
    return fold(text) + "\n" * (INDEXED_CHARS - 1)


def quoted(word: str) -> str:
    """A word in the query language of the index."""
    return '"' + word.replace('"', '""') + '"'


def snippet(text: str, words: tuple[str, ...]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """One line around the first word found, and where the words stand in it."""
    line = " ".join(text.split())
    places = _places(line)
    folded = fold(line) if places is None else "".join(fold(char) for char in line)
    found = [at for word in words if (at := folded.find(word)) >= 0]
    first = min(found, default=0)
    start = max(0, (first if places is None else places[first]) - SNIPPET_BEFORE_CHARS)
    end = min(len(line), start + SNIPPET_CHARS)
    before, after = "… " if start else "", " …" if end < len(line) else ""
    marks = []
    for word in words:
        at = folded.find(word)
        while at >= 0:
            until = at + len(word)
            low, high = (at, until) if places is None else (places[at], places[until - 1] + 1)
            if low >= end:
                break
            if low >= start and high <= end:
                marks.append((low - start + len(before), high - start + len(before)))
            at = folded.find(word, until)
    return before + line[start:end] + after, tuple(sorted(set(marks)))


def _places(line: str) -> list[int] | None:
    """For every folded character the place it came from; None where the places are the same."""
    if line.isascii() or len(fold(line)) == len(line):
        return None
    return [at for at, char in enumerate(line) for _ in fold(char)]
