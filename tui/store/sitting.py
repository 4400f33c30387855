"""One call's part of a conversation: its row, and the names and places of its turns in it."""

from __future__ import annotations

import json
import secrets
import sqlite3
from dataclasses import dataclass, field

from tui.store.drafts import Header, host_of
from tui.store.folding import fold
from tui.store.opening import Place


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
