"""The front end is busy or stopped: the sound that is there goes on without a gap."""

from __future__ import annotations

import signal
import subprocess
import threading
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.program import Home
from tests.faults.table import EVERYTHING, record
from tests.server.process import running_server
from tests.waiting import wait_until

ANSWER_S = 60.0 if EVERYTHING else 4.0
STOP_S = 5.0 if EVERYTHING else 2.0
READY_S = 60
RATE = 24_000
PERIOD = 30_000
"""Of the counter signal: sample n is n % PERIOD + 1, so every gap and every repetition shows."""

BUSY = """
import sys, threading, time
def hog():
    while True:
        until = time.perf_counter() + 0.2
        while time.perf_counter() < until:
            sum(range(100))
        time.sleep(0.1)
if "engine" not in sys.orig_argv and "server" not in sys.orig_argv:
    threading.Thread(target=hog, daemon=True).start()
"""


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.env["OPENAI_API_KEY"] = "sk-test-0123456789"
    return home


def talk(home: Home, answer_s: float) -> subprocess.Popen[bytes]:
    """Plain mode, asked one thing; the answer goes to a file at the speed of a loudspeaker."""
    process = home.start(
        "--plain", "--output", f"file:{home.folder / 'heard.wav'}", stdin=subprocess.PIPE
    )
    assert process.stdin is not None
    process.stdin.write(b"Count.\n")
    process.stdin.close()
    process.stdin = None
    for stream in (process.stdout, process.stderr):  # nobody waits for a full pipe
        threading.Thread(target=stream.read, daemon=True).start()  # type: ignore[union-attr]
    return process


def heard(home: Home) -> np.ndarray:
    """What was played so far, from the first sound on."""
    path = home.folder / "heard.wav"
    if not path.exists() or path.stat().st_size < 100:
        return np.zeros(0, np.int16)
    with wave.open(str(path)) as file:
        samples = np.frombuffer(file.readframes(1 << 30), np.int16)
    nonzero = np.flatnonzero(samples)
    return samples[nonzero[0] : nonzero[-1] + 1] if len(nonzero) else samples[:0]


def breaks(samples: np.ndarray) -> tuple[int, float]:
    """How often the counter does not go on, and the longest silence, in ms."""
    expected = (np.arange(len(samples)) + samples[0] - 1) % PERIOD + 1
    wrong = int(np.count_nonzero(np.diff((samples != expected).astype(np.int8)) == 1))
    silent = np.flatnonzero(np.diff(np.concatenate(([0], samples == 0, [0]))))
    longest = max((silent[1::2] - silent[::2]).tolist(), default=0)
    return wrong, longest * 1000 / RATE


def judge(row_id: str, home: Home, seconds: float, what: str) -> str:
    samples = heard(home)
    wrong, gap_ms = breaks(samples)
    assert len(samples) >= (seconds - 0.1) * RATE, len(samples) / RATE
    assert (wrong, gap_ms) == (0, 0), (row_id, wrong, gap_ms)
    return f"{what}: {len(samples) / RATE:.0f} s played, 0 gaps, 0 ms silent"


def test_a_busy_front_end_leaves_the_sound_alone(home: Home, tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "sitecustomize.py").write_text(BUSY)
    home.env["PYTHONPATH"] = str(tmp_path / "site")
    with running_server(audio_override="counter", answer_s=ANSWER_S, audio_speed=4) as url:
        home.env["OPENAI_BASE_URL"] = url
        process = talk(home, ANSWER_S)
        process.wait(READY_S + 4 * ANSWER_S)
    record("A1", judge("A1", home, ANSWER_S, "busy two thirds of the time"))


def test_a_stopped_front_end_leaves_the_sound_alone(home: Home) -> None:
    answer_s = STOP_S + 3
    with running_server(audio_override="counter", answer_s=answer_s, audio_speed=0) as url:
        home.env["OPENAI_BASE_URL"] = url
        process = talk(home, answer_s)
        wait_until(lambda: len(heard(home)) > RATE // 2, READY_S)
        process.send_signal(signal.SIGSTOP)
        before = len(heard(home))
        time.sleep(STOP_S)
        meanwhile_s = (len(heard(home)) - before) / RATE
        process.send_signal(signal.SIGCONT)
        process.wait(READY_S)
    assert meanwhile_s > 0.8 * STOP_S
    record("A3", judge("A3", home, answer_s, f"stopped for {STOP_S:g} s"))
