"""The service's input buffer: what is sent into it, when it is closed, what it hears."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui.sessions.events import InputCommitted, SpeechStarted, SpeechStopped
from tui.sessions.loudness import Meter
from tui.sessions.options import WireFormat
from tui.sessions.realtime.answers import Answers
from tui.sessions.realtime.message import Message, count, text
from tui.sessions.realtime.outbox import Outbox
from tui.sessions.realtime.sequencer import Sequencer
from tui.sessions.realtime.transcripts import Transcripts
from tui.sessions.realtime.turns import Turns
from tui.sessions.realtime.wire_audio import AudioEncoder

SHORTEST_MS: Final = 100.0
"""Less is refused by the service."""
_LARGEST_BYTES: Final = 1 << 20
"""PCM in one message; the service takes 15 MiB of base64, a recorded file may be longer."""


class Microphone:
    """Sends captured audio and follows what the service makes of it."""

    def __init__(
        self,
        outbox: Outbox,
        turns: Turns,
        transcripts: Transcripts,
        answers: Answers,
        sequencer: Sequencer,
        *,
        detects: Callable[[], bool],
        interrupts: Callable[[], bool],
    ) -> None:
        """`detects`: whether the service finds turns itself; `interrupts`: whether it also
        cancels its answer when it hears the user."""
        self._outbox = outbox
        self._turns = turns
        self._transcripts = transcripts
        self._answers = answers
        self._sequencer = sequencer
        self._detects = detects
        self._interrupts = interrupts
        self._encoder = AudioEncoder("pcm")
        self._buffered_ms = 0.0
        self._meter = Meter()
        """Of the turn that is being recorded."""
        self._commits: dict[str, str] = {}
        """Our commits, and the response.create that followed each."""

    def use(self, format_: WireFormat) -> None:
        """Send in this format from now on."""
        if format_ != self._encoder.format:
            self._encoder = AudioEncoder(format_)

    def handlers(self) -> dict[str, Callable[[Message, float], None]]:
        """What this region handles."""
        return {
            "input_audio_buffer.speech_started": self._on_speech_started,
            "input_audio_buffer.speech_stopped": self._on_speech_stopped,
            "input_audio_buffer.committed": self._on_committed,
        }

    # ------------------------------------------------------------ intents

    def send(self, pcm: bytes) -> None:
        """Append captured audio."""
        if not self._detects():
            self._meter.add(pcm)
        for start in range(0, len(pcm), _LARGEST_BYTES):
            audio, lasts_ms = self._encoder.encode(pcm[start : start + _LARGEST_BYTES])
            if audio:
                self._buffered_ms += lasts_ms
                self._outbox.stream({"type": "input_audio_buffer.append", "audio": audio})

    def begin(self, now_s: float) -> None:
        """A recorded turn begins."""
        self._answers.interrupt(now_s)
        self.discard()

    def discard(self) -> None:
        """Throw away what was sent since the last turn."""
        self._forget()
        self._outbox.send({"type": "input_audio_buffer.clear"})

    def commit(self, now_s: float) -> None:
        """The recorded turn is complete: ask for an answer."""
        if self._buffered_ms < SHORTEST_MS:
            self.discard()
            self._outbox.no_answer("Too short: nothing was sent. Talk a little longer.", "warning")
            return
        if not self._detects() and self._meter.loudness().silent:
            self.discard()
            self._outbox.no_answer("No speech was heard: nothing was sent.", "warning")
            return
        self._forget()
        commit_id = self._outbox.send({"type": "input_audio_buffer.commit"})
        # A server that finds turns itself may also answer a commit by itself.
        self._commits[commit_id] = self._sequencer.want(now_s, covered=self._detects())

    def _forget(self) -> None:
        """The buffer is empty, or not ours any more."""
        self._buffered_ms = 0.0
        self._encoder.reset()
        self._meter.clear()

    def commit_refused(self, commit_id: str, now_s: float, words: str) -> None:
        """The service would not close the turn: an answer to nothing must not come."""
        # Without an id it is the last one.
        known = commit_id if commit_id in self._commits else next(reversed(self._commits), "")
        if known and self._sequencer.doom(self._commits[known], now_s):
            self._answers.interrupt(now_s)
        self._outbox.no_answer(words, "warning")

    # ------------------------------------------------------------ events

    def _on_speech_started(self, message: Message, now_s: float) -> None:
        self._outbox.emit(SpeechStarted(text(message, "item_id"), count(message, "audio_start_ms")))
        self._answers.interrupt(now_s, cancel=not self._interrupts())

    def _on_speech_stopped(self, message: Message, now_s: float) -> None:
        self._outbox.emit(SpeechStopped(text(message, "item_id"), count(message, "audio_end_ms")))

    def _on_committed(self, message: Message, now_s: float) -> None:
        item_id = text(message, "item_id")
        self._buffered_ms = 0.0
        if item_id:
            previous = text(message, "previous_item_id") or None
            self._turns.announce(item_id, "user", previous, spoken=True)
            self._transcripts.expect(item_id, now_s)
        self._outbox.emit(InputCommitted(item_id))
