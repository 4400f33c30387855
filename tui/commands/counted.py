"""Calls whose cost is counted and limited: made here for every command that talks.

bench = Counting(settings, record)
call = bench.call(made, on_event, engine_log=log)       same methods as Call
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import IO, TYPE_CHECKING

from tui.muting import Muting
from tui.paths import config_file
from tui.service_choice import service_flags
from tui.usage.guard import Limits, Span

if TYPE_CHECKING:
    from tui.call_events import CallEvent
    from tui.commands.record import Record
    from tui.resolution import Resolution
    from tui.settings import CallSettings
    from tui.usage.account import Account
    from tui.usage.ledger import Ledger
    from tui.usage.prices import Prices
    from tui.usage.view import Viewer
    from tui.usage.watch import WatchedCall


class Counting:
    """Prices, limits and ledger of one run of the program; nothing is read before it is needed."""

    def __init__(self, settings: Resolution, record: Record, *, idle: bool = True) -> None:
        self.limits = limits_of(settings)
        self._attended = idle
        if not idle:
            self.limits = replace(self.limits, idle_s=0.0)
        self.account: Account | None = None
        """Of the call that was made last."""
        self.watched: WatchedCall | None = None
        self._muting = Muting()
        self._settings = settings
        self._record = record

    @cached_property
    def prices(self) -> Prices:
        """The table, with the person's own."""
        from tui.usage.prices import FILE_NAME, load_prices

        return load_prices(config_file().with_name(FILE_NAME))

    @cached_property
    def ledger(self) -> Ledger:
        """What the record knows of other times and other programs."""
        from tui.usage.ledger import Ledger

        return Ledger(lambda: self._record.store, self.prices)

    def call(
        self,
        made: CallSettings,
        on_event: Callable[[CallEvent], None],
        *,
        engine_log: IO[bytes] | None = None,
        on_screen: bool = False,
    ) -> WatchedCall:
        """A call that is written down, counted and limited."""
        from tui.call import Call
        from tui.usage.account import Account
        from tui.usage.watch import WatchedCall

        options = made.options
        self.account = Account(
            self.prices,
            options.model,
            {
                "transcription": options.transcription_model,
                "speech": getattr(options, "speech_model", ""),
            },
            service=made.endpoint.service,
            kind=getattr(options, "kind", "realtime"),
            conversation_id=made.resume.conversation_id if made.resume else "",
        )
        watched = WatchedCall(
            self.account,
            self.limits,
            on_event,
            ledger=self.ledger,
            raised=self._raised(self.account.conversation_id),
            muting=self._muting,
            on_screen=on_screen,
            attended=self._attended,
            flags=service_flags(self._settings, demo=made.endpoint.service == "demo"),
        )
        made = replace(made, muted=self._muting.on)
        self.watched = watched
        call = Call(made, self._record.feed(made, watched.on_event), engine_log=engine_log)
        return watched.watch(call)

    @cached_property
    def viewer(self) -> Viewer:
        """For the usage panel."""
        from tui.usage.prices import FILE_NAME
        from tui.usage.view import Viewer

        return Viewer(
            lambda: self.ledger,
            lambda: self.account,
            lambda: self.watched.budgets if self.watched is not None else {},
            short_path(config_file().with_name(FILE_NAME)),
        )

    def _raised(self, conversation_id: str) -> dict[Span, Decimal]:
        """What was allowed in the last call stays allowed; of a conversation only for itself."""
        last = self.watched
        if last is None:
            return {}
        same = bool(conversation_id) and last.account.conversation_id == conversation_id
        return {span: limit for span, (_, limit) in last.budgets.items() if span == "day" or same}

    def forget(self) -> None:
        """The calls so far leave nothing: not even their questions."""
        self._record.forget_calls()

    @property
    def exit_code(self) -> int:
        """What the program ends with because of a limit; 0 without one."""
        return self.watched.exit_code if self.watched is not None else 0


def short_path(path: Path) -> str:
    """With ~ for the home folder."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)


def limits_of(settings: Resolution) -> Limits:
    """Budget and idle limit."""
    return Limits(
        Decimal(str(settings.number("budget.conversation_usd"))),
        Decimal(str(settings.number("budget.day_usd"))),
        settings.number("budget.idle_minutes") * 60,
    )
