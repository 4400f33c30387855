"""SQLite as this service uses it: in a file for its owner alone, or in memory."""

from __future__ import annotations

import os
import sqlite3
import time
from pathlib import Path

BUSY_S = 10.0
"""So long another start may hold the file."""
RETRY_S = 0.01


class DatabaseError(Exception):
    """The file cannot be used."""


def open_database(path: Path | None, schema: str, version: int) -> sqlite3.Connection:
    """The file and its folder are made if they are missing; None: in memory.

    Raises DatabaseError where the tables are of another version.
    """
    if path is None:
        database = sqlite3.connect(":memory:", isolation_level=None)
    else:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        path.parent.chmod(0o700)
        # The file must never be readable by others, not even for a moment.
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
        database = sqlite3.connect(path, isolation_level=None, timeout=BUSY_S)
        _write_ahead(database)
    found = _tables(database, schema, version)
    if found != version:
        database.close()
        raise DatabaseError(
            f"{path} was written by another version of voicetui (schema {found}, "
            f"this one knows {version}); move it away to start afresh"
        )
    return database


def _write_ahead(database: sqlite3.Connection) -> None:
    """Switch to a write-ahead log; two that do so at once are refused without waiting."""
    until_s = time.monotonic() + BUSY_S
    while True:
        try:
            database.execute("PRAGMA journal_mode = WAL")
            break
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                raise
        time.sleep(RETRY_S)
    database.execute("PRAGMA synchronous = NORMAL")


def _tables(database: sqlite3.Connection, schema: str, version: int) -> int:
    """Make them where there are none; their version. Of several first starts, one makes them."""
    database.execute("BEGIN IMMEDIATE")
    (found,) = database.execute("PRAGMA user_version").fetchone()
    if found == 0:
        for statement in schema.split(";"):
            database.execute(statement)
        database.execute(f"PRAGMA user_version = {version}")
    database.execute("COMMIT")
    return int(found) or version
