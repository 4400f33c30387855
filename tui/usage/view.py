"""Everything the usage panel shows, as plain values."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from tui.usage.account import Account
from tui.usage.guard import Span
from tui.usage.ledger import Ledger
from tui.usage.projection import Projection, project
from tui.usage.tally import Tally, Use, by_model, tally

FRESH_S: Final = 15.0
"""So old may be what other programs have spent."""


@dataclass(frozen=True, slots=True)
class UsageView:
    """Sums by time and model, single turns, and what is to come."""

    prices: str
    """Which prices, in words."""
    turn: Tally
    conversation: Tally
    today: Tally
    month: Tally
    models: Mapping[str, Tally]
    """Of this month, the dearest first."""
    turns: tuple[Tally, ...] = ()
    """Of the conversation, in order."""
    next: Projection | None = None
    budgets: Mapping[Span, tuple[Decimal, Decimal]] = field(default_factory=dict)
    """USD spent and limit."""
    problems: tuple[str, ...] = ()
    """Of the person's own prices, in words."""
    unpriced: tuple[str, ...] = ()
    """Models of this month that have no price, or not for all they bill."""
    own_prices: str = ""
    """The file in which a person can add prices."""


class Viewer:
    """Makes views on a thread that may wait; the same one again while nothing has changed."""

    def __init__(
        self,
        ledger: Callable[[], Ledger],
        account: Callable[[], Account | None],
        budgets: Callable[[], Mapping[Span, tuple[Decimal, Decimal]]],
        own_prices: str = "",
        clock_s: Callable[[], float] = time.monotonic,
    ) -> None:
        self._ledger = ledger
        self._account = account
        self._budgets = budgets
        self._own_prices = own_prices
        self._clock_s = clock_s
        self._last: UsageView | None = None
        self._last_key: object = None
        self._last_s = 0.0

    def view(self) -> UsageView:
        """What is known now; waits for the record."""
        account, budgets = self._account(), dict(self._budgets())
        key = (id(account), len(account.uses) if account else 0, tuple(budgets.items()))
        now_s = self._clock_s()
        if self._last is None or key != self._last_key or now_s - self._last_s >= FRESH_S:
            fresh = self._make(account, budgets)
            if fresh != self._last:
                self._last = fresh
            self._last_key, self._last_s = key, now_s
        assert self._last is not None
        return self._last

    def _make(
        self, account: Account | None, budgets: Mapping[Span, tuple[Decimal, Decimal]]
    ) -> UsageView:
        ledger = self._ledger()
        prices = ledger.prices
        month: tuple[Use, ...] = ledger.month(account)
        uses = account.uses if account else ()
        models = by_model(month, prices)
        return UsageView(
            prices.origin,
            account.last_turn if account else Tally(),
            account.conversation if account else Tally(),
            tally(ledger.today_of(month), prices),
            tally(month, prices),
            models,
            tuple(account.turns()) if account else (),
            project(uses, prices),
            budgets,
            prices.problems,
            tuple(name or "(unknown)" for name, sum_ in models.items() if sum_.cost.incomplete),
            self._own_prices,
        )
