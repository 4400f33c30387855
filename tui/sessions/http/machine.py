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

from shared.pcm import FRAME_BYTES, RATE_HZ
from tui.sessions.events import (
    AnswerTool,
    BeginTurn,
    Close,
    Commit,
    Compose,
    DiscardTurn,
    Heard,
    InputCommitted,
    Intent,
    Interrupt,
    PastTurn,
    ResponseEnded,
    ResponseStarted,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
    TranscriptDelta,
    TranscriptFinal,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
    UsageReported,
)
from tui.sessions.http.answer import Answer
from tui.sessions.http.desk import Desk, Output, Part
from tui.sessions.http.flow import Flow, TimeUp, Wait
from tui.sessions.http.hearing import Hearing, recording
from tui.sessions.http.loudness import measure
from tui.sessions.http.playback import Playback
from tui.sessions.http.service import Ends, Interrupted, Outcome, Question, Service
from tui.sessions.http.tool_calls import ToolCalls
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.http.voice import AHEAD_S, Voice, Voices
from tui.sessions.http.wav import SoundError, sound_format
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import clean

log = logging.getLogger(__name__)

SHORTEST_MS: Final = 100
LONGEST_BYTES: Final = 10 * 60 * RATE_HZ * FRAME_BYTES
"""Of one recorded turn: ten minutes; what comes later is not taken."""
HEARD_WITHIN_S: Final = 1.0
"""The loudspeaker's account of an interruption; after that it is taken as unheard."""
SLOW: Final = "The service did not answer in time."

MakeService = Callable[[Desk, ToolCalls], Service]


