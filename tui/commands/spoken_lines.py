"""What a call's events are as lines, in the order of the conversation, each written once."""

from __future__ import annotations

from typing import Final

from shared.messages import State
from tui.audio.port import EngineBack, EngineLost
from tui.call_events import CallEvent, CallState, MuteChanged, StateChanged
from tui.language import tr
from tui.language.sentences import told
from tui.sessions.events import (
    Notice,
    ResponseEnded,
    ResponseStarted,
    SessionEnded,
    SessionStarted,
    TokenUsage,
    TurnCut,
)
from tui.transcript import Transcript, Turn

TRANSCRIPT_WAIT_S: Final = 3.0
"""The transcript of what was spoken is late; the answer to it is held back at most this long."""
ANSWER_WAIT_S: Final = 60.0
"""An answer that has not begun by then is not coming."""
KEY_WAIT_S: Final = 2.0
"""The talk key has changed the state by then."""
NO_MICROPHONE: Final = "no microphone; t asks a recorded question"

_LOSSES: Final = ("the loudspeaker", "the microphone", "no sound output")
_TOLD_STATES: Final[dict[CallState, str]] = {
    "connecting": "connecting",
    "listening": "listening",
    "recording": "recording",
    "paused": "not listening",
    "reconnecting": "reconnecting",
}


