"""The one place that decides when an answer may be asked for or cancelled.

    free ──create──▶ asked ──response.created──▶ open ──response.done──▶ free
                       └──────── error or silence ─────────────────────────▶┘

Servers also open responses by themselves (VAD), so "already active" and "not active" are normal
answers to a race and nobody is told.  Ours carry a tag in their metadata, which most services send
back in response.created; where they do not, the next response.created is taken for ours.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.sessions.realtime.outbox import Outbox

CREATED_WITHIN_S: Final = 30.0
"""From response.create to response.created; slow local servers need a while."""
CANCELLED_WITHIN_S: Final = 5.0
"""From response.cancel to response.done."""
RETRY_AFTER_S: Final = 1.0
"""After "already active" when we know of no active response."""
TRIES: Final = 3
TAG: Final = "voicetui_ask"
"""Key of the metadata in which a response carries the event id of its response.create."""
NAMELESS: Final = "resp"
"""Kind of the ids of our own that responses get where the service gives them none."""


@dataclass(slots=True)
class _Ask:
    """A response.create on its way."""

    event_id: str
    until_s: float
    doomed: bool = False
    """Nobody wants the answer any more: cancel it when it exists."""
    covered: bool = False
    """An answer that the server begins by itself does as well."""
    overtaken: bool = False
    """The server began one by itself meanwhile."""
    response_id: str = ""
    """The response it became."""


class Sequencer:
    """At most one response of ours is asked for or open at any time."""

    def __init__(self, outbox: Outbox) -> None:
        self._outbox = outbox
        self._ask: _Ask | None = None
        self._taken: _Ask | None = None
        """The last ask, once a response.created came; it may have been the server's own."""
        self._open: dict[str, float | None] = {}
        """Open responses; the time by which a cancelled one must have ended."""
        self._wanted = False
        self._covered = False
        self._retry_s: float | None = None
        self._tries = 0
        self._can_cancel = True
        self._echoes = False
        """The service sends tags back: a response without ours is its own."""
        self._tags = True
        """The service takes metadata at all."""

    @property
    def busy(self) -> bool:
        """Whether an answer is asked for or open."""
        return self._ask is not None or bool(self._open)

    @property
    def pending(self) -> bool:
        """Whether an answer will still come (asked for, open, or wanted)."""
        return self.busy or self._wanted

    def is_open(self, response_id: str) -> bool:
        """Whether this response is open."""
        return response_id in self._open

    def want(self, now_s: float, *, covered: bool = False) -> str:
        """Ask for an answer, now or as soon as it is allowed.

        Returns the event id of the response.create, empty when it has to wait.
        """
        self._tries = 0
        self._retry_s = None
        return self._want(now_s, covered)

    def _want(self, now_s: float, covered: bool) -> str:
        if self.busy:
            self._wanted, self._covered = True, covered
            return ""
        self._wanted = False
        event_id = self._outbox.new_id("evt")
        message: dict[str, object] = {"type": "response.create", "event_id": event_id}
        if self._tags:
            message["response"] = {"metadata": {TAG: event_id}}
        self._outbox.send(message)
        self._ask = _Ask(event_id, now_s + CREATED_WITHIN_S, covered=covered)
        return event_id

    def created(self, response_id: str, tag: str, now_s: float) -> bool:
        """A response exists; `tag` is its metadata's.  Returns whether nobody wants it any more."""
        self._open.setdefault(response_id, None)
        self._echoes = self._echoes or bool(tag)
        ask = self._ask
        if ask is None:
            return False
        if self._echoes and tag != ask.event_id:
            ask.overtaken = True
            return False
        ask.response_id = response_id
        self._ask, self._taken = None, ask
        if ask.doomed:
            self._cancel(response_id, now_s)
        return ask.doomed

    def doom(self, event_id: str, now_s: float) -> str:
        """Nobody wants what this response.create asked for.

        Returns the response it has become, empty when it has not yet.
        """
        if self._ask is not None and self._ask.event_id == event_id:
            self._ask.doomed = True
        elif self._taken is not None and self._taken.event_id == event_id:
            response_id = self._taken.response_id
            if response_id in self._open:
                self._cancel(response_id, now_s)
                return response_id
        return ""

    def done(self, response_id: str, now_s: float) -> None:
        """A response has ended."""
        if self._open.pop(response_id, self) is self and not self._echoes:
            self._ask = None  # the response.created of our ask was lost
        self._next(now_s)

    def _next(self, now_s: float) -> None:
        if self._wanted and not self.busy and self._retry_s is None:
            self._want(now_s, self._covered)

    def stop(self, now_s: float, *, cancel: bool = True) -> None:
        """Nobody wants the answer: cancel what is open or asked for, forget what is wanted.

        `cancel=False`: the server cancels what is open by itself, since it heard the user speak;
        what it has not begun yet would talk into the user's words.
        """
        self._wanted = False
        self._retry_s = None
        if self._ask is not None:
            self._ask.doomed = True
        if not cancel:
            return
        for response_id, until_s in list(self._open.items()):
            if until_s is None:
                self._cancel(response_id, now_s)

    def _cancel(self, response_id: str, now_s: float) -> None:
        if not self._can_cancel:
            return
        message: dict[str, object] = {"type": "response.cancel"}
        if not self._outbox.is_own(response_id, NAMELESS):
            message["response_id"] = response_id
        self._outbox.send(message, item_id=response_id)
        self._open[response_id] = now_s + CANCELLED_WITHIN_S

    def create_refused(self, event_id: str, now_s: float, *, active: bool) -> bool:
        """The service refused a response.create; `active`: because another one is open.

        Returns whether this is a race that nobody needs to hear of.
        """
        ask = next(
            (
                ask
                for ask in (self._ask, self._taken)
                if ask is not None and event_id in ("", ask.event_id)
            ),
            None,
        )
        if ask is None:
            return active
        taken = ask is self._taken
        self._ask = None if ask is self._ask else self._ask
        self._taken = None if taken else self._taken
        if not active:
            self._next(now_s)
            return False
        if ask.doomed or (ask.covered and (taken or ask.overtaken)):  # the server's own will do
            self._next(now_s)
            return True
        self._wanted, self._covered = True, ask.covered
        if not self.busy:
            # Its response.done has come already, or the server miscounts: never wait for it.
            self._tries += 1
            if self._tries > TRIES:
                self._wanted = False
                return False
            self._retry_s = now_s + RETRY_AFTER_S
        return True

    def tag_refused(self, now_s: float) -> bool:
        """The service may not take metadata: ask without; returns whether that is new."""
        if not self._tags:
            return False
        self._tags = False
        ask, self._ask = self._ask, None
        if ask is not None and not ask.doomed:
            self._want(now_s, ask.covered)
        return True

    def cancel_refused(self, response_id: str, now_s: float) -> None:
        """The response is not active: its response.done is on the way, or was lost."""
        for open_id in self._open:
            if open_id == response_id or not response_id:
                self._open[open_id] = now_s + RETRY_AFTER_S

    def cannot_cancel(self) -> None:
        """The service has no response.cancel: what runs, runs to its end."""
        self._can_cancel = False
        self._open = dict.fromkeys(self._open)

    @property
    def deadline_s(self) -> float | None:
        """When `tick` is needed."""
        times = [until for until in self._open.values() if until is not None]
        if self._ask is not None:
            times.append(self._ask.until_s)
        if self._retry_s is not None:
            times.append(self._retry_s)
        return min(times, default=None)

    def tick(self, now_s: float) -> list[str]:
        """Returns the cancelled responses whose end never came."""
        lost = [
            response_id
            for response_id, until_s in self._open.items()
            if until_s is not None and until_s <= now_s
        ]
        for response_id in lost:
            del self._open[response_id]
        if self._ask is not None and self._ask.until_s <= now_s:
            if not self._ask.doomed:
                self._outbox.no_answer(
                    f"The service did not begin an answer within {CREATED_WITHIN_S:.0f} s."
                )
            self._ask = None
        if self._retry_s is not None and self._retry_s <= now_s:
            self._retry_s = None
        self._next(now_s)
        return lost
