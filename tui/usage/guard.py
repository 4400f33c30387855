"""When a call must end by itself: the budget is used up, or nobody is there any more.

No clock, no thread, no call in here: it is told what happens and when, and says what to do.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, Literal

from tui import keys
from tui.call_events import (
    Ask,
    AskAudio,
    CallEvent,
    CallState,
    HangUp,
    Mute,
    StateChanged,
    Talk,
    Type,
)
from tui.sessions.events import ResponseEnded, ResponseStarted, SpeechStarted, SpeechStopped
from tui.usage.cost import ZERO
from tui.usage.money import usd

WARN_SHARE: Final = Decimal("0.8")
WARN_IDLE_S: Final = 60.0
PLAY_OUT_S: Final = 120.0
"""An answer that is paid for may be heard to its end, for so long."""

Span = Literal["conversation", "day"]
Cause = Literal["budget", "idle"]


@dataclass(frozen=True, slots=True)
class Limits:
    """What the person set; 0: no limit."""

    conversation_usd: Decimal = ZERO
    day_usd: Decimal = ZERO
    idle_s: float = 0.0

    @property
    def any_budget(self) -> bool:
        """Money is limited."""
        return self.conversation_usd > 0 or self.day_usd > 0


@dataclass(frozen=True, slots=True)
class Tell:
    """Say this to the person."""

    text: str


@dataclass(frozen=True, slots=True)
class CloseEars:
    """Let nothing more be said to the service: what is playing is paid for, more is not."""


@dataclass(frozen=True, slots=True)
class OpenEars:
    """Take `CloseEars` back."""


@dataclass(frozen=True, slots=True)
class End:
    """Hang up; `text` says why."""

    cause: Cause
    text: str


Verdict = Tell | CloseEars | OpenEars | End


@dataclass(slots=True)
class _Budget:
    span: Span
    first_usd: Decimal
    limit_usd: Decimal
    spent_usd: Decimal = ZERO
    warned: bool = False

    @property
    def near(self) -> bool:
        return self.spent_usd >= self.limit_usd * WARN_SHARE

    @property
    def used_up(self) -> bool:
        return self.spent_usd >= self.limit_usd

    @property
    def name(self) -> str:
        return f"Budget of the {self.span}"

    @property
    def flag(self) -> str:
        return "--budget" if self.span == "conversation" else "--day-budget"

    @property
    def words(self) -> str:
        return f"{usd(self.limit_usd)} for the {self.span}"


class Guard:
    """Feed it events, asks and sums; `due` says what to do now."""

    def __init__(
        self,
        limits: Limits,
        now_s: float,
        raised: Mapping[Span, Decimal] | None = None,
        *,
        attended: bool = True,
    ) -> None:
        """`attended`: somebody is there with keys."""
        self._attended = attended
        self._idle_s = limits.idle_s
        first: tuple[tuple[Span, Decimal], ...] = (
            ("conversation", limits.conversation_usd),
            ("day", limits.day_usd),
        )
        self._budgets: dict[Span, _Budget] = {
            span: _Budget(span, usd, max(usd, (raised or {}).get(span, usd)))
            for span, usd in first
            if usd > 0
        }
        self._state: CallState = "connecting"
        self._answering = False
        self._speech = False
        self._owed = False
        """The answer that runs was asked for by somebody who is there."""
        self._was_playing = False
        self._active_s = now_s
        self._warned_idle_s: float | None = None
        self._full_s: float | None = None
        self._again = False
        """Somebody goes on although the budget is used up."""
        self._no_price = ""
        self._told_no_price = False
        self._ended = False

    # ------------------------------------------------------------ what happens

    def on_event(self, event: CallEvent, now_s: float) -> None:
        """Take one event of the call."""
        match event:
            case StateChanged(state=state):
                if self._state == "connecting":
                    self._active_s = now_s
                self._state = state
            case SpeechStarted():
                self._speech = True
                self._again = True
                self._here(now_s)
            case SpeechStopped():
                self._speech = False
                self._here(now_s)
            case ResponseStarted():
                self._answering = True
                self._again = True
            case ResponseEnded():
                self._answering = False
            case _:
                return
        playing = self._playing
        if self._was_playing and not playing and self._owed:
            # Who has listened to the answer was there until its end.
            self._owed = False
            self._active_s = now_s
        self._was_playing = playing

    def on_ask(self, ask: Ask, now_s: float) -> str:
        """The person wants something; returns why it is refused, or nothing."""
        self._here(now_s)
        if isinstance(ask, HangUp):
            self._ended = True
        full = self._full
        if full is None or not isinstance(ask, Talk | Type | AskAudio | Mute):
            return ""
        return f"{full.name} used up: {self._raises(full)} raises it, else the call ends."

    def on_spent(
        self, conversation_usd: Decimal, day_usd: Decimal | None, no_price: str = ""
    ) -> None:
        """Sums so far; `no_price` names models that are not in them."""
        for span, spent in (("conversation", conversation_usd), ("day", day_usd)):
            budget = self._budgets.get(span)  # type: ignore[call-overload]
            if budget is not None and spent is not None:
                budget.spent_usd = spent
        self._no_price = no_price

    def raise_budget(self, now_s: float) -> str:
        """Once more the first amount, for what is nearly used up; returns words for it."""
        self._here(now_s)
        if not self._budgets:
            return "There is no budget to raise; --budget USD or [budget] in config.toml sets one."
        near = [budget for budget in self._budgets.values() if budget.near]
        wanted = near or [*self._budgets.values()][:1]
        for budget in wanted:
            # By as many times the first amount as it takes to go on.
            over_usd = max(ZERO, budget.spent_usd - budget.limit_usd)
            budget.limit_usd += (over_usd // budget.first_usd + 1) * budget.first_usd
            budget.warned = budget.near
        return f"The budget is raised to {' and '.join(budget.words for budget in wanted)}."

    # ------------------------------------------------------------ what to do

    def due(self, now_s: float) -> list[Verdict]:
        """What must be done now; ask after every event and once a second."""
        if self._ended:
            return []
        verdicts: list[Verdict] = [*self._money_due(now_s)]
        if not self._ended:
            verdicts += self._idle_due(now_s)
        return verdicts

    @property
    def budget_words(self) -> str:
        """How much of each budget is used; empty without one."""
        return ", ".join(
            f"{usd(budget.spent_usd)} of {budget.words}" for budget in self._budgets.values()
        )

    @property
    def budgets(self) -> dict[Span, tuple[Decimal, Decimal]]:
        """USD spent and limit, where there is one."""
        return {span: (b.spent_usd, b.limit_usd) for span, b in self._budgets.items()}

    @property
    def full_flag(self) -> str:
        """The flag of the budget that is used up; empty without one."""
        return self._full.flag if self._full is not None else ""

    def _raises(self, budget: _Budget) -> str:
        """The key that does it, or the flag next time."""
        return keys.first("budget") if self._attended else budget.flag

    @property
    def _full(self) -> _Budget | None:
        return next((budget for budget in self._budgets.values() if budget.used_up), None)

    @property
    def _busy(self) -> bool:
        """A turn or an answer is under way, or can be heard."""
        return (
            self._answering or self._speech or self._state in ("recording", "thinking", "speaking")
        )

    def _here(self, now_s: float) -> None:
        self._active_s = now_s
        self._warned_idle_s = None
        self._owed = True

    def _money_due(self, now_s: float) -> list[Verdict]:
        verdicts: list[Verdict] = []
        if self._budgets and self._no_price and not self._told_no_price:
            self._told_no_price = True
            verdicts.append(
                Tell(f"No price is known for {self._no_price}: the budget cannot count it.")
            )
        full = self._full
        if full is None:
            if self._full_s is not None:
                self._full_s = None
                verdicts.append(OpenEars())
            for budget in self._budgets.values():
                if budget.near and not budget.warned:
                    budget.warned = True
                    share = int(budget.spent_usd * 100 / budget.limit_usd)
                    limit = usd(budget.limit_usd)
                    # Short: it must fit in one line of a small terminal.
                    name, key = budget.name, self._raises(budget)
                    verdicts.append(
                        Tell(f"{name}: {share} % of {limit} used (est.); {key} raises it.")
                    )
            return verdicts
        words = f"{full.name} used up: est. {usd(full.spent_usd)} of {usd(full.limit_usd)}"
        if self._full_s is None:
            self._full_s = now_s
            self._again = False
            if self._playing:
                if self._attended:
                    words = f"{words}. {self._raises(full)} raises it, else the call ends."
                return [*verdicts, CloseEars(), Tell(words)]
        if not self._playing or self._again or now_s - self._full_s >= PLAY_OUT_S:
            self._ended = True
            verdicts.append(End("budget", words))
        return verdicts

    @property
    def _playing(self) -> bool:
        """An answer that is paid for can be heard."""
        return self._answering or self._state in ("thinking", "speaking")

    def _idle_due(self, now_s: float) -> list[Verdict]:
        if self._idle_s <= 0 or self._busy or self._state == "connecting":
            return []
        warn_s = min(WARN_IDLE_S, self._idle_s / 2)
        deadline_s = self._active_s + self._idle_s
        warned_s = self._warned_idle_s
        if warned_s is None:
            if now_s < deadline_s - warn_s:
                return []
            self._warned_idle_s = now_s
            return [
                Tell(
                    f"Silent for {_span(self._idle_s - warn_s)}: the call ends in "
                    f"{_span(warn_s)}; any key keeps it."
                )
            ]
        if now_s < max(deadline_s, warned_s + warn_s):
            return []
        self._ended = True
        return [End("idle", f"Nothing was said or typed for {_span(self._idle_s)}")]


def _span(seconds: float) -> str:
    if seconds < 60:
        return f"{seconds:.0f} seconds" if seconds >= 2 else f"{seconds:.1f} seconds"
    minutes = seconds / 60
    shown = f"{minutes:.0f}" if minutes >= 10 or minutes == round(minutes) else f"{minutes:.1f}"
    return f"{shown} minute" + ("" if shown == "1" else "s")
