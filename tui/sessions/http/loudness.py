"""Whether there is speech at all in a recording, by energy alone: nothing is sent for silence."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from shared.pcm import FRAME_BYTES, FRAMES_PER_MS, frames_to_ms

BLOCK_MS: Final = 20
FLOOR_DBFS: Final = -50.0
"""Blocks below this are silence, whatever is in them."""
ABOVE_NOISE_DB: Final = 8.0
"""Speech stands out from the recording's own noise by this much."""
SHORTEST_SPEECH_MS: Final = 60
_EVERY: Final = 4
"""Every fourth sample is enough to measure energy."""


@dataclass(frozen=True, slots=True)
class Loudness:
    """What a recording holds."""

    length_ms: float
    speech_ms: float
    """Sum of the blocks that may be speech."""
    loudest_dbfs: float

    @property
    def silent(self) -> bool:
        """Nothing in it is worth sending."""
        return self.speech_ms < SHORTEST_SPEECH_MS

    @property
    def doubtful(self) -> bool:
        """Nearly silent: what a transcription makes of it may be invented."""
        share = self.speech_ms / self.length_ms if self.length_ms else 0.0
        return self.speech_ms < 400 or share < 0.08 or self.loudest_dbfs < -40.0


def measure(pcm: bytes) -> Loudness:
    """Levels of PCM16 mono 24 kHz."""
    samples = memoryview(pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES]).cast("h")
    step = BLOCK_MS * FRAMES_PER_MS
    levels = [_dbfs(samples[at : at + step : _EVERY]) for at in range(0, len(samples), step)]
    length_ms = frames_to_ms(len(samples))
    if not levels:
        return Loudness(0.0, 0.0, -96.0)
    # The quietest tenth is the room, unless somebody speaks all the time.
    noise = sorted(levels)[len(levels) // 10]
    threshold = max(FLOOR_DBFS, min(noise + ABOVE_NOISE_DB, -30.0))
    speech = sum(1 for level in levels if level >= threshold)
    return Loudness(length_ms, float(speech * BLOCK_MS), max(levels))


def _dbfs(block: memoryview) -> float:
    energy = sum(sample * sample for sample in block) / max(1, len(block))
    return 10 * math.log10(energy / (32768 * 32768)) if energy >= 1 else -96.0
