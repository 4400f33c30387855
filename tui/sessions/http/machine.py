"""A spoken conversation over HTTP as a machine without I/O.

What is wanted (`intend`), what arrived (`arrived`, `ended`) and the time go in; events and requests
come out.  The service's protocol is a `Service` (assistants.py, responses.py, audio_chat.py); this
file decides whose turn it is: turns are taken one after the other, an interruption stops what runs.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Sequence
from secrets import token_hex
from typing import Final

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
    ResponseEnded,
    ResponseStarted,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
    TranscriptFinal,
    TurnEnded,
    TurnStarted,
)
from tui.sessions.http.answer import Answer
from tui.sessions.http.desk import Desk, Output, Part
from tui.sessions.http.ears import Ears
from tui.sessions.http.flow import Flow, TimeUp, Wait
from tui.sessions.http.hearing import Hearing, recording
from tui.sessions.http.playback import Cut, Playback
from tui.sessions.http.recorder import Recorder
from tui.sessions.http.service import SLOW, Ends, Interrupted, Outcome, Question, Service
from tui.sessions.http.tool_calls import ToolCalls
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.http.user_turns import UserTurns
from tui.sessions.http.voice import AHEAD_S, Voice, Voices
from tui.sessions.http.wav import SoundError, sound_format
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import clean

log = logging.getLogger(__name__)

HEARD_WITHIN_S: Final = 1.0
"""The loudspeaker's account of an interruption; after that it is taken as unheard."""

MakeService = Callable[[Desk, ToolCalls], Service]
GO_ON: Final = "What came of the answer stays; say or type 'go on' for the rest."


