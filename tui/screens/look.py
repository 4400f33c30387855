"""What the screens share: how things look, and what was said to the person."""

from __future__ import annotations

from dataclasses import dataclass

from tui.panes.glyphs import Glyphs
from tui.sessions.events import NoticeLevel


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


@dataclass(frozen=True, slots=True)
class Said:
    """One message to the person, with the local time it came."""

    at_s: float
    text: str
    level: NoticeLevel
