"""One answer while it comes: its turn, its text, its sound."""

from __future__ import annotations

from typing import Final

from tui.sessions.events import (
    StepReported,
    TranscriptDelta,
    TranscriptFinal,
    TurnEnded,
    TurnStarted,
    TurnStatus,
)
from tui.sessions.http.desk import Desk
from tui.sessions.http.flow import Wait
from tui.sessions.http.playback import Playback
from tui.sessions.http.sentences import Sentences
from tui.sessions.http.speaker import Speaker
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.http.voice import Voices
from tui.sessions.realtime.message import clean

MOST_CHARS: Final = 1_000_000
"""Of one answer and its function calls."""
_BETWEEN: Final = "\n\n"
"""Between two messages of one answer."""


class Answer:
    """Emits the turn's events in order; nothing after `finish`."""

    def __init__(
        self, desk: Desk, playback: Playback, item_id: str, voices: Voices | None, *, spoken: bool
    ) -> None:
        """`voices`: make speech of the text; None: nobody, or the service speaks itself."""
        self.item_id = item_id
        self.stoppable = False
        self._desk = desk
        self._playback = playback
        self._spoken = spoken
        self._sound = playback.sound(item_id, spoken=spoken)
        self._speaker = Speaker(desk, voices, playback, self._sound) if voices else None
        self._sentences = Sentences()
        self._started = False
        self._finished = False
        self._between = ""
        self._chars = 0

    @property
    def text(self) -> str:
        """Everything received so far."""
        return self._sound.text

    @property
    def started(self) -> bool:
        """Whether there is a turn at all."""
        return self._started

    def add(self, text: str) -> None:
        """More text."""
        text = clean(text)
        if not text or self._finished:
            return
        if self._between and self._started:
            text = self._between + text
        self._between = ""
        self.bear(len(text))
        self._start()
        self._sound.add(text)
        self._desk.emit(TranscriptDelta(self.item_id, text))
        self._say(text)

    def bear(self, chars: int) -> None:
        """So much more has come.  Raises Refused when no answer can be so long."""
        self._chars += chars
        if self._chars > MOST_CHARS:
            raise Refused(Trouble(cause="The service sent more than an answer can have."))

    def next_message(self) -> None:
        """What comes now is another message of the same answer."""
        self._between = _BETWEEN

    def catch_up(self, whole: str) -> None:
        """The whole text is known from elsewhere: add what is missing of it."""
        whole = clean(whole)
        if whole.startswith(self.text):
            self._between = ""
            self.add(whole[len(self.text) :])

    def play(self, pcm: bytes) -> None:
        """Sound the service made itself."""
        if not self._finished:
            self._start()
            self._playback.play(self._sound, pcm)

    def step(self, text: str) -> None:
        """Something the service did on the way."""
        if text and not self._finished:
            self._desk.emit(StepReported(self.item_id, text))

    def _start(self) -> None:
        if not self._started:
            self._started = True
            self._desk.emit(TurnStarted(self.item_id, "assistant", spoken=self._spoken))

    def _say(self, text: str) -> None:
        if self._speaker is not None:
            for sentence in self._sentences.feed(text):
                self._speaker.say(sentence)

    def beside(self, ending: str) -> Answer:
        """A second answer to the same question, written only; its id ends so."""
        return Answer(self._desk, self._playback, f"{self.item_id}{ending}", None, spoken=False)

    def complete(self, *, whole: bool = True) -> None:
        """All text has come; its sound may still be on its way.

        `whole`: False where the answer broke off or was stopped.
        """
        if self._speaker is not None:
            for sentence in self._sentences.close():
                self._speaker.say(sentence)
            self._speaker.close()
        else:
            self._sound.complete = whole
        if self._started:
            self._desk.emit(TranscriptFinal(self.item_id, self.text))

    async def spoken_out(self) -> None:
        """Wait until all sound has been passed on."""
        speaker = self._speaker
        if speaker is not None:
            await Wait(lambda: speaker.finished)

    def finish(self, status: TurnStatus, detail: str = "") -> None:
        """Nothing more will come."""
        if self._finished:
            return
        self._finished = True
        if self._speaker is not None:
            self._speaker.stop()
        self._playback.end(self._sound)
        if self._started:
            self._desk.emit(TurnEnded(self.item_id, status, detail))
        self._playback.settle()