class SpokenLines:
    """Takes events; `due` returns the lines that may be written now."""

    def __init__(self, *, echo_typed: bool) -> None:
        self.ended: SessionEnded | None = None
        self._echo_typed = echo_typed
        self._transcript = Transcript()
        self._state: CallState = "connecting"
        self._told_state = ""
        self._told_sound: set[str] = set()
        self._listened = False
        self._lines: list[str] = []
        self._written: set[str] = set()
        self._final_since_s: dict[str, float] = {}
        self._answering = False
        self._answer_due_s = 0.0

    @property
    def usage(self) -> TokenUsage:
        """Tokens of the whole conversation."""
        return self._transcript.total

    @property
    def last_answer(self) -> str:
        """The line of the newest answer that was written."""
        for turn in reversed(list(self._transcript)):
            if turn.role == "assistant" and turn.item_id in self._written:
                return self._line_of(turn)
        return ""

    # ------------------------------------------------------------ is something going on

    def typed(self, text: str, now_s: float) -> None:
        """A typed turn is on its way."""
        if self._echo_typed:
            self._lines.append(f"{tr('You')}: {text}")
        self._answer_due_s = now_s + ANSWER_WAIT_S

    def pressed(self, now_s: float) -> None:
        """The talk or the mute key was pressed; a change of state follows."""
        self._answer_due_s = max(self._answer_due_s, now_s + KEY_WAIT_S)

    def busy(self, now_s: float) -> bool:
        """A turn or an answer is under way, or about to be."""
        return (
            self._answering
            or now_s < self._answer_due_s
            or self._state in ("connecting", "recording", "thinking", "speaking")
            or bool(self._unwritten(now_s))
        )

    # ------------------------------------------------------------ events

    def hear(self, event: CallEvent, now_s: float) -> None:
        """Take one event of the call."""
        for item_id in self._transcript.apply(event).changed:
            turn = self._transcript.get(item_id)
            if turn is not None and (turn.complete or turn.status != "open"):
                self._final_since_s.setdefault(item_id, now_s)
        match event:
            case SessionStarted():
                self._lines.append(f"[{tr('connected to {model}', model=event.model)}]")
            case StateChanged():
                self._on_state(event, now_s)
            case MuteChanged():
                self._lines.append(f"[{tr('muted') if event.on else tr('unmuted')}]")
                self._answer_due_s = 0.0
            case TurnCut() if event.item_id in self._written:
                self._lines.append(_cut_words(event.heard_ms))
            case ResponseStarted():
                self._answering = True
                self._answer_due_s = 0.0
            case ResponseEnded():
                self._answering = False
                self._answer_due_s = 0.0
                if event.status in ("failed", "incomplete"):
                    how, why = tr(event.status), told(event.detail)
                    self._lines.append(f"[{tr('answer {how}: {why}', how=how, why=why)}]")
            case Notice():
                self._lines.append(f"[{told(event.text)}]")
            case State():
                self._on_sound(event.notice)
            case EngineLost():
                words = tr("sound stopped: {reason}; starting it again", reason=event.reason)
                self._lines.append(f"[{words}]")
            case EngineBack():
                self._lines.append(f"[{tr('sound is back')}]")
            case SessionEnded():
                self.ended = event
            case _:
                pass

    def _on_sound(self, notice: str) -> None:
        """Each thing that is wrong is told once, as long as it is; and when sound is back."""
        wrong = [part for part in notice.split("; ") if part]
        if any(map(_is_loss, self._told_sound)) and not any(map(_is_loss, wrong)):
            self._lines.append(f"[{tr('sound is back')}]")
        self._told_sound.intersection_update(wrong)
        for part in wrong:
            if part not in self._told_sound:
                self._told_sound.add(part)
                self._lines.append(sound_line(part))

    def _on_state(self, event: StateChanged, now_s: float) -> None:
        if self._state == "recording" and event.state != "recording":
            # The recorded turn was sent: between here and the answer nothing else tells of it.
            self._answer_due_s = now_s + ANSWER_WAIT_S / 4
        elif event.state in ("recording", "listening") and self._answer_due_s < now_s + KEY_WAIT_S:
            self._answer_due_s = 0.0  # what a key asked for has happened
        self._state = event.state
        words = _TOLD_STATES.get(event.state, "")
        if not words or (event.state == "paused" and not event.detail and not self._listened):
            return  # before the microphone is open there is nothing to be told
        if event.state == "connecting" and " · " in event.detail:
            return  # "Calling ..." has named the service
        self._listened |= event.state in ("listening", "recording")
        words = tr(words)
        detail = detail_words(event.detail)
        line = f"[{words}: {detail}]" if detail else f"[{words}]"
        if line != self._told_state:
            self._told_state = line
            self._lines.append(line)

    # ------------------------------------------------------------ lines

    def due(self, now_s: float) -> list[str]:
        """Lines to write now; whole turns in their order, everything else as it came."""
        lines, self._lines = self._lines, []
        blocked = False
        for turn in self._transcript:
            if turn.item_id in self._written or turn.role == "system":
                continue
            since_s = self._final_since_s.get(turn.item_id)
            if since_s is None:
                # Not final. Later turns wait for it, but not for ever.
                blocked = True
                continue
            if blocked and now_s - since_s < TRANSCRIPT_WAIT_S and self.ended is None:
                continue
            self._written.add(turn.item_id)
            line = self._line_of(turn)
            if line:
                lines.append(line)
        return lines

    def _line_of(self, turn: Turn) -> str:
        if turn.role == "user":
            # What was typed was echoed at once, or stands on the terminal already.
            return f"{tr('You')}: {_shown(turn)}" if turn.spoken else ""
        if turn.cut:
            return f"{tr('Assistant')}: {turn.text_heard.rstrip()} {_cut_words(turn.heard_ms or 0)}"
        return f"{tr('Assistant')}: {turn.text}" if turn.text.strip() else ""

    def _unwritten(self, now_s: float) -> list[str]:
        return [
            item_id
            for item_id, since_s in self._final_since_s.items()
            if item_id not in self._written and now_s - since_s < TRANSCRIPT_WAIT_S
        ]


def _is_loss(part: str) -> bool:
    return part.startswith(_LOSSES) and "only silence" not in part


def sound_line(part: str) -> str:
    """One thing that is wrong with the devices."""
    if part.startswith(("no microphone", "no sound output")):
        return f"[{told(part)}]"
    return f"[{tr('sound: {notice}', notice=told(part))}]"


def detail_words(detail: str) -> str:
    """What is to be said of a state; where keys are letters with Enter, the talk key has a name."""
    return tr(NO_MICROPHONE) if detail.startswith("no microphone") else told(detail)


def _shown(turn: Turn) -> str:
    if turn.problem and not turn.text.strip():
        return f"({told(turn.problem)})"
    return turn.shown


def _cut_words(heard_ms: int) -> str:
    return f"[{tr('interrupted after {s:.1f} s', s=heard_ms / 1000)}]"
