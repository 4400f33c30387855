"""The two closed unions every kind of session speaks: intents in, events out.

A protocol machine is sans-IO: it takes what arrived (or what is wanted) and the time, and returns
a list of outputs in order, each an event or a `Send`.  No socket, no clock, no await inside.
All audio here is PCM16 mono 24 kHz (`shared.pcm`); machines convert at the wire.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from msgspec import Struct, field

Role = Literal["user", "assistant", "system"]
TurnStatus = Literal["completed", "interrupted", "failed", "incomplete"]
WayOn = Literal["", "replay", "responses"]
"""`replay`: the service no longer knows the conversation, its local text can start a new one.
`responses`: this interface is gone, the conversation can go on with Responses."""
NoticeLevel = Literal["info", "warning", "error"]
Owed = Literal["", "answer", "rest"]
"""What a session is asked for as soon as it knows the past: nothing, an answer to the last turn, or
the rest of the answer that broke off."""
SESSION_ENDED: Final = "the session ended"
"""Why turns and answers are over that nobody ended."""

# ---------------------------------------------------------------- intents


class Say(Struct, frozen=True):
    """A typed turn; the answer is asked for at once."""

    text: str


WRITTEN_TURN: Final = "-written"
"""How the id of a second, written answer ends."""


class Compose(Struct, frozen=True):
    """A turn of text, of a sound file, or of both, with the form of the answer.

    Kinds that cannot send a sound file transcribe it first; forms are for audio chat only.
    """

    text: str = ""
    sound: bytes = b""
    """A whole WAV or MP3 file."""
    answer: Literal["", "text", "audio"] = ""
    """Empty: as the session is set."""
    file_format: Literal["", "wav", "mp3", "flac", "opus"] = ""
    """The answer is wanted as a file of this kind: it comes whole, as `FileReceived`."""
    written: str = ""
    """A second, written answer is asked for with this instruction: a turn whose id ends as
    WRITTEN_TURN."""


class BeginTurn(Struct, frozen=True):
    """Push-to-talk: a recorded turn begins; interrupts an answer that is running or audible."""


class SendAudio(Struct, frozen=True):
    """Captured audio, in order."""

    pcm: bytes


class Commit(Struct, frozen=True):
    """Push-to-talk: the recorded turn is complete; ask for the answer."""


class DiscardTurn(Struct, frozen=True):
    """Push-to-talk: throw away what was recorded since `BeginTurn`."""


class Interrupt(Struct, frozen=True):
    """Stop the answer.  The machine emits `FlushPlayback`, and is told `Heard` afterwards."""


class HeardItem(Struct, frozen=True):
    """How much of one assistant item has left the loudspeaker, on the device's clock."""

    item_id: str
    content_index: int
    heard_ms: int
    received_ms: int


class Heard(Struct, frozen=True):
    """Playback was flushed; these items were in it, in order of playing.

    Items of which everything was heard may be listed too (heard_ms == received_ms).
    """

    items: tuple[HeardItem, ...]


class Enough(Struct, frozen=True):
    """Nothing more of the answer is wanted; what has come of it plays on."""


class HeardOnly(Struct, frozen=True):
    """Of an answer of an earlier session, which this one was told, only so much was heard."""

    item_id: str
    text: str


class AnswerTool(Struct, frozen=True):
    """The result of a function call, as text."""

    call_id: str
    output: str


class Close(Struct, frozen=True):
    """End the session; whatever end follows was asked for."""


Intent = (
    Say
    | Compose
    | BeginTurn
    | SendAudio
    | Commit
    | DiscardTurn
    | Interrupt
    | Enough
    | Heard
    | HeardOnly
    | AnswerTool
    | Close
)

# ---------------------------------------------------------------- events


class SessionStarted(Struct, frozen=True):
    """The service accepted the session and its settings."""

    model: str
    voice: str = ""
    expires_at_s: float | None = None
    """Unix time at which the service will end the session, if it says so."""


class TurnStarted(Struct, frozen=True):
    """A turn exists.  Its place is after `after_item_id`, not where it arrived."""

    item_id: str
    role: Role
    after_item_id: str | None = None
    """Predecessor; None when unknown (then: at the end), "" for the first of all."""
    spoken: bool = True


class TranscriptDelta(Struct, frozen=True):
    """More text of a turn."""

    item_id: str
    text: str


class TranscriptFinal(Struct, frozen=True):
    """The whole text of a turn; replaces its deltas."""

    item_id: str
    text: str
    problem: str = ""
    """Why there is no text, in words."""


class TurnEnded(Struct, frozen=True):
    """Nothing more will come for this turn from the service."""

    item_id: str
    status: TurnStatus = "completed"
    detail: str = ""


class TurnCut(Struct, frozen=True):
    """The turn was heard only up to here; the service knows it."""

    item_id: str
    heard_ms: int
    received_ms: int


class TurnRemoved(Struct, frozen=True):
    """The turn is gone from the conversation: nothing of it was heard."""

    item_id: str


class AudioDelta(Struct, frozen=True):
    """Sound of an assistant item."""

    item_id: str
    content_index: int
    pcm: bytes


