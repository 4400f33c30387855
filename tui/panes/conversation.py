"""The conversation: turns in order, painted line by line.

A line-based widget of its own: streamed text repaints the lines that changed and nothing else,
which keeps a slow line usable.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from time import localtime, strftime
from typing import ClassVar, Literal

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.selection import Selection
from textual.strip import Strip

from tui import keys
from tui.panes.bindings import bindings
from tui.panes.glyphs import Glyphs
from tui.panes.remarks import (
    SHOWN_ARGUMENTS,
    SHOWN_OUTPUT,
    STATE_WORDS,
    Heading,
    ToolRemark,
    cut,
)
from tui.text import cells, wrap_cells
from tui.transcript import Turn

Part = Literal["you", "voice", "function", "aside", "body", "unheard", "problem"]
Entry = Turn | Heading | ToolRemark
SHOWN_CHARACTERS = 20_000
"""Of one turn; more is not read on a screen and would slow every repaint."""


@dataclass(frozen=True, slots=True)
class TextLine:
    """One screen line: text in parts, each with a style."""

    parts: tuple[tuple[str, Part], ...] = ()

    @property
    def plain(self) -> str:
        """The text alone."""
        return "".join(text for text, _ in self.parts)


BLANK = TextLine()


def turn_lines(turn: Turn, voice: str, width: int) -> list[TextLine]:
    """One turn as lines of at most `width` cells, with a blank one after it."""
    you = turn.role == "user"
    name = "You" if you else voice if turn.role == "assistant" else "Note"
    aside = [strftime("%H:%M", localtime(turn.started_at_s))] if turn.started_at_s else []
    if you and not turn.spoken:
        aside.append("typed")
    if turn.latency is not None:
        aside.append(f"answered in {turn.latency.first_sound_ms / 1000:.2f} s")
    lines = [TextLine(((name, "you" if you else "voice"), ("  " + ", ".join(aside), "aside")))]

    def add(text: str, part: Part) -> None:
        lines.extend(
            TextLine((("  " + line, part),)) for line in wrap_cells(text.strip("\n"), width - 2)
        )

    if len(turn.text) > SHOWN_CHARACTERS:
        hidden = len(turn.text) - SHOWN_CHARACTERS
        add(f"[{hidden:,} earlier characters are not shown; y copies all of them]", "aside")
        add(turn.text[-SHOWN_CHARACTERS:], "body")
    elif turn.cut:
        if turn.text_heard.strip():
            add(turn.text_heard.rstrip(), "body")
        heard = f" after {turn.heard_ms / 1000:.1f} s" if turn.heard_ms else ""
        add(f"-- you interrupted here{heard}; the rest was not heard --", "aside")
        if turn.text_unheard.strip():
            add(turn.text_unheard.strip(), "unheard")
    elif turn.shown:
        add(turn.shown, "aside" if turn.problem and not turn.text else "body")
    if turn.status in ("failed", "incomplete") or (turn.status == "interrupted" and not turn.cut):
        why = f": {turn.detail}" if turn.detail else ""
        add(f"[{turn.status}{why}]", "problem" if turn.status == "failed" else "aside")
    lines.append(BLANK)
    return lines


def remark_lines(remark: Heading | ToolRemark, width: int) -> list[TextLine]:
    """Like `turn_lines`, for what is no turn."""
    if isinstance(remark, Heading):
        return [
            *(TextLine(((line, "aside"),)) for line in wrap_cells(f"-- {remark.text} --", width)),
            BLANK,
        ]
    state = remark.state
    aside = [strftime("%H:%M", localtime(remark.at_s))] + [STATE_WORDS[state]] * bool(
        STATE_WORDS[state]
    )
    lines = [TextLine((("Function", "function"), ("  " + ", ".join(aside), "aside")))]

    def add(text: str, part: Part) -> None:
        lines.extend(TextLine((("  " + line, part),)) for line in wrap_cells(text, width - 2))

    add(cut(remark.call, SHOWN_ARGUMENTS), "body")
    if remark.output and state in ("done", "failed"):  # the rest was said to the model alone
        add(cut(remark.output, SHOWN_OUTPUT), "problem" if state == "failed" else "aside")
    lines.append(BLANK)
    return lines


class ConversationPane(ScrollView, can_focus=True):
    """Turns with labels; follows the end until the person scrolls back."""

    # The scrollbar is always there: where it comes and goes, all lines must be broken anew.
    DEFAULT_CSS = "ConversationPane { overflow-x: hidden; overflow-y: scroll; }"
    ALLOW_SELECT = True
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("conversation"))
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "conversation--you",
        "conversation--voice",
        "conversation--function",
        "conversation--aside",
        "conversation--unheard",
        "conversation--problem",
        "conversation--selected",
    }
    selected: var[str | None] = var[str | None](None)
    """Item id of the selected turn."""

    class Resized(Message):
        """All turns must be laid out again."""

    class Followed(Message):
        """`following` has another value."""

    def __init__(self, glyphs: Glyphs, voice: str, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.voice = voice
        self._glyphs = glyphs
        self._turns: dict[str, list[TextLine]] = {}
        self._headings: set[str] = set()
        self._starts: list[int] = []
        self._ids: list[str] = []
        self._lines: list[TextLine] = []
        self._empty: tuple[str, ...] = ()
        self._epilogue = ""
        self._epilogue_from = 0
        self._follow = True
        self.broken_at = -1
        """The width in cells that the lines were broken for."""

    # ------------------------------------------------------------ data in

    def show(self, turns: Iterable[Entry], changed: Iterable[str] | None = None) -> None:
        """Show these turns; only `changed` ones are laid out anew (None: all)."""
        width = max(self.size.width - 2, 20)
        stale = None if changed is None else set(changed)
        known = self._turns
        shown = list(turns)
        self._turns = {
            turn.item_id: known[turn.item_id]
            if stale is not None and turn.item_id not in stale and turn.item_id in known
            else turn_lines(turn, self.voice, width)
            if isinstance(turn, Turn)
            else remark_lines(turn, width)
            for turn in shown
        }
        self._headings = {turn.item_id for turn in shown if isinstance(turn, Heading)}
        if self.selected not in self._turns:
            self.selected = None
        self._lay_out()

    def say_when_empty(self, *lines: str) -> None:
        """What stands here while nothing has been said."""
        self._empty = lines
        self._lay_out()

    def say_at_the_end(self, text: str) -> None:
        """A note below the last turn; empty takes it away."""
        self._epilogue = text
        self._lay_out()

    @property
    def turn_ids(self) -> list[str]:
        """Item ids of what can be selected, from top to bottom."""
        return [item_id for item_id in self._turns if item_id not in self._headings]

    @property
    def plain(self) -> str:
        """All lines, for tests and for selected text."""
        return "\n".join(self._text_of(line) for line in self._lines)

    def _lay_out(self) -> None:
        old = self._lines
        lines: list[TextLine] = []
        self._starts, self._ids = [], []
        for item_id, of_turn in self._turns.items():
            self._starts.append(len(lines))
            self._ids.append(item_id)
            lines.extend(of_turn)
        width = max(self.size.width - 2, 20)
        self.broken_at = self.size.width
        if not lines:
            for text in self._empty:
                lines += [TextLine(((line, "aside"),)) for line in wrap_cells(text, width)]
        self._epilogue_from = len(lines)
        if self._epilogue:
            what, _, how = self._epilogue.partition("\n")
            lines += [TextLine(((line, "problem"),)) for line in wrap_cells(what, width)]
            lines += [TextLine(((line, "aside"),)) for line in wrap_cells(how, width)]
        while lines and lines[-1] is BLANK:
            lines.pop()
        self._lines = lines
        if len(lines) != len(old):
            self.virtual_size = Size(self.size.width, len(lines))
        if self._follow:
            self.scroll_to(y=self._last_top, animate=False, immediate=True)
        top = self.scroll_offset.y
        for y in range(top, top + self.size.height):
            before = old[y] if y < len(old) else BLANK
            after = lines[y] if y < len(lines) else BLANK
            if before != after:
                self.refresh(Region(0, y - top, self.size.width, 1))

    @property
    def _last_top(self) -> int:
        return max(0, len(self._lines) - self.size.height)

    # ------------------------------------------------------------ moving

    @property
    def following(self) -> bool:
        """True while new text keeps the end in view."""
        return self._follow

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """Scrolling back releases the end, scrolling down to it holds it again."""
        super().watch_scroll_y(old_value, new_value)
        if new_value != old_value:
            self._hold(round(new_value) >= self._last_top)

    def watch_selected(self, old: str | None, new: str | None) -> None:
        """Repaint the gutters of both turns."""
        for item_id in (old, new):
            if item_id in self._ids:
                self.refresh()
                return

    def on_resize(self, event: events.Resize) -> None:
        """Other width, other lines: the screen has the turns."""
        self.post_message(self.Resized())

    def action_next_turn(self) -> None:
        """Select the turn below; after the last one, follow the end."""
        if self.selected is None or self.selected not in self._ids:
            self._to_end()
            return
        at = self._ids.index(self.selected) + 1
        while at < len(self._ids) and self._ids[at] in self._headings:
            at += 1
        if at >= len(self._ids):
            self.selected = None
            self._to_end()
        else:
            self._select(at)

    def action_previous_turn(self) -> None:
        """Select the turn above; from nothing, the last one."""
        if not self._ids:
            return
        at = len(self._ids) if self.selected is None else self._ids.index(self.selected)
        above = [i for i, item_id in enumerate(self._ids[:at]) if item_id not in self._headings]
        if above:
            self._select(above[-1])

    def select(self, item_id: str | None) -> None:
        """Select this turn and show it; None or an unknown one: the end."""
        if item_id in self._ids:
            self._select(self._ids.index(item_id))
        else:
            self.selected = None
            self._to_end()

    def _hold(self, follow: bool) -> None:
        if follow != self._follow:
            self._follow = follow
            self.post_message(self.Followed())

    def _to_end(self) -> None:
        self._hold(True)
        self.scroll_to(y=self._last_top, animate=False, immediate=True)

    def _select(self, at: int) -> None:
        self.selected = self._ids[at]
        first = self._starts[at]
        last = self._starts[at + 1] if at + 1 < len(self._starts) else len(self._lines)
        top, height = self.scroll_offset.y, self.size.height
        if first < top or last - first >= height:
            self.scroll_to(y=first, animate=False, immediate=True)
        elif last > top + height:
            self.scroll_to(y=last - height, animate=False, immediate=True)
        self._hold(self.scroll_offset.y >= self._last_top and at == len(self._ids) - 1)

    # ------------------------------------------------------------ painting

    def _text_of(self, line: TextLine) -> str:
        return f" {line.plain}" if line.parts else ""

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        """Text marked with the mouse."""
        return selection.extract(self.plain), "\n"

    def selection_updated(self, selection: Selection | None) -> None:
        """Repaint what is marked with the mouse."""
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """One line: gutter, then the parts."""
        row = self.scroll_offset.y + y
        width = self.size.width
        base = self.rich_style
        if row >= len(self._lines):
            return Strip.blank(width, base)
        line = self._lines[row]
        tint = Style.null()
        segments = [Segment(" ", base)]
        if line.parts and self._is_selected(row):
            tint = Style(bgcolor=self.get_component_rich_style("conversation--selected").bgcolor)
            segments = [Segment(self._glyphs.gutter, self._style("selected"))]
            base += tint
        segments += [Segment(text, self._style(part) + tint) for text, part in line.parts]
        length = 1 + sum(cells(text) for text, _ in line.parts)
        if (span := self._marked(row)) is not None:
            segments = self._mark(segments, *span)
        strip = Strip(segments) if not line.plain.isascii() else Strip(segments, length)
        return strip.adjust_cell_length(width, base).apply_offsets(0, row)

    def _is_selected(self, row: int) -> bool:
        if self.selected is None or self._epilogue_from <= row:
            return False
        at = bisect_right(self._starts, row) - 1
        return at >= 0 and self._ids[at] == self.selected

    def _style(self, part: Part | Literal["selected"]) -> Style:
        if part == "body":
            return self.rich_style
        return self.get_component_rich_style(f"conversation--{part}")

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
