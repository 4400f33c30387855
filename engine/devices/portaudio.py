"""Sound cards, through PortAudio.

Parameters are measured: a 100 ms output buffer with abort on flush never gapped and was silent
within 5 ms; a block size must always be given (0 gaps even when idle); `stop` does not drain.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, Final

from engine.devices.port import Deliver, DeviceProblem, Fill, Lost
from shared.pcm import RATE_HZ

BLOCK_FRAMES: Final = 240
OUTPUT_LATENCY_S: Final = 0.1

NO_PORTAUDIO: Final = "PortAudio is not installed (Debian: libportaudio2)"


def load() -> Any:
    """The sounddevice module.  Raises DeviceProblem where PortAudio is missing."""
    try:
        import sounddevice
    except OSError as error:
        raise DeviceProblem(NO_PORTAUDIO) from error
    return sounddevice


@contextlib.contextmanager
def _in_words(sounddevice: Any, name: str) -> Iterator[None]:
    try:
        yield
    except (sounddevice.PortAudioError, ValueError) as error:
        text = str(error.args[0]) if error.args else str(error)
        raise DeviceProblem(f"{name}: {text}") from error


class PortAudioOutput:
    """One output stream, opened once and started on demand."""

    def __init__(self, name: str, fill: Fill, lost: Lost) -> None:
        sounddevice = load()
        device = find(sounddevice, name, "output")
        self.name = device["name"]
        self._fill = fill
        self._lost = lost
        self._wanted = False
        with _in_words(sounddevice, self.name):
            self._stream = sounddevice.RawOutputStream(
                samplerate=RATE_HZ,
                channels=1,
                dtype="int16",
                blocksize=BLOCK_FRAMES,
                latency=OUTPUT_LATENCY_S,
                device=device["index"],
                callback=self._callback,
                finished_callback=self._finished,
            )

    def _callback(self, outdata: Any, frames: int, times: Any, _status: Any) -> None:
        delay_ns = int((times.outputBufferDacTime - times.currentTime) * 1e9)
        self._fill(memoryview(outdata).cast("B"), frames, delay_ns)

    def _finished(self) -> None:
        if self._wanted:
            self._wanted = False
            self._lost(f"{self.name} went away")

    def start(self) -> None:
        """Start the stream.  A failure is reported as a loss."""
        self._wanted = True
        try:
            self._stream.start()
        except Exception as error:
            # PortAudio has one exception for all causes; each means that this device is gone.
            self._wanted = False
            self._lost(f"{self.name}: {error}")

    def abort(self) -> None:
        """Silence: PortAudio drops the device's buffer."""
        self._wanted = False
        with contextlib.suppress(Exception):
            self._stream.abort()

    def close(self) -> None:
        """Close the stream."""
        self.abort()
        with contextlib.suppress(Exception):
            self._stream.close()


class PortAudioInput:
    """One input stream."""

    def __init__(self, name: str, deliver: Deliver, lost: Lost) -> None:
        sounddevice = load()
        device = find(sounddevice, name, "input")
        self.name = device["name"]
        self._deliver = deliver
        self._lost = lost
        self._wanted = False
        with _in_words(sounddevice, self.name):
            self._stream = sounddevice.RawInputStream(
                samplerate=RATE_HZ,
                channels=1,
                dtype="int16",
                blocksize=BLOCK_FRAMES,
                latency="low",
                device=device["index"],
                callback=self._callback,
                finished_callback=self._finished,
            )

    def _callback(self, indata: Any, _frames: int, times: Any, _status: Any) -> None:
        age_ns = int((times.currentTime - times.inputBufferAdcTime) * 1e9)
        self._deliver(memoryview(indata).cast("B"), time.monotonic_ns() - age_ns)

    def _finished(self) -> None:
        if self._wanted:
            self._wanted = False
            self._lost(f"{self.name} went away")

    def start(self) -> None:
        """Start the stream.  A failure is reported as a loss."""
        self._wanted = True
        try:
            self._stream.start()
        except Exception as error:
            self._wanted = False
            self._lost(f"{self.name}: {error}")

    def close(self) -> None:
        """Stop and close the stream."""
        self._wanted = False
        with contextlib.suppress(Exception):
            self._stream.abort()
        with contextlib.suppress(Exception):
            self._stream.close()


def listing(sounddevice: Any) -> list[dict[str, Any]]:
    """All devices PortAudio knows: index, name, host API, channels, default rate, default marks."""
    apis = sounddevice.query_hostapis()
    default_input, default_output = (int(index) for index in sounddevice.default.device)
    return [
        {
            "index": index,
            "name": device["name"],
            "host_api": apis[device["hostapi"]]["name"],
            "inputs": device["max_input_channels"],
            "outputs": device["max_output_channels"],
            "rate_hz": int(device["default_samplerate"]),
            "default_input": index == default_input,
            "default_output": index == default_output,
        }
        for index, device in enumerate(sounddevice.query_devices())
    ]


def find(sounddevice: Any, name: str, direction: str) -> dict[str, Any]:
    """The one device meant by `name`; `default` is the system's.  Raises DeviceProblem."""
    channels = "inputs" if direction == "input" else "outputs"
    noun = "microphone" if direction == "input" else "loudspeaker"
    devices = [device for device in listing(sounddevice) if device[channels] > 0]
    if not devices:
        raise DeviceProblem(f"no {noun} on this machine")
    if name == "default":
        for device in devices:
            if device[f"default_{direction}"]:
                return device
        return devices[0]
    wanted = name.casefold()
    labels = [(f"{d['name']} ({d['host_api']})", d) for d in devices]
    exact = [d for label, d in labels if wanted in (d["name"].casefold(), label.casefold())]
    matches = exact or [d for label, d in labels if wanted in label.casefold()]
    if len(matches) == 1:
        return matches[0]
    choices = ", ".join(label for label, _ in labels)
    if not matches:
        raise DeviceProblem(f"no {noun} is called {name!r}; there are: {choices}")
    choices = ", ".join(f"{d['name']} ({d['host_api']})" for d in matches)
    raise DeviceProblem(f"{name!r} means several {noun}s: {choices}; use a longer part of the name")
