"""What is to be heard in a call: answers, clips of the record, and how much of them was.

Everything runs on the call's loop.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final

from shared.pcm import FRAME_BYTES, FRAMES_PER_MS, RATE_HZ
from tui.audio.link import EngineLink
from tui.audio.port import ItemHeard
from tui.call_events import CallEvent, TurnHeard
from tui.latency import AnswerClock
from tui.pace import Pace
from tui.sessions.events import (
    SESSION_ENDED,
    Enough,
    Heard,
    HeardItem,
    HeardOnly,
    Intent,
    Notice,
    TurnCut,
)
from tui.transcript import Transcript

PLAYING_TICK_S: Final = 0.04
"""How often what was heard is looked at while something plays."""
SLOW_AFTER_S: Final = 0.5
"""An answer whose sound has run out for so long comes too slowly."""
MOST_KEPT_FRAMES: Final = 600 * RATE_HZ
"""Of sound that was not heard to its end yet: ten minutes, 29 MB."""
CLIP_PREFIX: Final = "clip:"
"""Names what plays from the record; no service has such items."""


class Playback:
    """Gives sound to the engine; tells the service and the transcript what was heard of it."""

    def __init__(
        self,
        audio: EngineLink,
        transcript: Transcript,
        clock: AnswerClock,
        round_trip_ms: Callable[[], float | None],
        intend: Callable[[Intent], None],
        tell: Callable[[CallEvent], None],
        changed: Callable[[], None],
        spawn: Callable[[Awaitable[None]], asyncio.Task[None]],
    ) -> None:
        """`changed`: another state of the call may be due."""
        self._audio = audio
        self._transcript = transcript
        self._clock = clock
        self._round_trip_ms = round_trip_ms
        self._intend = intend
        self._tell = tell
        self._changed = changed
        self._spawn = spawn
        self._pace = Pace()
        self._own: set[str] = set()
        """Answers with sound of the session there is now."""
        self._coming = ""
        """The answer of which more sound is to come."""
        self.slow = False
        """It comes more slowly than it is heard."""
        self.kept_frames = 0
        """Of sound that was not heard to its end yet."""
        self._left_out = False
        self._clip_number = 0
        self._watching: asyncio.Task[None] | None = None

    # ------------------------------------------------------------ what is to be heard

    def answer(self, item_id: str, content_index: int, pcm: bytes) -> bool:
        """A piece of an answer; False: no service may fill the memory with sound to come."""
        self._own.add(item_id)
        self._coming = item_id
        frames = len(pcm) // FRAME_BYTES
        if self.kept_frames + frames > MOST_KEPT_FRAMES:
            if not self._left_out:
                self._left_out = True
                words = "The answer is ten minutes ahead of what you hear: it is stopped there."
                self._tell(Notice(words, "warning"))
                self._intend(Enough())
            return False
        self.kept_frames += frames
        self._clock.audio(item_id, time.monotonic())
        self._audio.play(item_id, content_index, pcm)
        self._watch()
        return True

    def answer_ended(self, item_id: str, content_index: int) -> None:
        """No more sound of it will come."""
        self._audio.end_item(item_id, content_index)
        self._coming = ""
        self._watch()  # it may have been heard already

    def clip(self, pcm: bytes) -> None:
        """Something from the record; the service hears nothing of it."""
        self._clip_number += 1
        name = f"{CLIP_PREFIX}{self._clip_number}"
        self.kept_frames += len(pcm) // FRAME_BYTES
        self._audio.play(name, 0, pcm)
        self._audio.end_item(name, 0)
        self._watch()

    # ------------------------------------------------------------ what is no longer to be heard

    def flush(self) -> None:
        """Silence, at once."""
        self._spawn(self._flush())

    def flush_foreign(self, *, clips: bool) -> None:
        """What the session cannot stop, because it is not its own: an earlier answer, a clip."""
        playing = self._audio.playing
        if playing is None or playing in self._own:
            return
        if clips or not playing.startswith(CLIP_PREFIX):
            self.flush()

    async def _flush(self) -> None:
        cut = await self._audio.flush()
        for item in self._tell_heard(cut):
            if item.item_id not in self._own and item.heard_frames < item.received_frames:
                self._cut_earlier(_heard_item(item))
        self._changed()

    def _cut_earlier(self, heard: HeardItem) -> None:
        """An answer of an earlier session was interrupted: the service was told all its words."""
        turn = self._transcript.get(heard.item_id)
        received_ms = heard.received_ms
        if turn is not None and turn.cut and turn.received_ms:
            received_ms = max(received_ms, turn.received_ms)  # its words were longer than its sound
        self._tell(TurnCut(heard.item_id, heard.heard_ms, received_ms))
        if turn is not None:
            self._intend(HeardOnly(heard.item_id, turn.text_heard))

    def on_lost(self) -> None:
        """The connection broke: what was received of an answer plays on, its text ends there."""
        self._coming = ""
        turn = next((turn for turn in reversed(list(self._transcript))), None)
        if turn is None or turn.detail != SESSION_ENDED or turn.role != "assistant":
            return
        if turn.cut or not turn.spoken:
            return
        item = self._audio.heard(turn.item_id)
        sound_ms = item.received_frames // FRAMES_PER_MS if item else turn.heard_ms or 0
        length_ms = self._pace.length_ms(turn.text, sound_ms)
        if sound_ms == 0 or length_ms > sound_ms:
            self._tell(TurnCut(turn.item_id, sound_ms, length_ms))

    def on_new_session(self) -> None:
        """It knows nothing of what plays."""
        self._own.clear()

    # ------------------------------------------------------------ what was heard

    def _watch(self) -> None:
        if self._watching is None or self._watching.done():
            self._watching = self._spawn(self._watch_until_silent())

    async def _watch_until_silent(self) -> None:
        """As long as something is to be heard: first sound, ends of items, the state."""
        self._changed()
        dry_s: float | None = None
        while self._audio.playing is not None or self._coming:
            await asyncio.sleep(PLAYING_TICK_S)
            self.look()
            if self._audio.playing is not None:
                dry_s = None
            elif dry_s is None:
                dry_s = time.monotonic()
            slow = dry_s is not None and time.monotonic() - dry_s > SLOW_AFTER_S
            if slow != self.slow:
                self.slow = slow
                self._changed()
        self.slow = False
        self.look()
        self._changed()

    def look(self) -> None:
        """Tell what has been heard until now."""
        waiting_for = self._clock.waiting_for
        if waiting_for:
            item = self._audio.heard(waiting_for)
            heard_ms = item.heard_frames / FRAMES_PER_MS if item else 0.0
            latency = self._clock.heard(heard_ms, time.monotonic(), self._round_trip_ms())
            if latency is not None:
                self._tell(latency)
        heard = self._audio.pop_heard()
        if heard:
            for item in self._tell_heard(heard):
                heard_ms = item.heard_frames // FRAMES_PER_MS
                self._tell(TurnHeard(item.item_id, heard_ms))
                turn = self._transcript.get(item.item_id)
                if turn is not None and turn.status == "completed" and not turn.cut:
                    self._pace.learn(turn.text, heard_ms)

    def _tell_heard(self, items: list[ItemHeard]) -> list[ItemHeard]:
        """To the service, without clips of the record; returns what was told."""
        for item in items:
            self.kept_frames -= item.received_frames
            self._left_out = False
        items = [item for item in items if not item.item_id.startswith(CLIP_PREFIX)]
        if items:
            self._intend(Heard(tuple(map(_heard_item, items))))
        return items


def _heard_item(item: ItemHeard) -> HeardItem:
    return HeardItem(
        item.item_id,
        item.content_index,
        heard_ms=item.heard_frames // FRAMES_PER_MS,
        received_ms=item.received_frames // FRAMES_PER_MS,
    )
