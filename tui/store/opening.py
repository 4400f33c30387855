"""Open the database file: private, whole, of this version; what cannot be used is set aside.

A file in use is never replaced under its name: SQLite deletes a write-ahead log by name, and a
program that still holds the old file would delete the new one's.  So every file made after one was
set aside has a number of its own: history.1.db, history.2.db.
"""

from __future__ import annotations

import contextlib
import errno
import os
import re
import sqlite3
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal
from urllib.parse import quote

from tui.paths import make_dirs, not_safe, open_private
from tui.store.clip_files import ClipFiles
from tui.store.problems import is_damage
from tui.store.rescue import rescue
from tui.store.schema import APPLICATION_ID, VERSION, migrate, version_of

BUSY_MS: Final = 5_000
"""Another program holds the database for milliseconds; one that was stopped, for ever."""
HEADER_BYTES: Final = 100
CHECKED_BYTES: Final = 8_000_000
"""Files up to this size are read as a whole when they are opened (20 ms)."""
_ASIDE: Final = "set-aside-"
_NAME: Final = re.compile(r"history\.(\d+)\.db")


@dataclass(slots=True)
class Place:
    """Where the record is kept at the moment."""

    state: Literal["file", "read-only", "memory"]
    connection: sqlite3.Connection
    clips: ClipFiles | None = None
    path: Path | None = None
    inode: tuple[int, int] | None = None
    notices: list[str] = field(default_factory=list)

    @property
    def moved(self) -> bool:
        """Another file, or none, is now where ours was."""
        return self.path is not None and _inode(self.path) != self.inode


class Unusable(Exception):
    """The file is there but cannot be used; `word` goes into the name it gets."""

    def __init__(self, word: str, sentence: str) -> None:
        super().__init__(sentence)
        self.word = word


def open_file(folder: Path, damaged: Place | None = None) -> Place:
    """Open for reading and writing; raises OSError, sqlite3.Error.

    `damaged`: the place that was used so far, where its file turned out to be broken.
    """
    _make_private(folder)
    notices: list[str] = []
    with _one_at_a_time(folder / "opening.lock"):
        aside: Path | None = None
        if damaged is not None and damaged.path is not None and not damaged.moved:
            aside = _set_aside(damaged.path, "corrupt")
            notices.append(_words(Unusable("corrupt", "it is damaged"), aside))
        while True:
            path = _current(folder)
            try:
                connection = _open(path)
                break
            except Unusable as problem:
                aside = _set_aside(path, problem.word)
                notices.append(_words(problem, aside))
        if aside is not None:
            notices[-1] += _rescued(aside, connection)
    return Place("file", connection, ClipFiles(folder / "clips"), path, _inode(path), notices)


def _words(problem: Unusable, aside: Path) -> str:
    return f"The history could not be used: {problem}. It was kept as {aside}"


def _rescued(aside: Path, connection: sqlite3.Connection) -> str:
    conversations = turns = 0
    if "-corrupt-" in aside.name:
        with contextlib.suppress(sqlite3.Error, UnicodeDecodeError):
            conversations, turns = rescue(aside, connection)
    if not turns:
        return "; a new one was begun."
    return f"; {conversations} conversations with {turns} turns could be read and were taken over."


def open_read_only(folder: Path) -> Place | None:
    """Open for reading what cannot be written; None where there is nothing to read."""
    path = _current(folder)
    for options in ("mode=ro", "mode=ro&immutable=1"):
        try:
            if not path.is_file():
                return None
            connection = _connect(path, options)
        except (OSError, sqlite3.Error):
            continue
        try:
            _inspect(connection)
            if version_of(connection) == VERSION:
                return Place("read-only", connection, ClipFiles(folder / "clips"))
        except (sqlite3.Error, UnicodeDecodeError, Unusable):
            pass
        connection.close()
    return None


def open_memory() -> Place:
    """A record for the life of this process."""
    connection = sqlite3.connect(":memory:", isolation_level=None)
    connection.execute("PRAGMA foreign_keys = ON")
    migrate(connection)
    return Place("memory", connection)


