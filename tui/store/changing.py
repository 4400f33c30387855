"""What a person changes, as it runs on the owner's thread inside a transaction; and tidying."""

from __future__ import annotations

import time
from typing import Final

from tui.store.clip_rows import remove_clips
from tui.store.drafts import Header, host_of
from tui.store.folding import fold
from tui.store.opening import Place
from tui.store.problems import not_found
from tui.store.sitting import Sitting, number_of
from tui.text import clean, cut_cells

KEPT_DELETED_S: Final = 30 * 86_400
"""A deleted conversation can be taken back for a month."""


def rename(place: Place, conversation_id: str, title: str) -> None:
    """Give a title that stays."""
    title = cut_cells(clean(title, single_line=True), 200)
    _change(
        place,
        conversation_id,
        "title = ?, title_folded = ?, renamed = ?",
        (title, fold(title), bool(title)),
    )


def delete(place: Place, conversation_id: str) -> None:
    """Out of sight; `undelete` brings it back."""
    _change(place, conversation_id, "deleted_at = ?", (int(time.time()),))


def undelete(place: Place, conversation_id: str) -> None:
    """Back again."""
    _change(place, conversation_id, "deleted_at = NULL", ())


def forget_remote(place: Place, conversation_id: str) -> None:
    """The service does not know it any more."""
    _change(place, conversation_id, "remote_id = ''", ())


def purge(place: Place, conversation_id: str) -> None:
    """Away for good, with its sound."""
    number = number_of(place.connection, conversation_id)
    if number is None:
        raise not_found(conversation_id)
    _purge(place, number)


def _purge(place: Place, number: int) -> None:
    remove_clips(place, "conversation = ?", (number,))
    place.connection.execute("DELETE FROM conversations WHERE number = ?", (number,))


def empty_log(place: Place) -> None:
    """Move all pages out of the write-ahead log, where nobody else reads it now."""
    place.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def tidy(place: Place) -> None:
    """What was deleted long ago goes, and clips without a row."""
    before = int(time.time()) - KEPT_DELETED_S
    for (number,) in place.connection.execute(
        "SELECT number FROM conversations WHERE deleted_at < ?", (before,)
    ).fetchall():
        _purge(place, number)
    if place.clips is not None:
        place.clips.sweep({file for (file,) in place.connection.execute("SELECT file FROM clips")})


def _change(
    place: Place, conversation_id: str, assignment: str, values: tuple[object, ...]
) -> None:
    cursor = place.connection.execute(
        f"UPDATE conversations SET {assignment} WHERE id = ?", (*values, conversation_id)
    )
    if not cursor.rowcount:
        raise not_found(conversation_id)


def import_remote(place: Place, header: Header) -> str:
    """Take up a conversation the service keeps; the one that is here already, where it is."""
    for conversation_id, label in place.connection.execute(
        "SELECT id, label FROM conversations WHERE remote_id = ? AND kind = ? AND service = ?",
        (header.remote_id, header.kind, header.service),
    ).fetchall():
        if host_of(label) == host_of(header.label):
            undelete(place, conversation_id)
            return str(conversation_id)
    Sitting(lasting_ids=True).number(place, header)
    return header.id