class AudioEnded(Struct, frozen=True):
    """All sound of this item has arrived."""

    item_id: str
    content_index: int


class SpeechStarted(Struct, frozen=True):
    """The service hears the user speak."""

    item_id: str = ""
    at_ms: int = 0
    """On the service's clock of received audio."""


class SpeechStopped(Struct, frozen=True):
    """The service decided that the user has stopped."""

    item_id: str = ""
    at_ms: int = 0


class InputCommitted(Struct, frozen=True):
    """The service closed the user's turn: no open audio turn is left."""

    item_id: str


class FlushPlayback(Struct, frozen=True):
    """Make the loudspeaker silent now, then answer with the intent `Heard`."""


class ResponseStarted(Struct, frozen=True):
    """The model is answering."""

    response_id: str


class ResponseEnded(Struct, frozen=True):
    """The model has finished, was stopped, or failed; `detail` says why in words.

    `response_id` is empty where an answer was asked for and will never begin.
    """

    response_id: str
    status: TurnStatus
    detail: str = ""


class ToolCalled(Struct, frozen=True):
    """The model wants a function run; answer with `AnswerTool`."""

    call_id: str
    name: str
    arguments: str
    item_id: str = ""


@dataclass(frozen=True, slots=True)
class TokenUsage:
    """Tokens of one response or transcription.  Cached tokens are a subset of the input."""

    text_in: int = 0
    audio_in: int = 0
    image_in: int = 0
    cached_text: int = 0
    cached_audio: int = 0
    cached_image: int = 0
    text_out: int = 0
    audio_out: int = 0
    seconds: float = 0.0
    """For services billed by time."""
    reasoning_out: int = 0
    """Of `text_out`: spent on thinking, never seen."""
    characters: int = 0
    """For speech billed by length of text."""

    def __add__(self, other: TokenUsage) -> TokenUsage:
        return TokenUsage(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))

    @property
    def total(self) -> int:
        """All tokens, in and out."""
        return self.text_in + self.audio_in + self.image_in + self.text_out + self.audio_out


class UsageReported(Struct, frozen=True):
    """What a response, a transcription or speech made of text used."""

    usage: TokenUsage
    source: Literal["response", "transcription", "speech"] = "response"
    id: str = ""
    model: str = ""
    """The model that is billed, where it is not the session's own."""


class ConversationOpened(Struct, frozen=True):
    """The service keeps this conversation under a name; nothing but our record can list it."""

    remote_id: str


class AudioKept(Struct, frozen=True):
    """The service keeps the sound of this answer under a name, until a Unix time."""

    item_id: str
    audio_id: str
    expires_at_s: float


class FileReceived(Struct, frozen=True):
    """An answer as a sound file, asked for by `Compose`."""

    item_id: str
    format: str
    data: bytes


class StepReported(Struct, frozen=True):
    """Something the service did on the way to an answer: a tool of its own, a search."""

    item_id: str
    text: str


class Notice(Struct, frozen=True):
    """Something a person should read; already in words, not yet sanitised."""

    text: str
    level: NoticeLevel = "info"


class LineChanged(Struct, frozen=True):
    """Whether anything moves on the connection; a stalled one may go on or be given up."""

    stalled: bool


class SessionEnded(Struct, frozen=True):
    """The session is over.  `asked` = we closed it; `fatal` = trying again cannot help."""

    reason: str
    asked: bool = False
    fatal: bool = False
    retry_after_s: float | None = None
    way_on: WayOn = ""
    """What would help where trying again cannot."""


Event = (
    SessionStarted
    | TurnStarted
    | TranscriptDelta
    | TranscriptFinal
    | TurnEnded
    | TurnCut
    | TurnRemoved
    | AudioDelta
    | AudioEnded
    | SpeechStarted
    | SpeechStopped
    | InputCommitted
    | FlushPlayback
    | ResponseStarted
    | ResponseEnded
    | ToolCalled
    | UsageReported
    | ConversationOpened
    | AudioKept
    | FileReceived
    | StepReported
    | Notice
    | LineChanged
    | SessionEnded
)

# ---------------------------------------------------------------- what machines return


class Send(Struct, frozen=True):
    """A message for the service."""

    message: dict[str, object] = field(default_factory=dict)


Output = Event | Send


class PastCall(Struct, frozen=True):
    """A function that was called, and what came of it."""

    call_id: str
    name: str
    arguments: str
    output: str


class PastTurn(Struct, frozen=True):
    """A turn of an earlier session, for replay: what was said, up to what was heard."""

    role: Role
    text: str
    audio_id: str = ""
    """Audio chat: the name under which the service keeps the sound of this answer."""
    audio_expires_at_s: float = 0.0
    """Unix time."""
    sound: bytes = b""
    """Realtime: what the user said, where there are no words of it; PCM16 mono 24 kHz."""
    item_id: str = ""
    """Of a turn with sound: it keeps its name; of an answer: it may have to be corrected."""
    calls: tuple[PastCall, ...] = ()
    """Functions called behind it, before the next turn."""
