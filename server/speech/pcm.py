"""Samples: int16 mono arrays, their bytes, and their rates."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

Pcm = npt.NDArray[np.int16]

SESSION_RATE_HZ = 24_000  # PCM on the wire, and of everything between the wire and the speech parts
SPEECH_RATE_HZ = 16_000  # what silero and the recogniser's model were trained on
TELEPHONE_RATE_HZ = 8_000  # G.711


def from_bytes(data: bytes) -> Pcm:
    """Little-endian samples; the count of bytes must be even."""
    return np.frombuffer(data, dtype="<i2").astype(np.int16, copy=False)


def to_bytes(samples: Pcm) -> bytes:
    return samples.astype("<i2", copy=False).tobytes()


def resample(samples: Pcm, from_hz: int, to_hz: int) -> Pcm:
    """A whole clip at another rate."""
    if from_hz == to_hz or not samples.size:
        return samples
    return np.asarray(soxr.resample(samples, from_hz, to_hz), dtype=np.int16)


def duration_ms(samples: Pcm, rate_hz: int = SESSION_RATE_HZ) -> float:
    return samples.size * 1000 / rate_hz


class StreamResampler:
    """The same for audio that arrives in pieces: no clicks at their edges."""

    def __init__(self, from_hz: int, to_hz: int) -> None:
        self._stream: soxr.ResampleStream | None = None
        if from_hz != to_hz:
            self._stream = soxr.ResampleStream(from_hz, to_hz, 1, dtype="int16", quality="HQ")

    def push(self, samples: Pcm) -> Pcm:
        """What has become available; up to some 10 ms stay inside until more arrives."""
        if self._stream is None:
            return samples
        return np.asarray(self._stream.resample_chunk(samples), dtype=np.int16)
