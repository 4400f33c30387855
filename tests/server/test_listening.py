"""Turns found in audio by the real detector."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from server.realtime.config import SEMANTIC_VAD, SERVER_VAD
from server.realtime.listening import Listener, SpeechStarted, SpeechStopped
from server.speech.vad import Silero
from server.speech.work import synthesise

RATE_HZ = 24_000


def silence(ms: int) -> np.ndarray:
    return np.zeros(ms * RATE_HZ // 1000, dtype=np.int16)


def listen(audio: np.ndarray, chunk_ms: int = 20, **detection: Any) -> list[Any]:
    listener = Listener(Silero())
    step = chunk_ms * RATE_HZ // 1000
    settings = {**SERVER_VAD, **detection}
    return [
        event
        for start in range(0, audio.size, step)
        for event in listener.append(audio[start : start + step], settings)
    ]


@pytest.fixture(scope="module")
def speech() -> np.ndarray:
    return synthesise("What is the capital of Japan?", "alloy")


@pytest.mark.parametrize("chunk_ms", [10, 20, 100, 5_000])
def test_one_turn_whatever_the_chunks(speech: np.ndarray, chunk_ms: int) -> None:
    audio = np.concatenate([silence(1_000), speech, silence(1_000)])
    started, stopped = listen(audio, chunk_ms)
    assert isinstance(started, SpeechStarted)
    assert isinstance(stopped, SpeechStopped)
    end_ms = 1_000 + speech.size * 1000 / RATE_HZ
    assert 600 <= started.audio_start_ms <= 800  # 300 ms of prefix
    assert end_ms - 200 <= stopped.audio_end_ms <= end_ms + 450
    clip_ms = stopped.clip.size * 1000 / RATE_HZ
    assert clip_ms == pytest.approx(stopped.audio_end_ms - started.audio_start_ms, abs=2)


def test_the_clip_is_what_was_sent(speech: np.ndarray) -> None:
    audio = np.concatenate([silence(700), speech, silence(900)])
    started, stopped = listen(audio)
    first = started.audio_start_ms * RATE_HZ // 1000
    piece = audio[first : first + stopped.clip.size]
    offset = abs(
        int(np.argmax(np.abs(piece) > 2_000)) - int(np.argmax(np.abs(stopped.clip) > 2_000))
    )
    assert offset <= RATE_HZ // 500


def test_prefix_and_silence_are_honoured(speech: np.ndarray) -> None:
    audio = np.concatenate([silence(2_000), speech, silence(2_500)])
    short_prefix, soon = listen(audio, prefix_padding_ms=0, silence_duration_ms=200)
    long_prefix, late = listen(audio, prefix_padding_ms=900, silence_duration_ms=1_200)
    assert short_prefix.audio_start_ms - long_prefix.audio_start_ms == pytest.approx(900, abs=3)
    assert late.audio_end_ms - soon.audio_end_ms == pytest.approx(1_000, abs=70)


def test_a_pause_splits_or_joins(speech: np.ndarray) -> None:
    audio = np.concatenate([silence(500), speech, silence(600), speech, silence(2_000)])
    assert len(listen(audio, silence_duration_ms=300)) == 4
    assert len(listen(audio, silence_duration_ms=1_200)) == 2


@pytest.mark.parametrize(("eagerness", "wait_ms"), [("high", 400), ("auto", 800), ("low", 1500)])
def test_semantic_vad_waits_by_eagerness(speech: np.ndarray, eagerness: str, wait_ms: int) -> None:
    audio = np.concatenate([silence(500), speech, silence(2_500)])
    events = []
    listener = Listener(Silero())
    for start in range(0, audio.size, 480):
        piece = audio[start : start + 480]
        events += listener.append(piece, {**SEMANTIC_VAD, "eagerness": eagerness})
    end_ms = 500 + speech.size * 1000 / RATE_HZ
    assert events[1].audio_end_ms == pytest.approx(end_ms - 120 + wait_ms, abs=150)


def test_noise_and_clicks_are_no_turns() -> None:
    rng = np.random.default_rng(3)
    noise = rng.normal(0, 1_500, RATE_HZ * 4).astype(np.int16)
    clicks = silence(4_000)
    clicks[:: RATE_HZ // 4] = 30_000
    tone = (8_000 * np.sin(np.arange(RATE_HZ * 2) * 2 * np.pi * 440 / RATE_HZ)).astype(np.int16)
    for sound in (noise, clicks, tone):
        assert listen(sound) == []


def test_old_silence_is_forgotten() -> None:
    listener = Listener(Silero())
    for _ in range(60):
        listener.append(silence(1_000), SERVER_VAD)
    assert listener.now_ms == 60_000
    assert listener.buffered_ms <= 1_400


def test_without_turn_detection_everything_is_kept() -> None:
    listener = Listener(Silero())
    for _ in range(30):
        assert listener.append(silence(1_000), None) == []
    assert listener.buffered_ms == 30_000
    assert listener.take().size == 30 * RATE_HZ
    assert listener.buffered_ms == 0


def test_the_timeline_goes_on_while_turn_detection_is_off(speech: np.ndarray) -> None:
    listener = Listener(Silero())
    listener.append(silence(5_000), None)
    listener.take()
    events = listener.append(np.concatenate([silence(1_000), speech, silence(900)]), SERVER_VAD)
    assert 5_600 <= events[0].audio_start_ms <= 5_800
