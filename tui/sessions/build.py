"""One place that makes a session of any kind.

    session = build_session(endpoint, options, on_event, past=turns, continuing=True)
    end = await session.run(); session.intend(Say("hello")); await session.close()

Realtime: an `Endpoint` and `RealtimeOptions`.  The others: an `HttpEndpoint`
(tui/sessions/http/endpoint.py) and `TextOptions`, whose `kind` decides.

`past`: what was said before, up to what was heard.  A kind whose service keeps the conversation
gets it only when `options.remote_id` is empty; with an id and no past, the turns the service knows
come as events.  After a `ConversationOpened` put its id there before
making the next session.  `continuing`: the model is told that the same conversation goes on.
`owed`: what a Realtime session is asked for at once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Protocol

from tui.sessions.events import Event, Intent, Owed, PastTurn, SessionEnded
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.options import Endpoint, RealtimeOptions, TextOptions
from tui.sessions.sent import Sent
from tui.sessions.wire_log import WireLog


class Session(Protocol):
    """What every kind of session can do; the top of tui/sessions/websocket.py says more."""

    def intend(self, intent: Intent) -> None: ...
    async def run(self) -> SessionEnded: ...
    async def close(self) -> None: ...
    def probe(self) -> None: ...


def build_session(
    endpoint: Endpoint | HttpEndpoint,
    options: RealtimeOptions | TextOptions,
    on_event: Callable[[Event], None],
    *,
    past: Sequence[PastTurn] = (),
    continuing: bool = False,
    owed: Owed = "",
    sent: Sent | None = None,
    speech_ahead_s: float | None = None,
    wire_log: WireLog | None = None,
) -> Session:
    """A session that has not begun yet.

    `speech_ahead_s`: so much speech is made ahead of what plays; `math.inf` where it goes to a file
    faster than time.
    """
    if isinstance(options, RealtimeOptions):
        assert isinstance(endpoint, Endpoint), "realtime needs a WebSocket endpoint"
        return _realtime(endpoint, options, on_event, past, continuing, owed, sent, wire_log)
    assert isinstance(endpoint, HttpEndpoint), f"{options.kind} needs an HTTP endpoint"
    return _http(endpoint, options, on_event, past, continuing, sent, speech_ahead_s, wire_log)


def _realtime(
    endpoint: Endpoint,
    options: RealtimeOptions,
    on_event: Callable[[Event], None],
    past: Sequence[PastTurn],
    continuing: bool,
    owed: Owed,
    sent: Sent | None,
    wire_log: WireLog | None,
) -> Session:
    from tui.sessions.realtime.machine import RealtimeMachine
    from tui.sessions.websocket import WebsocketSession

    machine = RealtimeMachine(
        options, endpoint.dialect, replay=past, continuing=continuing, owed=owed
    )
    if sent is not None:
        sent.form = options.wire_format
    return WebsocketSession(endpoint, machine, on_event, sent=sent, wire_log=wire_log)


def _http(
    endpoint: HttpEndpoint,
    options: TextOptions,
    on_event: Callable[[Event], None],
    past: Sequence[PastTurn],
    continuing: bool,
    sent: Sent | None,
    speech_ahead_s: float | None,
    wire_log: WireLog | None,
) -> Session:
    from tui.sessions.http.assistants import Assistants
    from tui.sessions.http.audio_chat import AudioChat
    from tui.sessions.http.client import Client
    from tui.sessions.http.desk import Desk
    from tui.sessions.http.hearing import TranscriptionEndpoint
    from tui.sessions.http.machine import HttpMachine
    from tui.sessions.http.read_aloud import Reader
    from tui.sessions.http.responses import Responses
    from tui.sessions.http.service import Service
    from tui.sessions.http.session import HttpSession
    from tui.sessions.http.tool_calls import ToolCalls
    from tui.sessions.http.voice import AHEAD_S, ReadAloud, SpeechEndpoint, Voice

    def service(desk: Desk, tools: ToolCalls) -> Service:
        match options.kind:
            case "assistants":
                return Assistants(desk, tools, endpoint, options, past, continuing=continuing)
            case "responses":
                return Responses(desk, tools, options, past, continuing=continuing)
            case "audio":
                return AudioChat(desk, tools, options, time.time, past, continuing=continuing)

    voices: list[Voice] = [SpeechEndpoint(options)] if options.speech_model else []
    reader = None
    if options.reader is not None:
        voices.append(ReadAloud(options.reader.label.rpartition(" · ")[2], options))
        reader = Reader(options.reader, wire_log)
    machine = HttpMachine(
        options,
        service,
        TranscriptionEndpoint(options),
        voices,
        ahead_s=AHEAD_S if speech_ahead_s is None else speech_ahead_s,
    )
    return HttpSession(Client(endpoint, reader, wire_log), machine, on_event, sent=sent)
