"""Conversations on disk: SQLite, readable by their owner only."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from server.database import open_database
from server.realtime.conversation import Item

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE conversation (
    id TEXT PRIMARY KEY,
    created_s REAL NOT NULL,
    changed_s REAL NOT NULL
) STRICT;
CREATE TABLE item (
    conversation_id TEXT NOT NULL REFERENCES conversation(id) ON DELETE CASCADE,
    id TEXT NOT NULL,
    position INTEGER NOT NULL,
    type TEXT NOT NULL,
    role TEXT NOT NULL,
    status TEXT NOT NULL,
    text TEXT NOT NULL,
    audio_ms INTEGER NOT NULL,
    heard_ms INTEGER,
    call_id TEXT NOT NULL,
    name TEXT NOT NULL,
    arguments TEXT NOT NULL,
    output TEXT NOT NULL,
    created_s REAL NOT NULL,
    PRIMARY KEY (conversation_id, id)
) STRICT;
CREATE TABLE response (
    id TEXT PRIMARY KEY,
    conversation_id TEXT,
    status TEXT NOT NULL,
    usage TEXT NOT NULL,
    created_s REAL NOT NULL
) STRICT;
"""


class Record:
    """What was said, committed item by item. `heard_ms` marks an answer that was cut."""

    def __init__(self, folder: Path) -> None:
        self._database = open_database(folder / "conversations.sqlite3", _SCHEMA, SCHEMA_VERSION)
        self._database.execute("PRAGMA foreign_keys = ON")

    def item(self, conversation_id: str, item: Item, *, position: int) -> None:
        """An item is new, finished, understood or cut."""
        now_s = time.time()
        self._database.execute("BEGIN")
        self._database.execute(
            "INSERT INTO conversation VALUES (?, ?, ?) "
            "ON CONFLICT (id) DO UPDATE SET changed_s = excluded.changed_s",
            (conversation_id, now_s, now_s),
        )
        self._database.execute(
            "INSERT INTO item VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) "
            "ON CONFLICT (conversation_id, id) DO UPDATE SET position = excluded.position, "
            "status = excluded.status, text = excluded.text, audio_ms = excluded.audio_ms, "
            "heard_ms = excluded.heard_ms, arguments = excluded.arguments",
            (
                conversation_id,
                item.id,
                position,
                item.type,
                item.role,
                item.status,
                item.text,
                int(item.audio_ms),
                item.heard_ms,
                item.call_id,
                item.name,
                item.arguments,
                item.output,
                now_s,
            ),
        )
        self._database.execute("COMMIT")

    def item_deleted(self, conversation_id: str, item_id: str) -> None:
        self._database.execute(
            "DELETE FROM item WHERE conversation_id = ? AND id = ?", (conversation_id, item_id)
        )

    def response(self, conversation_id: str | None, response: dict[str, Any]) -> None:
        self._database.execute(
            "INSERT OR REPLACE INTO response VALUES (?, ?, ?, ?, ?)",
            (
                response["id"],
                conversation_id,
                response["status"],
                json.dumps(response["usage"]),
                time.time(),
            ),
        )

    def close(self) -> None:
        self._database.close()
