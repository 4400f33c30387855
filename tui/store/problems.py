"""What can go wrong with the record, and how it is told."""

from __future__ import annotations

import errno
import sqlite3
from typing import Final

from tui.errors import ExitCode, VoicetuiError


def not_found(conversation_id: str) -> VoicetuiError:
    """The error for an id that nothing has."""
    return VoicetuiError(
        "No such conversation",
        f"nothing in the history begins with {conversation_id!r}. "
        "`voicetui history list` shows the ids.",
        ExitCode.USAGE,
    )


def is_damage(error: BaseException) -> bool:
    """Whether the file itself is broken, and not what is around it."""
    if isinstance(error, UnicodeDecodeError):
        return True  # the words of the complaint itself come out of the damaged file
    if not isinstance(error, sqlite3.Error):
        return False
    code = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB) or code == (
        sqlite3.SQLITE_IOERR_SHORT_READ
    )


_OUTSIDE: Final = {
    sqlite3.SQLITE_FULL: "the disk is full",
    sqlite3.SQLITE_READONLY: "the history cannot be written",
    sqlite3.SQLITE_BUSY: "another program is holding the history",
    sqlite3.SQLITE_LOCKED: "another program is holding the history",
    sqlite3.SQLITE_IOERR: "the disk does not take it",
    sqlite3.SQLITE_CANTOPEN: "the history cannot be opened",
    sqlite3.SQLITE_PERM: "the history cannot be written",
    sqlite3.SQLITE_AUTH: "the history cannot be written",
    sqlite3.SQLITE_NOLFS: "the disk takes no files of this size",
    sqlite3.SQLITE_NOMEM: "there is no memory left",
    sqlite3.SQLITE_PROTOCOL: "another program is holding the history",
}


def is_outside(error: Exception) -> bool:
    """Whether the world around us is the reason, and may get better."""
    if isinstance(error, OSError):
        return True
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, sqlite3.Error) and code is not None and code & 0xFF in _OUTSIDE


def words_for(error: Exception) -> str:
    """Why nothing can be saved."""
    if isinstance(error, OSError):
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            return "the disk is full"
        return (error.strerror or str(error)).lower()
    code = getattr(error, "sqlite_errorcode", 0)
    return _OUTSIDE.get(code & 0xFF, str(error))
