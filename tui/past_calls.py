"""Functions that were called in a conversation, for a session that must be told of them."""

from __future__ import annotations

from typing import Final

from tui.sessions.events import PastCall, ToolCalled

MOST: Final = 32
MOST_CHARS: Final = 64_000
"""The oldest are left out: the answers tell what came of them."""


class PastCalls:
    """Keeps those with a result, each behind the turn it was called after."""

    def __init__(self) -> None:
        self._open: dict[str, tuple[str, ToolCalled]] = {}
        self._done: dict[str, tuple[str, PastCall]] = {}

    def called(self, event: ToolCalled, after_item_id: str) -> None:
        """The model wants a function run."""
        self._open[event.call_id] = (after_item_id, event)

    def ended(self, call_id: str, output: str) -> None:
        """What the model was told; empty: nothing."""
        after, event = self._open.pop(call_id, ("", None))
        if event is None or not output:
            return
        self._done[call_id] = (after, PastCall(call_id, event.name, event.arguments, output))
        while len(self._done) > MOST or self._chars() > MOST_CHARS:
            del self._done[next(iter(self._done))]

    def _chars(self) -> int:
        return sum(len(call.arguments) + len(call.output) for _, call in self._done.values())

    def by_turn(self) -> dict[str, tuple[PastCall, ...]]:
        """By the turn they were called behind."""
        found: dict[str, tuple[PastCall, ...]] = {}
        for after, call in self._done.values():
            found[after] = (*found.get(after, ()), call)
        return found
