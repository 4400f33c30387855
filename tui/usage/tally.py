"""Sums of what was used and what it costs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import TypeVar

from tui.sessions.events import TokenUsage
from tui.usage.cost import Cost, cost_of
from tui.usage.prices import Prices

K = TypeVar("K")


@dataclass(frozen=True, slots=True)
class Use:
    """One report of a service, with the model that is billed."""

    model: str
    usage: TokenUsage
    at_s: float = 0.0
    """Unix time."""
    source: str = "response"
    turn: int = 0
    """Which turn of the conversation it belongs to."""
    kind: str = ""
    conversation_id: str = ""


@dataclass(frozen=True, slots=True)
class Tally:
    """What several uses come to."""

    usage: TokenUsage = field(default_factory=TokenUsage)
    cost: Cost = field(default_factory=Cost)
    uses: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.usage + other.usage, self.cost + other.cost, self.uses + other.uses)


def tally_of(use: Use, prices: Prices) -> Tally:
    """One use.  Each is priced by itself: the cached share never spills from one into another."""
    return Tally(use.usage, cost_of(use.usage, prices.find(use.model)), 1)


def tally(uses: Iterable[Use], prices: Prices) -> Tally:
    """All of them."""
    total = Tally()
    for use in uses:
        total += tally_of(use, prices)
    return total


def grouped(uses: Iterable[Use], prices: Prices, key: Callable[[Use], K]) -> dict[K, Tally]:
    """Tallies by `key`, in order of first appearance."""
    groups: dict[K, Tally] = {}
    for use in uses:
        name = key(use)
        groups[name] = groups.get(name, Tally()) + tally_of(use, prices)
    return groups


def by_model(uses: Iterable[Use], prices: Prices) -> dict[str, Tally]:
    """Tallies by model, the dearest first."""
    return ranked(grouped(uses, prices, lambda use: use.model))


def ranked(groups: dict[K, Tally]) -> dict[K, Tally]:
    """The dearest first; where nothing has a price, by tokens."""
    return dict(
        sorted(
            groups.items(),
            key=lambda item: (item[1].cost.usd, item[1].usage.total),
            reverse=True,
        )
    )
