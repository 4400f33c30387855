"""What the engine needs of a device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

Fill = Callable[[memoryview, int, int], int]
"""Called by an output device: (bytes to fill, frames, ns until the first is heard) -> frames up
to the last one that is not padding."""

Deliver = Callable[[memoryview, int], None]
"""Called by an input device: (bytes captured, CLOCK_MONOTONIC ns of the first frame)."""

Lost = Callable[[str], None]
"""Called from any thread when a device ends by itself; the text says why."""

Failed = Callable[[str], None]
"""Called once, from any thread, when a device goes on in silence; the text says why."""

Ended = Callable[[], None]
"""Called once, when a device that has an end has delivered its last frame."""


class DeviceProblem(Exception):
    """A device cannot be opened; the text says why, in words."""


class OutputDevice(Protocol):
    """A loudspeaker that is started and aborted many times."""

    name: str
    is_heard: bool
    """Somebody listens: breaks in the sound are bridged.  Files get every sample as it is."""

    def start(self) -> None:
        """Begin to call `fill`, at once as often as the device's buffer holds."""

    def abort(self) -> None:
        """Be silent now and stop calling; returns when no call is under way."""

    def close(self) -> None:
        """Release the device."""


class InputDevice(Protocol):
    """A microphone: delivers from `start` to `close`."""

    name: str

    def start(self) -> None:
        """Begin to deliver."""

    def close(self) -> None:
        """Stop and release the device."""
