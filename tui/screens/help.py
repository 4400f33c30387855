"""All keys, and the meaning of what stands on the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui import keys
from tui.language import tr
from tui.panes.bindings import bindings
from tui.panes.line import Line
from tui.text import pad_cells

KEY_CELLS = 17


def help_text(of: keys.Scope = "call") -> Content:
    """The key table and a few words about the lines at the bottom."""
    parts: list[str | tuple[str, str]] = []
    for scope, heading in keys.HELP.get(of, keys.SCOPES):
        if heading:
            parts.append((("\n" if parts else "") + tr(heading) + "\n", "bold $primary"))
        for shown, text in keys.help_rows(scope):
            parts += [("  " + pad_cells(shown, KEY_CELLS - 2) + "  ", "bold"), f"{text}\n"]
        if scope == "conversation":
            scroll = tr("Scroll; so do home and end.")
            parts += [(f"  {'pgup, pgdown':<{KEY_CELLS}}", "bold"), f"{scroll}\n"]
    if of == "call":
        what = tr("Tokens are in/out, of the last answer and of all; cached are part of in.")
        parts.append(what)
    return Content.assemble(*parts)


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
        with VerticalScroll():
            yield Static(help_text(self._of))
        line = Line(id="help-keys")
        line.show(
            Content(
                tr("{keys} goes back.", keys=keys.named("back")) + "  " + tr("pgup, pgdown scroll.")
            )
        )
        yield line

    def action_back(self) -> None:
        """Back to the conversation."""
        self.dismiss()
