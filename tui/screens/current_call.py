"""The call on the screen: one after the other, each made on a thread, which takes its time."""

from __future__ import annotations

import threading
from collections.abc import Callable
from time import monotonic

from tui.beginning import Beginning
from tui.call_events import AnyCall, Ask, CallEvent, HangUp, Mute, Present, StateChanged
from tui.crash import CrashLog
from tui.screens.inbox import Inbox

PRESENT_S = 1.0
"""The watch over the call need not hear of every key."""

CallFactory = Callable[[Callable[[CallEvent], None], Beginning], AnyCall]


class CurrentCall:
    """What is asked waits until it is there; what an earlier one still says is not heard."""

    def __init__(self, make: CallFactory, woken: Callable[[], object], crash_log: CrashLog) -> None:
        """`woken`, from any thread: there is something in the inbox again."""
        self._make = make
        self._woken = woken
        self._crash_log = crash_log
        self.inbox = Inbox()
        self._number = 0
        self._call: AnyCall | None = None
        self._waiting: list[Ask] = []
        self._leaving = False
        self._present_at_s = -1e9
        self._lock = threading.Lock()

    def begin(self, beginning: Beginning) -> None:
        """Hang up, if that is needed, and hold another call."""
        with self._lock:
            before, self._call = self._call, None
            if self._number:  # a mute is not only for the one that was going on
                self._waiting = [ask for ask in self._waiting if isinstance(ask, Mute)]
            self._number += 1
        self.inbox = Inbox()
        if before is not None:
            before.submit(HangUp())
        arguments = (before, beginning, self._number, self.inbox)
        threading.Thread(target=self._start, args=arguments, name="call-start", daemon=True).start()

    def _start(
        self, before: AnyCall | None, beginning: Beginning, number: int, inbox: Inbox
    ) -> None:
        def on_event(event: CallEvent) -> None:
            """On the call's thread."""
            if number == self._number and inbox.put(event):
                self._woken()

        try:
            if before is not None:
                before.stop()
            call = self._make(on_event, beginning)
        except Exception as error:
            # The screen stays and tells why.
            why = self._crash_log.note(error)
            on_event(StateChanged("ended", f"The call could not be started: {why}"))
            return
        with self._lock:
            if number != self._number:
                return  # the person has thought of something else already
            self._call = call
            if self._leaving:
                return
            call.start()
            waiting, self._waiting = self._waiting, []
            for ask in waiting:
                call.submit(ask)

    def submit(self, ask: Ask) -> None:
        """Ask for something, now or when it is there."""
        with self._lock:
            if self._call is None:
                self._waiting.append(ask)
            else:
                self._call.submit(ask)

    def present(self) -> None:
        """Somebody is there: a call that waits for nobody would end."""
        now_s = monotonic()
        if now_s - self._present_at_s >= PRESENT_S:
            self._present_at_s = now_s
            self._submit_now(Present())

    def hang_up(self) -> None:
        """End it; returns at once."""
        self._submit_now(HangUp())

    def _submit_now(self, ask: Ask) -> None:
        call = self._call
        if call is not None:
            call.submit(ask)

    def stop(self, timeout_s: float = 2.0) -> None:
        """End it and wait; safe to call twice."""
        with self._lock:
            self._leaving = True
            call = self._call
        if call is not None:
            call.stop(timeout_s)
