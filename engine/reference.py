"""The echo canceller's reference: what is leaving the loudspeaker, on the microphone's clock.

Where the reference begins comes from device times.  They jitter by milliseconds, so from then on
the echo itself is the measure: where it comes later and later the two devices' clocks differ, and
the reference is stretched by a few millionths, since one that jumps costs the canceller its
adaptation.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from engine.timeline import Timeline
from shared.pcm import FRAME_BYTES, RATE_HZ, ms_to_frames

BLOCK_FRAMES: Final = 240
BLOCK_NS: Final = BLOCK_FRAMES * 1_000_000_000 // RATE_HZ
RESYNC_FRAMES: Final = ms_to_frames(15)
"""More than clocks do: the reference begins anew..."""
RESYNC_BLOCKS: Final = 5
"""...if it stays so: device times are wild while a device catches up."""
SLIP_STEADY: Final = 1 / 64
"""Slower they are only wrong: on a busy machine by a hundredth, where clocks differ by less than a
thousandth."""
CAPTURE_STEADY: Final = 1 / 32
"""Of what a device time of the microphone differs from the expected one is believed."""
CAPTURE_JUMP_NS: Final = 20_000_000
SETTLED_BLOCKS: Final = 80
"""A stream must have run for so long before the echo's delay is that of this stream alone."""
LONGEST_PAUSE_S: Final = 1.0
FOLLOW: Final = 0.5
"""Of a difference, per second, taken back by stretching..."""
LEARN: Final = 0.06
"""...and believed to be drift, per second and second."""
JUMP_FRAMES: Final = ms_to_frames(0.75)
"""More than clocks do between two looks: another reflection is the loudest now."""
MOVED_FRAMES: Final = ms_to_frames(5)
"""More than reflections do: it is somewhere else."""
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
        self._later = np.arange(BLOCK_FRAMES) / BLOCK_FRAMES
        self._raw = memoryview(bytearray((BLOCK_FRAMES + 2 * TAPS) * FRAME_BYTES))
        self._silence = np.zeros(BLOCK_FRAMES, np.int16)
        self._frame: float | None = None
        """Of the stream: where the next block begins."""
        self._epoch = -1
        self._adc_ns = 0.0
        self._slip = 0.0
        """How far device times have wandered off since the stream began, in frames."""
        self._astray = 0
        """Blocks for which they were far from that."""
        self._blocks = 0
        self._began = 0
        """The block at which this stream did."""
        self._delay: float | None = None
        """Of the echo in this stream at first, in frames; None: not measured yet..."""
        self._last_delay = 0.0
        """...and when it was measured last."""
        self._measured = 0
        """The block at which the echo was measured last."""
        self._drift = 0.0
        self._slew = 0.0

    @property
    def drift_ppm(self) -> float:
        """How much faster the loudspeaker's clock runs, as far as it is known."""
        return self._drift * 1e6

    def reset(self) -> None:
        """Another device: its clock is not known."""
        self._frame = None
        self._drift = self._slew = 0.0

    def block(self, adc_ns: int) -> tuple[Pcm, bool]:
        """What leaves the loudspeaker from `adc_ns` on, and whether it is sound."""
        self._blocks += 1
        adc_ns = self._steady(adc_ns)
        target = self._timeline.stream_frame_at(adc_ns)
        if target is None:
            self._frame = None
            return self._silence, False
        begin = self._frame
        if begin is None or self._epoch != self._timeline.epoch or self._has_jumped(target - begin):
            begin = self._begin(target)
        sound = self._timeline.sounds(int(begin), BLOCK_FRAMES)
        stretch = 1 + self._drift + self._slew
        self._frame = begin + BLOCK_FRAMES * stretch
        return (self._interpolated(begin, stretch) if sound else self._silence), sound

    def follow(self, delay_ms: float) -> bool:
        """The echo was found so much behind the reference, in the last half second.

        Returns whether it has moved farther than from one reflection to the next.
        """
        if self._blocks - self._began < SETTLED_BLOCKS:
            return False
        delay = delay_ms * RATE_HZ / 1000
        seconds = min((self._blocks - self._measured) * BLOCK_FRAMES / RATE_HZ, LONGEST_PAUSE_S)
        self._measured = self._blocks
        moved, self._last_delay = delay - self._last_delay, delay
        if self._delay is None:
            self._delay = delay
            return False
        if abs(moved) > JUMP_FRAMES:
            self._delay += moved
        grown = delay - self._delay
        self._slew = -grown * FOLLOW / RATE_HZ
        drift = self._drift - grown * LEARN * seconds / RATE_HZ
        self._drift = max(-MOST_DRIFT, min(MOST_DRIFT, drift))
        return abs(moved) > MOVED_FRAMES

    def _steady(self, adc_ns: int) -> int:
        expected_ns = self._adc_ns + BLOCK_NS
        error_ns = adc_ns - expected_ns
        if abs(error_ns) > CAPTURE_JUMP_NS:
            self._adc_ns = float(adc_ns)
        else:
            self._adc_ns = expected_ns + error_ns * CAPTURE_STEADY
        return int(self._adc_ns)

    def _has_jumped(self, slip: float) -> bool:
        if abs(slip - self._slip) > RESYNC_FRAMES:
            self._astray += 1
        else:
            self._astray = 0
            self._slip += SLIP_STEADY * (slip - self._slip)
        return self._astray >= RESYNC_BLOCKS

    def _begin(self, target: float) -> float:
        self._slip = 0.0
        self._astray = 0
        self._epoch = self._timeline.epoch
        self._began = self._blocks
        self._delay = None
        self._slew = 0.0
        return target

    def _interpolated(self, begin: float, stretch: float) -> Pcm:
        """Stretched so little that its end is the same sound, a fraction of a sample later."""
        first = int(begin) - TAPS
        self._timeline.copy_stream(first, self._raw)
        samples = np.frombuffer(self._raw, "<i2")
        at = begin - first
        block = self._delayed(samples, at)
        if stretch != 1:
            end = self._delayed(samples, at + BLOCK_FRAMES * (stretch - 1))
            block += (end - block) * self._later
        clipped: Pcm = np.clip(np.rint(block), -32768, 32767).astype(np.int16)
        return clipped

    def _delayed(self, samples: Pcm, at: float) -> npt.NDArray[np.float64]:
        """A block from between the samples, `at` of them from the first."""
        whole = int(at)
        row = self._rows[int((at - whole) * PHASES + 0.5)]
        whole -= TAPS // 2 - 1
        return np.convolve(samples[whole : whole + BLOCK_FRAMES + TAPS - 1], row[::-1], "valid")
