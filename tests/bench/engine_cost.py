"""What the engine costs while both sides talk, and how soon after its start sound flows."""

from __future__ import annotations

import os
import time
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from shared.pcm import RATE_HZ
from tests.bench.command import run_alone
from tests.bench.players import EchoName
from tests.bench.stage import Stage
from tests.bench.table import Line, Result
from tests.bench.voice import voice
from tests.rig.play import play_pcm
from tests.rig.recorder import Recorder

TICKS_PER_S = os.sysconf("SC_CLK_TCK")
FLOWS_MS = 150.0
LIMITS = {"off": (5.0, 60.0), "auto": (12.0, 100.0)}
"""Percent of one core and megabytes of memory, by echo control."""
STARTS = 5
START_S = 8.0
"""Longer than a start takes."""


@dataclass(frozen=True, slots=True)
class Cost:
    """Of one run."""

    cpu_percent: float
    front_end_cpu_percent: float
    rss_mb: float
    own_mb: float
    """Without what it shares with others (the rings, libraries)."""
    threads: int


def measure(stage: Stage, long: bool) -> Result:
    """Without and with echo control."""
    seconds = 30.0 if long else 6.0
    lines = []
    numbers: dict[str, object] = {}
    for echo, title in (
        ("off", "echo control off"),
        ("auto", "echo control and voice activity on"),
    ):
        cost = talk(stage, "auto" if echo == "auto" else "off", seconds)
        cpu_limit, memory_limit = LIMITS[echo]
        numbers[title] = asdict(cost)
        lines += [
            Line(
                f"{title}: of one core",
                f"{cost.cpu_percent:.1f} % ({cost.threads} threads)",
                "",
                f"at most {cpu_limit:.0f} %",
                cost.cpu_percent <= cpu_limit,
            ),
            Line(
                f"{title}: memory",
                f"{cost.rss_mb:.0f} MB ({cost.own_mb:.0f} its own)",
                "",
                f"at most {memory_limit:.0f} MB",
                cost.rss_mb <= memory_limit,
            ),
        ]
    starts = [start(stage) for _ in range(STARTS)]
    for name, values in zip(("heard", "captured"), zip(*starts, strict=True), strict=True):
        numbers[f"first sound {name}, ms after the start"] = values
        lines.append(
            Line(
                f"from the engine's start to the first sound {name}, median / max",
                f"{np.median(values):.0f} / {max(values):.0f} ms",
                "",
                f"median at most {FLOWS_MS:.0f} ms",
                bool(np.median(values) <= FLOWS_MS),
            )
        )
    return Result("The engine while both sides talk", tuple(lines), numbers)


def talk(stage: Stage, echo: EchoName, seconds: float) -> Cost:
    """An answer of `seconds` is played while a voice speaks; measured in its middle."""
    url = stage.url(seconds=seconds + 2, speed=4)
    with stage.front_end("ours", url, "--microphone", echo=echo) as front_end:
        front_end.wait_for("ready")
        speaking = play_pcm(stage.card, voice(seconds + 2).tobytes())
        front_end.wait_for("first_delta")
        time.sleep(1)
        pid = front_end.engine_pid()
        if pid is None:
            raise RuntimeError("the front end has no engine")
        pids = (pid, front_end.process.pid)
        before_s = [cpu_s(p) for p in pids]
        started_s = time.monotonic()
        time.sleep(seconds)
        took_s = time.monotonic() - started_s
        used_s = [cpu_s(p) - b for p, b in zip(pids, before_s, strict=True)]
        memory = memory_mb(pid)
        threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
        speaking.stop()
        front_end.wait_for_end()
    return Cost(
        cpu_percent=100 * used_s[0] / took_s,
        front_end_cpu_percent=100 * used_s[1] / took_s,
        rss_mb=memory["Rss"],
        own_mb=memory["Private_Clean"] + memory["Private_Dirty"],
        threads=threads,
    )


def start(stage: Stage) -> tuple[float, float]:
    """Milliseconds from the start of an engine to the first sound heard and captured."""
    chance = np.random.default_rng(1)
    rustle = chance.integers(-3000, 3000, int(START_S * RATE_HZ)).astype("<i2")
    speaking = play_pcm(stage.card, rustle.tobytes())  # silence at the beginning is not captured
    with Recorder(stage.card) as recorder:
        with stage.front_end(
            "ours", stage.url(), "--microphone", "--beep", "--answers", "0", echo="auto"
        ) as front_end:
            captured = front_end.wait_for("first_captured")
            front_end.wait_for_end()
        recording = recorder.stop()
    speaking.stop()
    began_s = front_end.wait_for("opened")["began_s"]
    begin = recording.index_at(began_s)
    audible = np.flatnonzero(recording.samples[begin:])
    if len(audible) == 0:
        raise RuntimeError("nothing was heard after the engine's start")
    heard_s = recording.time_of(begin + int(audible[0]))
    return (heard_s - began_s) * 1000, (captured["at_s"] - began_s) * 1000


def cpu_s(pid: int) -> float:
    """Seconds of processor time a process has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def memory_mb(pid: int) -> dict[str, float]:
    """Megabytes by the names of the kernel's smaps_rollup."""
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()[1:]
    return {line.split(":")[0]: int(line.split()[1]) / 1000 for line in lines}


if __name__ == "__main__":
    run_alone(measure)
