"""How a call begins: new, or with a conversation taken up again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["realtime", "assistants", "responses", "audio"]


@dataclass(frozen=True, slots=True)
class Beginning:
    """What the next call starts from; empty: a new conversation of the kind in the settings."""

    conversation_id: str = ""
    """Of the record; empty: a new one."""
    kind: Kind | None = None
    """Another kind than it had: its text is replayed there."""
    by_text: bool = False
    """Do not use the service's own name for it, even where there is one."""
