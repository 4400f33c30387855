"""The field for typed turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import BindingType
from textual.message import Message
from textual.widgets import TextArea

from tui import keys
from tui.language import tr
from tui.panes.bindings import bindings
from tui.panes.conversation import ConversationPane
from tui.text import clean

PASTE_GAP_S = 0.04  # keys that follow Enter within this time are a paste without brackets
PASTE_S = 0.25
PAGES = {"pageup": "page_up", "pagedown": "page_down"}  # of the conversation
ALSO_NEWLINE = ("alt+enter", "shift+enter")  # where a terminal tells of them


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
        self._idle_placeholder = placeholder
        self._enter_waits = False
        self._pasting = False
        self._sent: list[str] = []
        self._back = 0
        """How far back in it the text in the field stands."""

    def on_focus(self) -> None:
        """The keys go here now."""
        self.placeholder = tr("type a message")

    def on_blur(self) -> None:
        """Say again how to come back."""
        self.placeholder = self._idle_placeholder

    def load_text(self, text: str) -> None:
        """Another text, to be written on at its end."""
        super().load_text(text)
        self.move_cursor(self.document.end)

    def say_when_idle(self, text: str) -> None:
        """What stands here while nothing is typed and the keys go elsewhere."""
        self._idle_placeholder = text
        if not self.has_focus:
            self.placeholder = text

    async def _on_key(self, event: events.Key) -> None:
        if self.screen.focused is not self:  # it came behind the key that left
            event.prevent_default()
            event.stop()
            self.app.post_message(events.Key(event.key, event.character))
            return
        # Our keys act here, in their turn: as bindings they would come after the characters that
        # follow them in the same burst.
        for key in keys.of("composer"):
            if event.key in key.key.split(","):
                event.prevent_default()
                event.stop()
                getattr(self, f"action_{key.action}")()
                return
        if event.key in ALSO_NEWLINE:
            event.prevent_default()
            event.stop()
            self.action_newline()
            return
        if event.key in PAGES:
            event.prevent_default()
            event.stop()
            pane = self.screen.query_one(ConversationPane)
            getattr(pane, f"action_{PAGES[event.key]}")()
            return
        if self._enter_waits and event.is_printable:
            self._begin_paste()

    async def _on_paste(self, event: events.Paste) -> None:
        event.prevent_default()
        event.stop()
        self._put(clean(event.text))

    def _put(self, text: str) -> None:
        """Insert at the cursor in place of what is selected, and go behind it."""
        self.replace(text, *self.selection, maintain_selection_offset=False)
        self.scroll_cursor_visible()

    def action_newline(self) -> None:
        """Begin a new line."""
        if self._enter_waits:
            self._begin_paste()
        self._put("\n")

    def action_earlier(self) -> None:
        """What was sent before what is in the field, while it is unchanged; else up."""
        if not self._recall(1):
            self.action_cursor_up()

    def action_later(self) -> None:
        """The other way."""
        if not self._recall(-1):
            self.action_cursor_down()

    def _recall(self, step: int) -> bool:
        if not self.text:
            self._back = 0
        else:
            unchanged = self._back > 0 and self.text == self._sent[-self._back]
            if not unchanged or self.cursor_location != self.document.end:
                return False
        self._back = min(max(self._back + step, 0), len(self._sent))
        self.load_text(self._sent[-self._back] if self._back else "")
        return True

    def action_leave(self) -> None:
        """Back to the conversation: at once, the next key is none of ours."""
        self.screen.set_focus(None)
        self.post_message(self.Left())

    def action_send(self) -> None:
        """Send, unless more keys follow so fast that this is a paste."""
        if self._enter_waits:
            self._begin_paste()
        if self._pasting:
            self._put("\n")
        else:
            self._enter_waits = True
            self.set_timer(PASTE_GAP_S, self._send_if_alone)

    def _begin_paste(self) -> None:
        """The Enter before was a line end in a paste."""
        self._enter_waits = False
        self._put("\n")
        self._pasting = True
        self.set_timer(PASTE_S, self._paste_is_over)

    def _send_if_alone(self) -> None:
        if not self._enter_waits:
            return
        self._enter_waits = False
        text = clean(self.text).strip()
        if text:
            self._sent.append(text)
            self._back = 0
            self.clear()
            self.post_message(self.Sent(text))

    def _paste_is_over(self) -> None:
        self._pasting = False
