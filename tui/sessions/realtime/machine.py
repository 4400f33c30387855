"""The Realtime protocol as a machine without I/O: what arrived goes in, what to do comes out.

No socket, no clock, no await.  The regions beside this file do the work:

| file          | decides                                                   |
|---------------|-----------------------------------------------------------|
| opening       | settings, refused settings, when the session has started  |
| replay        | past turns for a new session                              |
| items, turns  | which turns exist, their order, their text                |
| typed         | typed turns                                               |
| transcripts   | what the user said, whenever it comes                     |
| microphone    | the input buffer, speech started and stopped              |
| answers       | responses, what is stale after an interruption            |
| playback      | received sound; truncate and delete by what was heard     |
| sequencer     | when response.create and response.cancel may be sent      |
| tools         | function calls                                            |
| limits        | how much a service may make us keep                       |
| complaints    | error events                                              |
"""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Final

from tui.sessions import options as settings
from tui.sessions.events import (
    SESSION_ENDED,
    AnswerTool,
    BeginTurn,
    Close,
    Commit,
    Compose,
    DiscardTurn,
    Enough,
    Heard,
    HeardOnly,
    Intent,
    Interrupt,
    Output,
    Owed,
    PastTurn,
    Say,
    SendAudio,
    SessionEnded,
)
from tui.sessions.options import RealtimeOptions
from tui.sessions.realtime import limits
from tui.sessions.realtime.answers import Answers, Handler
from tui.sessions.realtime.complaints import Complaints
from tui.sessions.realtime.dialect import DIALECTS, canonical
from tui.sessions.realtime.items import Items
from tui.sessions.realtime.message import Malformed, Message, decode, text
from tui.sessions.realtime.microphone import Microphone
from tui.sessions.realtime.opening import Opening
from tui.sessions.realtime.outbox import Outbox
from tui.sessions.realtime.playback import Playback
from tui.sessions.realtime.replay import Replay
from tui.sessions.realtime.sequencer import Sequencer
from tui.sessions.realtime.tools import Tools
from tui.sessions.realtime.transcripts import Transcripts
from tui.sessions.realtime.turns import Turns
from tui.sessions.realtime.typed import Typed
from tui.sessions.realtime.wire_audio import AudioDecoder
from tui.sessions.realtime.words import close_meaning

HELD_AUDIO_BYTES: Final = 3 * 48_000
"""Captured audio kept while the session opens: three seconds; older audio is dropped."""
_REMEMBERED: Final = 64
"""Events known again when they are repeated."""

_UNUSED: Final = frozenset(
    {
        "conversation.created",
        "conversation.item.truncated",
        "conversation.item.retrieved",
        "conversation.item.input_audio_transcription.segment",
        "input_audio_buffer.cleared",
        "input_audio_buffer.timeout_triggered",
        "input_audio_buffer.dtmf_event_received",
        "output_audio_buffer.started",
        "output_audio_buffer.stopped",
        "output_audio_buffer.cleared",
        "rate_limits.updated",
        "response.function_call_arguments.delta",
        "response.cancelled",
        "mcp_list_tools.in_progress",
        "mcp_list_tools.completed",
        "mcp_list_tools.failed",
        "response.mcp_call_arguments.delta",
        "response.mcp_call_arguments.done",
        "response.mcp_call.in_progress",
        "response.mcp_call.completed",
        "response.mcp_call.failed",
        "ping",
        "pong",
        "keepalive",
    }
)
"""Events that are known and need nothing done."""


