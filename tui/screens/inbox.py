"""Events on their way from the call's thread to the screen."""

from __future__ import annotations

from collections import deque
from threading import Lock

from shared.messages import Level
from tui.call_events import CallEvent, Clip
from tui.sessions.events import AudioDelta, AudioEnded


class Inbox:
    """Keeps events in order and the newest level only.

    The screen may be late by seconds (a terminal that stops reading blocks it); levels of that time
    are worth nothing then, everything else is kept.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._events: deque[CallEvent] = deque()
        self._level: Level | None = None
        self._woken = False

    def put(self, event: CallEvent) -> bool:
        """From any thread; True if the screen must be woken."""
        if isinstance(event, AudioDelta | AudioEnded | Clip):
            return False
        with self._lock:
            if isinstance(event, Level):
                self._level = event
            else:
                self._events.append(event)
            wake = not self._woken
            self._woken = True
            return wake

    def take(self) -> tuple[list[CallEvent], Level | None]:
        """Everything since the last time, and the newest level if there is one."""
        with self._lock:
            events, level = list(self._events), self._level
            self._events.clear()
            self._level = None
            self._woken = False
            return events, level
