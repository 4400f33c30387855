"""What the brain gets and gives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing said, by either side."""

    role: Literal["user", "assistant", "system", "tool"]
    text: str
    spoken_s: float = 0
    """Length of the audio; 0 for typed text."""
    understood: bool = True
    """False: audio whose words could not be made out."""
    cut: bool = False
    """The user stopped it; the text is what was heard."""
    tool_name: str = ""


@dataclass(frozen=True, slots=True)
class Prompt:
    turns: Sequence[Turn]
    now: datetime
    instructions: str = ""
    tools: Sequence[Mapping[str, Any]] = field(default_factory=tuple)
    tool_choice: str | Mapping[str, Any] = "auto"


@dataclass(frozen=True, slots=True)
class ToolCall:
    name: str
    arguments: str
    """JSON."""


@dataclass(frozen=True, slots=True)
class Reply:
    text: str = ""
    tool: ToolCall | None = None
