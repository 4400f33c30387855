"""The one audio format inside voicetui: PCM16, mono, 24 kHz, little endian."""

from __future__ import annotations

import math
from typing import Final

RATE_HZ: Final = 24_000
FRAME_BYTES: Final = 2
"""One frame is one sample: mono."""
FRAMES_PER_MS: Final = RATE_HZ // 1000
SILENCE_DBFS: Final = -96
"""What a block of zeros measures; the floor of 16-bit audio."""


def frames_to_ms(frames: int) -> float:
    """Milliseconds that `frames` last."""
    return frames / FRAMES_PER_MS


def ms_to_frames(ms: float) -> int:
    """Whole frames in `ms`, rounded down."""
    return int(ms * FRAMES_PER_MS)


def peak_dbfs(pcm: memoryview | bytes) -> int:
    """Peak of a block in whole dB relative to full scale; SILENCE_DBFS for silence."""
    samples = memoryview(pcm).cast("B").cast("h")
    if not len(samples):
        return SILENCE_DBFS
    peak = max(max(samples), -min(samples))
    if peak == 0:
        return SILENCE_DBFS
    return max(SILENCE_DBFS, round(20 * math.log10(peak / 32768)))
