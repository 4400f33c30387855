"""What of the assistant's sound was received, and telling the service what was heard of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from tui.sessions.events import (
    AudioDelta,
    AudioEnded,
    FlushPlayback,
    HeardItem,
    TurnCut,
)
from tui.sessions.realtime.outbox import Outbox
from tui.sessions.realtime.turns import Turns
from tui.sessions.realtime.wire_audio import AudioDecoder


@dataclass(slots=True)
class _Sound:
    """Audio of one content part."""

    decoder: AudioDecoder
    ended: bool = False
    complete: bool = False
    settled: bool = False
    """The service was told what was heard of it, or need not be."""


class Playback:
    """Counts what was received per item, by decoded bytes, and truncates by what was heard."""

    def __init__(self, outbox: Outbox, turns: Turns) -> None:
        self._outbox = outbox
        self._turns = turns
        self._sounds: dict[str, dict[int, _Sound]] = {}
        """By item and content index."""
        self._unheard: set[str] = set()
        """Items with sound that may still be audible; how much of it is out, others know."""
        self.kept = 0
        """How many parts are remembered."""
        self.can_truncate = True
        self.can_delete = True

    def receive(
        self, item_id: str, index: int, data: str, decoder: Callable[[], AudioDecoder]
    ) -> None:
        """Pass a delta on; `decoder` makes one for a new part.  ValueError: not base64."""
        parts = self._sounds.setdefault(item_id, {})
        sound = parts.get(index)
        if sound is None:
            sound = parts[index] = _Sound(decoder())
            self.kept += 1
        if sound.settled:
            return
        pcm = sound.decoder.decode(data)
        if pcm:
            self._unheard.add(item_id)
            self._outbox.emit(AudioDelta(item_id, index, pcm))

    def end(self, item_id: str, index: int | None = None, *, complete: bool = True) -> None:
        """No more sound of a part (None: of all parts) will come.

        `complete`: the service has no more of it than we received.
        """
        for part, sound in self._sounds.get(item_id, {}).items():
            if index in (None, part) and not sound.ended:
                sound.ended, sound.complete = True, complete
                self._outbox.emit(AudioEnded(item_id, part))

    def flush(self) -> None:
        """Silence, if anything may still be audible."""
        if self._unheard:
            self._unheard.clear()
            self._outbox.emit(FlushPlayback())

    def forget(self, item_id: str) -> None:
        """The item is gone from the conversation."""
        for sound in self._sounds.get(item_id, {}).values():
            sound.settled = True

    def heard(self, items: Iterable[HeardItem]) -> None:
        """Truncate or delete what was not heard to its end; the rest was heard."""
        by_item: dict[str, list[HeardItem]] = {}
        for item in items:
            sound = self._sounds.get(item.item_id, {}).get(item.content_index)
            if sound is not None and not sound.settled:
                by_item.setdefault(item.item_id, []).append(item)
        for item_id, parts in by_item.items():
            if any(part.heard_ms > 0 for part in parts) or self._heard_before(item_id, parts):
                for part in parts:
                    self._cut(part)
            else:
                self._remove(item_id)

    def _heard_before(self, item_id: str, parts: list[HeardItem]) -> bool:
        """Whether an earlier part of the item is not in the list: it was heard to its end."""
        first = min(part.content_index for part in parts)
        return any(index < first for index in self._sounds[item_id])

    def _cut(self, part: HeardItem) -> None:
        sound = self._sounds[part.item_id][part.content_index]
        sound.settled = True
        self._unheard.discard(part.item_id)
        received_ms = sound.decoder.received_ms
        heard_ms = max(0, min(part.heard_ms, received_ms))
        if sound.complete and part.heard_ms >= min(part.received_ms, received_ms):
            return
        if heard_ms > 0 and self.can_truncate:
            self._outbox.send(
                {
                    "type": "conversation.item.truncate",
                    "item_id": part.item_id,
                    "content_index": part.content_index,
                    "audio_end_ms": heard_ms,
                },
                item_id=part.item_id,
            )
        self._outbox.emit(TurnCut(part.item_id, heard_ms, received_ms))

    def _remove(self, item_id: str) -> None:
        self.forget(item_id)
        self.delete(item_id)
        self._turns.remove(item_id)

    def delete(self, item_id: str) -> None:
        """Ask the service to forget the item."""
        if self.can_delete:
            self._outbox.send(
                {"type": "conversation.item.delete", "item_id": item_id}, item_id=item_id
            )

    def close(self) -> None:
        """The session is over: no more sound will come."""
        for item_id in self._sounds:
            self.end(item_id)
