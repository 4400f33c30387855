"""What keeps a front end from running: calls that hold the GIL, stalled loops, busy processors."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.rig.card import die_with_parent

HOLD_S = (0.2, 0.8)
STALL_S = (1.0, 2.5)
EVERY_S = 1.2
BUSY_PROCESSES = 4
_SAMPLE = 500_000


def hold_the_gil(talking: threading.Event, ended: threading.Event) -> list[float]:
    """Every 1.2 s one C call that holds the GIL for 0.2 to 0.8 s; returns how long each took.

    From when `talking` is set until `ended` is.
    """
    chance = random.Random(1)
    numbers = [chance.random() for _ in range(_SAMPLE)]
    numbers_per_s = _SAMPLE / _sorting_s(numbers)
    talking.wait()
    held_s: list[float] = []
    while not ended.wait(EVERY_S):
        count = int(chance.uniform(*HOLD_S) * numbers_per_s)
        while len(numbers) < count:
            numbers += [chance.random() for _ in range(_SAMPLE)]
        held_s.append(_sorting_s(numbers[:count]))
        numbers_per_s = count / held_s[-1]  # processors are not always equally fast
    return held_s


def _sorting_s(numbers: list[float]) -> float:
    """Sort in one C call; returns how long it took."""
    started_s = time.perf_counter()
    sorted(numbers)
    return time.perf_counter() - started_s


def stall_lengths() -> Iterator[float]:
    """How long each stall of an event loop lasts, in seconds."""
    chance = random.Random(2)
    while True:
        yield chance.uniform(*STALL_S)


def stall_this_thread(talking: threading.Event, ended: threading.Event) -> list[float]:
    """Be away for 1 to 2.5 s every 1.2 s, as a screen that waits for its terminal."""
    talking.wait()
    stalled_s = []
    for stall_s in stall_lengths():
        if ended.wait(EVERY_S):
            break
        time.sleep(stall_s)
        stalled_s.append(stall_s)
    return stalled_s


@contextmanager
def busy_processors(count: int = BUSY_PROCESSES) -> Iterator[None]:
    """So many processes that compute for ever, as nice as everybody else."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", "while True: pass"],
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),
        )
        for _ in range(count)
    ]
    assert all(os.getpriority(os.PRIO_PROCESS, p.pid) == os.nice(0) for p in processes)
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()
