"""Every message of this run, oldest first."""

from __future__ import annotations

from time import localtime, strftime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui import keys
from tui.language import tr
from tui.panes.bindings import bindings
from tui.panes.notice import Said
from tui.panes.reader import Reader
from tui.text import pad_cells

RENEW_S = 0.5


class LogScreen(Screen[None]):
    """What the notice line said so far."""

    DEFAULT_CSS = """
    LogScreen > VerticalScroll {
        padding: 0 1; background: $background; scrollbar-size-vertical: 1;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("reading"))

    def __init__(self, said: list[Said]) -> None:
        """`said` may grow while it is shown."""
        super().__init__()
        self._said = said
        self._shown = 0

    def compose(self) -> ComposeResult:
        """One scrolling text."""
        with Reader():
            yield Static(self._text())

    def _text(self) -> Content:
        self._shown = len(self._said)
        lines = [
            f"{strftime('%H:%M:%S', localtime(one.at_s))}  {pad_cells(tr(one.level), 8)} {one.text}"
            for one in self._said
        ] or [tr("No messages yet.")]
        return Content("\n".join([*lines, "", tr("{keys} goes back.", keys=keys.named("back"))]))

    def on_mount(self) -> None:
        """The newest messages are in view."""
        self.query_one(Reader).scroll_end(animate=False)
        self.set_interval(RENEW_S, self._renew)

    def _renew(self) -> None:
        if len(self._said) != self._shown:
            self.query_one(Static).update(self._text())
            self.query_one(Reader).scroll_end(animate=False)

    def action_back(self) -> None:
        """Back to the conversation."""
        self.dismiss()