class HttpMachine:
    """One session.  The shell (session.py) does the requests it asks for."""

    def __init__(
        self,
        options: TextOptions,
        make_service: MakeService,
        hearing: Hearing,
        voices: Sequence[Voice],
        *,
        prefix: str = "",
        ahead_s: float = AHEAD_S,
    ) -> None:
        """`voices`: the first one speaks; the next when it is gone.  Empty: text only.

        `ahead_s`: speech is made so far ahead of what plays; infinite where nobody listens.
        `prefix` begins all item ids; empty: a random one, since turns are kept by id.
        """
        self._options = options
        self._desk = Desk()
        self._tools = ToolCalls(self._desk)
        self._service = make_service(self._desk, self._tools)
        self._voices = Voices(self._desk, voices, ahead_s)
        self._playback = Playback(self._desk.emit)
        self._prefix = prefix or f"vt{token_hex(4)}"
        self._numbers = 0
        self._held: deque[Intent] | None = deque()
        """Until the session has started."""
        self._recorder = Recorder(self._desk)
        self._turns = UserTurns(self._desk)
        self._ears = Ears(
            self._desk, hearing, self._turns, options, beside=self._service.takes_sound
        )
        self._questions: deque[Question] = deque()
        self._current: Question | None = None
        self._answer: Answer | None = None
        self._worker: Flow | None = None
        self._ended = False
        self._intents: dict[type, Callable[..., None]] = {
            Say: lambda intent: self._say(intent.text),
            Compose: self._compose,
            BeginTurn: lambda intent: self._begin_turn(),
            SendAudio: lambda intent: self._recorder.add(intent.pcm),
            Commit: lambda intent: self._commit(),
            DiscardTurn: lambda intent: self._recorder.clear(),
            Interrupt: lambda intent: self._interrupt(),
            Enough: lambda intent: self._stop_answer(),
            Heard: lambda intent: self._playback.heard(intent.items),
            HeardOnly: lambda intent: self._playback.cuts.append(Cut(intent.item_id, intent.text)),
            AnswerTool: lambda intent: self._tools.answer(intent.call_id, intent.output),
        }

    # ------------------------------------------------------------ what a shell calls

    @property
    def finished(self) -> bool:
        """Whether the session has ended."""
        return self._ended

    @property
    def deadline_s(self) -> float | None:
        """When `tick` must be called; None: not needed."""
        return None if self._ended else self._desk.deadline_s

    def opened(self, now_s: float) -> list[Output]:
        """Requests can be made from now on."""
        self._worker = self._desk.start(self._work())
        return self._run(now_s)

    def intend(self, intent: Intent, now_s: float) -> list[Output]:
        """Something is wanted."""
        if self._ended:
            return []
        if isinstance(intent, Close):
            self._end(SessionEnded("Closed.", asked=True))
        elif self._held is not None:
            if not isinstance(intent, Heard | Interrupt | Enough):
                self._held.append(intent)
        else:
            self._intents[type(intent)](intent)
        return self._run(now_s)

    def arrived(self, number: int, part: Part, now_s: float) -> list[Output]:
        """A part of the answer to request `number`."""
        self._desk.arrived(number, part)
        return self._run(now_s)

    def done(self, number: int, trouble: Trouble | None, now_s: float) -> list[Output]:
        """The answer to request `number` is complete, or never will be."""
        self._desk.ended(number, trouble)
        return self._run(now_s)

    def tick(self, now_s: float) -> list[Output]:
        """Time has passed."""
        return self._run(now_s)

    def failed(self, end: SessionEnded, now_s: float) -> list[Output]:
        """The shell cannot go on."""
        self._end(end)
        return self._run(now_s)

    def _run(self, now_s: float) -> list[Output]:
        if not self._ended:
            try:
                self._desk.run(now_s)
            except Exception as problem:
                log.exception("a flow of the session failed")
                reason = f"internal error: {type(problem).__name__} (see the log)"
                self._end(SessionEnded(reason, fatal=True))
        return self._desk.take()

    # ------------------------------------------------------------ intents

    def _new_id(self, kind: str) -> str:
        self._numbers += 1
        return f"{self._prefix}-{self._numbers}-{kind}"

    def _say(self, text: str) -> None:
        text = clean(text).strip()
        if text:
            self._interrupt()
            self._ask(Question(self._new_id("user"), text))

    def _compose(self, intent: Compose) -> None:
        typed = clean(intent.text).strip()
        if not typed and not intent.sound:
            return
        question = Question(
            self._new_id("user"),
            "" if intent.sound else typed,
            intent.sound,
            spoken=bool(intent.sound),
            typed=typed if intent.sound else "",
            answer=intent.answer,
            file_format=intent.file_format,
            written=intent.written,
        )
        if intent.sound:
            try:
                question.sound_name = f"speech.{sound_format(intent.sound)}"
            except SoundError as problem:
                self._desk.notice(str(problem), "error")
                self._turns.nothing_sent(str(problem))
                return
        self._interrupt()
        self._ask(question)

    def _begin_turn(self) -> None:
        self._interrupt()
        self._recorder.clear()

    def _commit(self) -> None:
        recorded = self._recorder.finish()
        if isinstance(recorded, str):
            self._turns.nothing_sent(recorded)
            return
        sound, name = recording(recorded.pcm)
        self._ask(
            Question(
                self._new_id("user"),
                sound=sound,
                sound_name=name,
                loudness=recorded.loudness,
                spoken=True,
            )
        )

    def _ask(self, question: Question) -> None:
        """The user's turn stands; it waits for its place in the line."""
        self._turns.begin(question.item_id, spoken=question.spoken)
        if not question.spoken:
            self._turns.end(question.item_id, question.text)
        self._questions.append(question)

    def _interrupt(self) -> None:
        """Silence at once; what runs is stopped, what waits is said but not answered."""
        self._playback.flush()
        for question in (*self._questions, self._current):
            if question is not None:
                question.unanswered = True
        self._stop_answer()

    def _stop_answer(self) -> None:
        """Nothing more of it; what has come plays on."""
        if self._answer is not None and self._answer.stoppable and self._worker is not None:
            self._worker.throw(Interrupted())

    # ------------------------------------------------------------ the line of turns

    async def _work(self) -> None:
        try:
            await self._service.open()
            await self._start()
            while True:
                await Wait(lambda: self._questions)
                self._current = self._questions.popleft()
                await self._take(self._current)
                self._current = None
        except Ends as problem:
            self._end(problem.end)
        except Refused as problem:  # while opening
            meaning = problem.trouble.meaning(model=self._options.model)
            fatal = meaning.weight == "fatal" or 400 <= problem.trouble.status < 500
            passing = problem.trouble.passing or problem.trouble.status == 429
            self._end(
                SessionEnded(
                    meaning.words,
                    fatal=meaning.weight == "fatal" or (fatal and not passing),
                    retry_after_s=problem.trouble.retry_after_s,
                )
            )
        except TimeUp:
            self._end(SessionEnded(SLOW))

    async def _start(self) -> None:
        speaks = self._options.speak and (self._service.speaks or self._voices.current is not None)
        self._desk.emit(SessionStarted(self._options.model, self._options.voice if speaks else ""))
        await self._recall()
        held, self._held = self._held or deque(), None
        for intent in held:
            self._intents[type(intent)](intent)

    async def _recall(self) -> None:
        """A conversation that was held elsewhere is shown before it goes on."""
        try:
            turns = await self._service.recall()
        except (Refused, TimeUp):
            self._desk.notice("What was said before could not be read from the service.", "warning")
            return
        for turn in turns:
            self._desk.emit(TurnStarted(turn.item_id, turn.role, spoken=False))
            self._desk.emit(TranscriptFinal(turn.item_id, turn.text))
            self._desk.emit(TurnEnded(turn.item_id))

    async def _take(self, question: Question) -> None:
        """One turn from the user's words to the end of the answer."""
        if question.sound and self._service.takes_sound:
            self._ears.listen_beside(question, self._end)
        elif question.sound and not await self._ears.listen(question):
            return
        if self._playback.cuts or not self._playback.settled:
            await self._settle()
            question.cuts, self._playback.cuts = self._playback.cuts, []
        spoken = self._speaks(question)
        speaks_itself = self._service.speaks
        voices = self._voices if spoken and not speaks_itself and self._voices.current else None
        item_id = self._new_id("assistant")
        answer = Answer(
            self._desk,
            self._playback,
            item_id,
            voices,
            spoken=spoken and (speaks_itself or voices is not None),
        )
        self._answer = answer
        self._desk.emit(ResponseStarted(item_id))
        outcome = await self._answered(question, answer)
        if self._answer is not None:
            self._close_answer(outcome)

    def _speaks(self, question: Question) -> bool:
        if question.answer:
            return question.answer == "audio"
        return self._options.speak

    async def _answered(self, question: Question, answer: Answer) -> Outcome:
        try:
            outcome = await self._service.answer(question, answer)
            answer.complete()
            await answer.spoken_out()
        except Interrupted:
            outcome = Outcome("interrupted", "stopped")
            answer.complete(whole=False)
            self._close_answer(outcome)
            await self._stop_service()
        except Refused as problem:
            outcome = self._failed(problem.trouble, answer)
        except TimeUp:
            outcome = Outcome("incomplete" if answer.started else "failed", SLOW)
            self._desk.notice(SLOW, "error")
            answer.complete(whole=False)
        return outcome

    async def _stop_service(self) -> None:
        try:
            await self._service.stopped()
        except (Refused, TimeUp):
            log.info("stopping the answer at the service failed")  # it ends there by itself

    def _failed(self, trouble: Trouble, answer: Answer) -> Outcome:
        """The request failed: what has come of the answer stays."""
        meaning = trouble.meaning(model=self._options.model)
        answer.complete(whole=False)
        if meaning.weight == "fatal":
            self._close_answer(Outcome("failed", meaning.words))
            raise Ends(SessionEnded(meaning.words, fatal=True))
        gone = self._service.gone(trouble)
        if gone is not None:
            self._close_answer(Outcome("failed", gone.reason))
            raise Ends(gone)
        if trouble.broke and answer.text:
            self._desk.notice(f"{meaning.words} {GO_ON}", "error")
        else:
            self._desk.notice(meaning.words, "error")
        if answer.started:
            return Outcome("incomplete", f"cut: {meaning.words}")
        return Outcome("failed", meaning.words)

    def _close_answer(self, outcome: Outcome) -> None:
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.finish(outcome.status, outcome.detail)
            self._desk.emit(ResponseEnded(answer.item_id, outcome.status, outcome.detail))

    async def _settle(self) -> None:
        """Wait for what was heard of an interrupted answer."""
        until_s = self._desk.now_s + HEARD_WITHIN_S
        try:
            await Wait(lambda: self._playback.settled, until_s)
        except TimeUp:
            self._playback.settle(forced=True)

    # ------------------------------------------------------------ the end

    def _end(self, end: SessionEnded) -> None:
        """End once; everything open is closed first, so that nobody waits for ever."""
        if self._ended:
            return
        self._ended = True
        self._desk.stop()
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.finish("interrupted", SESSION_ENDED)
            self._desk.emit(ResponseEnded(answer.item_id, "interrupted", SESSION_ENDED))
        self._playback.settle(forced=True)
        self._turns.close(SESSION_ENDED)
        self._show_unsent()
        self._service.leave()
        self._desk.emit(end)

    def _show_unsent(self) -> None:
        """Typed turns of a session that never started are not lost."""
        says = [intent for intent in self._held or () if isinstance(intent, Say)]
        self._held = None
        for say in says:
            item_id = self._new_id("user")
            self._turns.begin(item_id, spoken=False)
            self._turns.fail(item_id, "not sent: the session had ended", clean(say.text))
