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
_BLOCK_BYTES: Final = BLOCK_MS * FRAMES_PER_MS * FRAME_BYTES
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


class Meter:
    """Measures a recording while it comes, in pieces of any size."""

    def __init__(self) -> None:
        self._rest = b""
        self._levels_dbfs: list[float] = []

    def add(self, pcm: bytes) -> None:
        """More of the recording, PCM16 mono 24 kHz."""
        pcm = self._rest + pcm if self._rest else pcm
        whole = len(pcm) // _BLOCK_BYTES * _BLOCK_BYTES
        self._rest = pcm[whole:]
        self._levels_dbfs += [
            _dbfs(pcm[at : at + _BLOCK_BYTES]) for at in range(0, whole, _BLOCK_BYTES)
        ]

    def clear(self) -> None:
        """Another recording begins."""
        self._rest = b""
        self._levels_dbfs.clear()

    def loudness(self) -> Loudness:
        """What is in it until now."""
        rest = self._rest[: len(self._rest) // FRAME_BYTES * FRAME_BYTES]
        levels = self._levels_dbfs + ([_dbfs(rest)] if rest else [])
        if not levels:
            return Loudness(0.0, 0.0, -96.0)
        length_ms = len(self._levels_dbfs) * BLOCK_MS + frames_to_ms(len(rest) // FRAME_BYTES)
        # The quietest tenth is the room, unless somebody speaks all the time.
        noise = sorted(levels)[len(levels) // 10]
        threshold = max(FLOOR_DBFS, min(noise + ABOVE_NOISE_DB, -30.0))
        speech = sum(1 for level in levels if level >= threshold)
        return Loudness(length_ms, float(speech * BLOCK_MS), max(levels))


def measure(pcm: bytes) -> Loudness:
    """A whole recording at once, PCM16 mono 24 kHz."""
    meter = Meter()
    meter.add(pcm)
    return meter.loudness()


def _dbfs(pcm: bytes) -> float:
    samples = memoryview(pcm).cast("h")[::_EVERY]
    energy = sum(sample * sample for sample in samples) / len(samples)
    return 10 * math.log10(energy / (32768 * 32768)) if energy >= 1 else -96.0
