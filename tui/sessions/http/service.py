"""What the three HTTP kinds have in common, and what each of them must do."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final, Literal, Protocol

from tui.sessions.events import Role, SessionEnded, TurnStatus
from tui.sessions.http.answer import Answer
from tui.sessions.http.playback import Cut
from tui.sessions.http.trouble import Trouble
from tui.sessions.loudness import Loudness

SLOW: Final = "The service did not answer in time."
CONTINUES: Final = (
    "The conversation was interrupted and goes on now. Go on in the same language and manner;"
    " do not greet again and do not mention the interruption."
)


@dataclass(slots=True)
class Question:
    """One turn of the user on its way to the service."""

    item_id: str
    text: str = ""
    """Typed, or what the transcription made of it."""
    sound: bytes = b""
    """A whole sound file: recorded, or given by the user."""
    sound_name: str = "speech.wav"
    loudness: Loudness | None = None
    spoken: bool = False
    typed: str = ""
    """Text that goes along with a sound file."""
    answer: Literal["", "text", "audio"] = ""
    file_format: str = ""
    written: str = ""
    unanswered: bool = False
    """The user has moved on before it was answered: say it to the service, ask for nothing."""
    cuts: list[Cut] = field(default_factory=list)
    """Earlier answers that were not heard to their end; the service is to be told."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """How an answer ended."""

    status: TurnStatus = "completed"
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Recalled:
    """A turn of a conversation that was held elsewhere."""

    item_id: str
    role: Role
    text: str


class Ends(Exception):
    """The session cannot go on."""

    def __init__(self, end: SessionEnded) -> None:
        super().__init__(end.reason)
        self.end = end


class Interrupted(Exception):
    """The user does not want this answer any more."""


class Service(Protocol):
    """The protocol of one kind, as flows."""

    @property
    def takes_sound(self) -> bool:
        """Whether the user's sound itself is sent; otherwise its transcript."""
        ...

    @property
    def speaks(self) -> bool:
        """Whether answers come as sound; otherwise speech is made of their text."""
        ...

    async def open(self) -> None:
        """Find or make what the conversation lives in.  Raises Ends, Refused, TimeUp."""
        ...

    async def recall(self) -> list[Recalled]:
        """What the service knows of the conversation and we do not.  Raises Refused, TimeUp."""
        ...

    async def answer(self, question: Question, answer: Answer) -> Outcome:
        """Say the question and pass the answer on as it comes.

        Sets `answer.stoppable` as soon as the question is said: from then on `Interrupted` may be
        raised inside.  Raises Ends, Refused, TimeUp.
        """
        ...

    async def stopped(self) -> None:
        """The answer was interrupted: stop the service's side of it too."""
        ...

    def gone(self, trouble: Trouble) -> SessionEnded | None:
        """The end of the session, if a refusal means that the service has lost the conversation."""
        ...

    def leave(self) -> None:
        """The session ends now: send what must still be sent."""
        ...


ONCE_MORE_AFTER_S: Final = 0.5
ONCE_MORE: Final = "The connection broke before the answer began: asked once more."
BROKE_OFF: Final = (
    "The connection broke in the middle of your last answer: the user has only what stands there."
)
GOT_ONLY: Final = (
    'The connection broke in the middle of your last answer: the user has only this of it: "{text}"'
)


def heard_note(cuts: list[Cut]) -> str:
    """Tells the model what the user heard of answers that were interrupted; empty: nothing."""
    if not cuts:
        return ""
    cut = cuts[-1]
    if not cut.heard:
        return "The user interrupted your last answer before hearing any of it."
    return (
        "The user interrupted your last answer and heard only this of it:"
        f' "{cut.heard[-2000:]}" The rest was not heard.'
    )
