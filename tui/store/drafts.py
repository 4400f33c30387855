"""What a recorder hands to the owner's thread: a conversation and its turns, as they are now."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.beginning import Kind
from tui.sessions.events import Role
from tui.text import clean, cut_cells

TITLE_CELLS: Final = 60


def as_title(text: str) -> str:
    """The first words of a text as a title: one clean line, cut by cells."""
    return cut_cells(clean(text[:2000], single_line=True), TITLE_CELLS)


def host_of(label: str) -> str:
    """The part of a label that names the service, without the model."""
    return label.partition(" · ")[0]


@dataclass(frozen=True, slots=True)
class Header:
    """What is known of a conversation before its first turn."""

    id: str
    kind: Kind
    service: str
    label: str
    model: str
    settings: str
    remote_id: str
    title: str
    at_s: int


@dataclass(frozen=True, slots=True)
class TurnDraft:
    """One turn, to be written over whatever is there of it."""

    item_id: str
    index: int
    """Among the turns of this sitting."""
    role: Role
    text: str
    status: str
    spoken: bool
    heard_ms: int | None
    received_ms: int | None
    text_heard: str | None
    """None: all of it."""
    detail: str
    problem: str
    audio_id: str
    audio_expires_at_s: float
    at_s: int
