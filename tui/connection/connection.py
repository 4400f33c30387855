"""A service that is held on to: when a session ends unasked, the next one takes its place.

    connection = Connection(endpoint, options, past, on_event, on_state)
    ended = await connection.run()      # until it was closed, or nothing can be done any more
    connection.intend(Say("hello"))     # any time; kept while there is no session
    await connection.close()

Everything runs on the call's loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final, Literal

from shared.pcm import FRAME_BYTES, RATE_HZ
from tui.sessions.build import Session, build_session
from tui.sessions.events import (
    Compose,
    ConversationOpened,
    Event,
    Intent,
    Notice,
    PastTurn,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
)
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.options import Endpoint, RealtimeOptions, TextOptions

FIRST_TRIES: Final = 3
"""A service that was never reached is tried this often..."""
LATER_TRIES: Final = 8
"""...and one that dropped us this often, before the call ends."""
FIRST_WAIT_S: Final = 0.3
LONGEST_WAIT_S: Final = 8.0
KEPT_SPEECH_S: Final = 3.0
"""Speech captured while the service is away is sent when it is back, up to this much."""
CLOSE_S: Final = 1.0

Phase = Literal["connecting", "reconnecting"]


class Connection:
    """Holds a session with the service; makes a new one when it ends unasked."""

    def __init__(
        self,
        endpoint: Endpoint | HttpEndpoint,
        options: RealtimeOptions | TextOptions,
        past: Callable[[], Sequence[PastTurn]],
        on_event: Callable[[Event], None],
        on_session: Callable[[], None],
        on_lost: Callable[[Phase, str], None],
    ) -> None:
        """`past`: what was said until now.  `on_session`: a new session begins, nothing of the
        old one counts.  `on_lost`: there is none for the moment, and why.
        """
        self._endpoint = endpoint
        self._options = options
        self._past = past
        self._on_event = on_event
        self._on_session = on_session
        self._on_lost = on_lost
        self._session: Session | None = None
        self._was_connected = False
        self._closing = False
        self._waiting: list[Say | Compose] = []
        self._waiting_speech: deque[bytes] = deque()
        self.connected = False
        """The service has accepted the session and its settings."""

    async def run(self) -> SessionEnded:
        """Stay connected; returns why that is over."""
        tries = 0
        while True:
            ended = await self._hold_session()
            if ended.asked or self._closing:
                return SessionEnded(ended.reason, asked=True)
            if self.connected:
                tries = 0
            self.connected = False
            tries += 1
            if ended.fatal or tries >= (LATER_TRIES if self._was_connected else FIRST_TRIES):
                return ended
            wait_s = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2 ** (tries - 1))
            wait_s = max(wait_s * random.uniform(0.5, 1.0), ended.retry_after_s or 0.0)
            self._on_event(Notice(f"{ended.reason}; trying again", "warning"))
            self._on_lost("reconnecting" if self._was_connected else "connecting", ended.reason)
            await asyncio.sleep(wait_s)

    def intend(self, intent: Intent) -> None:
        """Pass an intent on, or keep it while there is nobody to take it."""
        if self._session is not None:
            self._session.intend(intent)  # held there until the service is ready
        elif isinstance(intent, SendAudio):
            self._waiting_speech.append(intent.pcm)
            limit = int(KEPT_SPEECH_S * RATE_HZ) * FRAME_BYTES
            while sum(map(len, self._waiting_speech)) > limit:
                self._waiting_speech.popleft()
        elif isinstance(intent, Say | Compose):
            self._waiting.append(intent)

    async def close(self) -> None:
        """End the session, within a moment."""
        self._closing = True
        if self._session is not None:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._session.close(), CLOSE_S)

    # ------------------------------------------------------------ inside

    async def _hold_session(self) -> SessionEnded:
        """One session from connecting to its end."""
        past = self._past()
        session = build_session(
            self._endpoint, self._options, self._take, past=past, continuing=bool(past)
        )
        self._session = session
        self._on_session()
        self._send_waiting()
        ended = await session.run()
        self._session = None
        self._waiting += session.unsent  # typed while it was opening
        return ended

    def _take(self, event: Event) -> None:
        match event:
            case SessionEnded():
                return  # told once, when the call itself ends
            case SessionStarted():
                self.connected = self._was_connected = True
            case ConversationOpened(remote_id=remote_id):
                # Another session of this call goes on in the same one.
                if isinstance(self._options, TextOptions):
                    self._options = replace(self._options, remote_id=remote_id)
            case _:
                pass
        self._on_event(event)

    def _send_waiting(self) -> None:
        """What was said and typed while there was no session."""
        for say in self._waiting:
            self.intend(say)
        self._waiting.clear()
        for pcm in self._waiting_speech:
            self.intend(SendAudio(pcm))
        self._waiting_speech.clear()
