"""From the words of `Open` to devices.  What is not there is stood in for, and the reason said."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, NamedTuple, TypeVar

from engine.capture import Capture
from engine.devices.names import is_plain
from engine.devices.port import (
    DeviceProblem,
    Ended,
    Failed,
    Fill,
    InputDevice,
    Lost,
    OutputDevice,
)
from engine.devices.portaudio import PortAudioInput, PortAudioOutput
from engine.devices.silent import SilentInput, SilentOutput

Kind = TypeVar("Kind")


class Opened(NamedTuple, Generic[Kind]):
    """A device, and why it is not the one asked for."""

    device: Kind
    notice: str = ""
    away: bool = False
    """Another one stands in; the one asked for may come."""


def open_output(
    name: str,
    fill: Fill,
    lost: Lost,
    failed: Failed,
    *,
    fast: bool,
    go_on: bool,
    latency_s: float,
) -> Opened[OutputDevice]:
    """The loudspeaker called `name`; else the default one; else silence.

    `go_on`: a file was begun before.
    """
    if name == "silent":
        return Opened(SilentOutput(fill))
    if name.startswith("file:"):
        from engine.devices.file import FileOutput  # only who plays files pays for it

        try:
            return Opened(FileOutput(name[5:], fill, failed, fast=fast, go_on=go_on))
        except DeviceProblem as problem:
            return Opened(SilentOutput(fill), f"no sound output: {problem}")

    def real(wanted: str) -> OutputDevice:
        return PortAudioOutput(wanted, fill, lost, latency_s)

    return _there_or_default(name, real, lambda: SilentOutput(fill), "no sound output")


def open_input(
    name: str, capture: Capture, ended: Ended, lost: Lost, *, fast: bool
) -> Opened[InputDevice]:
    """The microphone called `name`; else the default one; else silence."""
    deliver = capture.deliver
    if name == "silent":
        return Opened(SilentInput(deliver))
    if name.startswith("file:"):
        from engine.devices.file import FileInput

        try:
            return Opened(FileInput(name[5:], deliver, capture.has_room, ended, fast=fast))
        except DeviceProblem as problem:
            return Opened(SilentInput(deliver), f"no microphone: {problem}")

    def real(wanted: str) -> InputDevice:
        return PortAudioInput(wanted, deliver, lost)

    return _there_or_default(name, real, lambda: SilentInput(deliver), "no microphone")


def _there_or_default(
    name: str, real: Callable[[str], Kind], silent: Callable[[], Kind], what: str
) -> Opened[Kind]:
    try:
        return Opened(real(name))
    except DeviceProblem as problem:
        if not is_plain(name):
            try:
                stand_in = real("default")
            except DeviceProblem:
                pass
            else:
                return Opened(stand_in, f"the default is used for now: {problem}", away=True)
        return Opened(silent(), f"{what}: {problem}", away=True)
