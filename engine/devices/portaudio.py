"""Sound cards, through PortAudio.

Parameters are measured: a 100 ms output buffer with abort on flush never gapped and was silent
within 5 ms; a block size must always be given (0 gaps even when idle); `stop` does not drain.

PortAudio reads the devices once, when it starts; `renew` starts it again, which only works while
no stream is open.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from typing import Any, Final

from engine.devices import pulse
from engine.devices.names import Device, Direction, find, label_all, named
from engine.devices.port import Deliver, DeviceProblem, Fill, Lost
from engine.devices.shape import FromDevice, ToDevice
from engine.devices.zeros import ZeroWatch
from shared.pcm import RATE_HZ

BLOCKS_PER_S: Final = 100
RATES_HZ: Final = (RATE_HZ, 48_000, 44_100, 32_000, 16_000, 8_000)
"""Tried in this order, the device's own before all but ours."""
MOST_CHANNELS: Final = 32
_REFUSALS: Final = (-9998, -9997, -9994)
"""Number of channels, rate, format: another one may do."""

NO_PORTAUDIO: Final = "PortAudio is not installed (Debian: libportaudio2)"

_streams = 0
"""Open streams of this process."""


def load() -> Any:
    """The sounddevice module.  Raises DeviceProblem where PortAudio is missing."""
    try:
        import sounddevice
    except OSError as error:
        raise DeviceProblem(NO_PORTAUDIO) from error
    return sounddevice


def renew() -> bool:
    """Read the devices anew; False: a stream is open, nothing was done."""
    if _streams:
        return False
    with contextlib.suppress(DeviceProblem):
        sounddevice = load()
        # Its only way; PortAudio's own functions of that name are not public in it.
        with contextlib.suppress(sounddevice.PortAudioError):
            sounddevice._terminate()
        with contextlib.suppress(sounddevice.PortAudioError):
            sounddevice._initialize()
    return True


def freshen() -> None:
    """Read devices anew that were read long ago, unless a sound server is behind them.

    Without one there may be others by now, and a card that another engine held was not seen.
    """
    with contextlib.suppress(DeviceProblem):
        names = {device["name"] for device in load().query_devices()}
        if names.isdisjoint(pulse.SERVED):
            renew()


def listing(sounddevice: Any, *, served: bool = True) -> list[Device]:
    """All devices: PortAudio's, then those the sound server has behind one of them."""
    apis = sounddevice.query_hostapis()
    default_input, default_output = (int(index) for index in sounddevice.default.device)
    names = [device["name"] for device in sounddevice.query_devices()]
    if pulse.is_distant() and pulse.THROUGH in names:
        # Meant, though this machine's own configuration may know nothing of it.
        default_input = default_output = names.index(pulse.THROUGH)
    devices = [
        Device(
            index=index,
            name=device["name"],
            host_api=apis[device["hostapi"]]["name"],
            label="",
            inputs=device["max_input_channels"],
            outputs=device["max_output_channels"],
            rate_hz=int(device["default_samplerate"]),
            default_input=index == default_input,
            default_output=index == default_output,
            server_name="",
        )
        for index, device in enumerate(sounddevice.query_devices())
    ]
    through = [d["index"] for d in devices if d["name"] == pulse.THROUGH]
    if through and served:
        behind = pulse.listing() or []
        for device in behind:
            device["index"] = through[0]
        devices += behind
    label_all(devices)
    return devices


def rates_that_work(sounddevice: Any, device: Device) -> list[int]:
    """The usual rates that the device takes in every direction it has."""
    if device["server_name"]:
        return sorted({*RATES_HZ, device["rate_hz"]})  # the server converts
    checks = []
    if device["inputs"]:
        checks.append((sounddevice.check_input_settings, min(device["inputs"], 2)))
    if device["outputs"]:
        checks.append((sounddevice.check_output_settings, min(device["outputs"], 2)))

    def works(rate_hz: int) -> bool:
        try:
            for check, channels in checks:
                check(device["index"], channels=channels, dtype="int16", samplerate=rate_hz)
        except (sounddevice.PortAudioError, ValueError):
            return False
        return bool(checks)

    return sorted(rate for rate in {*RATES_HZ, device["rate_hz"]} if works(rate))


@contextlib.contextmanager
def _in_words(sounddevice: Any, name: str) -> Iterator[None]:
    try:
        yield
    except (sounddevice.PortAudioError, ValueError) as error:
        text = str(error.args[0]) if error.args else str(error)
        raise DeviceProblem(f"{name}: {text}") from error


