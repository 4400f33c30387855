"""The counter signal, and what became of it on its way through a sound path.

On a card at 24 kHz the whole path is bit exact, so the test signal is a counter: sample n is
n % 30000 + 1.  It is never 0, so every zero is silence that somebody put in; and it grows by one,
so every lost, repeated or stale sample shows as a jump, to the sample.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

RATE_HZ = 24_000
COUNTER_PERIOD = 30_000
"""1.25 s: losses are read modulo this; `missing_frames` counts absolutely."""

Samples = npt.NDArray[np.int16]


def counter_signal(start: int, count: int) -> Samples:
    """Samples start .. start + count - 1 of the counter, int16 mono."""
    positions = np.arange(start, start + count, dtype=np.int64)
    return (positions % COUNTER_PERIOD + 1).astype("<i2")


def counter_pcm(start: int, count: int) -> bytes:
    """The same as PCM16 bytes."""
    return counter_signal(start, count).tobytes()


def samples_of(pcm: bytes) -> Samples:
    """PCM16 bytes as samples."""
    return np.frombuffer(pcm, "<i2")


@dataclass(frozen=True, slots=True)
class CounterReport:
    """What became of a counter signal; `first` is None when only silence was recorded."""

    first: int | None
    """Index of the first sample that is not silence."""
    last: int | None
    heard_frames: int
    head_frames: int
    """Counter samples cut off before the first one heard (the signal is taken to start at 0)."""
    gaps: int
    gap_frames: int
    longest_gap_frames: int
    jumps: int
    """Places where the counter does not go on by one (silence in between does not count)."""
    lost_frames: int
    repeated_frames: int
    missing_frames: int
    """Expected minus heard: loss inside plus what head and tail lack; 0 without expectation."""


def analyse_counter(samples: Samples, expected_frames: int | None = None) -> CounterReport:
    """Compare a recording, from silence before to silence after the signal, with the counter.

    Jumps are read modulo the counter's period: up to half of it forward counts as lost, the rest
    as repeated.
    """
    expected = expected_frames or 0
    audible = np.flatnonzero(samples)
    if len(audible) == 0:
        return CounterReport(None, None, 0, 0, 0, 0, 0, 0, expected, 0, expected)
    first, last = int(audible[0]), int(audible[-1])
    signal = samples[first : last + 1].astype(np.int64)
    silent = signal == 0
    gap_lengths = _run_lengths(silent)
    heard = signal[~silent]
    skipped = (np.diff(heard) - 1) % COUNTER_PERIOD
    skipped = skipped[skipped != 0]
    forward = skipped < COUNTER_PERIOD // 2
    return CounterReport(
        first=first,
        last=last,
        heard_frames=len(heard),
        head_frames=int(heard[0]) - 1,
        gaps=len(gap_lengths),
        gap_frames=int(gap_lengths.sum()),
        longest_gap_frames=int(gap_lengths.max(initial=0)),
        jumps=len(skipped),
        lost_frames=int(skipped[forward].sum()),
        repeated_frames=int((COUNTER_PERIOD - skipped[~forward]).sum()),
        missing_frames=expected - len(heard) if expected else 0,
    )


COUNTING = 20
"""So many samples that count on are the signal, not the edge of a break that was bridged."""


def counted_to(samples: Samples) -> int:
    """How far the counter got that begins at 0 in this recording; 0 when it is not heard.

    Unlike the sum of what was heard it does not mind how a break in it was bridged.
    """
    steps = np.diff(samples.astype(np.int64))
    counts = (steps == 1) | (steps == 1 - COUNTER_PERIOD)
    runs = np.convolve(counts, np.ones(COUNTING, int), "valid") == COUNTING
    if not runs.any():
        return 0
    last = int(np.flatnonzero(runs)[-1]) + COUNTING
    value = int(samples[last])
    rounds = round((np.count_nonzero(samples[: last + 1]) - value) / COUNTER_PERIOD)
    return value + max(0, rounds) * COUNTER_PERIOD


@dataclass(frozen=True, slots=True)
class Sound:
    """A stretch of a recording without a long silence in it; `end` is exclusive."""

    start: int
    end: int


def sounds_in(samples: Samples, longest_silence_ms: float = 100) -> list[Sound]:
    """The stretches of sound that are parted by more than `longest_silence_ms` of zeros."""
    audible = np.flatnonzero(samples)
    if len(audible) == 0:
        return []
    limit = int(longest_silence_ms * RATE_HZ / 1000)
    breaks = np.flatnonzero(np.diff(audible) > limit)
    starts = np.concatenate(([audible[0]], audible[breaks + 1]))
    ends = np.concatenate((audible[breaks], [audible[-1]])) + 1
    return [Sound(int(start), int(end)) for start, end in zip(starts, ends, strict=True)]


def ms(frames: int) -> float:
    """Milliseconds that `frames` last."""
    return frames * 1000 / RATE_HZ


def _run_lengths(flags: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Lengths of the runs of True."""
    padded = np.concatenate(([0], flags.astype(np.int8), [0]))
    edges = np.flatnonzero(np.diff(padded))
    return edges[1::2] - edges[::2]
