"""Lines of text that repaint only when they change, and never ask for a new layout."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


class Block(Widget):
    """A few rows; what does not fit is not shown."""

    DEFAULT_CSS = "Block { height: 1fr; text-wrap: nowrap; text-overflow: clip; }"

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._content = Content("")

    def show(self, content: Content) -> None:
        """Replace the line; the text in it is clean already."""
        if not content.is_same(self._content):
            self._content = content
            self.refresh()

    @property
    def plain(self) -> str:
        """The text of the line."""
        return self._content.plain

    def render(self) -> Content:
        """What `show` was given."""
        return self._content


class Line(Block):
    """One row; what does not fit is cut at the right."""

    DEFAULT_CSS = "Line { height: 1; width: 1fr; }"