class RealtimeMachine:
    """One session with a Realtime service, from the open connection to its end."""

    def __init__(
        self,
        options: RealtimeOptions,
        dialect: settings.Dialect,
        *,
        replay: Sequence[PastTurn] = (),
        continuing: bool = False,
        owed: Owed = "",
        prefix: str = "",
    ) -> None:
        """`replay`: turns of an earlier session; `continuing`: tell the model that it goes on;
        `owed`: what it is asked for as soon as it knows them.

        `prefix` begins all ids of our own; empty: a random one, since turns are kept by id.
        """
        spoken = options.output == "audio"
        out = self._out = Outbox(prefix or f"vt{token_hex(4)}")
        self._options = options
        self._turns = Turns(out, follows=bool(replay) or continuing)
        self._sequencer = Sequencer(out)
        self._tools = Tools(out, self._sequencer)
        self._playback = Playback(out, self._turns)
        self._transcripts = Transcripts(out, self._turns, on=bool(options.transcription_model))
        self._typed = Typed(out, self._turns)
        self._replay = Replay(out, self._turns, replay, continuing=continuing, owed=owed)
        self._owed = owed
        self._opening = Opening(
            out,
            options,
            DIALECTS[dialect],
            on_settings=lambda: self._replay.send(self._opening.dialect, self._opening.wire_format),
            on_started=self._on_started,
        )
        self._answers = Answers(
            out,
            self._turns,
            self._playback,
            self._sequencer,
            self._tools,
            spoken=spoken,
            decoder=lambda: AudioDecoder(self._opening.wire_format),
        )
        self._microphone = Microphone(
            out,
            self._turns,
            self._transcripts,
            self._answers,
            self._sequencer,
            detects=lambda: self._opening.detects,
            interrupts=lambda: self._opening.interrupts,
        )
        items = Items(
            self._turns,
            self._answers,
            self._playback,
            self._transcripts,
            self._typed,
            self._replay,
            spoken=spoken,
        )
        complaints = Complaints(
            out,
            self._opening,
            self._sequencer,
            self._playback,
            self._microphone,
            self._typed,
            self._replay,
            model=options.model,
            end=self._end,
        )
        self._keepers = (
            self._turns,
            self._transcripts,
            self._answers,
            self._playback,
            self._tools,
        )
        self._handlers: dict[str, Handler] = {}
        for region in (
            self._opening,
            items,
            self._transcripts,
            self._microphone,
            self._answers,
            self._tools,
            complaints,
        ):
            self._handlers.update(region.handlers())
        self._intents: dict[type, Callable[..., None]] = {
            Say: self._say,
            Compose: self._compose,
            BeginTurn: lambda intent, now_s: self._microphone.begin(now_s),
            SendAudio: lambda intent, now_s: self._microphone.send(intent.pcm),
            Commit: lambda intent, now_s: self._microphone.commit(now_s),
            DiscardTurn: lambda intent, now_s: self._microphone.discard(),
            Interrupt: lambda intent, now_s: self._answers.interrupt(now_s),
            Enough: lambda intent, now_s: self._answers.interrupt(now_s, flush=False),
            Heard: lambda intent, now_s: self._playback.heard(intent.items),
            HeardOnly: lambda intent, now_s: self._replay.correct(
                intent.item_id,
                intent.text,
                self._opening.dialect,
                can_delete=self._playback.can_delete,
            ),
            AnswerTool: lambda intent, now_s: self._tools.answer(
                intent.call_id, intent.output, now_s
            ),
        }
        self._seen: dict[str, int] = {}
        self._held: deque[Intent] = deque()
        self._held_bytes = 0
        self._asked_to_close = False
        self._ended = False
        self.dropped: Counter[str] = Counter()
        """What could not be used, by kind: "malformed", "unknown", "repeated", "held audio"."""

    # ------------------------------------------------------------ what a shell calls

    @property
    def finished(self) -> bool:
        """Whether the connection is to be closed: asked for, or the session has ended."""
        return self._asked_to_close or self._ended

    def opened(self, now_s: float) -> list[Output]:
        """The connection is open."""
        self._opening.opened(now_s)
        return self._out.take()

    def receive(self, raw: str | bytes, now_s: float) -> list[Output]:
        """One frame from the service.  Never raises, whatever is in it."""
        if self._ended:
            return []
        self._opening.opened(now_s)
        try:
            message = decode(raw)
        except Malformed as problem:
            self.dropped["malformed"] += 1
            self._out.notice_once(
                "malformed",
                f"The service sent something unreadable ({problem}); ignored.",
                "warning",
            )
            return self._out.take()
        if self._repeated(message, raw):
            self.dropped["repeated"] += 1
        else:
            self._dispatch(message, now_s)
            self._limit(now_s)
        return self._out.take()

    def _limit(self, now_s: float) -> None:
        """No service may fill the memory."""
        kept = sum(region.kept for region in self._keepers)
        waiting = self._answers.waiting + self._transcripts.waiting
        too_much = limits.too_much(kept, waiting, self._turns.chars)
        if too_much:
            self._end(SessionEnded(too_much), now_s)

    def _dispatch(self, message: Message, now_s: float) -> None:
        event = canonical(text(message, "type"))
        handler = self._handlers.get(event)
        if handler is not None:
            handler(message, now_s)
        elif event not in _UNUSED:
            self.dropped["unknown"] += 1
            self._out.notice_once(
                "unknown", f"The service sends events this version does not know ({event[:60]})."
            )

    def intend(self, intent: Intent, now_s: float) -> list[Output]:
        """Something is wanted.  Held until the session has started."""
        if self.finished:
            return []
        if isinstance(intent, Close):
            self._asked_to_close = True
        elif self._opening.stage == "started":
            self._intents[type(intent)](intent, now_s)
        else:
            self._hold(intent)
        return self._out.take()

    def closed(self, code: int, reason: str, now_s: float) -> list[Output]:
        """The connection has ended with a WebSocket close code (1006: without one)."""
        found = close_meaning(code, reason, model=self._options.model)
        return self.failed(SessionEnded(found.words, fatal=found.weight == "fatal"), now_s)

    def failed(self, end: SessionEnded, now_s: float) -> list[Output]:
        """There is no connection (any more), and the shell knows why."""
        self._end(end, now_s)
        return self._out.take()

    @property
    def deadline_s(self) -> float | None:
        """When `tick` must be called; None: not needed."""
        if self._ended:
            return None
        times = (
            self._opening.deadline_s,
            self._typed.deadline_s,
            self._transcripts.deadline_s,
            self._sequencer.deadline_s,
            self._answers.deadline_s,
        )
        return min((time_s for time_s in times if time_s is not None), default=None)

    def tick(self, now_s: float) -> list[Output]:
        """Time has passed."""
        if self._ended:
            return []
        problem = self._opening.tick(now_s)
        if problem:
            self._end(SessionEnded(problem), now_s)
        else:
            self._typed.tick(now_s)
            self._transcripts.tick(now_s)
            self._answers.tick(now_s)
        return self._out.take()

    # ------------------------------------------------------------ inside

    def _repeated(self, message: Message, raw: str | bytes) -> bool:
        """Whether this very event came before.  Ids alone do not prove it: some never change."""
        event_id = text(message, "event_id")
        if not event_id:
            return False
        mark = hash(raw)
        if self._seen.get(event_id) == mark:
            return True
        self._seen[event_id] = mark
        while len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return False

    def _hold(self, intent: Intent) -> None:
        if isinstance(intent, Heard | Interrupt | Enough):
            return  # nothing of this session can be audible yet
        self._held.append(intent)
        if isinstance(intent, SendAudio):
            self._held_bytes += len(intent.pcm)
        while self._held_bytes > HELD_AUDIO_BYTES:
            oldest = next(held for held in self._held if isinstance(held, SendAudio))
            self._held.remove(oldest)
            self._held_bytes -= len(oldest.pcm)
            self.dropped["held audio"] += 1

    def _on_started(self, now_s: float) -> None:
        self._microphone.use(self._opening.wire_format)
        self._transcripts.on = self._opening.transcribes
        if self._owed:
            self._sequencer.want(now_s)
        while self._held:
            intent = self._held.popleft()
            self._intents[type(intent)](intent, now_s)
        self._held_bytes = 0

    def _say(self, intent: Say, now_s: float) -> None:
        self._answers.interrupt(now_s)
        self._typed.say(intent.text, self._opening.dialect, now_s)
        self._sequencer.want(now_s)

    def _compose(self, intent: Compose, now_s: float) -> None:
        if intent.sound:
            self._out.notice("No file can be attached here: ask it as a recording.", "warning")
        if intent.text.strip():
            self._say(Say(intent.text), now_s)

    def _end(self, end: SessionEnded, now_s: float) -> None:
        """End once: everything open is closed first, so that nobody waits for ever."""
        if self._ended:
            return
        self._ended = True
        says = [intent for intent in self._held if isinstance(intent, Say)]
        self._held.clear()
        for say in says:
            self._typed.show_failed(say.text, "not sent: the session had ended")
        self._typed.close()
        self._transcripts.close(now_s)
        self._answers.close(SESSION_ENDED)
        self._playback.close()
        for turn in self._turns.open():
            self._turns.end(turn.item_id, "interrupted", SESSION_ENDED)
        if self._asked_to_close:
            end = SessionEnded("Closed.", asked=True)
        self._out.emit(end)
