"""What is used and what it costs: this turn, this conversation, today, this month."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.widgets import Static

from tui import keys
from tui.language import tr
from tui.language.sentences import told
from tui.panes.bindings import bindings
from tui.panes.glyphs import ASCII, Glyphs
from tui.panes.line import Line
from tui.panes.question import QuestionLine, Questions
from tui.panes.reader import Reader
from tui.panes.spending import spending
from tui.panes.status import keys_line
from tui.screens.beside import right_cells, stand_beside
from tui.text import cells, cut_cells
from tui.usage.view import UsageView

LOOK_S = 1.0


class UsageScreen(Screen[None]):
    """Looks once a second whether something has changed; `view` may wait for the record."""

    DEFAULT_CSS = """
    UsageScreen { background: $background; }
    UsageScreen > #usage-title { background: $panel; padding: 0 1; }
    UsageScreen > VerticalScroll {
        padding: 1 1 0 1; scrollbar-size-vertical: 1;
        scrollbar-color: $foreground 20%; scrollbar-background: $background;
    }
    UsageScreen > #usage-keys { background: $panel; color: $foreground-muted; padding: 0 1; }
    UsageScreen.-beside { background: transparent; }
    UsageScreen > VerticalScroll { background: $background; }
    UsageScreen.-low > VerticalScroll { padding: 0 1; }
    """
    SCOPE: ClassVar[keys.Scope] = "usage"
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("usage"))
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012 (declared by Textual)

    @dataclass
    class Seen(Message):
        """A view is there."""

        view: UsageView

    def __init__(
        self,
        view: Callable[[], UsageView],
        glyphs: Glyphs,
        raise_budget: Callable[[], None] | None = None,
        questions: Questions | None = None,
    ) -> None:
        super().__init__()
        self._make = view
        self._glyphs = glyphs
        self._raise = raise_budget
        self._questions = questions if questions is not None else Questions()
        self._view: UsageView | None = None

    def compose(self) -> ComposeResult:
        """A title, one scrolling text, the keys."""
        yield Line(id="usage-title")
        with Reader():
            yield Static(Content("Adding up ..."), id="usage-text")
        yield QuestionLine(self._questions, self._glyphs, id="usage-question")
        yield Line(id="usage-keys")

    def on_mount(self) -> None:
        """Look at once, and again from time to time."""
        stand_beside(self, self.app.size.width)
        self._show()
        self._look()
        self.set_interval(LOOK_S, self._look)

    def on_resize(self, event: events.Resize) -> None:
        """Lay it out anew, beside the call or in its place."""
        stand_beside(self, event.size.width)
        self.call_after_refresh(self._show)

    def on_screen_resume(self) -> None:
        """In sight again: a question that came meanwhile is new to the person."""
        self._questions.hidden()

    def on_question_line_changed(self) -> None:
        """The footer tells of yes and no."""
        self._show()

    @work(thread=True, exclusive=True, group="usage")
    def _look(self) -> None:
        view = self._make()
        if view is not self._view:
            self.post_message(self.Seen(view))

    def on_usage_screen_seen(self, message: Seen) -> None:
        """Show it."""
        self._view = message.view
        self._show()

    def _show(self) -> None:
        width = max(right_cells(self.size.width) - 2, 20)
        aside = ""
        if self._view is not None:
            aside = tr("est., {prices}", prices=told(self._view.prices))
        title = self.query_one("#usage-title", Line)
        name = tr("Usage")
        room = width - cells(name) - 2
        gap = " " * max(2, room + 2 - cells(aside)) if cells(aside) <= room else "  "
        title.show(
            Content.assemble(
                (name, "bold"),
                gap,
                (cut_cells(aside, room, self._glyphs.ellipsis), "$foreground-muted"),
            )
        )
        scope: keys.Scope = "question" if self._questions else "usage"
        self.query_one("#usage-keys", Line).show(keys_line(keys.footer(scope, width)))
        if self._view is not None:
            text = spending(self._view, width - 1, ascii_only=self._glyphs is ASCII)
            self.query_one("#usage-text", Static).update(text)

    def action_back(self) -> None:
        """Back to the conversation."""
        self.dismiss()

    async def action_help(self) -> None:
        """The keys of this screen."""
        await self.app.run_action("help")

    def action_budget(self) -> None:
        """Spend more than was planned."""
        if self._raise is not None:
            self._raise()
