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
from tui.panes.bindings import bindings


def help_text() -> Content:
    """The key table and a few words about the lines at the bottom."""
    parts: list[str | tuple[str, str]] = []
    for scope, heading in keys.SCOPES:
        if heading:
            parts.append((("\n" if parts else "") + heading + "\n", "bold $primary"))
        for key in keys.of(scope):
            parts += [(f"  {key.shown:<12}", "bold"), f"{key.help}\n"]
    parts += [
        ("  pgup pgdn   ", "bold"), "Scroll; home and end go to the ends.\n",
        ("\nThe lines at the bottom\n", "bold $primary"),
        ("  mic, out    ", "bold"), "Level of your microphone and of the loudspeaker.\n",
        ("  tokens      ", "bold"),
        "What the last answer and the whole call used: text and audio, in/out,\n"
        "              and how much of the input was cached.\n",
        ("\nescape or q goes back.", "$text-muted"),
    ]  # fmt: skip
    return Content.assemble(*parts)


class HelpScreen(Screen[None]):
    """Made from the key table."""

    DEFAULT_CSS = """
    HelpScreen > VerticalScroll { padding: 1 2; scrollbar-size-vertical: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("reading"))

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with VerticalScroll():
            yield Static(help_text())

    def action_back(self) -> None:
        """Back to the conversation."""
        self.dismiss()
