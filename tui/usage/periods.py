"""Uses of the record by day, month, model, kind or conversation; days are those of this place."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from datetime import date, datetime
from typing import Final, Literal

from tui.store.rows import UsageRow
from tui.usage.prices import Prices
from tui.usage.tally import Tally, Use, grouped, ranked, tally

By = Literal["day", "model", "kind", "conversation"]
BYS: Final[tuple[By, ...]] = ("day", "model", "kind", "conversation")


def day_start_s(at_s: float) -> float:
    """Unix time at which the local day of `at_s` began."""
    return start_of(date.fromtimestamp(at_s))


def month_start_s(at_s: float) -> float:
    """Unix time at which the local month of `at_s` began."""
    return start_of(date.fromtimestamp(at_s).replace(day=1))


def start_of(day: date) -> float:
    """Unix time at which a local day began."""
    return datetime(day.year, day.month, day.day).timestamp()


def day_of(at_s: float) -> str:
    """2026-11-20, here."""
    return time.strftime("%Y-%m-%d", time.localtime(at_s))


def uses_of(rows: Iterable[UsageRow]) -> list[Use]:
    """Rows of the record as uses; a turn ends where the next answer is paid."""
    uses: list[Use] = []
    turns: dict[str, int] = {}
    answered: set[str] = set()
    for row in rows:
        turn = turns.get(row.conversation_id, 0)
        if row.source != "speech" and row.conversation_id in answered:
            # What was said next, or its answer: only speech comes after the answer it speaks.
            turn += 1
            answered.discard(row.conversation_id)
        if row.source == "response":
            answered.add(row.conversation_id)
        turns[row.conversation_id] = turn
        uses.append(
            Use(
                row.model,
                row.usage,
                row.at_s,
                row.source,
                turn,
                row.kind,
                row.conversation_id,
            )
        )
    return uses


def conversation_costs(rows: Iterable[UsageRow], prices: Prices) -> dict[str, Tally]:
    """What each conversation came to, by its id."""
    return grouped(uses_of(rows), prices, lambda use: use.conversation_id)


def conversation_cost(rows: Iterable[UsageRow], prices: Prices) -> Tally:
    """What the rows of one conversation (`store.usage(id)`) come to."""
    return tally(uses_of(rows), prices)


def groups(uses: Iterable[Use], prices: Prices, by: By) -> dict[str, Tally]:
    """Tallies by day (in order) or by something else (the dearest first)."""
    keys: dict[By, Callable[[Use], str]] = {
        "day": lambda use: day_of(use.at_s),
        "model": lambda use: use.model or "(unknown model)",
        "kind": lambda use: use.kind or "(unknown)",
        "conversation": lambda use: use.conversation_id or "(no conversation)",
    }
    found = grouped(uses, prices, keys[by])
    return dict(sorted(found.items())) if by == "day" else ranked(found)
