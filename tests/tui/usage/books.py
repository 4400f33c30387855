"""A month of talking, for tests and pictures."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Future
from decimal import Decimal
from pathlib import Path

from tui.sessions.events import (
    ResponseStarted,
    SessionStarted,
    TokenUsage,
    TurnStarted,
    UsageReported,
)
from tui.store.rows import UsageRow
from tui.usage.account import Account
from tui.usage.ledger import Ledger
from tui.usage.prices import Prices, load_prices
from tui.usage.view import Viewer

NOW_S = 1_795_176_000.0
"""2026-11-20, noon in UTC: hours from midnight in most places."""


class Rows:
    """A record that holds these rows."""

    def __init__(self, rows: Sequence[UsageRow] = ()) -> None:
        self.rows = list(rows)

    def usage(self, conversation_id: str) -> Future[list[UsageRow]]:
        """Of one conversation."""
        return self._done([r for r in self.rows if r.conversation_id == conversation_id])

    def usage_since(self, at_s: float) -> Future[list[UsageRow]]:
        """Of all."""
        return self._done([r for r in self.rows if r.at_s >= at_s])

    @staticmethod
    def _done(rows: list[UsageRow]) -> Future[list[UsageRow]]:
        future: Future[list[UsageRow]] = Future()
        future.set_result(rows)
        return future


def month() -> list[UsageRow]:
    """What was used on other days and by other programs."""
    use = TokenUsage(24_100, 61_000, 0, 17_000, 44_000, 0, 3_200, 21_000)
    text = TokenUsage(text_in=18_000, cached_text=9_000, text_out=4_100, reasoning_out=1_600)
    kinds = ("realtime", "gpt-realtime-2.1", use), ("responses", "gpt-6-luna", text)
    rows = [
        UsageRow(f"c{day}", kind, "", "response", model, usage, int(NOW_S - day * 86400 * 1.7))
        for day in range(9)
        for kind, model, usage in kinds
    ]
    speech = TokenUsage(characters=5_400)
    rows.append(UsageRow("c1", "responses", "", "speech", "tts-1", speech, int(NOW_S - 200_000)))
    heard = TokenUsage(seconds=412.5)
    rows.append(
        UsageRow("c1", "responses", "", "transcription", "whisper-1", heard, int(NOW_S - 200_000))
    )
    local = TokenUsage(text_in=900, text_out=300)
    rows.append(UsageRow("c2", "realtime", "", "response", "local", local, int(NOW_S - 3_000)))
    return sorted(rows, key=lambda row: row.at_s)


def talked(turns: int, prices: Prices, model: str = "gpt-realtime-2.1") -> Account:
    """An account of a conversation whose context grows."""
    clock = [NOW_S - turns * 22.0]
    account = Account(
        prices,
        model,
        {"transcription": "gpt-4o-mini-transcribe"},
        kind="realtime",
        conversation_id="now",
        now_s=lambda: clock[0],
    )
    account.take(SessionStarted(model))
    for number in range(turns):
        text, audio = 180 + 55 * number, 60 + 240 * number
        spoken = 120 + 97 * (number * 7 % 5)
        account.take(TurnStarted(f"u{number}", "user"))
        account.take(ResponseStarted(f"r{number}"))
        used = TokenUsage(
            text, audio, 0, text * 2 // 3 * bool(number), audio * 3 // 4 * bool(number), 0,
            spoken // 4, spoken,
        )  # fmt: skip
        account.take(UsageReported(used, id=f"r{number}"))
        heard = TokenUsage(audio_in=40, text_out=9)
        account.take(UsageReported(heard, "transcription", f"u{number}"))
        clock[0] += 22.0
    return account


def viewer(
    turns: int = 23,
    *,
    own: Path | None = None,
    model: str = "gpt-realtime-2.1",
    budgets: bool = True,
    rows: Sequence[UsageRow] | None = None,
) -> Viewer:
    """Views of that conversation in that month."""
    prices = load_prices(own)
    account = talked(turns, prices, model)
    ledger = Ledger(lambda: Rows(month() if rows is None else rows), prices, lambda: NOW_S)
    spent = account.conversation.cost.usd
    limits = {"conversation": (spent, Decimal(1)), "day": (spent + Decimal("3.1"), Decimal(10))}
    return Viewer(
        lambda: ledger,
        lambda: account,
        lambda: limits if budgets else {},  # type: ignore[arg-type,return-value]
        "~/.config/voicetui/prices.toml",
    )
