"""A level meter: one row of cells, of which only those that changed are painted.

A Sparkline writes 21 kB/s at ten frames a second, this one less than 2.
"""

from __future__ import annotations

from rich.segment import Segment
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.panes.glyphs import Glyphs
from tui.text import cut_cells, pad_cells

FLOOR_DBFS = -54
"""What lights no cell: a quiet room."""


def lit_cells(dbfs: int, width: int) -> int:
    """How many of `width` cells a peak lights."""
    if dbfs <= FLOOR_DBFS:
        return 0
    return min(width, max(1, round((dbfs - FLOOR_DBFS) * width / -FLOOR_DBFS)))


class LevelMeter(Widget):
    """Peak level of one direction, quantised to cells; at rest it writes nothing."""

    DEFAULT_CSS = """
    LevelMeter { height: 1; }
    LevelMeter > .meter--on { color: $success; }
    LevelMeter > .meter--loud { color: $warning; }
    LevelMeter > .meter--off { color: $foreground-disabled; }
    """
    COMPONENT_CLASSES = {"meter--on", "meter--loud", "meter--off"}  # noqa: RUF012

    def __init__(self, glyphs: Glyphs, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self._dbfs = FLOOR_DBFS
        self._lit = 0
        self._word = ""

    def show(self, dbfs: int) -> None:
        """A new peak in dBFS."""
        self._dbfs = dbfs
        lit = lit_cells(dbfs, self.size.width)
        if self._word:
            self._word, self._lit = "", lit
            self.refresh()
        if lit == self._lit:
            return
        low, high = sorted((lit, self._lit))
        self._lit = lit
        self.refresh(Region(low, 0, high - low, 1))

    def rest(self, word: str = "") -> None:
        """No level; a word stands in its place, for instance why."""
        if word != self._word or self._lit:
            self._word, self._lit, self._dbfs = word, 0, FLOOR_DBFS
            self.refresh()

    @property
    def lit(self) -> int:
        """Cells that are lit."""
        return self._lit

    def on_resize(self) -> None:
        """The same level on another number of cells."""
        lit = 0 if self._word else lit_cells(self._dbfs, self.size.width)
        if lit != self._lit:  # it was painted before this is told
            self._lit = lit
            self.refresh()

    def render_line(self, y: int) -> Strip:
        """Lit cells, the last quarter in another colour, then unlit ones."""
        width = self.size.width
        off = self.get_component_rich_style("meter--off")
        if self._word:
            return Strip([Segment(pad_cells(cut_cells(self._word, width, ""), width), off)], width)
        loud_from = width * 3 // 4
        on = self.get_component_rich_style("meter--on")
        loud = self.get_component_rich_style("meter--loud")
        segments = [
            Segment(self._glyphs.meter_on * min(self._lit, loud_from), on),
            Segment(self._glyphs.meter_on * max(0, self._lit - loud_from), loud),
            Segment(self._glyphs.meter_off * (width - self._lit), off),
        ]
        return Strip([segment for segment in segments if segment.text], width)
