"""Which model a report of use is billed to: one rule, for the account and for the record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tui.sessions.events import UsageReported

DEMO: Final = "demo"
"""The embedded service plays any model, and bills for none."""


def billed_model(
    event: UsageReported, service: str, session_model: str, models: Mapping[str, str]
) -> str:
    """What the event says, else the model of its source, else that of the session."""
    if service == DEMO:
        return DEMO
    return event.model or models.get(event.source) or session_model
