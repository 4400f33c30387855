"""One question and its answer, over a real call: what `ask` and a start without a terminal do."""

from __future__ import annotations

import queue
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from shared.messages import State
from tui.call_events import AskAudio, CallEvent, CallState, Latency, Spent, StateChanged, Type
from tui.commands.counted import Counting
from tui.commands.spoken_lines import sound_line
from tui.commands.tool_lines import ToolLines
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.log import engine_log
from tui.sessions.events import (
    SESSION_ENDED,
    WRITTEN_TURN,
    Compose,
    FileReceived,
    InputCommitted,
    Notice,
    ResponseEnded,
    ResponseStarted,
    SessionEnded,
    SessionStarted,
    TokenUsage,
    TranscriptDelta,
    TranscriptFinal,
    TurnRemoved,
    TurnStarted,
    UsageReported,
)
from tui.settings import CallSettings

NOT_ALLOWED: Final = "a function needs `allowed = true` in config.toml to run from here"
TRANSCRIPT_WAIT_S: Final = 5.0
"""A transcript of the question that is later than this after the answer is not waited for."""
END_WAIT_S: Final = 0.5
"""Where an answer failed because the service refused us, it says so within this time."""
OWED_WAIT_S: Final = 5.0
"""After a broken line: an answer nobody works at for so long is not coming."""
_WAITING: Final[tuple[CallState, ...]] = (
    *("thinking", "speaking", "recording"),
    *("connecting", "reconnecting"),
)
_AGAIN: Final = "onnecting again"
"""In each sentence about a line that broke (tui/connection): every try has one."""


Question = Type | Compose | AskAudio


@dataclass(slots=True)
class Exchange:
    """What one exchange has brought so far; `hear` takes the call's events one by one."""

    asked: Question
    narrate: Callable[[str], None]
    fast: bool = False
    """Files run faster than time: when something was heard means nothing."""
    started: bool = False
    model: str = ""
    question: str = ""
    question_problem: str = ""
    usage: TokenUsage = field(default_factory=TokenUsage)
    spent: Spent | None = None
    first_byte_ms: float | None = None
    first_sound_ms: float | None = None
    first_text_ms: float | None = None
    """From the end of the question to the first words of the answer."""
    output: str = ""
    """The loudspeaker that was asked for; empty or silent: none."""
    output_problem: str = ""
    """Why nothing could be heard, in words."""
    file: FileReceived | None = None
    """The answer as a file of a kind that was asked for."""
    response: ResponseEnded | None = None
    ended: SessionEnded | None = None
    state: CallState = "connecting"
    broke: bool = False
    """The line did, once at least; said once."""
    file_problem: str = ""
    """Why the recording could not be played into the call, in words."""
    _held: list[str] = field(default_factory=list)
    """Complaints while the recording plays: one is the file problem itself, told at the end."""
    _sound: set[str] = field(default_factory=set)
    """What was said of the devices."""
    _answers: dict[str, str] = field(default_factory=dict)
    _questions: set[str] = field(default_factory=set)
    _asked_at_s: float = 0.0
    _answered_at_s: float = 0.0
    _changed_at_s: float = 0.0
    """The state."""

    @property
    def answer(self) -> str:
        """What the assistant said."""
        return self._joined(written=False)

    @property
    def written(self) -> str:
        """The second, written answer, where one was asked for."""
        return self._joined(written=True)

    def _joined(self, *, written: bool) -> str:
        return "\n".join(
            text
            for item_id, text in self._answers.items()
            if text and item_id.endswith(WRITTEN_TURN) == written
        )

    def hear(self, event: CallEvent, now_s: float) -> None:
        """Take one event of the call."""
        match event:
            case SessionStarted():
                self.started = True
                self.model = event.model
            case TurnStarted(role="user"):
                self._questions.add(event.item_id)
            case TurnStarted(role="assistant"):
                self._answers.setdefault(event.item_id, "")
            case TurnRemoved():
                self._answers.pop(event.item_id, None)
            case TranscriptDelta() if event.item_id in self._answers:
                self._answers[event.item_id] += event.text
                self._on_words(event.text, now_s)
            case TranscriptFinal() if event.item_id in self._answers:
                self._answers[event.item_id] = event.text
                self._on_words(event.text, now_s)
            case TranscriptFinal() if event.item_id in self._questions:
                self.question, self.question_problem = event.text, event.problem
            case InputCommitted():
                self._asked_at_s = now_s
            case StateChanged():
                self.state, self._changed_at_s = event.state, now_s
                if event.state != "recording":
                    self._tell_held()
            case State(input="silent", input_phase="open") if self.state == "recording":
                # The engine falls back to silence where it cannot read the file.
                notice = event.notice.removeprefix("no microphone: ")
                self.file_problem = notice or "the file could not be read"
            case State(output="silent", notice=notice) if self.output not in ("", "silent"):
                self.output_problem = notice.partition("no sound output: ")[2].partition("; ")[0]
            case State(notice=notice) if notice and self.output not in ("", "silent"):
                for part in notice.split("; "):
                    if part not in self._sound:
                        self._sound.add(part)
                        self.narrate(sound_line(part))
            case Latency():
                self.first_byte_ms = event.first_byte_ms
                if not self.fast:
                    self.first_sound_ms = event.first_sound_ms
            case FileReceived():
                self.file = event
            case UsageReported():
                self.usage += event.usage
            case Spent():
                self.spent = event
            case ResponseStarted():
                self.response = None  # a follow-up: the answer is not over yet
            case ResponseEnded(detail=detail) if detail == SESSION_ENDED:
                pass  # the next session is asked for the rest, or the call ends
            case ResponseEnded():
                self.response = event
                self._answered_at_s = now_s
            case Notice(level="error") if self.state == "recording":
                self._held.append(event.text)
            case Notice() if _AGAIN in event.text:
                if not self.broke:
                    self.broke = True
                    self.narrate(told(event.text))
            case Notice():
                self.narrate(told(event.text))
            case SessionEnded():
                self.ended = event
            case _:
                pass

    def submitted(self, now_s: float) -> None:
        """The question is on its way; a recorded one has ended when the service has it."""
        self._asked_at_s = now_s

    def _on_words(self, text: str, now_s: float) -> None:
        if self.first_text_ms is None and text.strip() and self._asked_at_s:
            self.first_text_ms = (now_s - self._asked_at_s) * 1000

    def _tell_held(self) -> None:
        for text in self._held:
            self.narrate(told(text))
        self._held.clear()

    def complete(self, now_s: float, *, wants_transcript: bool) -> bool:
        """The answer is here and heard, and so is the transcript of the question."""
        if self.response is None or self.state in _WAITING:
            return False
        if self.response.status == "failed" and now_s - self._answered_at_s < END_WAIT_S:
            return False  # the end of the session, which says why, is on its way
        if not wants_transcript or self.question or self.question_problem:
            return True
        return now_s - self._answered_at_s > TRANSCRIPT_WAIT_S

    def given_up(self, now_s: float) -> bool:
        """The line broke in the answer, and no session was asked for it again."""
        since_s = max(self._asked_at_s, self._changed_at_s)
        waits = self.broke and self._asked_at_s and self.response is None
        return bool(waits and self.state not in _WAITING and now_s - since_s > OWED_WAIT_S)

    def too_late(self, timeout_s: float, label: str) -> VoicetuiError:
        """What is said when the time is up."""
        away = not self.started or self.state in ("connecting", "reconnecting")
        return VoicetuiError(
            "No answer in time",
            f"waited {timeout_s:g} s for {label}.",
            ExitCode.NETWORK if away else ExitCode.NO_ANSWER,
        )

    def verdict(self) -> None:
        """Raise VoicetuiError where there is no answer to show."""
        response = self.response
        if response is not None and response.status == "failed":
            raise VoicetuiError(
                "The answer failed", response.detail or "no reason given.", ExitCode.NO_ANSWER
            )
        if response is not None and not self.answer and not self.written:
            raise VoicetuiError(
                "No answer",
                response.detail or "the service answered with nothing.",
                ExitCode.NO_ANSWER,
            )


