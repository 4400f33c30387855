"""A sound like a voice, for paths that change samples (echo control, resampling)."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tests.rig.signal import RATE_HZ, Samples

SYLLABLE_S = 0.18
PITCH_HZ = (95.0, 160.0)
LOUDNESS = 6_000.0


def voice(seconds: float, seed: int = 1) -> Samples:
    """Syllables of harmonics with moving pitch and formants, and pauses between them."""
    chance = np.random.default_rng(seed)
    out = np.zeros(int(seconds * RATE_HZ))
    start = 0
    while start < len(out):
        count = int(RATE_HZ * SYLLABLE_S * chance.uniform(0.7, 1.4))
        syllable = _syllable(count, chance)[: len(out) - start]
        out[start : start + len(syllable)] = syllable
        start += count + int(RATE_HZ * chance.choice([0.02, 0.03, 0.25], p=[0.5, 0.35, 0.15]))
    return np.clip(out * LOUDNESS, -32_000, 32_000).astype("<i2")


def _syllable(count: int, chance: np.random.Generator) -> npt.NDArray[np.float64]:
    t = np.arange(count) / RATE_HZ
    pitch = np.linspace(chance.uniform(*PITCH_HZ), chance.uniform(*PITCH_HZ), count)
    phase = 2 * np.pi * np.cumsum(pitch) / RATE_HZ
    formants_hz = chance.uniform((300, 900, 2_200), (800, 2_000, 3_200))
    sound = np.zeros(count)
    for harmonic in range(1, 35):
        loudness = sum(
            np.exp(-(((harmonic * pitch.mean() - f) / (90 + 60 * n)) ** 2)) / (n + 1)
            for n, f in enumerate(formants_hz)
        )
        sound += (loudness + 0.03 / harmonic) * np.sin(harmonic * phase)
    sound += 0.02 * chance.standard_normal(count)
    edge = np.minimum(1.0, np.minimum(t, t[::-1]) / 0.03)
    return sound * edge


def shift_of(captured: Samples, reference: Samples) -> int:
    """Index in `captured` that corresponds to index 0 of `reference`, by cross-correlation."""
    size = 1 << int(np.ceil(np.log2(len(captured) + len(reference))))
    product = np.fft.rfft(captured.astype(float), size) * np.conj(
        np.fft.rfft(reference.astype(float), size)
    )
    shift = int(np.argmax(np.fft.irfft(product, size)))
    return shift if shift < size // 2 else shift - size
