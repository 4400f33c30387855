"""What a call tells the screen, and what the screen (or plain mode) may ask of it.

A `Call` (tui/call.py) owns the session thread, the session and the audio port.  `Call.submit` takes
an `Ask` from any thread; events come to the `on_event` callback **on the session thread**: a screen
must hand them over with `post_message` and return at once.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, Protocol

from msgspec import Struct

from shared.messages import Counters, Level, State
from tui.audio.port import EngineBack, EngineLost
from tui.blackbox.counters import Stages
from tui.sessions.events import Compose, Event
from tui.usage.cost import Cost

if TYPE_CHECKING:
    from tui.store.rows import SavedConversation  # 8 ms

CallState = Literal[
    "connecting",
    "listening",  # hands-free, the microphone is open
    "recording",  # push-to-talk: a turn is being recorded (or the bundled question is being asked)
    "paused",  # hands-free, listening is off; or push-to-talk waiting for the talk key
    "muted",
    "thinking",  # a response was asked for, nothing to hear yet
    "speaking",  # the loudspeaker has something of ours
    "reconnecting",
    "ended",
]


class Talk(Struct, frozen=True):
    """The talk key.  Hands-free: pause / resume listening.  Push-to-talk: start / send.

    Without a microphone: ask the bundled recorded question.
    """


class HoldTalk(Struct, frozen=True):
    """Push-to-talk by a key that is held: it went down (`on`), or came up."""

    on: bool


class Mute(Struct, frozen=True):
    """Mute, unmute, or toggle (None)."""

    on: bool | None = None


class Stop(Struct, frozen=True):
    """Interrupt the answer."""


class Type(Struct, frozen=True):
    """A typed turn."""

    text: str


class AskAudio(Struct, frozen=True):
    """Send a recorded file as one spoken turn (any WAV the engine can read)."""

    path: str


class PlayClip(Struct, frozen=True):
    """Play sound of the record; `Stop` ends it."""

    pcm: bytes


class AllowTool(Struct, frozen=True):
    """The answer to `ToolAsked`."""

    call_id: str
    allow: bool


class Record(Struct, frozen=True):
    """Record both sides into a file of ours; once more: end it."""


class WriteReport(Struct, frozen=True):
    """Write the last half minute, with counters, into a bundle for a bug report."""


class CountStages(Struct, frozen=True):
    """Ask for `Counted`."""


class PickDevice(Struct, frozen=True):
    """Use this microphone (input) or loudspeaker (output) from now on, in the settings' words."""

    direction: Literal["input", "output"]
    name: str


class MeterMicrophone(Struct, frozen=True):
    """Tell levels of the microphone also while nothing of it is sent, or no longer."""

    on: bool


class HangUp(Struct, frozen=True):
    """End the call."""

    reason: str = "hung up"


class Present(Struct, frozen=True):
    """A key was pressed: somebody is there.  For whoever watches the call; the call ignores it."""


class RaiseBudget(Struct, frozen=True):
    """Spend more than was planned.  For whoever watches the call; the call ignores it."""


Ask = (
    Talk
    | HoldTalk
    | Mute
    | Stop
    | Type
    | Compose
    | AskAudio
    | PlayClip
    | AllowTool
    | Record
    | WriteReport
    | CountStages
    | PickDevice
    | MeterMicrophone
    | HangUp
    | Present
    | RaiseBudget
)


class StateChanged(Struct, frozen=True):
    """The state a person should see, with a few words where they help."""

    state: CallState
    detail: str = ""


class MuteChanged(Struct, frozen=True):
    """The engine has acknowledged: from here on nothing captured leaves this process (on=True)."""

    on: bool


class MuteChecked(Struct, frozen=True):
    """While muted: whether somebody talks all the same, and what went out since."""

    talking: bool
    sent_frames: int
    """Frames of the microphone with sound in them; anything but 0 is a fault of ours."""


class MicrophoneMissing(Struct, frozen=True):
    """There is none to be opened (on), and the talk key asks a recorded question; or one came."""

    on: bool


class RecordingChanged(Struct, frozen=True):
    """Both sides are being recorded into this file; empty: no more."""

    path: str


class WireLogged(Struct, frozen=True):
    """Everything that goes over the wire is written into this file; empty: no more."""

    path: str


class Latency(Struct, frozen=True):
    """Of one answer: end of the user's turn to first byte of audio, and to first sound heard."""

    item_id: str
    first_byte_ms: float
    first_sound_ms: float
    network_ms: float | None = None
    """There and back, where it is known; part of the first byte's time."""


class TurnHeard(Struct, frozen=True):
    """The answer has been heard to its end."""

    item_id: str
    heard_ms: int


class Counted(Struct, frozen=True):
    """Counters of all stages, as they are now."""

    stages: Stages


class Clip(Struct, frozen=True):
    """The sound of a turn, PCM16 mono 24 kHz, as it was sent or received."""

    item_id: str
    role: Literal["user", "assistant"]
    pcm: bytes


ToolOutcome = Literal["done", "failed", "refused", "withdrawn"]


class ToolAsked(Struct, frozen=True):
    """A person must say whether this function runs: `AllowTool`.  `ToolCalled` came before."""

    call_id: str
    name: str
    arguments: str


class ToolStarted(Struct, frozen=True):
    """The function runs."""

    call_id: str


class ToolEnded(Struct, frozen=True):
    """What the model was told; `withdrawn`: the question or the session is gone."""

    call_id: str
    outcome: ToolOutcome
    output: str


class ConversationKept(Struct, frozen=True):
    """Under this name the record keeps the call, once something is said."""

    conversation_id: str


class SavingFails(Struct, frozen=True):
    """What is said cannot be written down now (on); or it can again."""

    on: bool


class Spent(Struct, frozen=True):
    """What the call costs so far, estimated; comes after every report of use."""

    turn: Cost
    conversation: Cost
    """With what it cost before it was taken up again."""
    prices: str
    """Which prices, in words."""
    budget: str = ""
    """What is used of it, in words; empty without a budget."""


class EarlierTurns(Struct, frozen=True):
    """What was said before, in a conversation that is taken up again; it comes first."""

    saved: SavedConversation


CallEvent = (
    Event
    | StateChanged
    | MuteChanged
    | MuteChecked
    | MicrophoneMissing
    | RecordingChanged
    | WireLogged
    | Counted
    | Latency
    | TurnHeard
    | Clip
    | Spent
    | ToolAsked
    | ToolStarted
    | ToolEnded
    | ConversationKept
    | EarlierTurns
    | SavingFails
    | State
    | Level
    | Counters
    | EngineLost
    | EngineBack
)


class AnyCall(Protocol):
    """What whoever holds a call needs of it."""

    def start(self) -> None:
        """Begin; returns at once."""

    def submit(self, ask: Ask) -> None:
        """From any thread; returns at once."""

    def stop(self, timeout_s: float = 2.0) -> None:
        """End and wait; safe to call twice."""
