"""The tables, and the steps that lead from any older version to this one.

`user_version` counts the steps taken.  A step that was released is never changed; add another.
"""

from __future__ import annotations

import sqlite3
from typing import Final

APPLICATION_ID: Final = 0x766F6963  # "voic"

STEPS: Final[tuple[str, ...]] = (
    """
    CREATE TABLE conversations (
        number INTEGER PRIMARY KEY,
        id TEXT NOT NULL UNIQUE,
        kind TEXT NOT NULL,
        service TEXT NOT NULL DEFAULT '',
        label TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        title TEXT NOT NULL DEFAULT '',
        title_folded TEXT NOT NULL DEFAULT '',
        renamed INTEGER NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        updated_at INTEGER NOT NULL,
        -- Number of the newest turn: newest first by what happened, never by a clock.
        activity INTEGER NOT NULL DEFAULT 0,
        -- Mark of each call that was part of it: its number and the position of its first turn.
        sittings TEXT NOT NULL DEFAULT '{}',
        settings TEXT NOT NULL DEFAULT '{}',
        remote_id TEXT NOT NULL DEFAULT '',
        deleted_at INTEGER
    );
    CREATE INDEX conversations_newest ON conversations (activity DESC, number DESC)
        WHERE deleted_at IS NULL;
    CREATE INDEX conversations_titles ON conversations (title_folded, activity)
        WHERE deleted_at IS NULL;
    CREATE INDEX conversations_deleted ON conversations (deleted_at)
        WHERE deleted_at IS NOT NULL;
    CREATE INDEX conversations_remote ON conversations (remote_id) WHERE remote_id != '';

    CREATE TABLE turns (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
        item_id TEXT NOT NULL,
        position INTEGER NOT NULL,
        role TEXT NOT NULL,
        text TEXT NOT NULL,
        status TEXT NOT NULL,
        spoken INTEGER NOT NULL,
        heard_ms INTEGER,
        received_ms INTEGER,
        cut INTEGER NOT NULL DEFAULT 0,
        text_heard TEXT,  -- NULL: all of it
        detail TEXT NOT NULL DEFAULT '',
        problem TEXT NOT NULL DEFAULT '',
        audio_id TEXT NOT NULL DEFAULT '',
        audio_expires_at REAL NOT NULL DEFAULT 0,
        created_at INTEGER NOT NULL,
        UNIQUE (conversation, item_id)
    );
    CREATE INDEX turns_in_order ON turns (conversation, position, number);

    -- The same text folded (tui/store/folding.py), with two line ends behind it: every run of one
    -- or two characters begins one of the three the index knows.
    CREATE TABLE said (
        number INTEGER PRIMARY KEY REFERENCES turns ON DELETE CASCADE,
        conversation INTEGER NOT NULL,
        folded TEXT NOT NULL
    );
    CREATE VIRTUAL TABLE said_index USING fts5 (
        folded, content='said', content_rowid='number', tokenize='trigram case_sensitive 1'
    );
    CREATE VIRTUAL TABLE said_terms USING fts5vocab ('said_index', 'row');
    CREATE TRIGGER said_added AFTER INSERT ON said BEGIN
        INSERT INTO said_index (rowid, folded) VALUES (new.number, new.folded);
    END;
    CREATE TRIGGER said_removed AFTER DELETE ON said BEGIN
        INSERT INTO said_index (said_index, rowid, folded)
            VALUES ('delete', old.number, old.folded);
    END;
    CREATE TRIGGER said_changed AFTER UPDATE OF folded ON said BEGIN
        INSERT INTO said_index (said_index, rowid, folded)
            VALUES ('delete', old.number, old.folded);
        INSERT INTO said_index (rowid, folded) VALUES (new.number, new.folded);
    END;

    -- What was used was paid for: it stays when its conversation goes.
    CREATE TABLE usage (
        number INTEGER PRIMARY KEY,
        conversation INTEGER REFERENCES conversations ON DELETE SET NULL,
        kind TEXT NOT NULL DEFAULT '',
        item_id TEXT NOT NULL DEFAULT '',
        source TEXT NOT NULL,
        report_id TEXT NOT NULL DEFAULT '',
        model TEXT NOT NULL DEFAULT '',
        text_in INTEGER NOT NULL DEFAULT 0,
        audio_in INTEGER NOT NULL DEFAULT 0,
        image_in INTEGER NOT NULL DEFAULT 0,
        cached_text INTEGER NOT NULL DEFAULT 0,
        cached_audio INTEGER NOT NULL DEFAULT 0,
        cached_image INTEGER NOT NULL DEFAULT 0,
        text_out INTEGER NOT NULL DEFAULT 0,
        audio_out INTEGER NOT NULL DEFAULT 0,
        reasoning_out INTEGER NOT NULL DEFAULT 0,
        seconds REAL NOT NULL DEFAULT 0,
        characters INTEGER NOT NULL DEFAULT 0,
        at INTEGER NOT NULL
    );
    CREATE INDEX usage_of_conversation ON usage (conversation);
    CREATE INDEX usage_by_time ON usage (at);
    CREATE UNIQUE INDEX usage_once ON usage (conversation, source, report_id)
        WHERE report_id != '';

    CREATE TABLE clips (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        conversation INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
        item_id TEXT NOT NULL,
        role TEXT NOT NULL,
        file TEXT NOT NULL UNIQUE,
        bytes INTEGER NOT NULL,
        UNIQUE (conversation, item_id)
    );

    CREATE TABLE tool_calls (
        number INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
        call_id TEXT NOT NULL,
        item_id TEXT NOT NULL DEFAULT '',
        name TEXT NOT NULL DEFAULT '',
        arguments TEXT NOT NULL DEFAULT '',
        output TEXT,
        at INTEGER NOT NULL,
        UNIQUE (conversation, call_id)
    );

    CREATE TABLE steps (
        number INTEGER PRIMARY KEY,
        conversation INTEGER NOT NULL REFERENCES conversations ON DELETE CASCADE,
        item_id TEXT NOT NULL,
        text TEXT NOT NULL,
        at INTEGER NOT NULL
    );
    CREATE INDEX steps_of_conversation ON steps (conversation);
    """,
)
VERSION: Final = len(STEPS)
USAGE_COLUMNS: Final = (
    "text_in",
    "audio_in",
    "image_in",
    "cached_text",
    "cached_audio",
    "cached_image",
    "text_out",
    "audio_out",
    "reasoning_out",
    "seconds",
    "characters",
)
"""Of the table `usage`: what was used, each named as in `TokenUsage`."""


def version_of(connection: sqlite3.Connection) -> int:
    """How many steps this file has taken."""
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    return int(version)


def migrate(connection: sqlite3.Connection) -> None:
    """Take the steps that are missing, each whole or not at all."""
    for number in range(version_of(connection), VERSION):
        connection.executescript(
            "BEGIN IMMEDIATE;"
            + STEPS[number]
            + f"; PRAGMA application_id = {APPLICATION_ID};"
            + f" PRAGMA user_version = {number + 1}; COMMIT;"
        )