class HttpMachine:
    """One session.  The shell (session.py) does the requests it asks for."""

    def __init__(
        self,
        options: TextOptions,
        make_service: MakeService,
        hearing: Hearing,
        voices: Sequence[Voice],
        past: Sequence[PastTurn] = (),
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
        self._hearing = hearing
        self._voices = Voices(self._desk, voices, ahead_s)
        self._playback = Playback(self._desk.emit)
        self._prefix = prefix or f"vt{token_hex(4)}"
        self._numbers = 0
        self._held: deque[Intent] | None = deque()
        """Until the session has started."""
        self._recorded = bytearray()
        self._too_long = False
        self._questions: deque[Question] = deque()
        self._current: Question | None = None
        self._answer: Answer | None = None
        self._open_turns: set[str] = set()
        self._worker: Flow | None = None
        self._ended = False
        self.unsent: list[Say] = []
        """After a session that could not start: typed turns for the next one."""
        self._intents: dict[type, Callable[..., None]] = {
            Say: lambda intent: self._say(intent.text),
            Compose: self._compose,
            BeginTurn: lambda intent: self._begin_turn(),
            SendAudio: lambda intent: self._record(intent.pcm),
            Commit: lambda intent: self._commit(),
            DiscardTurn: lambda intent: self._recorded.clear(),
            Interrupt: lambda intent: self._interrupt(),
            Heard: lambda intent: self._playback.heard(intent.items),
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
            if not isinstance(intent, Heard | Interrupt):
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
                self._nothing_sent(str(problem))
                return
        self._interrupt()
        self._ask(question)

    def _begin_turn(self) -> None:
        self._interrupt()
        self._recorded.clear()
        self._too_long = False

    def _record(self, pcm: bytes) -> None:
        if len(self._recorded) + len(pcm) <= LONGEST_BYTES:
            self._recorded += pcm
        elif not self._too_long:
            self._too_long = True
            self._desk.notice("The turn is longer than ten minutes; the rest is lost.", "warning")

    def _commit(self) -> None:
        pcm = bytes(self._recorded)
        self._recorded.clear()
        if len(pcm) < SHORTEST_MS * RATE_HZ // 1000 * FRAME_BYTES:
            self._desk.notice("Too short: nothing was sent. Hold on a little longer.", "warning")
            self._nothing_sent("too short")
            return
        loudness = measure(pcm)
        if loudness.silent:
            self._desk.notice("No speech was heard: nothing was sent.")
            self._nothing_sent("no speech")
            return
        sound, name = recording(pcm)
        self._ask(
            Question(
                self._new_id("user"),
                sound=sound,
                sound_name=name,
                loudness=loudness,
                spoken=True,
            )
        )

    def _nothing_sent(self, why: str) -> None:
        """Nobody should wait for an answer."""
        self._desk.emit(ResponseEnded("", "incomplete", why))

    def _ask(self, question: Question) -> None:
        """The user's turn stands; it waits for its place in the line."""
        item_id = question.item_id
        self._desk.emit(TurnStarted(item_id, "user", spoken=question.spoken))
        self._open_turns.add(item_id)
        if question.spoken:
            self._desk.emit(InputCommitted(item_id))
        else:
            self._end_user_turn(question.item_id, question.text)
        self._questions.append(question)

    def _end_user_turn(self, item_id: str, text: str, problem: str = "") -> None:
        if item_id in self._open_turns:
            self._open_turns.discard(item_id)
            self._desk.emit(TranscriptFinal(item_id, text, problem))
            failed = bool(problem) and not text
            self._desk.emit(TurnEnded(item_id, "failed" if failed else "completed", problem))

    def _interrupt(self) -> None:
        """Silence at once; what runs is stopped, what waits is said but not answered."""
        self._playback.flush()
        for question in (*self._questions, self._current):
            if question is not None:
                question.unanswered = True
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
            self._hear_beside(question)
        elif question.sound and not await self._hear(question):
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

    # ------------------------------------------------------------ hearing the user

    async def _hear(self, question: Question) -> bool:
        """Transcribe the question; returns whether there is something to say to the service."""
        item_id = question.item_id

        def show(text: str) -> None:
            if item_id in self._open_turns:
                self._desk.emit(TranscriptDelta(item_id, text))

        try:
            heard = await self._hearing.hear(
                self._desk, question.sound, question.sound_name, question.loudness, show
            )
        except Refused as problem:
            meaning = problem.trouble.meaning(model=self._options.transcription_model)
            if meaning.weight == "fatal" and problem.trouble.status in (401, 402, 403, 429):
                raise Ends(SessionEnded(meaning.words, fatal=True)) from problem
            self._not_heard(item_id, meaning.words)
            return False
        except TimeUp:
            self._not_heard(item_id, SLOW)
            return False
        self._desk.emit(UsageReported(heard.usage, "transcription", item_id, model=heard.model))
        if not heard.text:
            if self._service.takes_sound:
                self._end_without_text(item_id, question.typed, "no speech understood")
            elif item_id in self._open_turns:
                self._open_turns.discard(item_id)
                self._desk.emit(TurnRemoved(item_id))
                self._desk.notice("No speech was understood: nothing was sent.")
                self._nothing_sent("no speech")
            return False
        question.text = "\n".join(filter(None, (question.typed, heard.text)))
        self._end_user_turn(item_id, question.text)
        return True

    def _not_heard(self, item_id: str, words: str) -> None:
        """The turn has no text; it stands all the same where its sound goes to the service."""
        if self._service.takes_sound:
            self._end_without_text(item_id, "", words)
            return
        self._end_user_turn(item_id, "", words)
        self._desk.notice(f"Not transcribed: {words}", "error")
        self._nothing_sent(words)

    def _end_without_text(self, item_id: str, typed: str, problem: str) -> None:
        if item_id in self._open_turns:
            self._open_turns.discard(item_id)
            self._desk.emit(TranscriptFinal(item_id, typed, problem))
            self._desk.emit(TurnEnded(item_id))

    def _hear_beside(self, question: Question) -> None:
        """The service gets the sound itself; the words are only for the record."""
        if self._options.transcribe_user and self._options.transcription_model:
            self._desk.start(self._beside(question))
        else:
            self._end_without_text(question.item_id, question.typed, "not transcribed")

    async def _beside(self, question: Question) -> None:
        try:
            await self._hear(question)
        except Ends as problem:
            self._end(problem.end)

    # ------------------------------------------------------------ the end

    def _end(self, end: SessionEnded) -> None:
        """End once; everything open is closed first, so that nobody waits for ever."""
        if self._ended:
            return
        self._ended = True
        self._desk.stop()
        answer, self._answer = self._answer, None
        if answer is not None:
            answer.finish("interrupted", "the session ended")
            self._desk.emit(ResponseEnded(answer.item_id, "interrupted", "the session ended"))
        self._playback.settle(forced=True)
        for item_id in sorted(self._open_turns):
            self._end_user_turn(item_id, "", "the session ended")
        self._show_unsent(end)
        self._service.leave()
        self._desk.emit(end)

    def _show_unsent(self, end: SessionEnded) -> None:
        """Typed turns of a session that never started are not lost."""
        says = [intent for intent in self._held or () if isinstance(intent, Say)]
        self._held = None
        if not end.fatal and not end.asked:
            self.unsent = says
            return
        for say in says:
            item_id = self._new_id("user")
            self._desk.emit(TurnStarted(item_id, "user", spoken=False))
            self._desk.emit(TranscriptFinal(item_id, clean(say.text)))
            words = "not sent: the session had ended"
            self._desk.emit(TurnEnded(item_id, "failed", words))
