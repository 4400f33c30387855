"""Devices tried out without a call: a level to watch, a sound to hear.

check = SoundCheck(on_event)            events come on a thread of its own
check.open("default", "USB")
check.play(trial_sound())
check.close()
"""

from __future__ import annotations

import array
import asyncio
import contextlib
import math
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

from shared.pcm import RATE_HZ
from tui.audio.port import AudioDevices, AudioEvent

if TYPE_CHECKING:
    from tui.audio.link import EngineLink

TRIAL_SOUND_S: Final = 1.2
_NOTES_HZ: Final = (523.25, 659.26, 783.99)
_LOUDNESS: Final = 8000
_FADE_S: Final = 0.02
_CLOSE_S: Final = 3.0


class SoundCheck:
    """An engine of its own; the microphone is open from `open` to `close`, and nothing is kept."""

    def __init__(self, on_event: Callable[[AudioEvent], None]) -> None:
        self._on_event = on_event
        self._link: EngineLink | None = None
        self._loop = asyncio.new_event_loop()
        self._drain: asyncio.Task[None] | None = None
        self._sounds = 0
        self._thread = threading.Thread(target=self._loop.run_forever, name="sound-check")
        self._thread.daemon = True
        self._thread.start()

    def open(self, input_name: str, output_name: str) -> None:
        """Try these; `State` tells what came of it."""
        self._run(self._open(AudioDevices(input_name, output_name, echo="off")))

    def play(self, pcm: bytes) -> None:
        """Let this be heard."""
        self._run(self._play(pcm))

    def close(self) -> None:
        """End the engine; safe to call twice."""
        if not self._thread.is_alive():
            return
        with contextlib.suppress(TimeoutError):
            asyncio.run_coroutine_threadsafe(self._close(), self._loop).result(_CLOSE_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_CLOSE_S)
        self._loop.close()

    def _run(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop)

    async def _open(self, devices: AudioDevices) -> None:
        if self._link is None:
            from tui.audio.link import EngineLink
            from tui.log import engine_log

            self._link = EngineLink(self._on_event, engine_log())
        await self._link.open(devices)
        self._link.listen(True)
        await self._link.gate("open", keep=False)
        if self._drain is None:
            self._drain = asyncio.create_task(self._throw_away())

    async def _throw_away(self) -> None:
        while self._link is not None:
            await self._link.captured()

    async def _play(self, pcm: bytes) -> None:
        if self._link is not None:
            self._sounds += 1
            await self._link.flush()
            self._link.play(f"test-{self._sounds}", 0, pcm)
            self._link.end_item(f"test-{self._sounds}", 0)

    async def _close(self) -> None:
        if self._drain is not None:
            self._drain.cancel()
        if self._link is not None:
            await self._link.close()


def trial_sound() -> bytes:
    """Three notes upwards: a click or a hum is no such thing."""
    frames = int(RATE_HZ * TRIAL_SOUND_S / len(_NOTES_HZ))
    fade = int(RATE_HZ * _FADE_S)
    samples = array.array("h")
    for note_hz in _NOTES_HZ:
        for at in range(frames):
            edge = min(1.0, at / fade, (frames - at) / fade)
            wave = math.sin(2 * math.pi * note_hz * at / RATE_HZ)
            samples.append(int(_LOUDNESS * edge * wave))
    if sys.byteorder == "big":
        samples.byteswap()
    return samples.tobytes()
