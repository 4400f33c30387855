"""The files of the embedded service: several first starts at once, and another version."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Barrier
from typing import Protocol

import pytest

from server.database import DatabaseError
from server.record import Record
from server.rest.shelf import Shelf

FOLDERS = 20
AT_ONCE = 4


class _Kept(Protocol):
    def close(self) -> None: ...


@pytest.mark.parametrize("kept", [Record, Shelf])
def test_several_first_starts_at_once_share_the_file(
    kept: Callable[[Path], _Kept], tmp_path: Path
) -> None:
    gate = Barrier(AT_ONCE)

    def start(folder: Path) -> None:
        gate.wait()
        kept(folder).close()

    with ThreadPoolExecutor(AT_ONCE) as starts:
        for number in range(FOLDERS):
            folders = [tmp_path / str(number)] * AT_ONCE
            list(starts.map(start, folders))


@pytest.mark.parametrize("kept", [Record, Shelf])
def test_a_file_of_another_version_is_left_alone(
    kept: Callable[[Path], _Kept], tmp_path: Path
) -> None:
    kept(tmp_path).close()
    (path,) = tmp_path.glob("*.sqlite3")
    with closing(sqlite3.connect(path)) as database:
        database.execute("PRAGMA user_version = 7")
    with pytest.raises(DatabaseError, match="schema 7, this one knows 1"):
        kept(tmp_path)
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA user_version").fetchone() == (7,)
