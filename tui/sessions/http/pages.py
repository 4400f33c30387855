"""Reading a whole thread or conversation, however long it is."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.sessions.events import Role
from tui.sessions.http.desk import Desk
from tui.sessions.http.service import Recalled
from tui.sessions.realtime.message import Message, parts, text

PAGE: Final = 100
MOST: Final = 5000
"""Turns taken from a service; a longer conversation is cut at its beginning."""
_ROLES: Final[dict[str, Role]] = {"user": "user", "assistant": "assistant"}


async def recall(
    desk: Desk, operation: str, ids: Message, text_of: Callable[[Message], str]
) -> list[Recalled]:
    """All messages, oldest first.  Raises Refused, TimeUp."""
    found: dict[str, Recalled] = {}
    after = ""
    while len(found) < MOST:
        # Newest first: of an endless conversation the end matters.
        body: Message = {**ids, "limit": PAGE, "order": "desc"}
        if after:
            body["after"] = after
        page = await desk.ask(operation, body, again=True)
        entries = parts(page, "data")
        last = text(entries[-1], "id") if entries else ""
        if not last or last == after:
            break
        after = last
        for entry in entries:
            role, said = _ROLES.get(text(entry, "role")), text_of(entry).strip()
            if role is not None and said and text(entry, "id"):
                found.setdefault(text(entry, "id"), Recalled(text(entry, "id"), role, said))
        if page.get("has_more") is not True:
            break
    return list(reversed(found.values()))
