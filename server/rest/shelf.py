"""Documents (JSON objects) in SQLite: in a file of the state folder, or in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from server.database import open_database

Document = dict[str, Any]

SCHEMA_VERSION = 1
_SCHEMA = """
CREATE TABLE document (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    parent TEXT NOT NULL,
    id TEXT NOT NULL,
    link TEXT NOT NULL,
    body TEXT NOT NULL,
    UNIQUE (kind, parent, id)
) STRICT;
CREATE INDEX document_by_parent ON document (kind, parent, position);
"""


class Shelf:
    """Everything is found by kind, parent and id; lists are in the order of the first put."""

    def __init__(self, folder: Path | None) -> None:
        path = None if folder is None else folder / "rest.sqlite3"
        self._database = open_database(path, _SCHEMA, SCHEMA_VERSION)

    def put(self, kind: str, document: Document, parent: str = "", link: str = "") -> None:
        """New or changed; `link` is a second key to list by (the run of a message)."""
        self._database.execute(
            "INSERT INTO document (kind, parent, id, link, body) VALUES (?, ?, ?, ?, ?) "
            "ON CONFLICT (kind, parent, id) DO UPDATE SET body = excluded.body",
            (kind, parent, document["id"], link, json.dumps(document, ensure_ascii=False)),
        )

    def get(self, kind: str, ident: str, parent: str = "") -> Document | None:
        row = self._database.execute(
            "SELECT body FROM document WHERE kind = ? AND parent = ? AND id = ?",
            (kind, parent, ident),
        ).fetchone()
        return None if row is None else _document(row[0])

    def position(self, kind: str, ident: str, parent: str = "") -> int | None:
        row = self._database.execute(
            "SELECT position FROM document WHERE kind = ? AND parent = ? AND id = ?",
            (kind, parent, ident),
        ).fetchone()
        return None if row is None else int(row[0])

    def every(self, kind: str, parent: str = "") -> list[Document]:
        """The oldest first."""
        rows = self._database.execute(
            "SELECT body FROM document WHERE kind = ? AND parent = ? ORDER BY position",
            (kind, parent),
        )
        return [_document(body) for (body,) in rows]

    def everywhere(self, kind: str) -> Iterator[tuple[str, Document]]:
        """Each document of that kind with its parent."""
        rows = self._database.execute(
            "SELECT parent, body FROM document WHERE kind = ? ORDER BY position", (kind,)
        ).fetchall()
        for parent, body in rows:
            yield parent, _document(body)

    def span(
        self,
        kind: str,
        parent: str,
        *,
        link: str,
        above: int | None,
        below: int | None,
        newest_first: bool,
        limit: int,
    ) -> list[Document]:
        """At most `limit` documents whose position lies between the two."""
        rows = self._database.execute(
            "SELECT body FROM document WHERE kind = ? AND parent = ? AND (? = '' OR link = ?) "
            "AND position > ? AND position < ? "
            f"ORDER BY position {'DESC' if newest_first else 'ASC'} LIMIT ?",
            (
                kind,
                parent,
                link,
                link,
                above if above is not None else -1,
                below if below is not None else 2**62,
                limit,
            ),
        )
        return [_document(body) for (body,) in rows]

    def delete(self, kind: str, ident: str, parent: str = "") -> bool:
        """False: there was none."""
        cursor = self._database.execute(
            "DELETE FROM document WHERE kind = ? AND parent = ? AND id = ?", (kind, parent, ident)
        )
        return cursor.rowcount > 0

    def delete_children(self, parent: str) -> None:
        self._database.execute("DELETE FROM document WHERE parent = ?", (parent,))

    def close(self) -> None:
        self._database.close()


def _document(body: str) -> Document:
    document: Document = json.loads(body)
    return document
