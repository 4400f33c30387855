"""Lists in pages: limit, order, after, before."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from server.realtime.shapes import Number, Text, Violation
from server.rest.problems import none_found
from server.rest.shelf import Shelf

LONGEST_PAGE = 100
DEFAULT_PAGE = 20
_LIMIT = Number(1, LONGEST_PAGE, whole=True)
_ORDER = Text(choices=("asc", "desc"))


def listing(data: list[Any], *, has_more: bool) -> dict[str, Any]:
    return {
        "object": "list",
        "data": data,
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": has_more,
    }


def _whole_number(text: str) -> object:
    try:
        return int(text)
    except ValueError:
        return text


def page(
    shelf: Shelf,
    kind: str,
    parent: str,
    query: Mapping[str, str],
    *,
    noun: str,
    link: str = "",
) -> dict[str, Any]:
    """One page as the query asks for it. Raises Violation or Problem."""
    limit = _whole_number(query.get("limit", str(DEFAULT_PAGE)))
    _LIMIT.check(limit, "limit")
    assert isinstance(limit, int)
    order = query.get("order", "desc")
    _ORDER.check(order, "order")
    newest_first = order == "desc"

    def place(cursor: str) -> int | None:
        ident = query.get(cursor)
        if not ident:
            return None
        found = shelf.position(kind, ident, parent)
        if found is None:
            raise none_found(noun, ident)
        return found

    after, before = place("after"), place("before")
    if after is not None and before is not None:
        raise Violation("invalid_value", "Only one of 'after' and 'before' may be given.", "before")
    above, below = (before, after) if newest_first else (after, before)
    # The page before a cursor is the one that ends at it: read backwards, then turned round.
    backwards = before is not None
    found = shelf.span(
        kind,
        parent,
        link=link,
        above=above,
        below=below,
        newest_first=newest_first != backwards,
        limit=limit + 1,
    )
    has_more = len(found) > limit
    found = found[:limit]
    if backwards:
        found.reverse()
    return listing(found, has_more=has_more)
