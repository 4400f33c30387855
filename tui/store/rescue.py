"""Take over what can still be read of a damaged file."""

from __future__ import annotations

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import quote

from tui.store.folding import indexed

TABLES: Final = ("conversations", "turns", "usage", "clips", "tool_calls", "steps")
MOST_MISSES: Final = 400
"""Rows that cannot be read, one after the other, before a table is given up."""


def rescue(damaged: Path, connection: sqlite3.Connection) -> tuple[int, int]:
    """Copy all rows of `damaged` that can be read into a new record.

    Returns how many conversations and turns; raises sqlite3.Error where the new one takes none.
    """
    with contextlib.closing(_open(damaged)) as source:
        connection.execute("BEGIN IMMEDIATE")
        try:
            counts = [_copy(source, connection, table) for table in TABLES]
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise
    return counts[0], counts[1]


def _open(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(f"file:{quote(str(path))}?mode=ro", uri=True)
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection


def _copy(source: sqlite3.Connection, target: sqlite3.Connection, table: str) -> int:
    columns = [name for _, name, *_ in target.execute(f"PRAGMA table_info({table})")]
    marks = ", ".join("?" * len(columns))
    copied = 0
    for row in _rows(source, table, columns):
        try:
            target.execute(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", row)
        except (sqlite3.IntegrityError, sqlite3.InterfaceError, OverflowError):
            continue  # garbage, or a part of something that is lost
        copied += 1
        if table == "turns":
            turn = dict(zip(columns, row, strict=True))
            target.execute(
                "INSERT INTO said (number, conversation, folded) VALUES (?, ?, ?)",
                (turn["number"], turn["conversation"], indexed(str(turn["text"]))),
            )
    return copied


def _rows(
    source: sqlite3.Connection, table: str, columns: list[str]
) -> Iterator[tuple[object, ...]]:
    """Every row that can be read, in order; a page that cannot is stepped over."""
    after, misses = 0, 0
    query = f"SELECT {', '.join(columns)} FROM {table} WHERE number > ? ORDER BY number"
    while misses < MOST_MISSES:
        try:
            for row in source.execute(query, (after,)):
                if not isinstance(row[0], int) or row[0] <= after:
                    break
                after, misses = row[0], 0
                yield row
            else:
                return
        except (sqlite3.Error, UnicodeDecodeError):
            pass
        misses += 1
        after += 1
