"""What the record knows of other times and other programs; asked on a thread that may wait."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeout
from decimal import Decimal
from typing import Final, Protocol

from tui.errors import VoicetuiError
from tui.store.rows import UsageRow
from tui.usage.account import Account
from tui.usage.cost import ZERO
from tui.usage.periods import day_start_s, month_start_s, uses_of
from tui.usage.prices import Prices
from tui.usage.tally import Tally, Use, tally

log = logging.getLogger(__name__)

WAIT_S: Final = 3.0
"""A record that is slower than this is done without."""


class UsageRecord(Protocol):
    """What is needed of the store."""

    def usage(self, conversation_id: str) -> Future[list[UsageRow]]:
        """Of one conversation, in order."""

    def usage_since(self, at_s: float) -> Future[list[UsageRow]]:
        """Of everything since a Unix time, in order."""


class Ledger:
    """Days and months: what the record holds of others, and what this call has used.

    Uses of this call are taken from its account: the record may get them later, or never.
    """

    def __init__(
        self,
        record: Callable[[], UsageRecord],
        prices: Prices,
        now_s: Callable[[], float] = time.time,
    ) -> None:
        self.prices = prices
        self._record = record
        self._now_s = now_s
        self._others = Tally()
        self._others_since_s = 0.0
        self._kept_usd = self._kept_today_usd = ZERO
        """Of the call's own conversation, which another program may hold as well."""
        self._lock = threading.Lock()

    def earlier(self, conversation_id: str) -> tuple[Use, ...]:
        """What a conversation used before this call; waits for the record."""
        if not conversation_id:
            return ()
        return tuple(uses_of(self._rows(lambda record: record.usage(conversation_id))))

    def look(self, account: Account) -> None:
        """Learn what was used today and in this conversation; waits for the record."""
        since_s = day_start_s(self._now_s())
        own_id = account.conversation_id
        rows = self._rows(lambda record: record.usage_since(since_s))
        others = tally(self._without(rows, account), self.prices)
        own = self.earlier(own_id)
        kept_usd = tally(own, self.prices).cost.usd
        kept_today = tally((use for use in own if use.at_s >= since_s), self.prices)
        with self._lock:
            self._others, self._others_since_s = others, since_s
            self._kept_usd, self._kept_today_usd = kept_usd, kept_today.cost.usd

    def spent_usd(self, account: Account) -> tuple[Decimal, Decimal]:
        """The conversation and the day so far, as of the last `look` and of this moment."""
        since_s = day_start_s(self._now_s())
        today = tally((use for use in account.uses if use.at_s >= since_s), self.prices).cost.usd
        with self._lock:
            conversation = max(account.conversation.cost.usd, self._kept_usd)
            if self._others_since_s == since_s:
                today = max(today, self._kept_today_usd) + self._others.cost.usd
        return conversation, today

    def month(self, account: Account | None) -> tuple[Use, ...]:
        """All uses of this month in order of time; waits for the record."""
        since_s = month_start_s(self._now_s())
        rows = self._rows(lambda record: record.usage_since(since_s))
        if account is None:
            return tuple(uses_of(rows))
        own = [use for use in account.uses if use.at_s >= since_s]
        both = [*self._without(rows, account), *own]
        return tuple(sorted(both, key=lambda use: use.at_s))

    def today_of(self, month: tuple[Use, ...]) -> tuple[Use, ...]:
        """Those of this day."""
        since_s = day_start_s(self._now_s())
        return tuple(use for use in month if use.at_s >= since_s)

    def _without(self, rows: list[UsageRow], account: Account) -> list[Use]:
        own = account.conversation_id
        return uses_of(row for row in rows if not own or row.conversation_id != own)

    def _rows(self, ask: Callable[[UsageRecord], Future[list[UsageRow]]]) -> list[UsageRow]:
        try:
            return ask(self._record()).result(WAIT_S)
        except (FutureTimeout, VoicetuiError) as error:
            log.warning("the record does not tell what was used: %s", error)
            return []
