"""ctrl+z: the terminal goes back to the shell, the call waits with the microphone muted."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from time import monotonic
from typing import TYPE_CHECKING

from tui.call_events import Ask, Mute
from tui.language import tr

if TYPE_CHECKING:
    from tui.app import VoicetuiApp

MUTED_WITHIN_S = 0.5
"""So long the engine has to acknowledge; the person waits for the prompt of the shell."""
LOOK_S = 0.02


class Suspension:
    """Of one screen, whether a key or another program asks for it."""

    def __init__(self, app: VoicetuiApp, submit: Callable[[Ask], None]) -> None:
        self._app = app
        self._submit = submit
        self._stopping = False
        self._stopped_at_s: float | None = None
        self._muted = False
        """By us: it is opened again afterwards."""
        self._was_open = False

    def begin(self) -> None:
        """Mute first: what is said to the shell must not wait for the service."""
        if self._stopped_at_s is not None:
            os.kill(os.getpid(), signal.SIGSTOP)  # a stop swallows the word to go on before it
            return
        if self._stopping:
            return
        self._stopping = True
        status = self._app.talk.status
        # Whatever it does now: it may be about to open.
        self._muted = status.state != "ended" and not status.muted
        self._was_open = status.devices is not None and bool(status.devices.input)
        if self._muted:
            self._submit(Mute(True))
        self._stop_when_muted(monotonic() + MUTED_WITHIN_S)

    def _stop_when_muted(self, until_s: float) -> None:
        if self._muted and not self._app.talk.status.muted and monotonic() < until_s:
            self._app.set_timer(LOOK_S, lambda: self._stop_when_muted(until_s))
            return
        driver = self._app._driver
        if driver is not None:
            driver.suspend_application_mode()
            if self._app.talk.call_state == "ended":
                words = tr("voicetui is suspended; fg goes on.")
            else:
                words = tr(
                    "voicetui is suspended: the microphone is muted, nothing is sent; fg goes on."
                )
            print(words, file=sys.__stderr__, flush=True)
        self._stopped_at_s = monotonic()
        os.kill(os.getpid(), signal.SIGSTOP)

    def end(self) -> None:
        """In the foreground again: everything is drawn anew."""
        if self._stopped_at_s is None:
            return
        if not _has_the_terminal():
            os.kill(os.getpid(), signal.SIGSTOP)  # `bg`: there is nothing to do there
            return
        away_s, self._stopped_at_s = monotonic() - self._stopped_at_s, None
        self._stopping = False
        app = self._app
        if app._driver is not None:
            app._driver.resume_application_mode()
            app.refresh(layout=True)
        if self._muted:
            self._muted = False
            self._submit(Mute(False))
            words = (
                tr("The call goes on after {s:.0f} s; the microphone is open again.", s=away_s)
                if self._was_open
                else tr("The call goes on after {s:.0f} s.", s=away_s)
            )
            app.talk.say(words)


def _has_the_terminal() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:
        return True  # no terminal: nothing to wait for
