"""Which item owns which frames of the playback ring, and how much of each was heard."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from tui.audio.port import ItemHeard


@dataclass(slots=True)
class _Item:
    item_id: str
    content_index: int
    start: int
    """Position of its first frame."""
    received: int = 0
    """Frames ever received of it."""
    complete: bool = False

    @property
    def end(self) -> int:
        return self.start + self.received


class Ledger:
    """Items in the order in which they play; positions are those of the ring.

    Positions are given out as frames are received, in one line: what waits for room in the ring
    already has its place.
    """

    def __init__(self) -> None:
        self._items: deque[_Item] = deque()
        self.end = 0
        """Position behind the last frame received."""

    def add(self, item_id: str, content_index: int, frames: int) -> None:
        """`frames` more of an item."""
        newest = self._items[-1] if self._items else None
        if newest is None or (newest.item_id, newest.content_index) != (item_id, content_index):
            newest = _Item(item_id, content_index, self.end)
            self._items.append(newest)
        newest.received += frames
        newest.complete = False
        self.end += frames

    def finish(self, item_id: str, content_index: int) -> bool:
        """The item is complete; returns whether it is known."""
        for item in reversed(self._items):
            if (item.item_id, item.content_index) == (item_id, content_index):
                item.complete = True
                return True
        return False

    def heard(self, item_id: str, position: int) -> ItemHeard | None:
        """How far the item got when the loudspeaker was at `position`."""
        for item in reversed(self._items):
            if item.item_id == item_id:
                return _heard(item, position)
        return None

    def playing_at(self, position: int) -> str | None:
        """The item at `position`; None when everything before it is all there is."""
        for item in self._items:
            if position < item.end:
                return item.item_id
        return None

    def pop_heard(self, position: int) -> list[ItemHeard]:
        """Complete items that were heard to their end; they are forgotten."""
        done = []
        while self._items and self._items[0].complete and self._items[0].end <= position:
            done.append(_heard(self._items.popleft(), position))
        return done

    def cut(self, position: int) -> list[ItemHeard]:
        """Everything was flushed with the loudspeaker at `position`: the items, all forgotten.

        Items heard to their end are among them as long as `pop_heard` did not give them.
        """
        cut = [_heard(item, position) for item in self._items]
        self._items.clear()
        return cut


def _heard(item: _Item, position: int) -> ItemHeard:
    heard = max(0, min(position - item.start, item.received))
    return ItemHeard(item.item_id, item.content_index, heard, item.received)
