"""What of the answers was sent to the loudspeaker, and what reached the listener."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from shared.pcm import FRAME_BYTES, FRAMES_PER_MS
from tui.sessions.events import (
    AudioDelta,
    AudioEnded,
    Event,
    FlushPlayback,
    HeardItem,
    TurnCut,
)

BYTES_PER_MS: Final = FRAMES_PER_MS * FRAME_BYTES
_READING_MS_PER_CHAR: Final = 65.0
"""How long speech lasts where none was made: about 15 characters a second."""


@dataclass(slots=True)
class _Sentence:
    start_char: int
    end_char: int
    start_ms: float
    end_ms: float


@dataclass(slots=True)
class Sound:
    """The sound of one answer, and which words are in it."""

    item_id: str
    spoken: bool = True
    received_bytes: int = 0
    complete: bool = False
    """All of the answer's text has been made into sound."""
    ended: bool = False
    audible: bool = False
    heard_ms: int = 0
    cut: bool = False
    """Stopped by the user; what was heard of it is settled when `Heard` comes."""
    sentences: list[_Sentence] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """More of the answer's text."""
        self._pieces.append(text)

    @property
    def text(self) -> str:
        """All text of the answer so far, whether spoken yet or not."""
        if len(self._pieces) > 1:
            self._pieces[:] = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    @property
    def received_ms(self) -> float:
        """Length of what was received."""
        return self.received_bytes / BYTES_PER_MS

    def chars_heard(self, heard_ms: float) -> int:
        """How many characters of the text had been said after so much of the sound."""
        if not self.sentences:
            # The service made sound and words itself: they run side by side.
            whole_ms = self.received_ms
            return round(len(self.text) * min(1.0, heard_ms / whole_ms)) if whole_ms else 0
        chars = 0
        for sentence in self.sentences:
            if heard_ms >= sentence.end_ms:
                chars = sentence.end_char
                continue
            if heard_ms > sentence.start_ms:
                share = (heard_ms - sentence.start_ms) / (sentence.end_ms - sentence.start_ms)
                length = sentence.end_char - sentence.start_char
                chars = sentence.start_char + round(length * share)
            break
        return min(chars, len(self.text))


@dataclass(frozen=True, slots=True)
class Cut:
    """An answer the user did not hear to its end."""

    item_id: str
    heard: str
    """Its words up to there."""


class Playback:
    """Passes sound on, flushes it, and turns what was heard into words."""

    def __init__(self, emit: Callable[[Event], None]) -> None:
        self._emit = emit
        self._sounds: dict[str, Sound] = {}
        self._flushed: list[Sound] = []
        self.cuts: list[Cut] = []
        """What the model has not been told yet."""

    def sound(self, item_id: str, *, spoken: bool) -> Sound:
        """Begin an answer."""
        sound = self._sounds[item_id] = Sound(item_id, spoken=spoken)
        return sound

    def play(self, sound: Sound, pcm: bytes) -> None:
        """Sound of an answer; nothing after it was cut."""
        if pcm and not sound.cut:
            sound.received_bytes += len(pcm)
            sound.audible = True
            self._emit(AudioDelta(sound.item_id, 0, pcm))

    def sentence(self, sound: Sound, start_char: int, end_char: int, start_ms: float) -> None:
        """The sound from `start_ms` until now is this part of the text."""
        end_ms = sound.received_ms
        if end_ms > start_ms:
            sound.sentences.append(_Sentence(start_char, end_char, start_ms, end_ms))

    def end(self, sound: Sound) -> None:
        """No more sound of this answer will come."""
        if sound.ended:
            return
        sound.ended = True
        if sound.received_bytes:
            self._emit(AudioEnded(sound.item_id, 0))
        elif not sound.cut:
            self._sounds.pop(sound.item_id, None)

    def flush(self) -> None:
        """The user interrupts: silence, and a question what was heard."""
        stopped = [
            sound
            for sound in self._sounds.values()
            if not sound.cut
            and sound.spoken
            and (sound.audible or (sound.text and not sound.ended))
        ]
        for sound in stopped:
            sound.cut = True
        self._flushed += stopped
        if any(sound.audible for sound in stopped):
            self._emit(FlushPlayback())

    @property
    def settled(self) -> bool:
        """Whether nothing waits for `Heard`."""
        return not self._flushed

    def heard(self, items: Iterable[HeardItem]) -> None:
        """The loudspeaker's account."""
        for item in items:
            sound = self._sounds.get(item.item_id)
            if sound is None:
                continue
            sound.heard_ms = max(sound.heard_ms, item.heard_ms)
            sound.audible = False
            if not sound.cut and sound.ended:  # it played out
                del self._sounds[item.item_id]
        self.settle()

    def settle(self, *, forced: bool = False) -> None:
        """Everything that was stopped and whose text is final: say how much was heard.

        `forced`: wait no longer for the loudspeaker's account.
        """
        waiting = []
        for sound in self._flushed:
            if not sound.ended or (sound.audible and not forced):
                waiting.append(sound)
                continue
            self._sounds.pop(sound.item_id, None)
            self._settle(sound)
        self._flushed = waiting

    def _settle(self, sound: Sound) -> None:
        sound.audible = False
        heard_ms = min(float(sound.heard_ms), sound.received_ms)
        if sound.complete and heard_ms >= sound.received_ms > 0:
            return
        chars = sound.chars_heard(heard_ms)
        if chars:
            # The text received stands for so much sound, made or not.
            whole_ms = max(heard_ms * len(sound.text) / chars, heard_ms)
        else:
            heard_ms = 0.0
            whole_ms = max(sound.received_ms, len(sound.text) * _READING_MS_PER_CHAR, 1.0)
        self.cuts.append(Cut(sound.item_id, _whole_words(sound.text, chars)))
        self._emit(TurnCut(sound.item_id, round(heard_ms), round(whole_ms)))


def _whole_words(text: str, chars: int) -> str:
    """The beginning of the text, no word torn."""
    if chars >= len(text):
        return text.strip()
    start = text[:chars]
    blank = start.rfind(" ")
    if text[chars : chars + 1].isspace() or blank < 0 or not start[blank:].isascii():
        return start.strip()
    return start[:blank].strip()
