"""The whole vocabulary between front end and engine.

Commands go down the engine's stdin, reports come up its stdout, both as length-prefixed
MessagePack (`shared.framing`).  Audio never travels here: it is in the shared rings.
Positions are absolute ring positions in frames; they only grow.
"""

from __future__ import annotations

from typing import Literal

import msgspec

from shared.pcm import SILENCE_DBFS

GateMode = Literal["open", "zeros", "closed", "meter"]
"""What the capture gate lets through: the microphone, silence of the same length, nothing; or
nothing but its level."""

EchoMode = Literal["auto", "on", "off", "half-duplex", "headphones"]
"""How echo is kept out; `auto` is cancellation, or half-duplex where that cannot hold it down; `on`
never falls back because of what it hears."""

BargeInMode = Literal["off", "duck", "pause"]
"""What becomes of the answer when somebody speaks into it, until a flush decides."""

OutputPhase = Literal["idle", "playing", "paused", "lost"]
InputPhase = Literal["closed", "open", "ended", "lost"]


class Command(msgspec.Struct, tag=True, frozen=True):
    """From the front end to the engine."""


class Open(Command, frozen=True):
    """Choose devices; an output in use is closed first.

    A device is `default`, `silent`, `file:PATH` or (part of) the name of a device; a host API can
    follow the name as `NAME (HOST API)`.
    """

    input: str = "default"
    output: str = "default"
    echo: EchoMode = "auto"
    fast: bool = False
    """File devices run as fast as possible instead of in real time."""
    voice_silence_ms: int = 0
    """Report `Voice`, with speech ending after this much silence; 0: do not listen for it."""
    barge_in: BargeInMode = "off"
    pause_limit_ms: int = 1500
    """Without a flush a pause ends after so long: it was a cough."""
    go_on: bool = False
    """An output file was begun by another engine, or before another output: write behind that."""


class Listen(Command, frozen=True):
    """Open or close the microphone."""

    on: bool


class Gate(Command, frozen=True):
    """Set the capture gate; answered by `Gated`."""

    mode: GateMode
    serial: int


class Play(Command, frozen=True):
    """Frames were written to the playback ring, or its end position moved."""


class Flush(Command, frozen=True):
    """Discard everything below the ring's flush position now; answered by `Flushed`."""

    serial: int


class Close(Command, frozen=True):
    """Close the devices and end."""


class Report(msgspec.Struct, tag=True, frozen=True):
    """From the engine to the front end."""


class Ready(Report, frozen=True):
    """The first report: the engine has the rings and takes commands."""

    pid: int


class State(Report, frozen=True):
    """Which devices are in use and how they are; sent whenever something in it changes."""

    output: str = ""
    output_phase: OutputPhase = "idle"
    input: str = ""
    input_phase: InputPhase = "closed"
    """`closed` with an `input`: the microphone that was missing is there now."""
    echo: Literal["cancelled", "half-duplex", "off"] = "off"
    notice: str = ""
    """What a person should know, in words; empty when all is as asked."""
    output_rate_hz: int = 0
    """At which the device runs; 0: it has none of its own.  Sound is converted to it."""
    output_latency_ms: int = 0
    """What it was asked to hold: more after it ran empty, less after a quiet while."""
    input_rate_hz: int = 0


class Gated(Report, frozen=True):
    """The gate is in `mode`; no frame captured before it lies above `position`."""

    mode: GateMode
    serial: int
    position: int


class Flushed(Report, frozen=True):
    """The loudspeaker is silent; `heard` is the position up to which frames left it."""

    serial: int
    heard: int


class Voice(Report, frozen=True):
    """Somebody began to speak at `position` of the capture ring, or spoke up to there."""

    on: bool
    position: int


class Level(Report, frozen=True):
    """Peaks since the last report, at most ten a second, and only when they changed."""

    mic_dbfs: int
    speaker_dbfs: int


class Counters(Report, frozen=True):
    """What went wrong or was thrown away so far; sent when it changed, at most once a second."""

    underruns: int = 0
    overruns: int = 0
    dropped_frames: int = 0
    device_restarts: int = 0
    underflows: int = 0
    """How often the loudspeaker's device ran empty, by its own account."""


class Echoes(Report, frozen=True):
    """What is known about the echo; sent when it changed, at most once a second."""

    heard: bool | None = None
    """Whether the microphone hears the loudspeaker; None: not known yet."""
    delay_ms: int = 0
    """Later than the devices' own times say."""
    before_dbfs: int = SILENCE_DBFS
    after_dbfs: int = SILENCE_DBFS
    """The microphone while the loudspeaker sounds, before and behind cancellation."""
    reduction_db: int = 0
    """How much of the echo is taken out."""
    drift_ppm: int = 0
    """How much faster the loudspeaker's clock runs."""


AnyCommand = Open | Listen | Gate | Play | Flush | Close
AnyReport = Ready | State | Gated | Flushed | Voice | Level | Counters | Echoes
