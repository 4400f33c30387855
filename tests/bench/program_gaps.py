"""Gaps heard from the whole program: its terminal is not read, its service or processors stall."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import asdict, dataclass

import numpy as np

from tests.bench.command import run_alone
from tests.bench.gaps import in_words, is_whole
from tests.bench.load import busy_processors
from tests.bench.program import program
from tests.bench.stage import Stage, service
from tests.bench.table import Line, Result
from tests.rig.recorder import Recorder
from tests.rig.signal import RATE_HZ, CounterReport, analyse_counter
from tests.terminal.driver import Terminal
from tests.waiting import wait_until

STALL_MS = 2_000
STALL_AFTER_MS = 3_200
UNREAD_S = 4.0
SILENCE_S = 3.0
"""After so much silence nothing more is expected."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """What happens to the program while an answer plays."""

    name: str
    stall_ms: float = 0.0
    busy: bool = False
    during: Callable[[Terminal], None] = lambda terminal: None


def leave_unread(terminal: Terminal) -> None:
    """A terminal that stops reading for a while, as over a lost connection."""
    terminal.stall()
    time.sleep(UNREAD_S)
    terminal.resume()


TROUBLES = (
    Trouble(f"terminal not read for {UNREAD_S:g} s", during=leave_unread),
    Trouble("websocket stalled 2 s after 3.2 s of audio", stall_ms=STALL_MS),
    Trouble("four busy processes", busy=True),
)


def measure(stage: Stage, long: bool) -> Result:
    """One answer under each trouble, echo control on as it is by default."""
    seconds = 20.0 if long else 6.0
    lines = []
    numbers = {}
    for trouble in TROUBLES:
        report = one(stage, trouble, seconds)
        numbers[trouble.name] = asdict(report)
        whole = is_whole(report)
        lines.append(Line(trouble.name, in_words(report), "", "0 missing, 0 gaps", whole))
    return Result(f"Gaps heard of the whole program in {seconds:g} s", tuple(lines), numbers)


def one(stage: Stage, trouble: Trouble, seconds: float) -> CounterReport:
    """Play one answer and report what was heard of it."""
    path = stage.card.folder / "program_gaps.jsonl"
    answers = {"seconds": seconds, "stall_ms": trouble.stall_ms, "stall_after_ms": STALL_AFTER_MS}
    with (
        service(path, turns=1, **answers) as running,
        Recorder(stage.card) as recorder,
        busy_processors() if trouble.busy else nullcontext(),
        program(stage.card, running, echo="auto") as terminal,
    ):
        wait_until(lambda: running.log("first_delta"), 60, "an answer")
        trouble.during(terminal)
        wait_until(lambda: running.log("answered"), 60, "the end of the answer")
        frames = int(seconds * RATE_HZ)
        wait_until(lambda: is_over(recorder, frames), seconds + 60, "the end of the sound")
        recording = recorder.stop()
    return analyse_counter(recording.samples, frames)


def is_over(recorder: Recorder, frames: int) -> bool:
    """All frames were heard, or for a long time nothing more."""
    samples = recorder.heard()
    heard_frames = int(np.count_nonzero(samples))
    silent = not samples[-int(SILENCE_S * RATE_HZ) :].any()
    return heard_frames >= frames or (heard_frames > 0 and silent)


if __name__ == "__main__":
    run_alone(measure)
