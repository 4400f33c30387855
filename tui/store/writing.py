"""Changes of the record, as they run on the owner's thread inside a transaction."""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from dataclasses import dataclass, field
from typing import Final

from tui.errors import ExitCode, VoicetuiError
from tui.sessions.events import Role, TokenUsage
from tui.store.folding import fold, indexed
from tui.store.opening import Place
from tui.store.rows import Kind
from tui.store.schema import USAGE_COLUMNS
from tui.text import clean, cut_cells

TITLE_CELLS: Final = 60
KEPT_DELETED_S: Final = 30 * 86_400
"""A deleted conversation can be taken back for a month."""
USAGE_FIELDS: Final = tuple(
    name for name in USAGE_COLUMNS if name in TokenUsage.__dataclass_fields__
)


def as_title(text: str) -> str:
    """The first words of a text as a title: one clean line, cut by cells."""
    return cut_cells(clean(text[:2000], single_line=True), TITLE_CELLS)


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a conversation before its first turn."""

    id: str
    kind: Kind
    service: str
    label: str
    model: str
    settings: str
    remote_id: str
    title: str
    at_s: int


@dataclass(frozen=True, slots=True)
class TurnDraft:
    """One turn, to be written over whatever is there of it."""

    item_id: str
    index: int
    """Among the turns of this sitting."""
    role: Role
    text: str
    status: str
    spoken: bool
    heard_ms: int | None
    received_ms: int | None
    text_heard: str | None
    """None: all of it."""
    detail: str
    problem: str
    audio_id: str
    audio_expires_at_s: float
    at_s: int


@dataclass(slots=True)
class Sitting:
    """One recorder's view of its conversation's rows; used on the owner's thread only."""

    lasting_ids: bool
    """The service's item ids name the same turns tomorrow (it keeps the conversation)."""
    base: int = 0
    """Position of the first turn of this sitting."""
    _mark: str = field(default_factory=lambda: secrets.token_hex(4))
    """Known again in a file that was rescued, or begun while the first could not be written."""
    _place: Place | None = None
    _number: int = 0
    _count: int = 1
    """Of the sittings of this conversation."""

    def number(self, place: Place, header: Header) -> int:
        """The conversation's row, made where it is missing."""
        connection = place.connection
        if self._place is place and number_of(connection, header.id) == self._number:
            return self._number
        connection.execute(
            "INSERT INTO conversations (id, kind, service, label, model, title, title_folded,"
            " created_at, updated_at, activity, settings, remote_id)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING",
            (
                *(header.id, header.kind, header.service, header.label, header.model),
                *(header.title, fold(header.title), header.at_s, header.at_s),
                *(last_activity(connection), header.settings, header.remote_id),
            ),
        )
        number = number_of(connection, header.id)
        assert number is not None
        _take_over(connection, number, header)
        self._sit_down(connection, number)
        self._place, self._number = place, number
        return number

    def _sit_down(self, connection: sqlite3.Connection, number: int) -> None:
        marks, last = connection.execute(
            "SELECT sittings, (SELECT max(t.position) FROM turns t WHERE t.conversation = c.number)"
            " FROM conversations c WHERE number = ?",
            (number,),
        ).fetchone()
        try:
            sittings = dict(json.loads(marks))
        except (ValueError, TypeError):  # of a rescued file
            sittings = {}
        if self._mark not in sittings:
            sittings[self._mark] = (len(sittings) + 1, 0 if last is None else last + 1)
            connection.execute(
                "UPDATE conversations SET sittings = ? WHERE number = ?",
                (json.dumps(sittings), number),
            )
        self._count, self.base = sittings[self._mark]

    def name(self, item_id: str) -> str:
        """The item's name in the record: services may count from one again in each session."""
        return item_id if self.lasting_ids or self._count == 1 else f"{item_id}~{self._count}"


def host_of(label: str) -> str:
    """The part of a label that names the service, without the model."""
    return label.partition(" · ")[0]


def _take_over(connection: sqlite3.Connection, number: int, header: Header) -> None:
    """The conversation goes on here: where it was held last is where it is resumed."""
    kind, service, label, remote_id = connection.execute(
        "SELECT kind, service, label, remote_id FROM conversations WHERE number = ?", (number,)
    ).fetchone()
    elsewhere = (kind, service, host_of(label)) != (
        header.kind,
        header.service,
        host_of(header.label),
    )
    if elsewhere and remote_id:
        # The only way back to what the other service keeps; nobody can list it.
        connection.execute(
            "INSERT INTO steps (conversation, item_id, text, at) VALUES (?, '', ?, ?)",
            (number, f"held before as {kind} {remote_id} with {label or service}", header.at_s),
        )
    connection.execute(
        "UPDATE conversations SET kind = ?, service = ?, label = ?, model = ?, settings = ?,"
        " remote_id = iif(?, '', remote_id) WHERE number = ?",
        (
            *(header.kind, header.service, header.label, header.model, header.settings),
            *(elsewhere, number),
        ),
    )