def _open(path: Path) -> sqlite3.Connection:
    if not path.exists():
        # SQLite gives its -wal and -shm the rights of the file.
        with contextlib.suppress(FileExistsError):
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    found = path.stat()
    if found.st_mode & 0o077:
        path.chmod(0o600)
    if 0 < found.st_size < HEADER_BYTES:  # SQLite takes some of these for empty
        raise Unusable("corrupt", "it is damaged (cut off)")
    try:
        # For looking only: a connection that may write would also tidy up when it is closed.
        with contextlib.closing(_connect(path, "mode=ro")) as looking:
            _inspect(looking)
        connection = _connect(path, "mode=rw")
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise _verdict(error) from error
    try:
        connection.execute("PRAGMA journal_mode = WAL")
        # FULL: a turn that was saved survives a power cut too; nobody waits for this thread.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")  # what is thrown away is overwritten
        connection.execute("PRAGMA wal_autocheckpoint = 250")
        connection.execute("PRAGMA journal_size_limit = 2000000")
        connection.execute("PRAGMA cache_size = -8000")
        migrate(connection)
    except BaseException as error:
        with contextlib.suppress(sqlite3.Error):
            connection.close()
        if isinstance(error, sqlite3.Error | UnicodeDecodeError):
            raise _verdict(error) from error
        raise
    return connection


def _verdict(error: Exception) -> Exception:
    return Unusable("corrupt", f"it is damaged ({error})") if is_damage(error) else error


def _connect(path: Path, options: str) -> sqlite3.Connection:
    # %3f and %23 in a folder's name would end the path of the address.
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?{options}",
        uri=True,
        isolation_level=None,
        timeout=BUSY_MS / 1000,
    )
    # One bad byte in one text must not hide the rest of the conversation.
    connection.text_factory = lambda text: text.decode("utf-8", "replace")
    return connection


def _inspect(connection: sqlite3.Connection) -> None:
    """Raise Unusable or sqlite3.Error unless this is a record we can read, or an empty file."""
    version = version_of(connection)
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    names = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema")}
    if not names and version == 0:
        return
    if application != APPLICATION_ID:
        raise Unusable("unknown", "it is no record of voicetui")
    if version > VERSION:
        raise Unusable(
            "newer",
            f"a newer voicetui has written it (version {version}, this one knows {VERSION})",
        )
    if version == VERSION:
        with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as model:
            migrate(model)
            missing = _columns(model) - _columns(connection)
        if missing:
            raise Unusable("corrupt", "it is damaged (tables are missing)")
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (page_bytes,) = connection.execute("PRAGMA page_size").fetchone()
    if pages * page_bytes <= CHECKED_BYTES:
        (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
        if found != "ok":
            raise Unusable("corrupt", f"it is damaged ({' '.join(found.split())})")


def _columns(connection: sqlite3.Connection) -> set[tuple[str, str]]:
    return set(
        connection.execute(
            "SELECT s.name, c.name FROM sqlite_schema s JOIN pragma_table_info(s.name) c"
            " WHERE s.type = 'table'"
        )
    )


def _current(folder: Path) -> Path:
    """The file in use: the highest number that is not below one that was set aside."""
    used, aside = 0, 0
    with contextlib.suppress(OSError):
        for path in folder.iterdir():
            name = path.name
            if match := _NAME.fullmatch(name):
                used = max(used, int(match[1]))
            elif name.startswith(_ASIDE) and (match := _NAME.search(name)):
                aside = max(aside, int(match[1]))
    return folder / f"history.{used if used > aside else aside + 1}.db"


def _set_aside(path: Path, word: str) -> Path:
    stamp = time.strftime("%Y-%m-%d-%H%M%S")
    new = path.with_name(f"{_ASIDE}{stamp}-{word}-{path.name}")
    count = 1
    while new.exists():
        count += 1
        new = path.with_name(f"{_ASIDE}{stamp}-{count}-{word}-{path.name}")
    for ending in ("", "-wal", "-shm"):
        with contextlib.suppress(FileNotFoundError):
            path.with_name(path.name + ending).rename(new.with_name(new.name + ending))
    return new


def _make_private(folder: Path) -> None:
    make_dirs(folder.parent)
    if danger := not_safe(folder.parent):
        raise PermissionError(errno.EPERM, f"{folder.parent} {danger}")
    make_dirs(folder)
    if folder.stat().st_mode & 0o077:
        folder.chmod(0o700)


def _inode(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


@contextlib.contextmanager
def _one_at_a_time(path: Path) -> Iterator[None]:
    """Hold `path` as a lock: two programs must not both set a file aside."""
    if sys.platform == "win32":  # renaming an open file fails there by itself
        yield
        return
    import fcntl

    descriptor = open_private(path, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
