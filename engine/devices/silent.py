"""Devices for a machine without sound: nothing is heard, but time passes as it would."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Final

from engine.devices.port import Deliver, Fill
from shared.pcm import FRAME_BYTES, FRAMES_PER_MS

BLOCK_MS: Final = 10
BLOCK_FRAMES: Final = BLOCK_MS * FRAMES_PER_MS
BLOCK_BYTES: Final = BLOCK_FRAMES * FRAME_BYTES

ClockStep = Callable[[], bool]


class Clock:
    """Calls `step` every 10 ms on a thread of its own, on average exactly."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None
        self._due_s = 0.0

    @property
    def due_ns(self) -> int:
        """When this step was due, however late it is."""
        return int(self._due_s * 1e9)

    def start(self, step: ClockStep) -> None:
        """Begin to call; `step` returns false to end the clock by itself."""
        self._stop.clear()
        self._thread = threading.Thread(
            target=self._run, args=(step,), name=self._name, daemon=True
        )
        self._thread.start()

    def _run(self, step: ClockStep) -> None:
        self._due_s = time.monotonic()
        while step():
            self._due_s += BLOCK_MS / 1000
            if self._stop.wait(max(0.0, self._due_s - time.monotonic())):
                return

    def stop(self) -> None:
        """Stop calling; returns when no call is under way."""
        self._stop.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._thread = None

    @property
    def stopping(self) -> bool:
        """`stop` was called."""
        return self._stop.is_set()


class SilentOutput:
    """Takes frames at the pace of a loudspeaker and throws them away."""

    is_heard = False

    def __init__(self, fill: Fill) -> None:
        self.name = "silent"
        self._fill = fill
        self._clock = Clock("silent-output")
        self._block = memoryview(bytearray(BLOCK_BYTES))

    def _step(self) -> bool:
        self._fill(self._block, BLOCK_FRAMES, self._clock.due_ns - time.monotonic_ns())
        return True

    def start(self) -> None:
        """Start the clock."""
        self._clock.start(self._step)

    def abort(self) -> None:
        """Stop the clock."""
        self._clock.stop()

    def close(self) -> None:
        """Stop the clock."""
        self._clock.stop()


class SilentInput:
    """Delivers zeros at the pace of a microphone."""

    def __init__(self, deliver: Deliver) -> None:
        self.name = "silent"
        self._deliver = deliver
        self._clock = Clock("silent-input")
        self._block = memoryview(bytes(BLOCK_BYTES))

    def _step(self) -> bool:
        self._deliver(self._block, self._clock.due_ns)
        return True

    def start(self) -> None:
        """Start the clock."""
        self._clock.start(self._step)

    def close(self) -> None:
        """Stop the clock."""
        self._clock.stop()
