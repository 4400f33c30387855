"""A call that is counted, and ended at its limits: same methods as the call inside.

Events pass through on the call's thread.  A thread of its own looks at the time, and asks the
record what other programs have spent today; neither ever waits for the other.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from tui import keys
from tui.call_events import (
    AnyCall,
    Ask,
    CallEvent,
    ConversationKept,
    HangUp,
    Mute,
    Present,
    RaiseBudget,
    SavingFails,
    Spent,
    StateChanged,
)
from tui.errors import ExitCode
from tui.muting import Muting
from tui.sessions.events import AudioDelta, Notice, NoticeLevel, SessionEnded, UsageReported
from tui.usage.account import Account
from tui.usage.guard import Cause, CloseEars, End, Guard, Limits, OpenEars, Span, Tell, Verdict

if TYPE_CHECKING:
    from tui.usage.ledger import Ledger

log = logging.getLogger(__name__)

TICK_S: Final = 1.0
LOOK_AGAIN_S: Final = 10.0
"""How often the record is asked for what other programs spend, where money is limited."""


class WatchedCall:
    """Give `on_event` to the call, then `watch` it; `ended_by` says whether a limit ended it."""

    def __init__(
        self,
        account: Account,
        limits: Limits,
        on_event: Callable[[CallEvent], None],
        *,
        ledger: Ledger | None = None,
        raised: Mapping[Span, Decimal] | None = None,
        muting: Muting | None = None,
        on_screen: bool = False,
        flags: str = "",
        attended: bool = True,
        clock_s: Callable[[], float] = time.monotonic,
        tick_s: float = TICK_S,
    ) -> None:
        self.account = account
        self.ended_by: Cause | None = None
        self._limits = limits
        self._out = on_event
        self._ledger = ledger
        self._clock_s = clock_s
        self._tick_s = tick_s
        self._guard = Guard(limits, clock_s(), raised, attended=attended)
        self._on_screen = on_screen
        self._flags = flags
        """What a command needs to reach this service again."""
        self._call: AnyCall | None = None
        self._lock = threading.Lock()
        self._todo: deque[Callable[[], None]] = deque()
        """What was decided while the lock was held; nobody is called with it."""
        self._woken = threading.Condition()
        self._look = False
        self._over = False
        self._muting = muting or Muting()
        self._ears_closed = False
        self._unsaved = False
        self._started = self._begun = False
        self._waiting: list[Ask] = []
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)

    def watch(self, call: AnyCall) -> WatchedCall:
        """This is the call that `on_event` belongs to."""
        self._call = call
        return self

    @property
    def budgets(self) -> dict[Span, tuple[Decimal, Decimal]]:
        """USD spent and limit, where there is one."""
        with self._lock:
            return self._guard.budgets

    @property
    def exit_code(self) -> ExitCode:
        """What the program ends with because of a limit; OK without one."""
        return ExitCode.BUDGET if self.ended_by == "budget" else ExitCode.OK

    # ------------------------------------------------------------ the methods of a call

    def start(self) -> None:
        """Begin; where money is limited, not before it is known what was spent already."""
        if not self._limits.any_budget:
            self._start_inside()
        self._thread.start()

    def _start_inside(self) -> None:
        with self._lock:
            if self._over or self._started:
                return
            self._started = True
        self._inside.start()
        with self._lock:
            self._waiting, waiting = [], self._waiting
            self._begun = True
            for ask in waiting:
                self._ask_inside(ask)
        self._do()
        if self._over:  # told to stop just then
            self._inside.stop()

    def submit(self, ask: Ask) -> None:
        """From any thread; returns at once."""
        now_s = self._clock_s()
        with self._lock:
            if isinstance(ask, RaiseBudget):
                self._tell(self._guard.raise_budget(now_s))
                self._tell_spent()
            elif refusal := self._guard.on_ask(ask, now_s):
                self._tell(refusal, "warning")
            elif not isinstance(ask, Present):
                if isinstance(ask, Mute):
                    ask = self._muting.settle(ask)
                if self._begun:
                    self._ask_inside(ask)
                else:
                    self._waiting.append(ask)
            self._act(self._guard.due(now_s))
        self._do()

    def stop(self, timeout_s: float = 2.0) -> None:
        """End and wait."""
        with self._lock:
            self._finish()
        if self._started:
            self._inside.stop(timeout_s)
        if self._thread.ident and threading.current_thread() is not self._thread:
            self._thread.join(timeout_s)

    # ------------------------------------------------------------ the call's thread

    def on_event(self, event: CallEvent) -> None:
        """Take one event of the call and pass it on; a fault in here never reaches the call."""
        self._out(event)
        if isinstance(event, AudioDelta):
            return
        try:
            self._take(event)
        except Exception:
            log.exception("an event was not counted: %s", type(event).__name__)

    def _take(self, event: CallEvent) -> None:
        now_s = self._clock_s()
        with self._lock:
            match event:
                case ConversationKept(conversation_id=conversation_id):
                    self.account.conversation_id = conversation_id
                case SavingFails(on):
                    self._unsaved = on
                case StateChanged(state="ended") | SessionEnded():
                    self._finish()
                case UsageReported():
                    if self.account.take(event) is not None:
                        self._count()
                        self._tell_spent()
                        self._ask_record()
                case _:
                    self.account.take(event)
            self._guard.on_event(event, now_s)
            self._act(self._guard.due(now_s))
        self._do()

    # ------------------------------------------------------------ its own thread

    def _run(self) -> None:
        try:
            for problem in self.account.prices.problems:
                self._tell(f"{problem}. The shipped prices are used meanwhile.", "warning")
            self._do()
            self._catch_up()
            self._start_inside()
            looked_s = self._clock_s()
            tick_s = None if self._limits == Limits() else self._tick_s
            while not self._over:
                with self._woken:
                    if not self._look and not self._over:
                        self._woken.wait(tick_s)
                    look, self._look = self._look, False
                now_s = self._clock_s()
                if look or (self._limits.any_budget and now_s - looked_s >= LOOK_AGAIN_S):
                    looked_s = now_s
                    self._look_at_record()
                with self._lock:
                    if not self._over:
                        self._act(self._guard.due(now_s))
                self._do()
        except Exception:
            log.exception("nobody watches the call any more")
            self._tell("Budget and idle limit do not work in this call (see the log).", "warning")
            self._do()
            self._start_inside()

    def _catch_up(self) -> None:
        """What this conversation and this day cost before the call."""
        if self._ledger is None:
            return
        earlier = self._ledger.earlier(self.account.conversation_id)
        if earlier:
            self.account.begin_with(earlier)
        self._look_at_record()
        if earlier:
            with self._lock:
                self._tell_spent()
            self._do()

    def _look_at_record(self) -> None:
        if self._ledger is not None and self._limits.any_budget:
            self._ledger.look(self.account)
        with self._lock:
            self._count()
            self._act(self._guard.due(self._clock_s()))
        self._do()

    def _ask_record(self) -> None:
        if self._ledger is not None and self._limits.any_budget:
            with self._woken:
                self._look = True
                self._woken.notify()

    # ------------------------------------------------------------ what is done about it

    def _count(self) -> None:
        account = self.account
        conversation = day = account.conversation.cost.usd
        if self._ledger is not None and self._limits.any_budget:
            conversation, day = self._ledger.spent_usd(account)
        self._guard.on_spent(conversation, day, ", ".join(account.unpriced))

    def _tell_spent(self) -> None:
        account = self.account
        spent = Spent(
            account.last_turn.cost,
            account.conversation.cost,
            account.prices.origin,
            self._guard.budget_words,
        )
        self._todo.append(lambda: self._out(spent))

    def _act(self, verdicts: list[Verdict]) -> None:
        for verdict in verdicts:
            match verdict:
                case Tell(text=text):
                    self._tell(text, "warning")
                case CloseEars():
                    if not self._muting.on:
                        self._ears_closed = True
                        self._ask_inside(Mute(True))
                case OpenEars():
                    if self._ears_closed:
                        self._ears_closed = False
                        self._ask_inside(Mute(False))
                case End(cause=cause, text=text):
                    self._end(cause, text)

    def _end(self, cause: Cause, text: str) -> None:
        self.ended_by = cause
        reason = f"{text}; hung up. {self._way_on(cause)}".rstrip()
        self._tell(reason, "warning")
        if self._started:
            self._ask_inside(HangUp(reason))
        else:
            self._todo.append(lambda: self._out(SessionEnded(reason, asked=True)))
            self._todo.append(lambda: self._out(StateChanged("ended", reason)))
            self._finish()

    def _way_on(self, cause: Cause) -> str:
        resumable = self.account.uses and not self._unsaved
        name = self.account.conversation_id[:8] if resumable else ""
        kept = "The conversation is kept: " if name else ""
        if self._on_screen:
            again, more = keys.first("continue"), keys.first("budget")
            if cause == "budget":
                return f"{kept}{more} raises the budget, then {again} goes on."
            return f"{kept}{again} goes on."
        flag = self._guard.full_flag if cause == "budget" else ""
        if not name:
            return f"{flag} raises it." if flag else ""
        more = f" {flag} USD" if flag else ""
        return f"{kept}voicetui{self._flags} --resume {name}{more} goes on."

    def _tell(self, text: str, level: NoticeLevel = "info") -> None:
        self._todo.append(lambda: self._out(Notice(text, level)))

    def _ask_inside(self, ask: Ask) -> None:
        self._todo.append(lambda: self._inside.submit(ask))

    def _do(self) -> None:
        """What was decided, in order; without the lock."""
        while True:
            try:
                do = self._todo.popleft()
            except IndexError:
                return
            do()

    def _finish(self) -> None:
        with self._woken:
            self._over = True
            self._woken.notify()

    @property
    def _inside(self) -> AnyCall:
        assert self._call is not None, "watch() names the call first"
        return self._call
