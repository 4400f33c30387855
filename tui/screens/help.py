"""All keys, and the meaning of what stands on the screen."""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui import keys
from tui.language import tr
from tui.panes.bindings import bindings
from tui.panes.line import Line
from tui.panes.reader import Reader
from tui.text import cells, pad_cells, wrap_cells

KEY_CELLS = 20
NARROW = 60
"""Below this width a key and its meaning do not stand side by side."""


def help_text(of: keys.Scope = "call", width: int = 200) -> Content:
    """The key table and a few words about the lines at the bottom, in `width` cells."""
    beside = width >= NARROW
    indent = " " * (KEY_CELLS + 2 if beside else 4)

    def row(shown: str, text: str) -> None:
        """The meaning stands beside its key where there is room, else below it."""
        name = "  " + pad_cells(shown, KEY_CELLS - 2) + "  " if beside else f"  {shown}\n{indent}"
        meaning = f"\n{indent}".join(wrap_cells(text, width - len(indent)))
        parts.extend([(name, "bold"), f"{meaning}\n"])

    parts: list[str | tuple[str, str]] = []
    for scope, heading in keys.HELP.get(of, keys.SCOPES):
        if heading:
            parts.append((("\n" if parts else "") + tr(heading) + "\n", "bold $primary"))
        for shown, text in keys.help_rows(scope):
            row(shown, text)
    if of == "call":
        what = tr("Tokens are in/out, of the last answer and of all; cached are part of in.")
        parts.append(what)
    return Content.assemble(*parts)


def scrolling() -> str:
    """The keys that go through a text."""
    return tr("{down} and {up} scroll.", down=keys.first("line-down"), up=keys.first("line-up"))


def ways_out(more: str, width: int) -> str:
    """The footer of a screen that is only read, as wordy as there is room."""
    back = tr("{keys} goes back.", keys=keys.named("back"))
    wordy = f"{back}  {more}{scrolling()}"
    return wordy if cells(wordy) <= width else back


class HelpScreen(Screen[None]):
    """Made from the key table."""

    DEFAULT_CSS = """
    HelpScreen > VerticalScroll {
        padding: 0 1; background: $background; scrollbar-size-vertical: 1;
    }
    HelpScreen > #help-keys { padding: 0 1; background: $panel; color: $foreground-muted; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("reading"))

    def __init__(self, of: keys.Scope = "call") -> None:
        super().__init__()
        self._of = of

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Reader():
            yield Static(id="help-text")
        yield Line(id="help-keys")

    def on_resize(self, event: events.Resize) -> None:
        """Break the lines anew."""
        width = event.size.width
        self.query_one("#help-text", Static).update(help_text(self._of, width - 3))
        self.query_one("#help-keys", Line).show(Content(ways_out("", width - 2)))

    def action_back(self) -> None:
        """Back to the conversation."""
        self.dismiss()
