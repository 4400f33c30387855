"""What is listed of the record, a page at a time."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from tui.screens.record import Record
from tui.store.rows import ConversationRow

PAGE = 100
"""Conversations fetched at a time; the next page comes when the end is near."""

Rows = list[ConversationRow]


class Listing:
    """All conversations, or those a search finds."""

    def __init__(
        self,
        record: Record,
        when_done: Callable[[Future[Rows], Callable[[Rows], None], Callable[[], None]], None],
    ) -> None:
        self._record = record
        self._when_done = when_done
        self._fetching: Future[Rows] | None = None
        self.query = ""
        """What is searched for; of all, when empty."""
        self.known = 0
        """So many are listed."""
        self.complete = False
        """There are no more."""

    def begin(self, show: Callable[[Rows], None], *, again: bool) -> None:
        """The first page; `again`: as many as are listed, so that the cursor can stay."""
        self._fetch(0, max(PAGE, self.known) if again else PAGE, show)

    def go_on(self, show: Callable[[Rows], None]) -> None:
        """The next page, when there is one and it is not on its way."""
        if not self.complete and self._fetching is None:
            self._fetch(self.known, PAGE, show)

    def _fetch(self, offset: int, limit: int, show: Callable[[Rows], None]) -> None:
        if self._fetching is not None:
            self._fetching.cancel()
        fetching = self._record.list(limit, offset, self.query)
        self._fetching = fetching

        def take(rows: Rows) -> None:
            if fetching is not self._fetching:
                return  # an answer to an earlier key
            self._fetching = None
            self.complete = len(rows) < limit
            self.known = offset + len(rows)
            show(rows)

        def fail() -> None:
            if fetching is self._fetching:
                self._fetching = None

        self._when_done(fetching, take, fail)
