"""What the user says becomes text: before the service is asked, or beside it."""

from __future__ import annotations

from collections.abc import Callable

from tui.sessions.events import SessionEnded, UsageReported
from tui.sessions.http.desk import Desk
from tui.sessions.http.flow import TimeUp
from tui.sessions.http.hearing import HeardText, Hearing
from tui.sessions.http.service import SLOW, Ends, Question
from tui.sessions.http.trouble import Refused
from tui.sessions.http.user_turns import UserTurns
from tui.sessions.options import TextOptions

_ENDS_SESSION = (401, 402, 403, 429)
"""With a fatal meaning: key or money.  A model that is gone leaves the keyboard."""


class Ears:
    """Transcribes questions, and tells what came of it."""

    def __init__(
        self,
        desk: Desk,
        hearing: Hearing,
        turns: UserTurns,
        options: TextOptions,
        *,
        beside: bool,
    ) -> None:
        """`beside`: the service hears for itself, the text is only for the record."""
        self._desk = desk
        self._hearing = hearing
        self._turns = turns
        self._options = options
        self._beside = beside

    def listen_beside(self, question: Question, end: Callable[[SessionEnded], None]) -> None:
        """Transcribe while the service is asked already."""
        if self._options.transcribe_user and self._options.transcription_model:
            self._desk.start(self._listen_beside(question, end))
        else:
            self._turns.end(question.item_id, question.typed, "not transcribed")

    async def _listen_beside(self, question: Question, end: Callable[[SessionEnded], None]) -> None:
        try:
            await self.listen(question)
        except Ends as problem:
            end(problem.end)

    async def listen(self, question: Question) -> bool:
        """Whether the question has text now, which ends the user's turn.  Raises Ends."""
        item_id = question.item_id
        try:
            heard = await self._hearing.hear(
                self._desk,
                question.sound,
                question.sound_name,
                question.loudness,
                lambda text: self._turns.more(item_id, text),
            )
        except Refused as problem:
            meaning = problem.trouble.meaning(model=self._options.transcription_model)
            if meaning.weight == "fatal" and problem.trouble.status in _ENDS_SESSION:
                raise Ends(SessionEnded(meaning.words, fatal=True)) from problem
            self._failed(question, meaning.words)
            return False
        except TimeUp:
            self._failed(question, SLOW)
            return False
        return self._heard(question, heard)

    def _heard(self, question: Question, heard: HeardText) -> bool:
        item_id = question.item_id
        self._desk.emit(UsageReported(heard.usage, "transcription", item_id, model=heard.model))
        if heard.text:
            question.text = "\n".join(filter(None, (question.typed, heard.text)))
            self._turns.end(item_id, question.text)
            return True
        if self._beside:
            self._turns.end(item_id, question.typed, "no speech understood")
        else:
            self._turns.remove(item_id)
            self._desk.notice("No speech was understood: nothing was sent.")
            self._turns.nothing_sent("no speech")
        return False

    def _failed(self, question: Question, words: str) -> None:
        if self._beside:  # the service has heard it all the same
            self._turns.end(question.item_id, question.typed, words)
            return
        self._turns.fail(question.item_id, words)
        self._desk.notice(f"Not transcribed: {words}", "error")
        self._turns.nothing_sent(words)
