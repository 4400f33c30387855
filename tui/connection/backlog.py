"""What was said, typed and captured while there is no session to take it."""

from __future__ import annotations

from collections import deque
from typing import Final

from shared.pcm import FRAME_BYTES, RATE_HZ
from tui.sessions.events import (
    BeginTurn,
    Commit,
    Compose,
    DiscardTurn,
    Event,
    HeardOnly,
    InputCommitted,
    Intent,
    ResponseStarted,
    Say,
    SendAudio,
    SpeechStarted,
)

_SECOND_BYTES: Final = RATE_HZ * FRAME_BYTES
QUIET_S: Final = 3.0
"""Older sound of a microphone in which no speech was noticed is dropped."""
SPEECH_S: Final = 15.0
"""The same while the service hears speech: the turn is taken from its beginning."""
RECORDED_S: Final = 120.0
"""A turn that is recorded until a key ends it."""


class Backlog:
    """Keeps intents for the next session; of the microphone, only what is young enough.

    Sound that went to a session is kept too until its turn is closed: when the session breaks off,
    the open turn begins the next one.
    """

    def __init__(self) -> None:
        self._corrections: list[HeardOnly] = []
        self._turns: deque[Intent] = deque()
        """Complete turns, in order."""
        self._open: deque[Intent] = deque()
        """The turn that is being spoken: sound, after `BeginTurn` where a key began it."""
        self._open_bytes = 0
        self._recording = False
        self._speech = False
        self._dropped_bytes = 0

    def keep(self, intent: Intent) -> None:
        """There is no session: keep it for the next one."""
        match intent:
            case SendAudio(pcm=pcm):
                self._dropped_bytes += self._add(pcm)
            case Commit():
                self._open.append(intent)
                self._turns += self._open
                self._close()
            case Say() | Compose():
                self._turns.append(intent)
            case HeardOnly():
                self._corrections.append(intent)
            case _:
                self._follow(intent)

    def sent(self, intent: Intent) -> None:
        """A session has it; the open turn may be needed again."""
        match intent:
            case SendAudio(pcm=pcm):
                self._add(pcm)
            case Commit():
                self._open.append(intent)  # the service says when it has the turn
            case _:
                self._follow(intent)

    def _follow(self, intent: Intent) -> None:
        if isinstance(intent, BeginTurn | DiscardTurn):
            self._close()
        if isinstance(intent, BeginTurn):
            self._recording = True
            self._open.append(intent)

    def take(self, event: Event) -> None:
        """What the service says about the open turn."""
        if isinstance(event, SpeechStarted):
            self._speech = True
        elif isinstance(event, InputCommitted) or (
            isinstance(event, ResponseStarted) and self.asks
        ):
            self._close()

    def _add(self, pcm: bytes) -> int:
        """Returns how many bytes became too old."""
        self._open.append(SendAudio(pcm))
        self._open_bytes += len(pcm)
        kept_s = RECORDED_S if self._recording else SPEECH_S if self._speech else QUIET_S
        dropped = 0
        while self._open_bytes - dropped > kept_s * _SECOND_BYTES:
            first = self._open.popleft()
            if isinstance(first, SendAudio):
                dropped += len(first.pcm)
            else:
                oldest = self._open.popleft()
                self._open.appendleft(first)
                dropped += len(oldest.pcm) if isinstance(oldest, SendAudio) else 0
        self._open_bytes -= dropped
        return dropped

    def _close(self) -> None:
        self._open.clear()
        self._open_bytes = 0
        self._recording = self._speech = False

    @property
    def asks(self) -> bool:
        """Whether an answer will be asked for by what is kept."""
        return bool(self._turns) or any(isinstance(intent, Commit) for intent in self._open)

    def forget_speech(self) -> None:
        """Muted: nothing captured before may leave any more."""
        self._open = deque(intent for intent in self._open if not isinstance(intent, SendAudio))
        self._open_bytes = 0
        self._speech = False

    def hand_over(self) -> list[Intent]:
        """Everything, in order, for the session that has begun; the open turn stays open."""
        intents = [*self._corrections, *self._turns, *self._open]
        self._corrections.clear()
        self._turns.clear()
        self._open.clear()
        self._open_bytes = 0
        return intents

    def pop_dropped_s(self) -> float:
        """Seconds of sound that became too old since the last call."""
        dropped, self._dropped_bytes = self._dropped_bytes, 0
        return dropped / _SECOND_BYTES
