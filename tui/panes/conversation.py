"""The conversation: turns in order, painted line by line.

A line-based widget of its own: streamed text repaints the lines that changed and nothing else,
which keeps a slow line usable.  Only what is near the window is laid out; the height of the rest is
a guess until somebody scrolls there, so that ten thousand turns cost what a hundred cost.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import Any, ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Offset, Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui import keys
from tui.panes.bindings import bindings
from tui.panes.glyphs import Glyphs
from tui.panes.lines import BLANK, Part, TextLine, wrapped
from tui.panes.markdown import Markdown
from tui.panes.remarks import Heading
from tui.panes.turn_lines import Entry, likely_lines, remark_lines, turn_lines
from tui.text import cells
from tui.transcript import Turn


class ConversationPane(ScrollView, can_focus=True):
    """Turns with labels; follows the end until the person scrolls back."""

    # The scrollbar is always there: where it comes and goes, all lines must be broken anew.
    DEFAULT_CSS = "ConversationPane { overflow-x: hidden; overflow-y: scroll; }"
    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("conversation", "scrolling"))
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "conversation--you",
        "conversation--voice",
        "conversation--function",
        "conversation--aside",
        "conversation--heading",
        "conversation--strong",
        "conversation--emphasis",
        "conversation--code",
        "conversation--unheard",
        "conversation--problem",
        "conversation--selected",
    }
    selected: var[str | None] = var[str | None](None)
    """Item id of the selected turn."""

    class Resized(Message):
        """Other things that stand on lines of this width must be laid out again."""

    class Followed(Message):
        """`following` or `news` has another value."""

    class Chosen(Message):
        """Another turn is selected, or none."""

    def __init__(self, glyphs: Glyphs, voice: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.voice = voice
        self._glyphs = glyphs
        self._entries: dict[str, Entry] = {}
        self._ids: list[str] = []
        self._index: dict[str, int] = {}
        self._heights: list[int] = []
        self._starts: list[int] = [0]
        """First line of each entry, and the end of the last."""
        self._laid: dict[str, list[TextLine]] = {}
        self._growing: dict[str, Markdown] = {}
        self._empty: tuple[str, ...] = ()
        self._epilogue = ""
        self._tail: list[TextLine] = []
        """Below the last entry."""
        self._anchor = (0, 0)
        """Entry at the top of the window, and which of its lines."""
        self._window: list[TextLine] = []
        """As it was painted."""
        self._settling = False
        self._follow = True
        self._news = False
        self._styles: dict[str, Style] = {}
        self.broken_at = -1
        """The width in cells that the lines were broken for."""

    # ------------------------------------------------------------ data in

    def show(self, turns: Iterable[Entry], changed: Iterable[str] | None = None) -> None:
        """Show these turns; only `changed` ones are laid out anew (None: all)."""
        self._entries = {turn.item_id: turn for turn in turns}
        self._ids = list(self._entries)
        self._index = {item_id: at for at, item_id in enumerate(self._ids)}
        if changed is None:
            self._laid.clear()
        for item_id in changed or ():
            self._laid.pop(item_id, None)
        for kept in (self._laid, self._growing):
            for item_id in [item_id for item_id in kept if item_id not in self._entries]:
                kept.pop(item_id)
        if self.selected not in self._entries:
            self.selected = None
        self._break_lines()
        self._tell_news(changed)

    def update_turns(self, changed: Iterable[Entry]) -> None:
        """These have changed; order and number are the same."""
        known = [entry for entry in changed if entry.item_id in self._entries]
        for entry in known:
            self._entries[entry.item_id] = entry
            self._laid.pop(entry.item_id, None)
            at = self._index[entry.item_id]
            top, height = self._anchor[0], max(1, self.size.height)
            if self._follow or top <= at <= top + height:
                self._lines_of(at)
        if known:
            self._settle()
            self._tell_news(known)

    def say_when_empty(self, *lines: str) -> None:
        """What stands here while nothing has been said."""
        self._empty = lines
        self._break_lines()

    def say_at_the_end(self, text: str) -> None:
        """A note below the last turn; empty takes it away."""
        self._epilogue = text
        self._break_lines()

    @property
    def turn_ids(self) -> list[str]:
        """Item ids of what can be selected, from top to bottom."""
        return [item_id for item_id, entry in self._entries.items() if _selectable(entry)]

    @property
    def plain(self) -> str:
        """All lines, for tests and for selected text."""
        for at in range(len(self._ids)):
            self._lines_of(at)
        self._settle()
        return "\n".join(self._text_of(self._line(row)) for row in range(self._rows))

    def _tell_news(self, changed: object) -> None:
        if not self._follow and not self._news and changed:
            self._news = True
            self.post_message(self.Followed())

    # ------------------------------------------------------------ lines

    @property
    def _text_width(self) -> int:
        width = self.size.width or 22  # not displayed
        return max(width - 2, 8)

    def _break_lines(self) -> None:
        """Everything may be elsewhere: guess heights, then lay out what is in sight."""
        width = self._text_width
        if self.broken_at != self.size.width:
            self._laid.clear()
            self._growing.clear()
        self.broken_at = self.size.width
        self._heights = [
            len(self._laid[item_id]) if item_id in self._laid else likely_lines(entry, width)
            for item_id, entry in self._entries.items()
        ]
        self._tail = []
        if not self._ids:
            for text in self._empty:
                self._tail += wrapped(text, "aside", width, indent="")
        what, _, how = self._epilogue.partition("\n")
        if what:
            self._tail += wrapped(what, "problem", width, indent="")
            self._tail += wrapped(how, "aside", width, indent="")
        at, line = self._anchor
        self._anchor = (min(at, max(0, len(self._ids) - 1)), line)
        self._settle()

    def _lines_of(self, at: int) -> list[TextLine]:
        item_id = self._ids[at]
        lines = self._laid.get(item_id)
        if lines is None:
            lines = self._laid[item_id] = self._lay_out(self._entries[item_id])
            self._heights[at] = len(lines)
        return lines

    def _lay_out(self, entry: Entry) -> list[TextLine]:
        width = self._text_width
        if not isinstance(entry, Turn):
            return remark_lines(entry, width)
        growing = None
        if entry.role == "assistant" and entry.status == "open":
            growing = self._growing.setdefault(entry.item_id, Markdown(width))
        else:
            self._growing.pop(entry.item_id, None)
        return turn_lines(entry, self.voice, width, growing)

    @property
    def _rows(self) -> int:
        rows = self._starts[-1] + len(self._tail)
        # The blank line after the last turn is not shown.
        return rows - 1 if self._ids and not self._tail else rows

    def _line(self, row: int) -> TextLine:
        if row < 0 or row >= self._rows:
            return BLANK
        if row >= self._starts[-1]:
            return self._tail[row - self._starts[-1]]
        at = bisect_right(self._starts, row) - 1
        lines = self._laid.get(self._ids[at])
        line = row - self._starts[at]
        return lines[line] if lines is not None and line < len(lines) else BLANK

    def _settle(self) -> None:
        """Lay out the window and a page on both sides; what is at the top of it stays there."""
        if self._settling:
            return
        self._settling = True
        try:
            height = max(1, self.size.height)
            last = len(self._ids) - 1
            if self._follow:
                self._lay_out_from(last, -1, 2 * height)
            else:
                at, line = self._anchor
                self._lay_out_from(at, 1, line + 2 * height)
                self._lay_out_from(at - 1, -1, height)
            self._starts = [0, *accumulate(self._heights)]
            if self.virtual_size.height != self._rows or self.virtual_size.width != self.size.width:
                self.virtual_size = Size(self.size.width, self._rows)
            top = self._last_top
            if not self._follow:
                at, line = self._anchor
                if at <= last:
                    line = min(line, max(0, self._heights[at] - 1))
                    top = min(top, self._starts[at] + line)
            if round(self.scroll_y) != top:
                self.scroll_to(y=top, animate=False, immediate=True, force=True)
        finally:
            self._settling = False
        self._remember_place()
        self._repaint()

    def _lay_out_from(self, at: int, step: int, lines: int) -> None:
        while lines > 0 and 0 <= at < len(self._ids):
            lines -= len(self._lines_of(at))
            at += step

    def _remember_place(self) -> None:
        row = min(self.scroll_offset.y, max(0, self._starts[-1] - 1))
        at = max(0, min(bisect_right(self._starts, row) - 1, len(self._ids) - 1))
        self._anchor = (at, row - self._starts[at])

    def _repaint(self) -> None:
        """The lines of the window that are not what was painted."""
        top = self.scroll_offset.y
        window = [self._line(top + y) for y in range(self.size.height)]
        before, self._window = self._window, window
        for y, line in enumerate(window):
            if y >= len(before) or (before[y] is not line and before[y] != line):
                self.refresh(Region(0, y, self.size.width, 1))

    @property
    def _last_top(self) -> int:
        return max(0, self._rows - self.size.height)

    # ------------------------------------------------------------ moving

    @property
    def following(self) -> bool:
        """True while new text keeps the end in view."""
        return self._follow

    @property
    def news(self) -> bool:
        """Something has come below what is in view."""
        return self._news and not self._follow

    def _scroll_to(self, *args: Any, **options: Any) -> bool:
        # At once: an animation waits for its clock, and must not be stopped by what it sets off.
        return super()._scroll_to(*args, **(options | {"animate": False}))

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling back releases the end, scrolling down to it holds it again."""
        super().watch_scroll_y(old_value, new_value)
        if new_value == old_value or self._settling:
            return
        self._remember_place()
        self._hold(round(new_value) >= self._last_top)
        self._settle()

    def watch_selected(self, old: str | None, new: str | None) -> None:
        """Repaint the gutters of both turns."""
        if old != new:
            self.post_message(self.Chosen())
            self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        """Other width, other lines; the same turn stays at the top, or the end in view."""
        if self.broken_at != self.size.width:
            self._break_lines()
        else:
            self._settle()
        self.post_message(self.Resized())

    def action_scroll_end(self) -> None:
        """To the newest line, wherever it is by then."""
        self._to_end()

    def action_next_turn(self) -> None:
        """Select the turn below; after the last one, follow the end."""
        if self.selected is None or self.selected not in self._index:
            self._to_end()
            return
        at = self._index[self.selected] + 1
        while at < len(self._ids) and not _selectable(self._entries[self._ids[at]]):
            at += 1
        if at >= len(self._ids):
            self.selected = None
            self._to_end()
        else:
            self._select(at)

    def action_previous_turn(self) -> None:
        """Select the turn above; from nothing, the last one."""
        at = len(self._ids) if self.selected is None else self._index[self.selected]
        while at > 0:
            at -= 1
            if _selectable(self._entries[self._ids[at]]):
                self._select(at)
                return

    def select(self, item_id: str | None) -> None:
        """Select this turn and show it; None or an unknown one: the end."""
        if item_id in self._index:
            self._select(self._index[item_id])
        else:
            self.selected = None
            self._to_end()

    def _hold(self, follow: bool) -> None:
        if follow != self._follow:
            self._follow = follow
            self._news = False
            self.post_message(self.Followed())

    def _to_end(self) -> None:
        self._hold(True)
        self._settle()

    def _select(self, at: int) -> None:
        self.selected = self._ids[at]
        height = self.size.height
        self._lines_of(at)
        self._starts = [0, *accumulate(self._heights)]
        first, last = self._starts[at], self._starts[at + 1]
        top = self.scroll_offset.y
        if first < top or last - first >= height:
            self._anchor = (at, 0)
        elif last > top + height:
            # The turn stands at the bottom: lay out what is above it first.
            self._lay_out_from(at - 1, -1, height)
            self._starts = [0, *accumulate(self._heights)]
            row = max(0, self._starts[at + 1] - height)
            above = bisect_right(self._starts, row) - 1
            self._anchor = (above, row - self._starts[above])
        self._hold(at == len(self._ids) - 1 and last - first < height)
        self._settle()

    # ------------------------------------------------------------ painting

    def _text_of(self, line: TextLine) -> str:
        return f" {line.plain}" if line.parts else ""

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Text marked with the mouse."""
        if selection.start is None or selection.end is None:
            return selection.extract(self.plain), "\n"
        first, last = selection.start.y, selection.end.y
        text = "\n".join(self._text_of(self._line(row)) for row in range(first, last + 1))
        start = Offset(selection.start.x, 0)
        end = Offset(selection.end.x, last - first)
        return Selection(start, end).extract(text), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Repaint what is marked with the mouse."""
        self.refresh()

    def notify_style_update(self) -> None:
        """Another theme, or the focus has come or gone."""
        super().notify_style_update()
        self._styles.clear()

    def render_line(self, y: int) -> Strip:
        """One line: gutter, then the parts."""
        row = self.scroll_offset.y + y
        width = self.size.width
        base = self._style("body")
        line = self._line(row)
        if not line.parts:
            return Strip.blank(width, base)
        tint = Style.null()
        segments = [Segment(" ", base)]
        if self._is_selected(row):
            tint = Style(bgcolor=self._style("selected").bgcolor)
            segments = [Segment(self._glyphs.gutter, self._style("selected"))]
            base += tint
        segments += [Segment(text, self._style(part) + tint) for text, part in line.parts]
        length = 1 + sum(cells(text) for text, _ in line.parts)
        if (span := self._marked(row)) is not None:
            segments = self._mark(segments, *span)
        strip = Strip(segments) if not line.plain.isascii() else Strip(segments, length)
        return strip.adjust_cell_length(width, base).apply_offsets(0, row)

    def _is_selected(self, row: int) -> bool:
        if self.selected is None or row >= self._starts[-1]:
            return False
        return self._ids[bisect_right(self._starts, row) - 1] == self.selected

    def _style(self, part: Part | Literal["selected"]) -> Style:
        """Found once: finding one takes longer than painting a line."""
        style = self._styles.get(part)
        if style is None:
            style = self.rich_style
            if part != "body":
                style = self.get_component_rich_style(f"conversation--{part}")
            self._styles[part] = style
        return style

    def _marked(self, row: int) -> tuple[int, int] | None:
        selection = self.text_selection
        return None if selection is None else selection.get_span(row)

    def _mark(self, segments: list[Segment], start: int, end: int) -> list[Segment]:
        style = self.screen.get_component_rich_style("screen--selection")
        marked: list[Segment] = []
        at = 0
        for text, own, _ in segments:
            low = min(max(start - at, 0), len(text))
            high = len(text) if end == -1 else min(max(end - at, 0), len(text))
            high = max(low, high)
            both = style if own is None else own + style
            for piece, look in ((text[:low], own), (text[low:high], both), (text[high:], own)):
                if piece:
                    marked.append(Segment(piece, look))
            at += len(text)
        return marked


def _selectable(entry: Entry) -> bool:
    return not isinstance(entry, Heading)
