"""What a recorder saves, as it runs on the owner's thread inside a transaction."""

from __future__ import annotations

import sqlite3
from typing import Final

from tui.sessions.events import Role, TokenUsage
from tui.store.clip_rows import limit_clips, remove_clips
from tui.store.drafts import Header, TurnDraft
from tui.store.folding import fold, indexed
from tui.store.opening import Place
from tui.store.schema import USAGE_COLUMNS
from tui.store.sitting import Sitting, number_of

USAGE_FIELDS: Final = tuple(
    name for name in USAGE_COLUMNS if name in TokenUsage.__dataclass_fields__
)


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
    remove_clips(place, "conversation = ? AND item_id = ?", (number, name))
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
    remove_clips(place, "conversation = ? AND item_id = ?", (number, name))
    file = place.clips.write(pcm)
    try:
        place.connection.execute(
            "INSERT INTO clips (conversation, item_id, role, file, bytes) VALUES (?, ?, ?, ?, ?)",
            (number, name, role, file, len(pcm)),
        )
        limit_clips(place, limit_bytes)
    except BaseException:
        place.clips.remove([file])
        raise


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
