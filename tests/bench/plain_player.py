"""How a voice client usually plays sound: a queue, a thread, blocking writes, in its own process.

Chunks of 2,400 frames (100 ms) and the default latency; the microphone comes in by a callback
that hands blocks of 20 ms to the event loop.
"""

from __future__ import annotations

import asyncio
import queue
import threading

import sounddevice

from tests.bench.players import EchoName, Stopped
from tests.rig.signal import RATE_HZ

CHUNK_FRAMES = 2_400
MICROPHONE_BLOCK_FRAMES = 480


class PlainPlayer:
    """queue.Queue, a writer thread and sounddevice's blocking `RawOutputStream.write`."""

    def __init__(self) -> None:
        self._chunks: queue.Queue[tuple[str, bytes] | None] = queue.Queue()
        self._stream = sounddevice.RawOutputStream(
            samplerate=RATE_HZ, channels=1, dtype="int16", blocksize=CHUNK_FRAMES
        )
        self._writer = threading.Thread(target=self._write, daemon=True)
        self._rest: dict[str, bytearray] = {}
        self._received_frames: dict[str, int] = {}
        self._written_frames: dict[str, int] = {}
        self._microphone: sounddevice.RawInputStream | None = None
        self._captured: asyncio.Queue[bytes] = asyncio.Queue()

    async def open(self, echo: EchoName) -> None:
        self._stream.start()
        self._writer.start()

    async def listen(self) -> None:
        loop = asyncio.get_running_loop()

        def capture(data: object, frames: int, times: object, status: object) -> None:
            block = bytes(data)  # type: ignore[call-overload]
            loop.call_soon_threadsafe(self._captured.put_nowait, block)

        self._microphone = sounddevice.RawInputStream(
            samplerate=RATE_HZ,
            channels=1,
            dtype="int16",
            blocksize=MICROPHONE_BLOCK_FRAMES,
            callback=capture,
        )
        self._microphone.start()

    def play(self, item_id: str, pcm: bytes) -> None:
        self._received_frames[item_id] = self._received_frames.get(item_id, 0) + len(pcm) // 2
        rest = self._rest.setdefault(item_id, bytearray())
        rest += pcm
        while len(rest) >= 2 * CHUNK_FRAMES:
            self._chunks.put((item_id, bytes(rest[: 2 * CHUNK_FRAMES])))
            del rest[: 2 * CHUNK_FRAMES]

    def end_item(self, item_id: str) -> None:
        if rest := self._rest.pop(item_id, None):
            self._chunks.put((item_id, bytes(rest)))

    async def flush(self, item_id: str) -> Stopped:
        self._rest.pop(item_id, None)
        try:
            while True:
                self._chunks.get_nowait()
        except queue.Empty:
            pass
        # The best this player knows: what it has written, heard or not.
        return Stopped(self._written_frames.get(item_id, 0), self._received_frames.get(item_id, 0))

    async def captured(self) -> bytes:
        blocks = [await self._captured.get()]
        while not self._captured.empty():
            blocks.append(self._captured.get_nowait())
        return b"".join(blocks)

    async def close(self) -> None:
        if self._microphone is not None:
            self._microphone.close()
        self._chunks.put(None)
        await asyncio.to_thread(self._writer.join, 5)
        self._stream.close()

    def _write(self) -> None:
        while chunk := self._chunks.get():
            item_id, pcm = chunk
            self._stream.write(pcm)
            self._written_frames[item_id] = self._written_frames.get(item_id, 0) + len(pcm) // 2