class _Stream:
    """One stream of one direction, opened at a rate the device takes."""

    def __init__(self, name: str, direction: Direction, lost: Lost, latency: float | str) -> None:
        sounddevice = load()
        device = find(listing(sounddevice, served=name != "default"), name, direction)
        self.name = device["name"]
        self.server_name = device["server_name"]
        self._direction = direction
        self._lost = lost
        self._wanted = False
        make = sounddevice.RawInputStream if direction == "input" else sounddevice.RawOutputStream
        with _in_words(sounddevice, self.name), pulse.chosen(device, direction):
            self._stream, self.rate_hz, self.channels = self._open(
                sounddevice, make, device, direction, latency
            )
        global _streams
        _streams += 1
        self._open_now = True

    def _open(
        self,
        sounddevice: Any,
        make: Any,
        device: Device,
        direction: Direction,
        latency: float | str,
    ) -> tuple[Any, int, int]:
        """Our rate in mono where the device takes that; what it likes where not."""
        refusal: Exception | None = None
        for rate_hz, channels in _shapes(device, direction):
            try:
                stream = make(
                    samplerate=rate_hz,
                    channels=channels,
                    dtype="int16",
                    blocksize=rate_hz // BLOCKS_PER_S,
                    latency=latency,
                    device=device["index"],
                    callback=self._callback,
                    finished_callback=self._finished,
                )
            except sounddevice.PortAudioError as error:
                if len(error.args) < 2 or error.args[1] not in _REFUSALS:
                    raise
                refusal = error
                continue
            return stream, rate_hz, channels
        assert refusal is not None
        raise refusal

    def _callback(self, data: Any, frames: int, times: Any, status: Any) -> None:
        raise NotImplementedError

    def _finished(self) -> None:
        if self._wanted:
            self._wanted = False
            self._lost(f"{named(self._direction, self.name)} went away")

    def start(self) -> None:
        """Start the stream.  A failure is reported as a loss."""
        self._wanted = True
        try:
            self._stream.start()
        except Exception as error:
            # PortAudio has one exception for all causes; each means that this device is gone.
            self._wanted = False
            self._lost(f"{named(self._direction, self.name)}: {error}")

    def abort(self) -> None:
        """Stop at once: PortAudio drops the device's buffer."""
        self._wanted = False
        with contextlib.suppress(Exception):
            self._stream.abort()

    def close(self) -> None:
        """Stop and close the stream."""
        global _streams
        self.abort()
        with contextlib.suppress(Exception):
            self._stream.close()
        if self._open_now:
            self._open_now = False
            _streams -= 1


class PortAudioOutput(_Stream):
    """One output stream, opened once and started on demand."""

    is_heard = True

    def __init__(self, name: str, fill: Fill, lost: Lost, latency_s: float) -> None:
        super().__init__(name, "output", lost, latency_s)
        self._fill = fill
        self._shape: ToDevice | None = None
        if (self.rate_hz, self.channels) != (RATE_HZ, 1):
            self._fill = self._shape = ToDevice(fill, self.rate_hz, self.channels)
        self.underflows = 0
        """How often the device ran empty, by its own account."""

    def _callback(self, data: Any, frames: int, times: Any, status: Any) -> None:
        if status and status.output_underflow:
            self.underflows += 1
        delay_ns = int((times.outputBufferDacTime - times.currentTime) * 1e9)
        self._fill(memoryview(data).cast("B"), frames, delay_ns)

    def start(self) -> None:
        """Start the stream.  A failure is reported as a loss."""
        if self._shape is not None:
            self._shape.reset()
        super().start()


class PortAudioInput(_Stream):
    """One input stream."""

    def __init__(self, name: str, deliver: Deliver, lost: Lost) -> None:
        super().__init__(name, "input", lost, "low")
        self.zeros = ZeroWatch(deliver)
        """Counts what comes, and knows whether any of it is sound."""
        self._deliver: Deliver = self.zeros
        if (self.rate_hz, self.channels) != (RATE_HZ, 1):
            self._deliver = FromDevice(self.zeros, self.rate_hz, self.channels)

    def _callback(self, data: Any, _frames: int, times: Any, _status: Any) -> None:
        age_ns = int((times.currentTime - times.inputBufferAdcTime) * 1e9)
        self._deliver(memoryview(data).cast("B"), time.monotonic_ns() - age_ns)


def _shapes(device: Device, direction: Direction) -> Iterator[tuple[int, int]]:
    """Rates and numbers of channels to try, the best first."""
    most = device["inputs"] if direction == "input" else device["outputs"]
    counts = [count for count in (1, 2) if count <= most]
    if 2 < most <= MOST_CHANNELS:
        counts.append(most)
    rates = dict.fromkeys((RATE_HZ, device["rate_hz"], *RATES_HZ))
    for rate_hz in rates:
        if rate_hz > 0:
            for count in counts:
                yield rate_hz, count
