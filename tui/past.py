"""Saved turns as turns of the conversation pane."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from tui.sessions.events import TurnStatus
from tui.store.rows import SavedTurn
from tui.transcript import Turn

_STATUSES = ("completed", "interrupted", "failed", "incomplete")


def past_turns(saved: Iterable[SavedTurn]) -> list[Turn]:
    """As they were when they ended."""
    return [_turn(turn) for turn in saved]


def _turn(saved: SavedTurn) -> Turn:
    turn = Turn(
        saved.item_id,
        saved.role,
        saved.spoken,
        status=cast(TurnStatus, saved.status) if saved.status in _STATUSES else "completed",
        detail=saved.detail,
        problem=saved.problem,
        heard_ms=saved.heard_ms,
        received_ms=saved.received_ms,
        cut=saved.cut,
        started_at_s=float(saved.created_at_s) or None,
        heard_characters=len(saved.text_heard) if saved.cut else None,
    )
    turn.set_text(saved.text)
    return turn
