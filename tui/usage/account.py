"""What one call has used so far, by turn; fed with the call's events."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from time import time

from tui.call_events import CallEvent
from tui.sessions.events import ResponseStarted, SessionStarted, TurnStarted, UsageReported
from tui.usage.billed import billed_model
from tui.usage.prices import Prices
from tui.usage.tally import Tally, Use, tally, tally_of


class Account:
    """Counts on the call's thread; may be read from any other.

    A turn is what the person said and everything that was paid for because of it: transcription,
    all answers of a tool's round, speech.  What comes late is counted where it belongs.
    """

    def __init__(
        self,
        prices: Prices,
        model: str,
        models: Mapping[str, str] | None = None,
        *,
        service: str = "",
        kind: str = "",
        conversation_id: str = "",
        now_s: Callable[[], float] = time,
    ) -> None:
        self.prices = prices
        self.kind = kind
        self.conversation_id = conversation_id
        self._service = service
        self._model = model
        self._models = dict(models or {})
        self._now_s = now_s
        self._earlier: tuple[Use, ...] = ()
        self._uses: list[Use] = []
        self._seen: set[tuple[str, str]] = set()
        self._turn = 0
        self._answered = False
        self._turn_of: dict[str, int] = {}
        self._total = Tally()
        self.unpriced: tuple[str, ...] = ()
        """Models of this call whose use has no price, or only in part."""
        self._lock = threading.Lock()

    def begin_with(self, earlier: Sequence[Use]) -> None:
        """What the conversation used before this call."""
        last = max((use.turn for use in earlier), default=0)
        with self._lock:
            self._earlier = tuple(replace(use, turn=use.turn - last - 1) for use in earlier)
            self._total = tally((*self._earlier, *self._uses), self.prices)

    def take(self, event: CallEvent) -> Use | None:
        """Take one event in; returns what was used, if the event tells of it."""
        match event:
            case SessionStarted(model=model):
                self._model = model or self._model
            case TurnStarted(item_id=item_id, role="user"):
                if item_id not in self._turn_of:
                    self._turn += 1 if self._answered else 0
                    self._answered = False
                    self._turn_of[item_id] = self._turn
            case TurnStarted(item_id=item_id):
                self._turn_of.setdefault(item_id, self._turn)
            case ResponseStarted(response_id=response_id):
                self._answered = True
                self._turn_of.setdefault(response_id, self._turn)
            case UsageReported():
                return self._use(event)
            case _:
                pass
        return None

    def _use(self, event: UsageReported) -> Use | None:
        if event.id:
            # As the record does: told twice is paid once.
            if (event.source, event.id) in self._seen:
                return None
            self._seen.add((event.source, event.id))
        use = Use(
            billed_model(event, self._service, self._model, self._models),
            event.usage,
            self._now_s(),
            event.source,
            self._turn_of.get(event.id, self._turn),
            self.kind,
            self.conversation_id,
        )
        priced = tally_of(use, self.prices)
        with self._lock:
            self._uses.append(use)
            self._total += priced
            if priced.cost.incomplete and use.model not in self.unpriced:
                self.unpriced = (*self.unpriced, use.model)
        return use

    @property
    def here(self) -> tuple[Use, ...]:
        """Uses of this call, in order."""
        with self._lock:
            return tuple(self._uses)

    @property
    def uses(self) -> tuple[Use, ...]:
        """All uses of the conversation, in order."""
        with self._lock:
            return (*self._earlier, *self._uses)

    @property
    def conversation(self) -> Tally:
        """All of it."""
        with self._lock:
            return self._total

    @property
    def last_turn(self) -> Tally:
        """The turn that is going on, or the last one that was paid for."""
        uses = self.uses
        if not uses:
            return Tally()
        last = max(use.turn for use in uses)
        return tally((use for use in uses if use.turn == last), self.prices)

    def turns(self) -> list[Tally]:
        """Every turn in order."""
        by_turn: dict[int, Tally] = {}
        for use in self.uses:
            by_turn[use.turn] = by_turn.get(use.turn, Tally()) + tally_of(use, self.prices)
        return [by_turn[turn] for turn in sorted(by_turn)]
