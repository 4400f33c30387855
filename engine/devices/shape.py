"""Between our sound and a device's: its rate, its channels.

Only for devices that refuse 24 kHz mono.  Positions stay exact: a frame of ours and the frames of
the device that it becomes are heard (or were captured) at the same time, whatever the converter
holds back, so times are reckoned from counts of frames on both sides.
"""

from __future__ import annotations

from typing import Any, Final

from engine.devices.port import Deliver, Fill
from shared.pcm import FRAME_BYTES, RATE_HZ

BLOCK_FRAMES: Final = 240
BLOCK_BYTES: Final = BLOCK_FRAMES * FRAME_BYTES
QUALITY: Final = "LQ"
"""85 dB of signal to noise and distortion in 16 bits, as the better ones, at 0-20 ms less delay."""
QUIET_CHANNEL: Final = 10
"""A channel whose peak is this much lower than the loudest's has no microphone on it."""

_NS: Final = 1_000_000_000


def _libraries() -> tuple[Any, Any]:
    """numpy and soxr, 0.1 s: only for devices that need them."""
    import numpy
    import soxr

    return numpy, soxr


class ToDevice:
    """A `Fill` of the device's shape on top of ours: every channel gets the same."""

    def __init__(self, fill: Fill, rate_hz: int, channels: int) -> None:
        self._fill = fill
        self._rate_hz = rate_hz
        self._channels = channels
        self._numpy: Any = None
        self._stream: Any = None
        if rate_hz != RATE_HZ:
            self._numpy, soxr = _libraries()
            self._stream = soxr.ResampleStream(RATE_HZ, rate_hz, 1, dtype="int16", quality=QUALITY)
        self._block = memoryview(bytearray(BLOCK_BYTES))
        self._waiting = b""
        self._mono = memoryview(b"")
        self._taken = 0
        """Frames of ours..."""
        self._given = 0
        """...and of the device's since `reset`."""

    def reset(self) -> None:
        """The stream starts anew."""
        if self._stream is not None:
            self._stream.clear()
        self._waiting = b""
        self._taken = self._given = 0

    def __call__(self, out: memoryview[int], frames: int, delay_ns: int) -> int:
        """Fill `out` with so many frames of the device."""
        mono = out
        if self._channels > 1:
            if len(self._mono) != frames * FRAME_BYTES:
                self._mono = memoryview(bytearray(frames * FRAME_BYTES))
            mono = self._mono
        used = frames
        if self._stream is None:
            used = self._fill(mono, frames, delay_ns)
        else:
            self._resample(mono, frames, delay_ns)
        if self._channels > 1:
            channels, samples = out.cast("h"), mono.cast("h")
            for channel in range(self._channels):
                channels[channel :: self._channels] = samples
        return used

    def _resample(self, out: memoryview[int], frames: int, delay_ns: int) -> None:
        size = frames * FRAME_BYTES
        while len(self._waiting) < size:
            ahead_ns = self._taken * _NS // RATE_HZ - self._given * _NS // self._rate_hz
            self._fill(self._block, BLOCK_FRAMES, delay_ns + ahead_ns)
            self._taken += BLOCK_FRAMES
            samples = self._numpy.frombuffer(self._block, "<i2")
            self._waiting += self._stream.resample_chunk(samples).tobytes()
        out[:] = self._waiting[:size]
        self._waiting = self._waiting[size:]
        self._given += frames


class FromDevice:
    """A `Deliver` for the device's shape in front of ours: the channels that hear are mixed."""

    def __init__(self, deliver: Deliver, rate_hz: int, channels: int) -> None:
        self._deliver = deliver
        self._rate_hz = rate_hz
        self._channels = channels
        self._numpy, soxr = _libraries()
        self._stream: Any = None
        if rate_hz != RATE_HZ:
            self._stream = soxr.ResampleStream(rate_hz, RATE_HZ, 1, dtype="int16", quality=QUALITY)
        self._peaks = self._numpy.ones(channels, "i4")
        self._waiting = b""
        self._came = 0
        """Frames of the device..."""
        self._gone = 0
        """...and of ours that were passed on."""

    def __call__(self, block: memoryview[int], adc_ns: int) -> None:
        """Pass on what the device captured, in whole blocks of ours."""
        samples = self._numpy.frombuffer(block, "<i2")
        if self._channels > 1:
            samples = self._mix(samples.reshape(-1, self._channels))
        first_ns = adc_ns - self._came * _NS // self._rate_hz
        """When the first frame ever was captured, by this block's time."""
        self._came += len(samples)
        if self._stream is not None:
            samples = self._stream.resample_chunk(samples)
        self._waiting += samples.tobytes()
        while len(self._waiting) >= BLOCK_BYTES:
            whole, self._waiting = self._waiting[:BLOCK_BYTES], self._waiting[BLOCK_BYTES:]
            self._deliver(memoryview(whole), first_ns + self._gone * _NS // RATE_HZ)
            self._gone += BLOCK_FRAMES

    def _mix(self, samples: Any) -> Any:
        """The mean of the channels that have a microphone on them."""
        numpy = self._numpy
        peaks = abs(samples.astype("i4")).max(axis=0, initial=1)
        self._peaks = numpy.maximum(self._peaks, peaks)
        live = self._peaks * QUIET_CHANNEL >= self._peaks.max()
        mean = samples[:, live].mean(axis=1)
        return numpy.rint(mean).astype("<i2")