def hold(
    settings: CallSettings,
    asked: Question,
    narrate: Callable[[str], None],
    timeout_s: float,
    counting: Counting,
) -> Exchange:
    """Ask once and wait until the answer has been heard; raises VoicetuiError."""
    exchange = Exchange(asked, narrate, fast=settings.fast_files, output=settings.output)
    try:
        _hold(exchange, settings, timeout_s, counting)
        exchange.verdict()
    except VoicetuiError:
        if not exchange.answer and not exchange.usage.total:
            counting.forget()  # a question that never got anywhere is no conversation
        raise
    return exchange


def _hold(exchange: Exchange, settings: CallSettings, timeout_s: float, counting: Counting) -> None:
    events: queue.SimpleQueue[CallEvent] = queue.SimpleQueue()
    asked, narrate = exchange.asked, exchange.narrate
    tools = ToolLines()
    wants_transcript = isinstance(asked, AskAudio) and bool(settings.options.transcription_model)
    deadline_s = time.monotonic() + timeout_s
    with engine_log() as log:
        call = counting.call(settings, events.put, engine_log=log)
        call.start()
        try:
            submitted = False
            while not exchange.complete(time.monotonic(), wants_transcript=wants_transcript):
                now_s = time.monotonic()
                if now_s >= deadline_s:
                    raise exchange.too_late(timeout_s, settings.endpoint.label)
                if exchange.given_up(now_s):
                    raise VoicetuiError(
                        "No answer", "the connection broke in it; ask once more.", ExitCode.NETWORK
                    )
                try:
                    event = events.get(timeout=min(0.2, deadline_s - now_s))
                except queue.Empty:
                    continue
                exchange.hear(event, time.monotonic())
                for line in tools.hear(event):
                    narrate(line)
                if (refusal := tools.refuse()) is not None:
                    narrate(f"[{tr(NOT_ALLOWED)}]")
                    call.submit(refusal)
                if call.ended_by == "budget" and exchange.ended and exchange.response is None:
                    raise VoicetuiError("Nothing was asked", exchange.ended.reason, ExitCode.BUDGET)
                if exchange.started and not submitted:
                    submitted = True
                    exchange.submitted(time.monotonic())
                    call.submit(asked)
                _stop_at_an_end(exchange, settings.endpoint.label)
        finally:
            call.stop()
    while not events.empty():
        event = events.get()
        if isinstance(event, State):  # the very end of the sound found no room
            exchange.hear(event, time.monotonic())


def _stop_at_an_end(exchange: Exchange, label: str) -> None:
    ended = exchange.ended
    if exchange.file_problem and isinstance(exchange.asked, AskAudio):
        raise VoicetuiError("The recording cannot be used", exchange.file_problem, ExitCode.DEVICE)
    response = exchange.response
    # A service that refuses only with the first request fails the answer, and then the call.
    if ended is not None and (response is None or (ended.fatal and response.status == "failed")):
        if ended.reason.startswith("internal error"):
            raise VoicetuiError("voicetui failed", f"{ended.reason}.", ExitCode.FAILURE)
        raise VoicetuiError(
            f"{label} refused" if ended.fatal else f"{label} cannot be used",
            ended.reason,
            ExitCode.REFUSED if ended.fatal else ExitCode.NETWORK,
        )
