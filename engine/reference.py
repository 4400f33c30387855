"""The echo canceller's reference: what is leaving the loudspeaker, on the microphone's clock.

The two devices have clocks of their own.  Where the reference begins comes from device times; from
then on only the growth of the difference counts, and it is followed by stretching the reference a
few millionths, since a reference that jumps costs the canceller its adaptation.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.timeline import Timeline
from shared.pcm import FRAME_BYTES, RATE_HZ, ms_to_frames

BLOCK_FRAMES: Final = 240
BLOCK_NS: Final = BLOCK_FRAMES * 1_000_000_000 // RATE_HZ
SECOND_BLOCKS: Final = 100
"""The difference is averaged over a second: device times jitter."""
RESYNC_FRAMES: Final = ms_to_frames(15)
"""More than clocks do: the reference begins anew."""
CAPTURE_STEADY: Final = 1 / 32
"""Of what a device time of the microphone differs from the expected one is believed."""
CAPTURE_JUMP_NS: Final = 20_000_000
QUICK_SECONDS: Final = 12
"""So long the drift of a pair of devices is learned quickly, then gently."""
QUICK_GAINS: Final = (0.4, 0.05)
GENTLE_GAINS: Final = (0.15, 0.006)
"""Per second: of the difference itself, and of it towards the drift."""
MOST_DRIFT: Final = 2e-3

TAPS: Final = 8
PHASES: Final = 256

Pcm = npt.NDArray[np.int16]


def _fractional_delays() -> npt.NDArray[np.float64]:
    """Windowed sinc: row p delivers the sample p / PHASES behind the fourth of eight."""
    at = np.arange(TAPS)[None, :] - (TAPS // 2 - 1) - np.arange(PHASES + 1)[:, None] / PHASES
    rows = np.sinc(at) * np.cos(np.pi * at / (TAPS + 1)) ** 2
    result: npt.NDArray[np.float64] = rows / rows.sum(axis=1, keepdims=True)
    return result


class Reference:
    """Delivers one block of what the loudspeaker plays for each block captured."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._rows = _fractional_delays()
        self._steps = np.arange(BLOCK_FRAMES, dtype=np.float64)
        self._taps = np.arange(TAPS)
        self._raw = memoryview(bytearray((BLOCK_FRAMES + 2 * TAPS) * FRAME_BYTES))
        self._silence = np.zeros(BLOCK_FRAMES, np.int16)
        self._frame: float | None = None
        """Of the stream: where the next block begins."""
        self._epoch = -1
        self._adc_ns = 0.0
        self._differences = 0.0
        self._summed = 0
        self._offset: float | None = None
        """The difference that was there at the beginning of this stream."""
        self._drift = 0.0
        self._slew = 0.0
        self._seconds = 0

    @property
    def drift_ppm(self) -> float:
        """How much faster the loudspeaker's clock runs, as far as it is known."""
        return self._drift * 1e6

    def reset(self) -> None:
        """Another device: its clock is not known."""
        self._frame = None
        self._drift = self._slew = 0.0
        self._seconds = 0

    def block(self, adc_ns: int) -> tuple[Pcm, bool]:
        """What leaves the loudspeaker from `adc_ns` on, and whether it is sound."""
        adc_ns = self._steady(adc_ns)
        target = self._timeline.stream_frame_at(adc_ns)
        if target is None:
            self._frame = None
            return self._silence, False
        if self._frame is None or self._epoch != self._timeline.epoch:
            self._begin(target)
        assert self._frame is not None
        difference = target - self._frame
        if abs(difference - (self._offset or 0.0)) > RESYNC_FRAMES:
            self._begin(target)
            difference = 0.0
        begin = self._frame
        self._follow(difference)
        sound = self._timeline.sounds(int(begin), BLOCK_FRAMES)
        stretch = 1 + self._drift + self._slew
        self._frame = begin + BLOCK_FRAMES * stretch
        return (self._interpolated(begin, stretch) if sound else self._silence), sound

    def _steady(self, adc_ns: int) -> int:
        expected_ns = self._adc_ns + BLOCK_NS
        error_ns = adc_ns - expected_ns
        if abs(error_ns) > CAPTURE_JUMP_NS:
            self._adc_ns = float(adc_ns)
        else:
            self._adc_ns = expected_ns + error_ns * CAPTURE_STEADY
        return int(self._adc_ns)

    def _begin(self, target: float) -> None:
        self._frame = target
        self._epoch = self._timeline.epoch
        self._offset = None
        self._differences = 0.0
        self._summed = 0
        self._slew = 0.0

    def _follow(self, difference: float) -> None:
        self._differences += difference
        self._summed += 1
        if self._summed < SECOND_BLOCKS:
            return
        average = self._differences / self._summed
        self._differences = 0.0
        self._summed = 0
        if self._offset is None:
            self._offset = average
            return
        grown = average - self._offset
        follow, learn = QUICK_GAINS if self._seconds < QUICK_SECONDS else GENTLE_GAINS
        self._seconds += 1
        self._slew = grown * follow / RATE_HZ
        drift = self._drift + grown * learn / RATE_HZ
        self._drift = max(-MOST_DRIFT, min(MOST_DRIFT, drift))

    def _interpolated(self, begin: float, stretch: float) -> Pcm:
        first = int(begin) - (TAPS // 2 - 1)
        self._timeline.copy_stream(first, self._raw)
        at = begin - first - (TAPS // 2 - 1) + self._steps * stretch
        whole = at.astype(np.int64)
        rows = self._rows[((at - whole) * PHASES + 0.5).astype(np.int64)]
        samples = np.frombuffer(self._raw, "<i2")[whole[:, None] + self._taps]
        block = np.einsum("ij,ij->i", samples, rows)
        clipped: Pcm = np.clip(np.rint(block), -32768, 32767).astype(np.int16)
        return clipped
