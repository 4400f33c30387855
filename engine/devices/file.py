"""WAV files as devices: the whole engine runs, without a sound card.

In real time they keep a sound card's pace.  Fast, the input runs ahead as far as its reader lets
it, and the output takes what there is at once; neither changes a sample.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import Final

from engine.devices.port import Deliver, Ended, Failed, Fill
from engine.devices.silent import BLOCK_BYTES, BLOCK_FRAMES, Clock
from engine.devices.wav import WavWriter, read_wav
from shared.pcm import FRAME_BYTES

FAST_SILENCE_S: Final = 0.001
"""Pause between blocks of the silence after a file that is read fast: 10 times real time."""


HasRoom = Callable[[], bool]
"""Whether a block delivered now would be kept; a reader that is behind is waited for."""


class FileOutput:
    """Writes what would be heard; in real time with its pauses, fast without.

    When the file takes no more this is said once, and what comes is silence.
    """

    is_heard = False

    def __init__(self, path: str, fill: Fill, failed: Failed, *, fast: bool, go_on: bool) -> None:
        self.name = f"file:{path}"
        self._path = path
        self._fill = fill
        self._failed = failed
        self._fast = fast
        self._writer = WavWriter(path, go_on=go_on)
        self._full = False
        self._clock = Clock("file-output")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._block = memoryview(bytearray(BLOCK_BYTES))
        self._taken = 0

    def _step(self) -> bool:
        delay_ns = 0 if self._fast else self._clock.due_ns - time.monotonic_ns()
        used = self._fill(self._block, BLOCK_FRAMES, delay_ns)
        self._taken += used
        # Silence is not heard as part of the answer when there is no clock to keep.
        part = self._block[: used * FRAME_BYTES] if self._fast else self._block
        if len(part) and not self._full:
            try:
                self._writer.write(part)
            except OSError as error:
                self._full = True
                self.name = "silent"
                self._failed(f"{self._path}: {error.strerror or error}")
        return True

    def _run_fast(self) -> None:
        while not self._stop.is_set():
            taken = self._taken
            self._step()
            if self._taken == taken:  # nothing there: look again soon, but do not spin
                self._stop.wait(0.002)

    def start(self) -> None:
        """Begin to take frames."""
        if not self._fast:
            self._clock.start(self._step)
            return
        self._stop.clear()
        self._thread = threading.Thread(target=self._run_fast, name="file-output", daemon=True)
        self._thread.start()

    def abort(self) -> None:
        """Take no more."""
        self._clock.stop()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None

    def close(self) -> None:
        """Finish the file."""
        self.abort()
        try:
            self._writer.close()
        except OSError as error:
            sys.stderr.write(f"{self._path}: {error.strerror or error}\n")


class FileInput:
    """Delivers a WAV file, then silence until it is closed."""

    def __init__(
        self, path: str, deliver: Deliver, has_room: HasRoom, ended: Ended, *, fast: bool
    ) -> None:
        self.name = f"file:{path}"
        self._pcm = memoryview(read_wav(path))
        self._deliver = deliver
        self._has_room = has_room
        self._ended = ended
        self._fast = fast
        self._position = 0
        self._told = False
        self._clock = Clock("file-input")
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._silence = memoryview(bytes(BLOCK_BYTES))

    def _step(self) -> bool:
        block = self._pcm[self._position : self._position + BLOCK_BYTES]
        self._position += BLOCK_BYTES
        if len(block) < BLOCK_BYTES:
            block = memoryview(bytes(block) + bytes(BLOCK_BYTES - len(block)))
        self._deliver(block, time.monotonic_ns() if self._fast else self._clock.due_ns)
        if self._position >= len(self._pcm) and not self._told:
            self._told = True
            self._ended()
        return True

    def _run_fast(self) -> None:
        while not self._stop.is_set():
            if not self._has_room():
                self._stop.wait(0.002)
                continue
            self._step()
            if self._told and self._stop.wait(FAST_SILENCE_S):
                return

    def start(self) -> None:
        """Begin to deliver."""
        if not self._fast:
            self._clock.start(self._step)
            return
        self._thread = threading.Thread(target=self._run_fast, name="file-input", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop delivering."""
        self._clock.stop()
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
            self._thread = None
