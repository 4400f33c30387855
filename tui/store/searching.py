"""Find turns and titles by their words, as it runs on the owner's thread."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from itertools import islice
from typing import Final

from tui.store.folding import INDEXED_CHARS, quoted
from tui.store.sitting import last_activity

LOOKED_AT: Final = 20_000
"""Finds of one word that are looked at, newest first: one search must not take seconds."""
SCANNED_FIRST: Final = 5_000
"""Turns that are looked at one by one for a word that is too short for the index."""
MOST_TERMS: Final = 300
NEWEST_FIRST: Final = 2**62


def matches(
    connection: sqlite3.Connection, words: tuple[str, ...]
) -> Iterator[tuple[int, int | None]]:
    """Conversation and turn (None: its title) of every find, newest first."""
    in_titles = connection.execute(
        "SELECT number, activity FROM conversations INDEXED BY conversations_titles"
        f" WHERE deleted_at IS NULL AND {_all_in('title_folded', words)}",
        words,
    ).fetchall()
    in_titles.sort(key=lambda found: (found[1], found[0]), reverse=True)
    titles = iter(in_titles)
    title = next(titles, None)
    for number, conversation in islice(_said(connection, words), LOOKED_AT):
        while title is not None and title[1] >= number:
            yield title[0], None
            title = next(titles, None)
        yield conversation, number
    if title is not None:
        yield title[0], None
    for title in titles:
        yield title[0], None


def _said(connection: sqlite3.Connection, words: tuple[str, ...]) -> Iterator[tuple[int, int]]:
    """Turns with all the words, newest first."""
    long = tuple(word for word in words if len(word) >= INDEXED_CHARS)
    short = tuple(word for word in words if len(word) < INDEXED_CHARS)
    if long:
        expression = " AND ".join(map(quoted, long))
        yield from _by_index(connection, expression, short, NEWEST_FIRST)
        return
    # What is common is among the newest turns, and soon found there...
    boundary = max(0, last_activity(connection) - SCANNED_FIRST)
    yield from _by_scan(connection, short, f"number > {boundary} AND")
    # ...and what is rare begins few of the runs that the index knows.
    alternatives = [_terms(connection, word) for word in short]
    if not all(terms is None or terms for terms in alternatives):
        return
    expression = " AND ".join(
        "(" + " OR ".join(map(quoted, terms)) + ")" for terms in alternatives if terms
    )
    if expression:
        yield from _by_index(connection, expression, short, boundary)
    else:
        yield from _by_scan(connection, short, f"number <= {boundary} AND")


def _terms(connection: sqlite3.Connection, word: str) -> list[str] | None:
    """The runs of three characters that begin with `word`; None: too many to look for."""
    next_code = ord(word[-1]) + 1
    if 0xD800 <= next_code <= 0xDFFF:  # no characters
        next_code = 0xE000
    end = word[:-1] + chr(min(next_code, 0x10FFFF))
    terms = [
        term
        for (term,) in connection.execute(
            "SELECT term FROM said_terms WHERE term >= ? AND term < ? LIMIT ?",
            (word, end, MOST_TERMS + 1),
        )
    ]
    return terms if len(terms) <= MOST_TERMS else None


def _by_index(
    connection: sqlite3.Connection, expression: str, words: tuple[str, ...], until: int
) -> Iterator[tuple[int, int]]:
    yield from connection.execute(
        "SELECT s.number, s.conversation FROM said_index i CROSS JOIN said s ON s.number = i.rowid"
        f" WHERE said_index MATCH ? AND i.rowid <= {until} AND {_all_in('s.folded', words)}"
        f" AND {_ALIVE} ORDER BY i.rowid DESC",
        (expression, *words),
    )


def _by_scan(
    connection: sqlite3.Connection, words: tuple[str, ...], condition: str
) -> Iterator[tuple[int, int]]:
    yield from connection.execute(
        f"SELECT number, conversation FROM said s WHERE {condition} {_all_in('folded', words)}"
        f" AND {_ALIVE} ORDER BY number DESC",
        words,
    )


_ALIVE: Final = "(SELECT deleted_at IS NULL FROM conversations WHERE number = s.conversation)"


def _all_in(column: str, words: tuple[str, ...]) -> str:
    # Both sides are folded, so the plain comparison of bytes is the right one, and the quickest.
    return " AND ".join([f"instr({column}, ?) > 0"] * len(words)) or "1"


def distinct(found: Iterator[tuple[int, int | None]]) -> Iterator[int]:
    """Every conversation once, where it comes first."""
    seen: set[int] = set()
    for conversation, _ in found:
        if conversation not in seen:
            seen.add(conversation)
            yield conversation
