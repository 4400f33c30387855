"""The microphone's side: callback, one processing thread, the capture ring.

The callback copies into a private ring and writes one wake-up byte.  The processing thread is the
only writer of the capture ring: echo control, the gate and the meter are there.
"""

from __future__ import annotations

import contextlib
import os
import threading
from collections import deque
from collections.abc import Callable
from typing import Final, NamedTuple

from engine.echo import Echo
from engine.voice import Heard, VoiceActivity
from shared.messages import GateMode
from shared.pcm import FRAME_BYTES, RATE_HZ, SILENCE_DBFS, peak_dbfs
from shared.ring import (
    CAPTURE_ADC_NS,
    CAPTURE_CAME_FRAMES,
    CAPTURE_GATED_FRAMES,
    CAPTURE_OVERRUN_FRAMES,
    CAPTURE_POSITION,
    CAPTURE_SEQUENCE,
    AudioRings,
)

BLOCK_FRAMES: Final = 240
BLOCK_BYTES: Final = BLOCK_FRAMES * FRAME_BYTES
PRIVATE_BLOCKS: Final = 256
"""2.5 s between callback and processing thread: more than any scheduling delay seen."""
WAKE_FRAMES: Final = 480
"""Wake the front end for 20 ms at a time: what it sends at once."""

_ZEROS: Final = bytes(BLOCK_BYTES)


class GateDone(NamedTuple):
    """A gate was set; frames captured before it lie below `position`."""

    mode: GateMode
    serial: int
    position: int


