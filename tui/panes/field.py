"""One line to type into: for searching and for answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import ClassVar, Final

from textual import events
from textual.binding import Binding, BindingType
from textual.widgets import Input

from tui.text import clean

SETTLE_S: Final = 1.0
LONGEST_PASTE: Final = 10_000
"""Characters."""
_EDITING: Final = {
    "backspace": "delete_left",
    "delete": "delete_right",
    "left": "cursor_left",
    "right": "cursor_right",
    "home": "home",
    "end": "end",
}
"""Done at once: as bindings they would come after letters that were typed later."""


class Field(Input):
    """Enter and escape belong to the screen, which lets the letters before them settle first."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "screen.move_rows(1)", show=False),
        Binding("up", "screen.move_rows(-1)", show=False),
    ]

    def __init__(self, hint: str, *, id: str) -> None:
        super().__init__(placeholder=hint, id=id, compact=True, select_on_focus=False)
        self.cursor_blink = False  # a blinking cursor writes bytes for ever
        self._hint = hint
        self._searched = ""
        self._take: Callable[[str], str] | None = None

    @property
    def asks(self) -> bool:
        """What is typed is an answer."""
        return self._take is not None

    def ask(self, question: str, value: str, take: Callable[[str], str]) -> None:
        """Something else than words to search; `take` gives back what is wrong with an answer."""
        if not self.asks:
            self._searched = self.value
        self._take = take
        self.placeholder = question
        self.value = value
        self.cursor_position = len(value)

    def answer(self, answer: str) -> str:
        """What is wrong with it; empty: it was taken."""
        return self._take(answer) if self._take is not None else ""

    def leave_question(self) -> None:
        """Search again, for the same as before."""
        self._take = None
        self.placeholder = self._hint
        self.value = self._searched

    async def _on_key(self, event: events.Key) -> None:
        action = _EDITING.get(event.key)
        if action is None:
            await super()._on_key(event)
            return
        event.stop()
        event.prevent_default()
        getattr(self, f"action_{action}")()

    def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.replace(clean(event.text[:LONGEST_PASTE], single_line=True), *self.selection)

    async def settle(self) -> None:
        """Wait until every key that was handed to this field has had its effect."""
        settled = asyncio.Event()
        self.call_later(settled.set)
        try:
            await asyncio.wait_for(settled.wait(), SETTLE_S)
        except TimeoutError:
            return
