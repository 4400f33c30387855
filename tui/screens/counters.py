"""Every stage the sound goes through, counted; and what the counters prove."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from tui import keys
from tui.blackbox.counters import Stages, rows, verdict
from tui.language import tr
from tui.language.sentences import told
from tui.panes.bindings import bindings
from tui.panes.line import Line
from tui.panes.reader import Reader
from tui.screens.help import scrolling
from tui.text import pad_cells

LOOK_S = 1.0
FIRST_LOOK_S = 0.1


class CountersScreen(Screen[None]):
    """Looks once a second while it is in sight."""

    DEFAULT_CSS = """
    CountersScreen > VerticalScroll {
        padding: 0 1; background: $background; scrollbar-size-vertical: 1;
    }
    CountersScreen > #counters-keys {
        padding: 0 1; background: $panel; color: $foreground-muted;
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("reading"))

    def __init__(self, ask: Callable[[], None], look: Callable[[], Stages | None]) -> None:
        super().__init__()
        self._ask = ask
        self._look = look

    def compose(self) -> ComposeResult:
        """One text."""
        with Reader():
            yield Static(tr("No counters yet: the call has not begun."), id="counters")
        line = Line(id="counters-keys")
        back = tr(
            "{keys} goes back; {report} writes a report.",
            keys=keys.named("back"),
            report=keys.first("report"),
        )
        line.show(Content(back + "  " + scrolling()))
        yield line

    def on_mount(self) -> None:
        """Ask, and show what comes."""
        self._renew()
        self.set_timer(FIRST_LOOK_S, self._renew)
        self.set_interval(LOOK_S, self._renew)

    def _renew(self) -> None:
        if self.is_current:
            stages = self._look()
            if stages is not None:
                self.query_one("#counters", Static).update(counters_text(stages))
            self._ask()

    def action_back(self) -> None:
        """Back to the conversation."""
        self.dismiss()


def counters_text(stages: Stages) -> Content:
    """Rows, then sentences."""
    parts: list[str | tuple[str, str]] = []
    for sentence in verdict(stages):
        parts.append(f"{told(sentence)}\n")
    parts.append("\n")
    for name, value in rows(stages):
        parts += [(pad_cells(tr(name), 12), "$foreground-muted"), f"{told(value)}\n"]
    return Content.assemble(*parts)
