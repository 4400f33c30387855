"""Functions that wait for a yes or a no: one line, in whatever screen is in sight."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic

from textual.content import Content
from textual.message import Message
from textual.widgets import Input, TextArea

from tui import keys
from tui.call_events import ToolAsked
from tui.language import tr
from tui.panes.glyphs import Glyphs
from tui.panes.line import Line
from tui.panes.words import after_leaving
from tui.text import cells, clean, cut_cells

LONG = 50
"""Cells of the terminal from which on the question stands there in full."""
VISIBLE_S = 0.3
"""A question is answered only after it could be seen."""


class Questions:
    """Who asks, the oldest first; every line that shows them is told of a change."""

    def __init__(self, clock_s: Callable[[], float] = monotonic) -> None:
        self._clock_s = clock_s
        self._asked: dict[str, str] = {}
        self._seen_id = ""
        self._seen_at_s = float("inf")
        self.lines: list[QuestionLine] = []

    def __len__(self) -> int:
        return len(self._asked)

    @property
    def first(self) -> tuple[str, str] | None:
        """Call id and call of the one that is asked about now."""
        return next(iter(self._asked.items()), None)

    def ask(self, event: ToolAsked, call: str = "") -> None:
        """One more; `call` is how it is shown."""
        self._asked[event.call_id] = call or clean(event.name, single_line=True)
        self._tell()

    def settle(self, call_id: str) -> None:
        """It is decided, here or elsewhere."""
        if self._asked.pop(call_id, None) is not None:
            self._tell()

    def clear(self) -> None:
        """Nobody waits any more."""
        self._asked.clear()
        self._tell()

    def hidden(self) -> None:
        """Another screen is in sight: there it is new to the person."""
        self._seen_id = ""
        self._tell()

    def seen(self, call_id: str) -> None:
        """It was painted."""
        if call_id != self._seen_id:
            self._seen_id, self._seen_at_s = call_id, self._clock_s()

    def take(self) -> str | None:
        """The one that is answered now; None if the letter was on its way before it was seen."""
        first = self.first
        if first is None or first[0] != self._seen_id:
            return None
        if self._clock_s() - self._seen_at_s < VISIBLE_S:
            return None
        self.settle(first[0])
        return first[0]

    def _tell(self) -> None:
        for line in list(self.lines):
            line.renew()


class QuestionLine(Line):
    """Not there while nothing is asked."""

    class Changed(Message):
        """Keys mean something else now."""

    def __init__(self, questions: Questions, glyphs: Glyphs, *, id: str) -> None:
        super().__init__(id=id)
        self._questions = questions
        self._glyphs = glyphs
        self.display = False

    def on_mount(self) -> None:
        """From now on it is told."""
        self._questions.lines.append(self)
        self.watch(self.screen, "focused", self.renew)

    def on_unmount(self) -> None:
        """No more."""
        self._questions.lines.remove(self)

    def renew(self) -> None:
        """Show the first question, as wordy as the terminal allows."""
        first = self._questions.first
        self.display = first is not None
        self.post_message(self.Changed())
        if first is None:
            return
        call_id, call = first
        width = self.container_size.width or self.screen.size.width
        waiting = len(self._questions)
        more = tr(" ({count} waiting)", count=waiting) if waiting > 1 else ""
        yes, no = keys.first("allow"), keys.first("refuse")
        how = (
            tr("{yes} runs it, {no} refuses", yes=yes, no=no) + more
            if width >= LONG
            else f"{yes}/{no}"
        )
        if isinstance(self.screen.focused, TextArea | Input):  # there a letter is a letter
            how = after_leaving(how)
        how = "  " + how
        run = tr("Run") + " "
        room = max(8, width - 2 - cells(run) - cells(how) - 1)
        self.show(
            Content.assemble(
                (run, "bold $text-warning"),
                cut_cells(call, room, self._glyphs.ellipsis) + "?",
                (how, "bold $text-warning"),
            )
        )
        if self.screen.is_current:
            self.call_after_refresh(self._questions.seen, call_id)
