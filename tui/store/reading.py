"""Queries of the record, as they run on the owner's thread.  Nothing loads all there is."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import islice
from typing import Final

from tui.errors import ExitCode, VoicetuiError
from tui.sessions.events import PastTurn, TokenUsage
from tui.store.filters import conditions, mistake
from tui.store.folding import snippet, words_of
from tui.store.opening import Place
from tui.store.problems import not_found
from tui.store.rows import (
    ClipRow,
    ConversationRow,
    Hit,
    Resumption,
    SavedConversation,
    SavedTurn,
    StepRow,
    ToolRow,
    UsageRow,
)
from tui.store.schema import USAGE_COLUMNS
from tui.store.searching import distinct, matches
from tui.store.writing import USAGE_FIELDS
from tui.text import clean

HEX: Final = frozenset("0123456789abcdef")

_ROW: Final = (
    "SELECT c.id, c.kind, c.service, c.label, c.model, c.title, c.created_at, c.updated_at,"
    " (SELECT count(*) FROM turns t WHERE t.conversation = c.number),"
    " (SELECT coalesce(sum(text_in + audio_in + image_in + text_out + audio_out), 0)"
    "  FROM usage u WHERE u.conversation = c.number),"
    " c.remote_id, c.deleted_at IS NOT NULL FROM conversations c"
)


def list_conversations(
    place: Place, limit: int, offset: int, query: str, deleted: bool
) -> list[ConversationRow]:
    """A page of the history, newest first; with a query, newest match first."""
    connection = place.connection
    if deleted:
        rows = connection.execute(
            f"{_ROW} WHERE c.deleted_at IS NOT NULL ORDER BY c.deleted_at DESC, c.number DESC"
            " LIMIT ? OFFSET ?",
            (limit, offset),
        )
        return [_row(row) for row in rows]
    words = words_of(query)
    if words:
        wanted = (
            number for number in distinct(matches(connection, words)) if fits(place, number, query)
        )
        numbers = islice(wanted, offset, offset + limit)
        found = (
            connection.execute(f"{_ROW} WHERE c.number = ?", (number,)).fetchone()
            for number in numbers
        )
        return [_row(row) for row in found]
    narrowed, values = conditions(query)
    rows = connection.execute(
        f"{_ROW} WHERE c.deleted_at IS NULL{narrowed and ' AND ' + narrowed}"
        " ORDER BY c.activity DESC, c.number DESC LIMIT ? OFFSET ?",
        (*values, limit, offset),
    )
    return [_row(row) for row in rows]


def fits(place: Place, number: int, query: str) -> bool:
    """Whether a conversation is of the kind and time that `query` names, if it names any."""
    narrowed, values = conditions(query)
    if not narrowed:
        return True
    found = place.connection.execute(
        f"SELECT 1 FROM conversations WHERE number = ? AND {narrowed}", (number, *values)
    )
    return found.fetchone() is not None


def count(place: Place) -> int:
    """Conversations that are not deleted."""
    (number,) = place.connection.execute(
        "SELECT count(*) FROM conversations WHERE deleted_at IS NULL"
    ).fetchone()
    return int(number)


def search(place: Place, text: str, limit: int) -> list[Hit]:
    """Turns and titles with all words of `text` in them, newest first.

    Filters alone find conversations; one that is wrong raises VoicetuiError.
    """
    if wrong := mistake(text):
        raise VoicetuiError("No such filter", f"{wrong}.", ExitCode.USAGE)
    words = words_of(text)
    hits = []
    if words:
        found = matches(place.connection, words)
        narrowed: Iterator[tuple[int, int | None]] = (
            hit for hit in found if fits(place, hit[0], text)
        )
    else:
        narrowed = _of_filters(place, text)
    for conversation, turn in islice(narrowed, limit):
        row = place.connection.execute(
            "SELECT c.id, c.title, c.kind, c.updated_at, t.item_id, t.role, t.created_at, t.text"
            " FROM conversations c LEFT JOIN turns t ON t.number = ? WHERE c.number = ?",
            (turn, conversation),
        ).fetchone()
        conversation_id, title, kind, updated_at_s, item_id, role, at_s, said = row
        line, marks = snippet(title if turn is None else said, words)
        hits.append(
            Hit(
                *(conversation_id, title, kind, item_id or "", role or ""),
                *(updated_at_s if turn is None else at_s, line, marks),
            )
        )
    return hits


def _of_filters(place: Place, text: str) -> Iterator[tuple[int, None]]:
    narrowed, values = conditions(text)
    if narrowed:
        for (number,) in place.connection.execute(
            f"SELECT number FROM conversations WHERE deleted_at IS NULL AND {narrowed}"
            " ORDER BY activity DESC, number DESC",
            values,
        ):
            yield number, None


def find(place: Place, prefix: str, deleted: bool) -> str:
    """The one id that begins with `prefix`; raises VoicetuiError."""
    wanted = prefix.strip().lower()
    found = []
    if wanted and set(wanted) <= HEX:
        found = place.connection.execute(
            "SELECT id, title FROM conversations WHERE id >= ? AND id < ?"
            f" AND deleted_at IS {'NOT NULL' if deleted else 'NULL'} ORDER BY id LIMIT 4",
            (wanted, wanted + "g"),
        ).fetchall()
    if not found:
        raise _nothing(place, prefix, deleted)
    if len(found) > 1 and found[0][0] != wanted:
        some = ", ".join(f"{name[: len(wanted) + 4]} ({title})" for name, title in found[:3])
        raise VoicetuiError(
            "More than one conversation",
            f"{wanted} is the beginning of {some}{' and others' if len(found) > 3 else ''}.",
            ExitCode.USAGE,
        )
    return str(found[0][0])


def _nothing(place: Place, prefix: str, deleted: bool) -> VoicetuiError:
    if prefix.strip():
        other = place.connection.execute(
            "SELECT id, deleted_at FROM conversations WHERE substr(id, 1, ?) = ?",
            (len(prefix.strip()), prefix.strip().lower()),
        ).fetchone()
        if other is not None:
            return VoicetuiError(
                "That conversation is " + ("not deleted" if deleted else "deleted"),
                "" if deleted else f"`voicetui history undelete {other[0][:8]}` brings it back.",
                ExitCode.USAGE,
            )
    return not_found(clean(prefix, single_line=True)[:80])


def row_of(place: Place, conversation_id: str) -> ConversationRow:
    """One line of the history, deleted or not; raises VoicetuiError."""
    row = place.connection.execute(f"{_ROW} WHERE c.id = ?", (conversation_id,)).fetchone()
    if row is None:
        raise not_found(conversation_id)
    return _row(row)


def load(place: Place, conversation_id: str, limit: int | None) -> SavedConversation:
    """A conversation with its turns in order, or the last `limit` of them."""
    row = row_of(place, conversation_id)
    turns = [
        _turn(found)
        for found in place.connection.execute(
            f"{_TURN} WHERE c.id = ? ORDER BY t.position DESC, t.number DESC LIMIT ?",
            (conversation_id, -1 if limit is None else limit),
        )
    ]
    turns.reverse()
    return SavedConversation(row, settings_of(place, conversation_id), tuple(turns))


def settings_of(place: Place, conversation_id: str) -> dict[str, object]:
    """Settings of the session as they were saved."""
    (text,) = place.connection.execute(
        "SELECT settings FROM conversations WHERE id = ?", (conversation_id,)
    ).fetchone()
    try:
        settings = json.loads(text)
    except ValueError:
        return {}
    return settings if isinstance(settings, dict) else {}


def turns_after(place: Place, conversation_id: str, after: int, limit: int) -> list[SavedTurn]:
    """A page of turns whose position is higher than `after`."""
    return [
        _turn(found)
        for found in place.connection.execute(
            f"{_TURN} WHERE c.id = ? AND t.position > ? ORDER BY t.position, t.number LIMIT ?",
            (conversation_id, after, limit),
        )
    ]


_TURN: Final = (
    "SELECT t.item_id, t.position, t.role, t.text, t.status, t.spoken, t.heard_ms, t.received_ms,"
    " t.cut, coalesce(t.text_heard, t.text), t.detail, t.problem, t.created_at,"
    " EXISTS (SELECT 1 FROM clips k WHERE k.conversation = t.conversation"
    "         AND k.item_id = t.item_id), t.audio_id, t.audio_expires_at"
    " FROM turns t JOIN conversations c ON c.number = t.conversation"
)


def past_turns(place: Place, conversation_id: str) -> list[PastTurn]:
    """What a new session is told: what was said, up to what was heard."""
    rows = place.connection.execute(
        "SELECT t.role, coalesce(t.text_heard, t.text), iif(t.cut, '', t.audio_id),"
        " t.audio_expires_at FROM turns t"
        " JOIN conversations c ON c.number = t.conversation WHERE c.id = ?"
        " ORDER BY t.position, t.number",
        (conversation_id,),
    )
    return [PastTurn(*row) for row in rows if row[1].strip()]


def resumption(place: Place, conversation_id: str) -> Resumption:
    """Everything a call needs to take the conversation up again."""
    row = row_of(place, conversation_id)
    return Resumption(
        *(row.id, row.kind, row.service, row.label, row.model, row.remote_id, row.title),
        tuple(past_turns(place, conversation_id)),
        settings_of(place, conversation_id),
    )


def clips_of(place: Place, conversation_id: str) -> list[ClipRow]:
    """Sound that is kept, in order of the turns."""
    rows = place.connection.execute(
        "SELECT k.item_id, k.role, k.bytes / 48 FROM clips k"
        " JOIN conversations c ON c.number = k.conversation"
        " LEFT JOIN turns t ON t.conversation = k.conversation AND t.item_id = k.item_id"
        " WHERE c.id = ? ORDER BY t.position IS NULL, t.position, k.number",
        (conversation_id,),
    )
    return [ClipRow(item_id, role, duration_ms) for item_id, role, duration_ms in rows]


def clip(place: Place, conversation_id: str, item_id: str) -> bytes | None:
    """PCM16 mono 24 kHz; None where no sound is kept."""
    row = place.connection.execute(
        "SELECT k.file FROM clips k JOIN conversations c ON c.number = k.conversation"
        " WHERE c.id = ? AND k.item_id = ?",
        (conversation_id, item_id),
    ).fetchone()
    return None if row is None or place.clips is None else place.clips.read(row[0])


def tool_calls(place: Place, conversation_id: str) -> list[ToolRow]:
    """Function calls in order."""
    rows = place.connection.execute(
        "SELECT k.call_id, k.item_id, k.name, k.arguments, k.output, k.at FROM tool_calls k"
        " JOIN conversations c ON c.number = k.conversation WHERE c.id = ? ORDER BY k.number",
        (conversation_id,),
    )
    return [ToolRow(*row) for row in rows]


def steps(place: Place, conversation_id: str) -> list[StepRow]:
    """What the service did on the way to its answers, in order."""
    rows = place.connection.execute(
        "SELECT k.item_id, k.text, k.at FROM steps k"
        " JOIN conversations c ON c.number = k.conversation WHERE c.id = ? ORDER BY k.number",
        (conversation_id,),
    )
    return [StepRow(*row) for row in rows]


def usage(place: Place, condition: str, value: str | float) -> list[UsageRow]:
    """What was used, in order; the condition is ours, never text from outside."""
    rows = place.connection.execute(
        "SELECT coalesce(c.id, ''), u.kind, u.item_id, u.source, u.model, u.at,"
        f" {', '.join('u.' + name for name in USAGE_COLUMNS)} FROM usage u"
        f" LEFT JOIN conversations c ON c.number = u.conversation WHERE {condition}"
        " ORDER BY u.number",
        (value,),
    )
    found = []
    for conversation_id, kind, item_id, source, model, at_s, *numbers in rows:
        given = dict(zip(USAGE_COLUMNS, numbers, strict=True))
        used = TokenUsage(**{name: given[name] for name in USAGE_FIELDS})
        found.append(UsageRow(conversation_id, kind, item_id, source, model, used, at_s))
    return found


def _row(row: tuple[object, ...]) -> ConversationRow:
    values = [*row[:-1], bool(row[-1])]
    return ConversationRow(*values)  # type: ignore[arg-type]


def _turn(row: tuple[object, ...]) -> SavedTurn:
    values = list(row)  # in the order of the fields
    for index in _TRUTHS:
        values[index] = bool(values[index])
    return SavedTurn(*values)  # type: ignore[arg-type]


_TRUTHS: Final = tuple(
    index
    for index, name in enumerate(SavedTurn.__dataclass_fields__)
    if name in ("spoken", "cut", "has_clip")
)
