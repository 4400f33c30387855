"""What the record gives out: plain values, no database."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from tui.beginning import Kind
from tui.sessions.events import PastTurn, Role, TokenUsage

KINDS: tuple[Kind, ...] = ("realtime", "assistants", "responses", "audio")


@dataclass(frozen=True, slots=True)
class ConversationRow:
    """One line of the history.  Texts are clean (`tui.text.clean`); times are Unix seconds, UTC."""

    id: str
    kind: Kind
    service: str
    """openai, azure, azure-preview, compatible or demo."""
    label: str
    """Host and model for a person to read."""
    model: str
    title: str
    """One line, cut by cells; empty while nothing was said."""
    created_at_s: int
    updated_at_s: int
    turns: int
    tokens: int
    remote_id: str = ""
    """Thread or conversation of the service; empty where it keeps none."""
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class SavedTurn:
    """One turn as it was at its last change."""

    item_id: str
    """Unique within the conversation."""
    position: int
    """Grows with the order of the turns; not gapless."""
    role: Role
    text: str
    status: str
    """completed, interrupted, failed or incomplete."""
    spoken: bool
    heard_ms: int | None
    received_ms: int | None
    cut: bool
    text_heard: str
    """What reached the listener; all of the text, unless the turn was cut."""
    detail: str
    problem: str
    """Why there is no transcript, in words."""
    created_at_s: int
    has_clip: bool = False
    audio_id: str = ""
    """The service's name for the sound of this turn (audio chat)."""
    audio_expires_at_s: float = 0.0


@dataclass(frozen=True, slots=True)
class SavedConversation:
    """A conversation with its turns in order."""

    row: ConversationRow
    settings: dict[str, object]
    """Of the session, without secrets."""
    turns: tuple[SavedTurn, ...]


@dataclass(frozen=True, slots=True)
class Hit:
    """Where a searched text was found."""

    conversation_id: str
    title: str
    kind: Kind
    item_id: str
    """Empty: found in the title."""
    role: Role | Literal[""]
    at_s: int
    snippet: str
    """One line of clean text around the first find."""
    marks: tuple[tuple[int, int], ...]
    """Where in the snippet the words stand: from, to."""


@dataclass(frozen=True, slots=True)
class ClipRow:
    """Sound of a turn that is kept."""

    item_id: str
    role: Role
    duration_ms: int


@dataclass(frozen=True, slots=True)
class ToolRow:
    """A function the model called."""

    call_id: str
    item_id: str
    name: str
    arguments: str
    output: str | None
    """None: not answered."""
    at_s: int


@dataclass(frozen=True, slots=True)
class StepRow:
    """Something the service did on the way to an answer."""

    item_id: str
    text: str
    at_s: int


@dataclass(frozen=True, slots=True)
class UsageRow:
    """What one response, transcription or speech used."""

    conversation_id: str
    """Empty where the conversation is gone for good, or was never one."""
    kind: str
    item_id: str
    source: str
    model: str
    usage: TokenUsage
    at_s: int


@dataclass(frozen=True, slots=True)
class Resumption:
    """What a call needs to take a conversation up again."""

    conversation_id: str
    kind: Kind
    service: str
    label: str
    model: str
    remote_id: str
    """Empty: only its text can be replayed."""
    title: str
    past_turns: tuple[PastTurn, ...]
    settings: dict[str, object]
