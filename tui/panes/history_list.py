"""The list of conversations, painted line by line: ten thousand cost what ten cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import localtime, strftime, time
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui import keys
from tui.language import tr
from tui.language.sentences import told
from tui.panes.bindings import bindings
from tui.panes.glyphs import Glyphs
from tui.panes.words import short_count
from tui.store.rows import ConversationRow
from tui.text import cells, cut_cells, pad_cells

WIDE = 48
"""From so many cells on, turns and cost have columns..."""
FULL = 76
"""...and from here on kind and tokens too."""
DATE_CELLS = 10
KIND_CELLS = 10
TURNS_CELLS = 6
TOKENS_CELLS = 7
COST_CELLS = 10
NEAR_END = 30
"""So many rows before the end more are wanted."""
NOTHING_SAID = "(nothing said)"


def day(at_s: float, now_s: float) -> str:
    """Short: the time for today, the day for this year, the date for the rest."""
    try:
        then, now = localtime(at_s), localtime(now_s)
    except (ValueError, OverflowError, OSError):
        return "?"
    if then[:3] == now[:3]:
        return strftime("%H:%M", then)
    if then.tm_year != now.tm_year:
        return strftime("%Y-%m-%d", then)
    return tr("{day} {month}", day=strftime("%d", then), month=tr(strftime("%b", then)))


class HistoryList(ScrollView, can_focus=True):
    """Rows with one under the cursor."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("scrolling"))
    DEFAULT_CSS = "HistoryList { overflow-x: hidden; overflow-y: scroll; }"
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "history--aside",
        "history--current",
        "history--chosen",
        "history--unfocused",
    }

    class Moved(Message):
        """Another row is under the cursor, or none."""

    class Wanted(Message):
        """The end is near: more rows, if there are any."""

    class Opened(Message):
        """The row under the cursor was clicked again."""

    def __init__(self, glyphs: Glyphs, current_id: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._current_id = current_id
        self._rows: list[ConversationRow] = []
        self._at = 0
        self._now_s = time()
        self._styles: dict[str, Style] = {}
        self._costs: dict[str, str] = {}

    # ------------------------------------------------------------ data in

    def show(self, rows: Sequence[ConversationRow], *, keep: str = "") -> None:
        """Show these; the cursor stays on the conversation `keep`, or stays at its place."""
        before = self._in_sight()
        self._rows = list(rows)
        self._now_s = time()
        ids = [row.id for row in self._rows]
        if keep in ids:
            self._at = ids.index(keep)
        self._at = max(0, min(self._at, len(ids) - 1))
        self.virtual_size = Size(self.size.width, len(ids))
        self._show_cursor()
        self._refresh_changed(before)
        self.post_message(self.Moved())

    def notify_style_update(self) -> None:
        """Another theme, or the focus has come or gone."""
        super().notify_style_update()
        self._styles.clear()

    def _in_sight(self) -> tuple[int, int, list[ConversationRow]]:
        """What is painted: from which row on, the cursor, the rows."""
        top = self.scroll_offset.y
        return top, self._at, self._rows[top : top + self.size.height]

    def _refresh_changed(self, before: tuple[int, int, list[ConversationRow]]) -> None:
        """Only rows that look different: a letter of a search often changes few."""
        old_top, old_at, old = before
        top, at, new = self._in_sight()
        if top != old_top:
            self.refresh()
            return
        for y in range(self.size.height):
            was, now = old[y : y + 1], new[y : y + 1]
            if was != now or (old_at != at and top + y in (old_at, at)):
                self.refresh(Region(0, y, self.size.width, 1))

    @property
    def without_cost(self) -> list[str]:
        """Conversations in sight whose cost is not known here; the current one's changes."""
        ids = [row.id for row in self._in_sight()[2]]
        return [name for name in ids if name not in self._costs or name == self._current_id]

    def show_costs(self, costs: Mapping[str, str]) -> None:
        """What conversations came to, in words."""
        changed = {name for name, words in costs.items() if self._costs.get(name) != words}
        self._costs.update(costs)
        top = self.scroll_offset.y
        for y, row in enumerate(self._in_sight()[2]):
            if row.id in changed:
                self._refresh_rows(top + y)

    def add(self, rows: Sequence[ConversationRow]) -> None:
        """More below the last one."""
        self._rows += rows
        self.virtual_size = Size(self.size.width, len(self._rows))
        self.refresh()

    def take_out(self, conversation_id: str) -> None:
        """Take one out at once: the next key is for the next row."""
        self.show([row for row in self._rows if row.id != conversation_id])

    def to_top(self) -> None:
        """The cursor goes to the first row with the next `show`."""
        self._at = 0

    @property
    def chosen(self) -> ConversationRow | None:
        """The row under the cursor."""
        return self._rows[self._at] if self._rows else None

    @property
    def plain(self) -> str:
        """All rows as text."""
        return "\n".join("".join(text for text, _ in self._parts(row)) for row in self._rows)

    # ------------------------------------------------------------ moving

    def move(self, step: int) -> None:
        """The cursor down or up."""
        at = max(0, min(len(self._rows) - 1, self._at + step))
        if at != self._at and self._rows:
            old, self._at = self._at, at
            self._show_cursor()
            self._refresh_rows(old, at)
            self.post_message(self.Moved())
        if self._at >= len(self._rows) - NEAR_END:
            self.post_message(self.Wanted())

    def action_scroll_up(self) -> None:
        """Up."""
        self.move(-1)

    def action_scroll_down(self) -> None:
        """Down."""
        self.move(1)

    def action_page_up(self) -> None:
        """A page up."""
        self.move(-max(1, self.size.height - 1))

    def action_page_down(self) -> None:
        """A page down."""
        self.move(max(1, self.size.height - 1))

    def action_scroll_home(self) -> None:
        """The newest."""
        self.move(-len(self._rows))

    def action_scroll_end(self) -> None:
        """The oldest that is here."""
        self.move(len(self._rows))

    def on_click(self, event: events.Click) -> None:
        """The row under the mouse."""
        at = self.scroll_offset.y + event.y
        if at == self._at and event.chain == 2:
            self.post_message(self.Opened())
        elif at < len(self._rows):
            self.move(at - self._at)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The wheel can come near the end too."""
        super().watch_scroll_y(old_value, new_value)
        if round(new_value) + self.size.height >= len(self._rows) - NEAR_END and self._rows:
            self.post_message(self.Wanted())

    def _show_cursor(self) -> None:
        top, height = self.scroll_offset.y, max(1, self.size.height)
        if self._at < top:
            self.scroll_to(y=self._at, animate=False, immediate=True)
        elif self._at >= top + height:
            self.scroll_to(y=self._at - height + 1, animate=False, immediate=True)

    def _refresh_rows(self, *rows: int) -> None:
        for row in rows:
            self.refresh(Region(0, row - self.scroll_offset.y, self.size.width, 1))

    def on_resize(self) -> None:
        """The cursor stays in sight."""
        self._show_cursor()

    def on_focus(self) -> None:
        """The cursor is brighter now."""
        self.refresh()

    def on_blur(self) -> None:
        """The cursor is dimmer now."""
        self.refresh()

    # ------------------------------------------------------------ painting

    def _parts(self, row: ConversationRow) -> list[tuple[str, str]]:
        """Text with styles, as wide as the pane."""
        width = max(self.size.width, 16)
        current = row.id == self._current_id
        when = tr("now") if current else day(row.updated_at_s, self._now_s)
        tail = pad_cells(when, DATE_CELLS, right=True) + " "
        if width >= WIDE:
            cost = cut_cells(told(self._costs.get(row.id, "")), COST_CELLS - 1)
            cost = pad_cells(cost, COST_CELLS, right=True)
            tail = f"{row.turns:>{TURNS_CELLS}}{cost}{tail}"
        if width >= FULL:
            tail = f"{row.kind:<{KIND_CELLS}}{short_count(row.tokens):>{TOKENS_CELLS}}{tail}"
        room = max(4, width - cells(tail) - 3)
        title = cut_cells(row.title or tr(NOTHING_SAID), room, self._glyphs.ellipsis)
        gap = " " * max(0, width - 2 - cells(title) - cells(tail))
        style = "current" if current else "" if row.title else "aside"
        return [(title, style), (gap, ""), (tail, "current" if current else "aside")]

    def render_line(self, y: int) -> Strip:
        """One conversation."""
        at = self.scroll_offset.y + y
        width = self.size.width
        base = self._style("")
        if at >= len(self._rows):
            return Strip.blank(width, base)
        tint = Style.null()
        gutter = Segment("  ", base)
        if at == self._at:
            which = "chosen" if self.has_focus else "unfocused"
            marked = self._style(which)
            tint = Style(bgcolor=marked.bgcolor, reverse=marked.reverse)
            base += tint
            style = self._style("chosen") + tint
            gutter = Segment(f"{self._glyphs.gutter} ", style)
        segments = [gutter]
        for text, name in self._parts(self._rows[at]):
            style = self._style(name) + tint if name else base
            segments.append(Segment(text, style))
        return Strip(segments).adjust_cell_length(width, base)

    def _style(self, name: str) -> Style:
        """Found once: finding one takes longer than painting a row."""
        style = self._styles.get(name)
        if style is None:
            style = self.get_component_rich_style(f"history--{name}") if name else self.rich_style
            self._styles[name] = style
        return style

    def header(self) -> str:
        """Names of the columns."""
        width = max(self.size.width, 16)
        tail = pad_cells(tr("last"), DATE_CELLS, right=True) + " "
        if width >= WIDE:
            turns = pad_cells(tr("turns"), TURNS_CELLS, right=True)
            tail = turns + pad_cells(tr("est. cost"), COST_CELLS, right=True) + tail
        if width >= FULL:
            kind = pad_cells(tr("kind"), KIND_CELLS)
            tail = kind + pad_cells(tr("tokens"), TOKENS_CELLS, right=True) + tail
        title = f"  {tr('title')}"
        return title + " " * max(1, width - cells(title) - cells(tail)) + tail
