"""The input audio buffer, and where in it someone speaks."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from server.realtime.config import Settings, silence_ms
from server.speech.pcm import (
    SESSION_RATE_HZ,
    SPEECH_RATE_HZ,
    Pcm,
    StreamResampler,
)
from server.speech.vad import CHUNK_MS, CHUNK_SAMPLES, SpeechDetector

ONSET_CHUNKS = 3  # 96 ms of speech start a turn: clicks are shorter
HYSTERESIS = 0.15  # silero's own: a turn goes on until the probability is this much lower
KEPT_MS = 1_000  # older silence is forgotten while nobody speaks (or the prefix, if longer)


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    audio_start_ms: int


@dataclass(frozen=True, slots=True)
class SpeechStopped:
    audio_end_ms: int
    clip: Pcm


TurnEvent = SpeechStarted | SpeechStopped


class Listener:
    """Takes audio at 24 kHz; the timeline counts every sample since the session began."""

    def __init__(self, detector: SpeechDetector) -> None:
        self._detector = detector
        self._to_speech_rate = StreamResampler(SESSION_RATE_HZ, SPEECH_RATE_HZ)
        self._undetected = np.zeros(0, dtype=np.int16)
        self._pieces: list[Pcm] = []
        self._kept_samples = 0
        self._loud_chunks = 0
        self._quiet_ms = 0.0
        self.received_samples = 0
        self.speaking = False

    @property
    def now_ms(self) -> int:
        """The end of the timeline: how much audio has come since the session began."""
        return int(self.received_samples * 1000 / SESSION_RATE_HZ)

    @property
    def buffered_ms(self) -> float:
        return self._kept_samples * 1000 / SESSION_RATE_HZ

    def append(self, audio: Pcm, turn_detection: Settings | None) -> list[TurnEvent]:
        """Buffer it; with turn detection on, say where turns begin and end."""
        if turn_detection is None:
            self._keep(audio)
            return []
        events: list[TurnEvent] = []
        # One chunk's worth at a time, so that a turn's clip ends where the detector is.
        step = CHUNK_SAMPLES * SESSION_RATE_HZ // SPEECH_RATE_HZ
        for start in range(0, audio.size, step):
            piece = audio[start : start + step]
            self._keep(piece)
            fresh = self._to_speech_rate.push(piece)
            self._undetected = np.concatenate([self._undetected, fresh])
            while self._undetected.size >= CHUNK_SAMPLES:
                chunk = self._undetected[:CHUNK_SAMPLES]
                self._undetected = self._undetected[CHUNK_SAMPLES:]
                event = self._judge(self._detector.probability(chunk), turn_detection)
                if event is not None:
                    events.append(event)
            if not self.speaking:
                self._forget(turn_detection)
        return events

    def _keep(self, audio: Pcm) -> None:
        self._pieces.append(audio)
        self._kept_samples += audio.size
        self.received_samples += audio.size

    def _forget(self, turn_detection: Settings) -> None:
        prefix_ms = turn_detection.get("prefix_padding_ms", 300)
        keep = int((prefix_ms + KEPT_MS) * SESSION_RATE_HZ / 1000)
        while self._pieces and self._kept_samples - self._pieces[0].size >= keep:
            self._kept_samples -= self._pieces.pop(0).size

    def _judge(self, probability: float, turn_detection: Settings) -> TurnEvent | None:
        threshold = turn_detection.get("threshold", 0.5)
        if not self.speaking:
            self._loud_chunks = self._loud_chunks + 1 if probability >= threshold else 0
            if self._loud_chunks < ONSET_CHUNKS:
                return None
            self.speaking = True
            self._quiet_ms = 0.0
            prefix_ms = turn_detection.get("prefix_padding_ms", 300)
            kept_from_ms = self.now_ms - self.buffered_ms
            unheard_ms = self._undetected.size * 1000 / SPEECH_RATE_HZ
            onset_ms = self.now_ms - unheard_ms - ONSET_CHUNKS * CHUNK_MS
            start_ms = max(kept_from_ms, onset_ms - prefix_ms, 0.0)
            self._cut_before(start_ms)
            return SpeechStarted(int(start_ms))
        if probability >= max(0.01, threshold - HYSTERESIS):
            self._quiet_ms = 0.0
            return None
        self._quiet_ms += CHUNK_MS
        if self._quiet_ms < silence_ms(turn_detection):
            return None
        self._end_turn()
        return SpeechStopped(self.now_ms, self.take())

    def _cut_before(self, start_ms: float) -> None:
        kept = np.concatenate(self._pieces) if self._pieces else np.zeros(0, dtype=np.int16)
        wanted = int((self.now_ms - start_ms) * SESSION_RATE_HZ / 1000)
        kept = kept[max(0, kept.size - wanted) :]
        self._pieces = [kept]
        self._kept_samples = kept.size

    def _end_turn(self) -> None:
        self.speaking = False
        self._loud_chunks = 0
        self._quiet_ms = 0.0

    def take(self) -> Pcm:
        """The buffer's audio; the buffer is empty afterwards."""
        clip = np.concatenate(self._pieces) if self._pieces else np.zeros(0, dtype=np.int16)
        self.clear()
        return clip

    def clear(self) -> None:
        self._pieces = []
        self._kept_samples = 0
        self._end_turn()
