"""From the words of `Open` to devices; what cannot be opened becomes silence and a reason."""

from __future__ import annotations

from engine.capture import Capture
from engine.devices.port import DeviceProblem, Ended, Fill, InputDevice, Lost, OutputDevice
from engine.devices.portaudio import PortAudioInput, PortAudioOutput
from engine.devices.silent import SilentInput, SilentOutput


def open_output(name: str, fill: Fill, lost: Lost, *, fast: bool) -> tuple[OutputDevice, str]:
    """The loudspeaker called `name`, or silence and the reason."""
    if name == "silent":
        return SilentOutput(fill), ""
    try:
        if name.startswith("file:"):
            from engine.devices.file import FileOutput  # only who plays files pays for it

            return FileOutput(name[5:], fill, lost, fast=fast), ""
        return PortAudioOutput(name, fill, lost), ""
    except DeviceProblem as problem:
        return SilentOutput(fill), f"no sound output: {problem}"


def open_input(
    name: str, capture: Capture, ended: Ended, lost: Lost, *, fast: bool
) -> tuple[InputDevice, str]:
    """The microphone called `name`, or silence and the reason."""
    if name == "silent":
        return SilentInput(capture.deliver), ""
    try:
        if name.startswith("file:"):
            from engine.devices.file import FileInput

            device = FileInput(name[5:], capture.deliver, capture.has_room, ended, fast=fast)
            return device, ""
        return PortAudioInput(name, capture.deliver, lost), ""
    except DeviceProblem as problem:
        return SilentInput(capture.deliver), f"no microphone: {problem}"