class Capture:
    """Takes blocks from an input device and brings them into the capture ring."""

    def __init__(self, rings: AudioRings, echo: Echo, wake_descriptor: int | None) -> None:
        self._ring = rings.capture
        self._words = rings.words
        if self._words[CAPTURE_SEQUENCE] % 2:
            self._words[CAPTURE_SEQUENCE] += 1  # an engine died in the middle of writing
        self._echo = echo
        self._front_end = wake_descriptor
        self._blocks = memoryview(bytearray(PRIVATE_BLOCKS * BLOCK_BYTES))
        self._times_ns = [0] * PRIVATE_BLOCKS
        self.delivered = 0
        """Blocks the device ever delivered."""
        self._processed = 0
        self._partial = bytearray()
        self._partial_ns = 0
        self._mode: GateMode = "closed"
        self._wanted: deque[tuple[GateMode, int, int]] = deque()
        self._done: deque[GateDone] = deque()
        self.voice = VoiceActivity(self._on_voice)
        self._voices: deque[Heard] = deque()
        self._heard_frames = 0
        """Frames voice activity was given: also those that the gate kept back."""
        self._peak_dbfs = SILENCE_DBFS
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        self._running = True
        self._notify: Callable[[], None] = lambda: None
        self.lost_blocks = 0
        """Blocks the processing thread was too late for."""
        self._thread = threading.Thread(target=self._run, name="capture", daemon=True)

    def start(self, notify: Callable[[], None]) -> None:
        """Start the processing thread; `notify` is called (on it) when a gate was set."""
        self._notify = notify
        self._thread.start()

    def stop(self) -> None:
        """End the processing thread."""
        self._running = False
        self._wake()
        if self._thread.is_alive():
            self._thread.join(1)

    # ------------------------------------------------------------ callback

    def deliver(self, block: memoryview[int], adc_ns: int) -> None:
        """Input callback: keep the block for the processing thread."""
        if len(block) != BLOCK_BYTES or self._partial:
            self._deliver_odd(block, adc_ns)
            return
        delivered = self.delivered
        if delivered - self._processed >= PRIVATE_BLOCKS:
            self.lost_blocks += 1
            return
        index = delivered % PRIVATE_BLOCKS
        start = index * BLOCK_BYTES
        self._blocks[start : start + BLOCK_BYTES] = block
        self._times_ns[index] = adc_ns
        self.delivered = delivered + 1
        self._wake()

    def _deliver_odd(self, block: memoryview[int], adc_ns: int) -> None:
        """Some devices ignore the block size asked for."""
        if not self._partial:
            self._partial_ns = adc_ns
        self._partial += block
        while len(self._partial) >= BLOCK_BYTES:
            whole = bytes(self._partial[:BLOCK_BYTES])
            rest = bytes(self._partial[BLOCK_BYTES:])
            self._partial.clear()
            self.deliver(memoryview(whole), self._partial_ns)
            self._partial_ns += BLOCK_FRAMES * 1_000_000_000 // RATE_HZ
            self._partial += rest

    def has_room(self) -> bool:
        """Whether a source that can wait should deliver now."""
        ring = self._ring
        unread = ring.written - ring.read
        waiting = self.delivered - self._processed
        return waiting < PRIVATE_BLOCKS // 2 and unread < ring.capacity_frames // 2

    def _wake(self) -> None:
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"\0")

    # ------------------------------------------------------------ control thread

    def gate(self, mode: GateMode, serial: int) -> None:
        """Ask for a gate mode; `gates_done` tells when it holds."""
        # Blocks delivered until now were captured before: they still pass the old gate.
        self._wanted.append((mode, serial, self.delivered))
        self._wake()

    def gates_done(self) -> list[GateDone]:
        """Gates set since the last call, in order."""
        done = []
        while self._done:
            done.append(self._done.popleft())
        return done

    def voices(self) -> list[Heard]:
        """Beginnings and ends of speech since the last call, in order."""
        heard = []
        while self._voices:
            heard.append(self._voices.popleft())
        return heard

    @property
    def open(self) -> bool:
        """Whether what is captured gets through."""
        return self._mode == "open"

    def take_peak_dbfs(self) -> int:
        """Peak since the last call."""
        peak = self._peak_dbfs
        self._peak_dbfs = SILENCE_DBFS
        return peak

    # ------------------------------------------------------------ processing thread

    def _run(self) -> None:
        while self._running:
            os.read(self._wake_read, 4096)
            while self._processed < self.delivered:
                self._set_gates()
                index = self._processed % PRIVATE_BLOCKS
                start = index * BLOCK_BYTES
                block = self._blocks[start : start + BLOCK_BYTES]
                self._process(block, self._times_ns[index])
                self._processed += 1
            self._set_gates()

    def _set_gates(self) -> None:
        while self._wanted and self._wanted[0][2] <= self._processed:
            before = self._mode
            self._mode, serial, _ = self._wanted.popleft()
            if (before == "open") != (self._mode == "open"):
                self.voice.restart(self._heard_frames)
            self._done.append(GateDone(self._mode, serial, self._ring.written))
            self._notify()

    def _on_voice(self, heard: Heard) -> None:
        later = self._heard_frames - heard.position
        self._voices.append(Heard(heard.on, max(0, self._ring.written - later)))
        self._notify()

    def _process(self, block: memoryview[int], adc_ns: int) -> None:
        # Echo control hears every block, also behind a closed gate: it must not lose its place.
        clean = self._echo.process(block, adc_ns)
        self._pass_on(clean, adc_ns)
        # Voice is listened for behind a closed gate, too: who talks while muted should know it.
        self._heard_frames += BLOCK_FRAMES
        self.voice.process(self._echo.unheld or clean, self._heard_frames, self._echo.residue)

    def _pass_on(self, clean: bytes | memoryview[int], adc_ns: int) -> None:
        """Into the capture ring, as far as the gate lets it."""
        words = self._words
        words[CAPTURE_CAME_FRAMES] += BLOCK_FRAMES
        if self._mode != "open":
            words[CAPTURE_GATED_FRAMES] += BLOCK_FRAMES
        if self._mode in ("closed", "meter"):
            if self._mode == "meter":
                self._peak_dbfs = max(self._peak_dbfs, peak_dbfs(clean))
            return
        if self._mode == "zeros":
            clean = _ZEROS
        else:
            peak = peak_dbfs(clean)
            if peak > self._peak_dbfs:
                self._peak_dbfs = peak
        ring = self._ring
        words[CAPTURE_SEQUENCE] += 1
        words[CAPTURE_POSITION] = ring.written
        words[CAPTURE_ADC_NS] = adc_ns
        words[CAPTURE_SEQUENCE] += 1
        if ring.write(clean) < BLOCK_FRAMES:
            words[CAPTURE_OVERRUN_FRAMES] += BLOCK_FRAMES
            return
        if self._front_end is not None and ring.written - ring.read >= WAKE_FRAMES:
            with contextlib.suppress(BlockingIOError, BrokenPipeError):
                os.write(self._front_end, b"\0")
