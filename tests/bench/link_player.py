"""voicetui's own way: the engine process behind `tui.audio.link`."""

from __future__ import annotations

import sys

from shared.messages import Level
from tests.bench.players import EchoName, Stopped
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices, AudioEvent, AudioPort

CONTENT_INDEX = 0


class LinkPlayer:
    """A Player on top of the product's audio port."""

    def __init__(self) -> None:
        # stderr is a file of the stage: it explains a benchmark that failed.
        self._port: AudioPort = EngineLink(on_event=tell, log_file=sys.stderr.buffer)

    async def open(self, echo: EchoName) -> None:
        # As in a call: with echo control goes voice activity.
        voice_silence_ms = 500 if echo == "auto" else 0
        await self._port.open(AudioDevices(echo=echo, voice_silence_ms=voice_silence_ms))

    async def listen(self) -> None:
        self._port.listen(True)
        await self._port.gate("open", keep=True)

    def play(self, item_id: str, pcm: bytes) -> None:
        self._port.play(item_id, CONTENT_INDEX, pcm)

    def end_item(self, item_id: str) -> None:
        self._port.end_item(item_id, CONTENT_INDEX)

    async def flush(self, item_id: str) -> Stopped:
        for item in await self._port.flush():
            if item.item_id == item_id:
                return Stopped(item.heard_frames, item.received_frames)
        # Not among the interrupted: it was heard to its end.
        item_heard = self._port.heard(item_id)
        if item_heard is None:
            return Stopped(0, 0)
        return Stopped(item_heard.heard_frames, item_heard.received_frames)

    async def captured(self) -> bytes:
        return await self._port.captured()

    async def close(self) -> None:
        await self._port.close()


def tell(event: AudioEvent) -> None:
    """Keep what the engine reports, but for its levels."""
    if not isinstance(event, Level):
        print(event, file=sys.stderr, flush=True)
