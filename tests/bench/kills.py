"""The sound process of the whole program, killed at random moments of a conversation."""

from __future__ import annotations

import os
import random
import signal
import statistics
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from tests.bench.command import run_alone
from tests.bench.program import program
from tests.bench.stage import Stage, service
from tests.bench.table import Line, Result, percentile
from tests.rig.recorder import Recorder, Recording
from tests.rig.signal import RATE_HZ, ms
from tests.rig.sound_processes import WAITS, WORKS, sound_processes
from tests.waiting import wait_until

KILLS = 20
MANY_KILLS = 100
ANSWER_S = 150.0
LIFE_S = (0.4, 1.6)
"""Of each sound process, from its first sound to its death."""
NOTICEABLE_FRAMES = RATE_HZ * 15 // 1000
LOOK_S = 3.0
HOLE_MS = 100.0


@dataclass(frozen=True, slots=True)
class Kill:
    """One of them, in milliseconds."""

    back_ms: float
    """Until there was a new process."""
    hole_ms: float
    """Longest silence after it."""


def measure(stage: Stage, long: bool) -> Result:
    """Kill, wait, kill again."""
    wanted = MANY_KILLS if long else KILLS
    kills, orphans, left = killed(stage, wanted)
    holes_ms = [kill.hole_ms for kill in kills]
    backs_ms = [kill.back_ms for kill in kills]
    median_ms = statistics.median(holes_ms)
    lines = (
        Line("recoveries", f"{len(kills)} of {wanted}", "", "all", len(kills) == wanted),
        Line(
            "hole heard: median / 95th / max",
            f"{median_ms:.0f} / {percentile(holes_ms, 95):.0f} / {max(holes_ms):.0f} ms",
            "",
            f"median at most {HOLE_MS:.0f} ms",
            median_ms <= HOLE_MS,
        ),
        Line(
            "until there is a new process: median / max",
            f"{statistics.median(backs_ms):.0f} / {max(backs_ms):.0f} ms",
        ),
        Line("processes left at the end", f"{orphans}", "", "0", orphans == 0),
        Line("shared memory left at the end", f"{left}", "", "0", left == 0),
    )
    title = f"The whole program, its sound process killed {wanted} times"
    return Result(title, lines, {"kills": [asdict(kill) for kill in kills]})


def killed(stage: Stage, wanted: int) -> tuple[list[Kill], int, int]:
    """All kills, processes left behind, shared memory left behind."""
    chance = random.Random(7)
    shared_before = set(Path("/dev/shm").iterdir())
    deaths_s: list[float] = []
    backs_s: list[float] = []
    pids: list[int] = []
    log_path = stage.card.folder / "kills.jsonl"
    with (
        service(log_path, turns=100, seconds=ANSWER_S, speed=4, pause_ms=200) as running,
        Recorder(stage.card) as recorder,
    ):
        with program(stage.card, running) as terminal:
            wait_until(lambda: running.log("first_delta"), 60, "the first answer")
            for _ in range(wanted):
                time.sleep(chance.uniform(*LIFE_S))
                pid = wait_until(lambda: engine_of(terminal.pid), 10, "a sound process")
                assert pid is not None
                pids.append(pid)
                deaths_s.append(time.monotonic())
                os.kill(pid, signal.SIGKILL)
                wait_until(lambda: engine_of(terminal.pid) not in (None, pids[-1]), 10)
                backs_s.append(time.monotonic())
                wait_until(lambda: bool(recorder.latest().all()), 10, "sound again")
            # A spare that was never used is none of those killed.
            pids += sound_processes(terminal.pid, WORKS) + sound_processes(terminal.pid, WAITS)
            terminal.press("q")
            terminal.wait_exit()
        recording = recorder.stop()
    orphans = sum(Path(f"/proc/{pid}").exists() for pid in pids)
    left = len(set(Path("/dev/shm").iterdir()) - shared_before)
    found = [
        Kill((back_s - death_s) * 1000, hole_ms(recording, death_s))
        for death_s, back_s in zip(deaths_s, backs_s, strict=True)
    ]
    return found, orphans, left


def hole_ms(recording: Recording, death_s: float) -> float:
    """The longest silence that begins soon after the death."""
    samples = recording.between(death_s - 0.05, death_s + LOOK_S)
    audible = np.flatnonzero(samples)
    steps = np.diff(audible) - 1
    long = np.flatnonzero(steps > NOTICEABLE_FRAMES)
    return ms(int(steps[long[0]])) if len(long) else 0.0


def engine_of(pid: int) -> int | None:
    """The sound process that works below a process of ours; None while there is none."""
    return next(iter(sound_processes(pid, WORKS)), None)


if __name__ == "__main__":
    run_alone(measure)
