"""A text that is only read."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import BindingType
from textual.containers import VerticalScroll

from tui import keys
from tui.panes.bindings import bindings


class Reader(VerticalScroll):
    """Scrolls by the keys of the table."""

    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("lines", "scrolling"))