def number_of(connection: sqlite3.Connection, conversation_id: str) -> int | None:
    """The conversation's row, if it is there."""
    row = connection.execute(
        "SELECT number FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    return None if row is None else int(row[0])


def last_activity(connection: sqlite3.Connection) -> int:
    """The number of the newest turn of all."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'turns'").fetchone()
    return 0 if row is None else int(row[0])


def save_turns(
    place: Place, header: Header, sitting: Sitting, drafts: tuple[TurnDraft, ...]
) -> None:
    """Write turns as they are now; makes the conversation's row where it is missing."""
    number = sitting.number(place, header)
    connection = place.connection
    newest = 0
    for draft in drafts:
        newest = max(newest, _save_turn(connection, number, sitting, draft))
    connection.execute(
        "UPDATE conversations SET updated_at = max(updated_at, ?), model = ?,"
        " activity = max(activity, ?), deleted_at = iif(?, NULL, deleted_at) WHERE number = ?",
        (header.at_s, header.model, newest, newest, number),
    )
    if header.title:
        connection.execute(
            "UPDATE conversations SET title = ?, title_folded = ?"
            " WHERE number = ? AND renamed = 0 AND (title = '' OR NOT EXISTS"
            " (SELECT 1 FROM turns WHERE conversation = ? AND position < ?))",
            (header.title, fold(header.title), number, number, sitting.base),
        )
    if header.remote_id:
        _set_remote(connection, number, header.remote_id)


def _save_turn(
    connection: sqlite3.Connection, number: int, sitting: Sitting, draft: TurnDraft
) -> int:
    """Returns the turn's number where it is new, 0 otherwise."""
    name = sitting.name(draft.item_id)
    position = sitting.base + draft.index
    values = (
        *(draft.role, draft.text, draft.status, draft.spoken, draft.heard_ms, draft.received_ms),
        *(draft.text_heard is not None, draft.text_heard, draft.detail, draft.problem),
        *(draft.audio_id, draft.audio_expires_at_s),
    )
    row = connection.execute(
        "SELECT number, text, position FROM turns WHERE conversation = ? AND item_id = ?",
        (number, name),
    ).fetchone()
    if row is None:
        cursor = connection.execute(
            "INSERT INTO turns (conversation, item_id, position, created_at, role, text, status,"
            " spoken, heard_ms, received_ms, cut, text_heard, detail, problem,"
            " audio_id, audio_expires_at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (number, name, position, draft.at_s, *values),
        )
        turn = cursor.lastrowid or 0
        connection.execute(
            "INSERT INTO said (number, conversation, folded) VALUES (?, ?, ?)",
            (turn, number, indexed(draft.text)),
        )
        return turn
    turn, text, old_position = row
    if old_position < sitting.base:  # told again by the service: it stays where it was
        position = old_position
    connection.execute(
        "UPDATE turns SET position = ?, role = ?, text = ?, status = ?, spoken = ?, heard_ms = ?,"
        " received_ms = ?, cut = ?, text_heard = ?, detail = ?, problem = ?, audio_id = ?,"
        " audio_expires_at = ? WHERE number = ?",
        (position, *values, turn),
    )
    if text != draft.text:
        connection.execute(
            "UPDATE said SET folded = ? WHERE number = ?", (indexed(draft.text), turn)
        )
    return 0


def remove_turn(place: Place, header: Header, sitting: Sitting, item_id: str) -> None:
    """The turn is gone from the conversation."""
    number = sitting.number(place, header)
    name = sitting.name(item_id)
    _remove_clips(place, "conversation = ? AND item_id = ?", (number, name))
    place.connection.execute(
        "DELETE FROM turns WHERE conversation = ? AND item_id = ?", (number, name)
    )


def save_remote(place: Place, header: Header) -> None:
    """The service's name for the conversation, where there is one to name."""
    number = number_of(place.connection, header.id)
    if number is not None:
        _set_remote(place.connection, number, header.remote_id)


def _set_remote(connection: sqlite3.Connection, number: int, remote_id: str) -> None:
    connection.execute(
        "UPDATE conversations SET remote_id = ? WHERE number = ? AND remote_id != ?",
        (remote_id, number, remote_id),
    )


def save_usage(
    place: Place,
    header: Header,
    sitting: Sitting,
    *,
    item_id: str,
    source: str,
    report_id: str,
    model: str,
    usage: TokenUsage,
    at_s: int,
) -> None:
    """What was used; also where no conversation came of it."""
    number = number_of(place.connection, header.id)
    if number is not None:
        number = sitting.number(place, header)
        item_id = sitting.name(item_id) if item_id else ""
    columns = ("conversation", "kind", "item_id", "source", "report_id", "model", "at")
    values = (number, header.kind, item_id, source, report_id, model, at_s)
    given = {name: getattr(usage, name) for name in USAGE_FIELDS}
    names = ", ".join((*columns, *given))
    marks = ", ".join("?" * (len(columns) + len(given)))
    place.connection.execute(
        f"INSERT INTO usage ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING",
        (*values, *given.values()),
    )


def save_clip(
    place: Place,
    header: Header,
    sitting: Sitting,
    item_id: str,
    role: Role,
    pcm: bytes,
    limit_bytes: int,
) -> None:
    """Keep the sound of a turn; the oldest sound goes where the limit is passed."""
    if place.clips is None or len(pcm) > limit_bytes:
        return
    number = sitting.number(place, header)
    name = sitting.name(item_id)
    _remove_clips(place, "conversation = ? AND item_id = ?", (number, name))
    file = place.clips.write(pcm)
    try:
        place.connection.execute(
            "INSERT INTO clips (conversation, item_id, role, file, bytes) VALUES (?, ?, ?, ?, ?)",
            (number, name, role, file, len(pcm)),
        )
        _limit_clips(place, limit_bytes)
    except BaseException:
        place.clips.remove([file])
        raise


def _limit_clips(place: Place, limit_bytes: int) -> None:
    (total,) = place.connection.execute("SELECT coalesce(sum(bytes), 0) FROM clips").fetchone()
    surplus = total - limit_bytes
    if surplus <= 0:
        return
    last = 0
    for number, size_bytes in place.connection.execute(
        "SELECT number, bytes FROM clips ORDER BY number"
    ):
        last = number
        surplus -= size_bytes
        if surplus <= 0:
            break
    _remove_clips(place, "number <= ?", (last,))


def _remove_clips(place: Place, condition: str, values: tuple[object, ...]) -> None:
    connection = place.connection
    files = [
        file for (file,) in connection.execute(f"SELECT file FROM clips WHERE {condition}", values)
    ]
    if files:
        connection.execute(f"DELETE FROM clips WHERE {condition}", values)
        # A clip whose row comes back with a failed commit is only missing, never wrong.
        if place.clips is not None:
            place.clips.remove(files)


def save_tool_call(
    place: Place,
    header: Header,
    sitting: Sitting,
    *,
    call_id: str,
    item_id: str = "",
    name: str = "",
    arguments: str = "",
    output: str | None = None,
    at_s: int,
) -> None:
    """A function call, or the answer to one that was saved before."""
    number = sitting.number(place, header)
    place.connection.execute(
        "INSERT INTO tool_calls (conversation, call_id, item_id, name, arguments, output, at)"
        " VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (conversation, call_id) DO UPDATE SET"
        " output = coalesce(excluded.output, output),"
        " name = iif(excluded.name != '', excluded.name, name),"
        " arguments = iif(excluded.arguments != '', excluded.arguments, arguments)",
        (number, call_id, item_id, name, arguments, output, at_s),
    )


def save_step(
    place: Place, header: Header, sitting: Sitting, item_id: str, text: str, at_s: int
) -> None:
    """Something the service did on the way to an answer."""
    number = sitting.number(place, header)
    place.connection.execute(
        "INSERT INTO steps (conversation, item_id, text, at) VALUES (?, ?, ?, ?)",
        (number, item_id, text, at_s),
    )


# ---------------------------------------------------------------- what a person asks


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
    _remove_clips(place, "conversation = ?", (number,))
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


def not_found(conversation_id: str) -> VoicetuiError:
    """The error for an id that nothing has."""
    return VoicetuiError(
        "No such conversation",
        f"nothing in the history begins with {conversation_id!r}. "
        "`voicetui history list` shows the ids.",
        ExitCode.USAGE,
    )
