"""A call that says what a test tells it to say, and remembers what it was asked."""

from __future__ import annotations

import threading
from collections.abc import Callable

from tui.call_events import Ask, CallEvent, HangUp, Mute, MuteChanged, Present, StateChanged


class ScriptedCall:
    """Same methods as `tui.call.Call`; events come from a thread of its own when told so."""

    def __init__(self, on_event: Callable[[CallEvent], None], *script: CallEvent) -> None:
        self.on_event = on_event
        self.asked: list[Ask] = []
        self.keys_seen = 0
        self.started = threading.Event()
        self.stopped = threading.Event()
        self._script = script
        self._muted = False

    def start(self) -> None:
        """Tell the script."""
        self.started.set()
        self.tell(*self._script)

    def submit(self, ask: Ask) -> None:
        """Remember; muting is acknowledged as the engine would."""
        if isinstance(ask, Present):
            self.keys_seen += 1
            return
        self.asked.append(ask)
        if isinstance(ask, Mute):
            self._muted = not self._muted if ask.on is None else ask.on
            self.tell(MuteChanged(self._muted))
        elif isinstance(ask, HangUp):
            self.tell(StateChanged("ended"))

    def stop(self, timeout_s: float = 2.0) -> None:
        """Nothing to wait for."""
        self.stopped.set()

    def tell(self, *events: CallEvent) -> None:
        """Say these on another thread, in order, and wait until they are handed over."""
        thread = threading.Thread(target=lambda: [self.on_event(event) for event in events])
        thread.start()
        thread.join()
