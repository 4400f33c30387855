"""The field for typed turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui import keys
from tui.panes.bindings import bindings
from tui.text import clean


class Composer(TextArea):
    """Enter sends, ctrl+j begins a new line; a paste never sends.

    A TextArea even for one line: an Input keeps only the first line of a paste.
    """

    DEFAULT_CSS = """
    Composer {
        height: auto; max-height: 5; border: none; padding: 0 1;
        scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("composer"))

    # Keys that follow Enter within this time are a paste in a terminal that cannot say so.
    PASTE_GAP_S = 0.04

    @dataclass
    class Sent(Message):
        """A typed turn is ready."""

        text: str

    @dataclass
    class Left(Message):
        """The person wants back to the conversation."""

    def __init__(self, placeholder: str, *, id: str | None = None) -> None:
        super().__init__(id=id, compact=True, highlight_cursor_line=False, placeholder=placeholder)
        self.cursor_blink = False  # a blinking cursor writes bytes for ever
        self._enter_waits = False
        self._pasting = False

    async def _on_key(self, event: events.Key) -> None:
        # Enter is a binding here, not a character; the base class would insert it.
        if event.key == "enter":
            event.prevent_default()
        elif self._enter_waits and (event.is_printable or event.key == "ctrl+j"):
            self._enter_waits = False
            self._pasting = True
            self.insert("\n")
            self.set_timer(self.PASTE_GAP_S * 5, self._paste_is_over)

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self.insert(clean(event.text))

    def action_newline(self) -> None:
        """Begin a new line."""
        self.insert("\n")

    def action_leave(self) -> None:
        """Back to the conversation."""
        self.post_message(self.Left())

    def action_send(self) -> None:
        """Send, unless more keys follow so fast that this is a paste."""
        if self._pasting or self._enter_waits:
            self.insert("\n")
            return
        self._enter_waits = True
        self.set_timer(self.PASTE_GAP_S, self._send_if_alone)

    def _send_if_alone(self) -> None:
        if not self._enter_waits:
            return
        self._enter_waits = False
        text = clean(self.text).strip()
        if text:
            self.clear()
            self.post_message(self.Sent(text))

    def _paste_is_over(self) -> None:
        self._pasting = False
