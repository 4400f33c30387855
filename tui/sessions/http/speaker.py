"""Speaks an answer sentence by sentence while it is still being written."""

from __future__ import annotations

from collections import Counter, deque
from dataclasses import dataclass, field
from typing import Final

from shared.pcm import FRAME_BYTES, RATE_HZ
from tui.sessions.events import TokenUsage, UsageReported
from tui.sessions.http.desk import Desk
from tui.sessions.http.flow import Flow, TimeUp, Wait
from tui.sessions.http.lead_in import LeadIn
from tui.sessions.http.playback import Playback, Sound
from tui.sessions.http.sentences import Sentence
from tui.sessions.http.speakable import Speakable
from tui.sessions.http.trouble import Refused
from tui.sessions.http.voice import Voice, Voices
from tui.sessions.realtime.message import Message
from tui.sessions.realtime.message import part as message_part
from tui.sessions.realtime.usage import response_usage

LONGEST_BYTES: Final = 10 * 60 * RATE_HZ * FRAME_BYTES
"""Of one sentence's sound: ten minutes."""
AT_ONCE: Final = 2
"""Speech requests open at the same time: the sentence that plays, and the next one."""


@dataclass(slots=True)
class _Piece:
    """One sentence on its way."""

    sentence: Sentence
    text: str
    sound: deque[bytes] = field(default_factory=deque)
    ended: bool = False
    problem: str = ""


class Speaker:
    """The sound of one answer."""

    def __init__(self, desk: Desk, voices: Voices, playback: Playback, sound: Sound) -> None:
        self._desk = desk
        self._voices = voices
        self._playback = playback
        self._sound = sound
        self._speakable = Speakable()
        self._waiting: deque[_Piece] = deque()
        self._fetching: deque[_Piece] = deque()
        """In the order of speaking; only the first one is passed on."""
        self._closed = False
        self._stopped = False
        self._characters: Counter[str] = Counter()
        """By model."""
        self._sound_bytes: Counter[str] = Counter()
        self._lead_in = LeadIn()
        self._told: set[str] = set()
        """Voices that tell what they used."""
        self._plays_until_s = 0.0
        self._flows: list[Flow] = [desk.start(self._fetch_all()), desk.start(self._pass_on())]
        self._passed = False
        self._silent = False
        """There is no voice any more."""

    def say(self, sentence: Sentence) -> None:
        """One more sentence."""
        text = self._speakable.text(sentence.text)
        if text and not self._stopped:
            self._waiting.append(_Piece(sentence, text))

    def close(self) -> None:
        """No more sentences."""
        self._closed = True

    @property
    def finished(self) -> bool:
        """All sound has been passed on."""
        return self._passed or self._stopped

    def stop(self) -> None:
        """Nothing more of it is wanted."""
        self._stopped = True
        for flow in self._flows:
            flow.stop()
        self._waiting.clear()
        self._bill()

    def _bill(self) -> None:
        for model, characters in (+self._characters).items():
            if model in self._told:
                continue
            # Some voices are billed by characters, some by what comes of them.
            seconds = round(self._sound_bytes[model] / (RATE_HZ * FRAME_BYTES), 3)
            usage = TokenUsage(characters=characters, seconds=seconds)
            self._desk.emit(UsageReported(usage, "speech", self._sound.item_id, model=model))
        self._characters.clear()
        self._sound_bytes.clear()

    def _spent(self, voice: Voice, told: Message) -> None:
        """A voice that tells what it used is billed by that, and by nothing else."""
        usage = response_usage(message_part(told, "usage"))
        if usage.total:
            name = self._sound.item_id
            self._desk.emit(UsageReported(usage, "speech", name, model=voice.model))
            self._told.add(voice.model)

    async def _fetch_all(self) -> None:
        """Ask for one sentence after the other, not too far ahead."""
        while True:
            await Wait(lambda: self._waiting or self._closed)
            if not self._waiting:
                return
            await Wait(lambda: len(self._fetching) < AT_ONCE)
            ahead_s = self._plays_until_s - self._desk.now_s
            if ahead_s > self._voices.ahead_s:
                await self._desk.sleep(ahead_s - self._voices.ahead_s)
            piece = self._waiting.popleft()
            self._fetching.append(piece)
            self._flows.append(self._desk.start(self._fetch(piece)))

    async def _fetch(self, piece: _Piece) -> None:
        while (voice := self._voices.current) is not None:
            if await self._fetched(piece, voice):
                break
        else:
            self._silent = True
        piece.ended = True

    async def _fetched(self, piece: _Piece, voice: Voice) -> bool:
        """Whether this piece is done with, spoken or not; False: another voice may try."""
        self._characters[voice.model] += len(piece.text)
        try:
            with await voice.speak(self._desk, piece.text) as stream:
                received_bytes = 0
                while (part := await stream.next()) is not None:
                    if isinstance(part, bytes):
                        piece.sound.append(part)
                        received_bytes += len(part)
                        self._sound_bytes[voice.model] += len(part)
                    else:
                        self._spent(voice, part)
                    if received_bytes > LONGEST_BYTES:
                        piece.problem = "The speech service sent sound without an end."
                        break
        except Refused as refused:
            meaning = refused.trouble.meaning(model=voice.model)
            if refused.trouble.status:
                self._characters[voice.model] -= len(piece.text)
            if meaning.weight == "fatal" or refused.trouble.status in (404, 405, 410):
                self._voices.gone(voice, meaning.words)
                return False
            piece.problem = meaning.words
        except TimeUp:
            piece.problem = "The speech service did not answer in time."
        return True

    async def _pass_on(self) -> None:
        """The sound of the sentences in their order, each as it comes."""
        while True:
            await Wait(lambda: self._fetching or (self._closed and not self._waiting))
            if not self._fetching:
                break
            piece = self._fetching[0]
            await self._pass(piece)
            self._fetching.popleft()
        self._sound.complete = not self._silent
        self._passed = True
        self._bill()

    async def _pass(self, piece: _Piece) -> None:
        start_ms = self._sound.received_ms
        left = b""
        while True:
            await Wait(lambda: piece.sound or piece.ended)
            if not piece.sound:
                break
            pcm = left + piece.sound.popleft()
            whole = len(pcm) & ~1
            left = pcm[whole:]
            self._play(self._lead_in.take(pcm[:whole]))
        self._play(self._lead_in.rest())
        self._playback.sentence(self._sound, piece.sentence.start, piece.sentence.end, start_ms)
        if piece.problem:
            self._desk.notice_once(
                f"speech {piece.problem}", f"Not spoken: {piece.problem}", "warning"
            )

    def _play(self, pcm: bytes) -> None:
        before_ms = self._sound.received_ms
        self._playback.play(self._sound, pcm)
        lasts_s = (self._sound.received_ms - before_ms) / 1000
        self._plays_until_s = max(self._plays_until_s, self._desk.now_s) + lasts_s
