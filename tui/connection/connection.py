"""A service that is held on to: when a session ends unasked, the next one takes its place.

    connection = Connection(endpoint, options, hooks)
    ended = await connection.run()      # until it was closed, or nothing can be done any more
    connection.intend(Say("hello"))     # any time; kept while there is no session
    await connection.close()

The next session is told what was said and heard, and is asked for what the last one owed.  Before
its time limit a session is exchanged in a pause, the new one open before the old one closes.
Everything runs on the call's loop.

| file     | decides                                              |
|----------|------------------------------------------------------|
| patience | how long to wait before the next try, when to stop   |
| backlog  | what is kept of words and sound meanwhile            |
| debt     | what the old session owed                            |
| renewal  | when a session is exchanged before its time limit    |
| waking   | whether the computer has slept                       |
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from asyncio import FIRST_COMPLETED
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from tui.connection import waking
from tui.connection.backlog import Backlog
from tui.connection.debt import Debt
from tui.connection.patience import Patience
from tui.connection.renewal import Renewal
from tui.sessions.build import Session, build_session
from tui.sessions.events import (
    ConversationOpened,
    Event,
    Intent,
    Notice,
    Owed,
    PastTurn,
    SendAudio,
    SessionEnded,
    SessionStarted,
    UsageReported,
)
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.options import Endpoint, RealtimeOptions, TextOptions
from tui.sessions.sent import Sent
from tui.sessions.wire_log import WireLog

log = logging.getLogger(__name__)

CLOSE_S: Final = 0.5
CLOSE_RUNS_S: Final = 1.0
"""Over HTTP: what still runs at the service is stopped there."""
RENEWAL_LOOK_S: Final = 0.2
OPEN_WITHIN_S: Final = 20.0
"""A session that is to take over and does not begin for so long is given up."""

Phase = Literal["connecting", "reconnecting"]


@dataclass(frozen=True, slots=True)
class Hooks:
    """What a connection needs of the call."""

    past: Callable[[], Sequence[PastTurn]]
    """What was said until now, up to what was heard."""
    quiet: Callable[[], bool]
    """Nobody speaks, nothing plays, nothing is waited for."""
    on_event: Callable[[Event], None]
    on_lost: Callable[[Phase, str], None]
    """There is no session for the moment, and why."""
    on_session: Callable[[bool], None]
    """A new session begins, nothing of the old one counts; whether it owes an answer."""
    on_sent: Callable[[bytes], None]
    """Captured sound went to the session."""


class _Held:
    """One session and what is known of it."""

    def __init__(self) -> None:
        self.session: Session | None = None
        self.task: asyncio.Task[SessionEnded] | None = None
        self.started: SessionStarted | None = None
        self.begun = asyncio.Event()
        self.began_s = 0.0
        self.owed: Owed = ""
        self.early: list[Event] = []
        """Told before it took over."""


class Connection:
    """Holds a session with the service; makes a new one when it ends unasked."""

    def __init__(
        self,
        endpoint: Endpoint | HttpEndpoint,
        options: RealtimeOptions | TextOptions,
        hooks: Hooks,
        *,
        life_s: float | None = None,
        sent: Sent | None = None,
        wire_log: WireLog | None = None,
    ) -> None:
        """`life_s`: sessions end after so long at the latest, where the service does not say."""
        self._endpoint = endpoint
        self._options = options
        self._hooks = hooks
        self._life_s = life_s
        self._sent = sent
        self._wire_log = wire_log
        self._held: _Held | None = None
        self._next: _Held | None = None
        self._patience = Patience()
        self._backlog = Backlog()
        answers_turns = isinstance(options, RealtimeOptions) and options.turn_detection != "none"
        self._debt = Debt(answers_turns=answers_turns)
        self._renewal = Renewal(0.0, None)
        self._was_connected = False
        self._lost_s: float | None = None
        """Since when there is no session."""
        self._closing = False

    @property
    def connected(self) -> bool:
        """The service has accepted the session and its settings."""
        return self._held is not None and self._held.started is not None

    @property
    def round_trip_ms(self) -> float | None:
        """To the service and back, as the last ping found it; None where nothing pings."""
        session = self._held.session if self._held is not None else None
        return getattr(session, "round_trip_ms", None)

    async def run(self) -> SessionEnded:
        """Stay connected; returns why that is over."""
        helpers = [
            asyncio.create_task(waking.watch_for_sleep(self._on_wake)),
            asyncio.create_task(self._renew_in_time()),
        ]
        try:
            return await self._run()
        finally:
            for helper in helpers:
                helper.cancel()
            await asyncio.gather(*helpers, return_exceptions=True)

    async def _run(self) -> SessionEnded:
        while True:
            held = self._open(self._hooks.past(), self._owed())
            self._held = held
            ended = await self._until_end()
            held, self._held = self._held, None
            if ended.asked or self._closing:
                return SessionEnded(ended.reason, asked=True)
            now_s = time.monotonic()
            held_s = now_s - held.began_s if held.started is not None else None
            wait_s = self._patience.ended(now_s, held_s, ended.retry_after_s)
            if ended.fatal or wait_s is None:
                return ended
            self._tell_lost(ended.reason, wait_s)
            await asyncio.sleep(wait_s)

    async def _until_end(self) -> SessionEnded:
        """Until the session ends that is held then; one that was exchanged does not count."""
        while True:
            held = self._held
            assert held is not None
            assert held.task is not None
            ended = await held.task
            if held is self._held:
                return ended

    def _tell_lost(self, reason: str, wait_s: float) -> None:
        again = "connecting again" if wait_s < 1 else f"connecting again in {wait_s:.0f} s"
        self._lost_s = self._lost_s or time.monotonic()
        words = f"{reason.rstrip('.')}; {again}."
        if reason.endswith("?"):
            words = f"{reason} {again.capitalize()}."
        self._hooks.on_event(Notice(words, "warning"))
        self._hooks.on_lost("reconnecting" if self._was_connected else "connecting", reason)

    def _owed(self) -> Owed:
        if self._debt.tool and self._debt.open:
            words = "The connection broke while a function was used: ask again for its result."
            self._hooks.on_event(Notice(words, "warning"))
            self._debt.forgive()
        elif self._debt.open and not self._debt.owed:
            words = "The connection broke in the answer again and again: ask once more."
            self._hooks.on_event(Notice(words, "warning"))
            self._debt.forgive()
        return "" if self._backlog.asks else self._debt.owed

    # ------------------------------------------------------------ sessions

    def _open(self, past: Sequence[PastTurn], owed: Owed) -> _Held:
        """A session that begins; its events count once it is the one that is held."""
        if owed == "rest" and not (past and past[-1].role == "assistant"):
            owed = "answer"  # nothing of it was heard
        held = _Held()
        held.session = build_session(
            self._endpoint,
            self._options,
            lambda event: self._take(held, event),
            past=past,
            continuing=bool(past),
            owed=owed,
            sent=self._sent,
            wire_log=self._wire_log,
        )
        held.owed = owed
        held.task = asyncio.create_task(held.session.run())
        return held

    def _take(self, held: _Held, event: Event) -> None:
        if isinstance(event, SessionEnded):
            return  # told once, when the call itself ends
        if isinstance(event, SessionStarted):
            held.started = event
            held.began_s = time.monotonic()
            held.begun.set()
        if held is self._held:
            self._tell(held, event)
        elif held is self._next:
            held.early.append(event)
        elif isinstance(event, UsageReported):
            self._hooks.on_event(event)  # of the one before: it costs all the same

    def _tell(self, held: _Held, event: Event) -> None:
        self._debt.take(event)
        self._backlog.take(event)
        if isinstance(event, ConversationOpened) and isinstance(self._options, TextOptions):
            # Another session of this call goes on in the same one.
            self._options = replace(self._options, remote_id=event.remote_id)
        if isinstance(event, SessionStarted):
            if self._lost_s is not None and self._was_connected:
                away_s = time.monotonic() - self._lost_s
                self._hooks.on_event(Notice(f"Connected again after {away_s:.1f} s."))
            self._was_connected, self._lost_s = True, None
            self._renewal = Renewal(held.began_s, self._life(event))
            if held.owed:
                self._debt.asked_again()
            elif not self._backlog.asks:
                self._debt.forgive()
            self._hooks.on_session(self._debt.open)
            self._hooks.on_event(event)
            self._hand_over()
        else:
            self._hooks.on_event(event)

    def _life(self, started: SessionStarted) -> float | None:
        """How long the session can last, by the service's word or by the person's."""
        if not isinstance(self._options, RealtimeOptions):
            return None  # every request is a connection of its own
        told_s = None if started.expires_at_s is None else started.expires_at_s - time.time()
        known_s = [life_s for life_s in (told_s, self._life_s) if life_s is not None]
        return min(known_s, default=None)

    def _hand_over(self) -> None:
        """What was said, typed and captured while there was no session."""
        for intent in self._backlog.hand_over():
            self._send(intent)
        dropped_s = self._backlog.pop_dropped_s()
        if dropped_s >= 0.5:
            words = f"{dropped_s:.0f} s of sound from the microphone came too late and was dropped."
            self._hooks.on_event(Notice(words))

    # ------------------------------------------------------------ intents

    def intend(self, intent: Intent) -> None:
        """Pass an intent on, or keep it while there is nobody to take it."""
        self._debt.intend(intent)
        if self.connected:
            self._send(intent)
        else:
            self._backlog.keep(intent)

    def _send(self, intent: Intent) -> None:
        assert self._held is not None
        assert self._held.session is not None
        self._backlog.sent(intent)
        if isinstance(intent, SendAudio):
            self._hooks.on_sent(intent.pcm)
        self._held.session.intend(intent)

    def forget_speech(self) -> None:
        """Muted: nothing captured until now may go to another session."""
        self._backlog.forget_speech()

    async def close(self) -> None:
        """End the session, within a moment."""
        self._closing = True
        within_s = CLOSE_S if isinstance(self._options, RealtimeOptions) else CLOSE_RUNS_S
        for held in (self._next, self._held):
            if held is not None and held.session is not None:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(held.session.close(), within_s)

    # ------------------------------------------------------------ sleep and time limits

    def _on_wake(self, gap_s: float) -> None:
        log.info("%.0f s are missing: the computer has slept, or its clock was set", gap_s)
        if self._held is not None and self._held.session is not None:
            self._held.session.probe()

    async def _renew_in_time(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_LOOK_S)
            if self._renewal.due(time.monotonic(), quiet=self._quiet()):
                old = self._held
                await self._renew()
                if self._held is old:
                    self._renewal.failed(time.monotonic())

    def _quiet(self) -> bool:
        return self.connected and not self._debt.open and self._hooks.quiet()

    async def _renew(self) -> None:
        """Open the next session beside the old one; it takes over if the pause lasts until then."""
        past = list(self._hooks.past())
        held = self._next = self._open(past, "")
        assert held.task is not None
        assert held.session is not None
        begun = asyncio.create_task(held.begun.wait())
        await asyncio.wait({begun, held.task}, timeout=OPEN_WITHIN_S, return_when=FIRST_COMPLETED)
        begun.cancel()
        self._next = None
        old = self._held
        if held.started is None or not self._quiet() or list(self._hooks.past()) != past:
            await held.session.close()
            await asyncio.gather(held.task, return_exceptions=True)
            return
        assert old is not None
        assert old.session is not None
        self._held = held
        for event in held.early:
            self._tell(held, event)
        await old.session.close()
