"""What the screens share: how things look."""

from __future__ import annotations

from dataclasses import dataclass

from tui.panes.glyphs import Glyphs


@dataclass(frozen=True, slots=True)
class Look:
    """What does not change while the screen is up."""

    title: str
    voice: str
    glyphs: Glyphs
    push_to_talk: bool
    hold: bool
    level_period_s: float
    text_period_s: float
