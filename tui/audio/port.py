"""The seam between a call and its sound: nothing above may know what is behind it.

Today an engine process with shared memory is behind it (`tui.audio.link`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from shared.messages import (
    BargeInMode,
    Counters,
    Echoes,
    EchoMode,
    GateMode,
    Level,
    State,
    Voice,
)


@dataclass(frozen=True, slots=True)
class AudioDevices:
    """What to open; the words are those of `shared.messages.Open`."""

    input: str = "default"
    output: str = "default"
    echo: EchoMode = "auto"
    fast: bool = False
    voice_silence_ms: int = 0
    barge_in: BargeInMode = "off"
    pause_limit_ms: int = 1500


@dataclass(frozen=True, slots=True)
class ItemHeard:
    """How far one item got, in frames."""

    item_id: str
    content_index: int
    heard_frames: int
    received_frames: int


@dataclass(frozen=True, slots=True)
class LinkCounts:
    """Counters of everything between a call and its devices; frames of 24 kHz."""

    queued_frames: int
    waiting_frames: int
    taken_frames: int
    played_frames: int
    flushed_frames: int
    underruns: int
    captured_frames: int
    gated_frames: int
    dropped_frames: int
    engine_restarts: int


@dataclass(frozen=True, slots=True)
class EngineLost:
    """The engine died; a new one is being started."""

    reason: str


@dataclass(frozen=True, slots=True)
class EngineBack:
    """A new engine runs; `restarts` counts since the start of the program."""

    restarts: int
    hole_ms: float
    """From the death to the new engine's first report."""


AudioEvent = State | Voice | Level | Counters | Echoes | EngineLost | EngineBack


class AudioPort(Protocol):
    """Everything a call does with sound.  All calls on the call's own loop."""

    async def open(self, devices: AudioDevices) -> None:
        """Start (or change) the devices."""

    def listen(self, on: bool) -> None:
        """Open or close the microphone."""

    async def gate(self, mode: GateMode, *, keep: bool) -> None:
        """Set the capture gate and return when the engine has acknowledged.

        `keep`: what was captured before stays to be read; otherwise it is thrown away, and no
        frame captured before this call is returned by `captured` any more.
        """

    async def captured(self) -> bytes:
        """Wait for captured audio and return all of it."""

    def play(self, item_id: str, content_index: int, pcm: bytes) -> None:
        """Queue sound of an item.  Never blocks; nothing is dropped."""

    def end_item(self, item_id: str, content_index: int) -> None:
        """All sound of this item was queued: no need to wait for more."""

    async def flush(self) -> list[ItemHeard]:
        """Silence at once; returns the items not heard to the end before this, in order."""

    def heard(self, item_id: str) -> ItemHeard | None:
        """How far an item got until now."""

    @property
    def playing(self) -> str | None:
        """The item being heard now, None when the loudspeaker has nothing of ours to play."""

    async def close(self) -> None:
        """End the engine and release everything."""
