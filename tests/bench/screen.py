"""What the program costs a person and a terminal: help, first picture, bytes per second."""

from __future__ import annotations

import subprocess
import time

import numpy as np

from shared.pcm import RATE_HZ
from tests.bench.command import run_alone
from tests.bench.program import COLUMNS, ROWS, environment, program, voicetui_command
from tests.bench.stage import Stage, service
from tests.bench.table import Line, Result
from tests.bench.voice import voice
from tests.rig.play import play_pcm
from tests.waiting import wait_until

HELP_S = 0.12
PICTURE_S = 0.6
TALKING_BYTES_PER_S = 4_000
TALKING_S = 10.0
ROOM_S = 40
"""Longer than a start takes."""
QUIET_S = 1.5


def measure(stage: Stage, long: bool) -> Result:
    """All four."""
    runs = 20 if long else 5
    help_s = [time_of_help(stage) for _ in range(2 * runs)]
    picture_s = [time_of_first_picture(stage) for _ in range(runs)]
    idle = idle_bytes(stage, 30 if long else 5)
    talking = talking_bytes_per_s(stage)
    lines = (
        Line(
            "voicetui --help, median / best",
            f"{np.median(help_s):.2f} / {min(help_s):.2f} s",
            "",
            f"at most {HELP_S} s",
            bool(np.median(help_s) <= HELP_S),
        ),
        Line(
            "first picture, median / best",
            f"{np.median(picture_s):.2f} / {min(picture_s):.2f} s",
            "",
            f"at most {PICTURE_S} s",
            bool(np.median(picture_s) <= PICTURE_S),
        ),
        Line("idle, listening to silence", f"{idle} bytes", "", "0", idle == 0),
        Line(
            "both talking",
            f"{talking:.0f} bytes/s",
            "",
            f"at most {TALKING_BYTES_PER_S}",
            talking <= TALKING_BYTES_PER_S,
        ),
    )
    numbers = {
        "help_s": help_s,
        "picture_s": picture_s,
        "idle_bytes": idle,
        "talking_bytes_per_s": talking,
    }
    return Result(f"The program and its terminal ({COLUMNS}x{ROWS})", lines, numbers)


def time_of_help(stage: Stage) -> float:
    """Seconds that `voicetui --help` takes."""
    began_s = time.monotonic()
    subprocess.run(
        [*voicetui_command(), "--help"],
        env=environment(stage.card),
        cwd=stage.card.folder,
        stdout=subprocess.DEVNULL,
        check=True,
    )
    return time.monotonic() - began_s


def time_of_first_picture(stage: Stage) -> float:
    """Seconds from the start of the program to its name on the screen."""
    began_s = time.monotonic()
    with program(stage.card, stage.shared_service) as terminal:
        wait_until(lambda: "voicetui" in terminal.text, 20, "the first picture")
        took_s = time.monotonic() - began_s
        terminal.wait_for("LISTENING")
        terminal.press("q")
        terminal.wait_exit()
    return took_s


def idle_bytes(stage: Stage, seconds: float) -> int:
    """What is written in so many seconds while nobody speaks."""
    # A room is never digitally silent; of a microphone that is, the screen would tell.
    chance = np.random.default_rng(1)
    room = chance.integers(-8, 8, int((seconds + ROOM_S) * RATE_HZ)).astype("<i2")
    rustling = play_pcm(stage.card, room.tobytes())
    with program(stage.card, stage.shared_service) as terminal:
        terminal.wait_for("LISTENING")
        terminal.wait_quiet(QUIET_S, 30)
        before = terminal.bytes_written
        time.sleep(seconds)
        written = terminal.bytes_written - before
    rustling.stop()
    return written


def talking_bytes_per_s(stage: Stage) -> float:
    """What is written while an answer plays and a voice speaks, on the average of 10 s."""
    path = stage.card.folder / "screen.jsonl"
    with (
        service(path, turns=3, seconds=6, pause_ms=200) as running,
        program(stage.card, running, echo="auto") as terminal,
    ):
        terminal.wait_for("LISTENING")
        speaking = play_pcm(stage.card, voice(TALKING_S + 8).tobytes())
        wait_until(lambda: running.log("first_delta"), 20, "an answer")
        time.sleep(0.5)
        before, began_s = terminal.bytes_written, time.monotonic()
        time.sleep(TALKING_S)
        rate = (terminal.bytes_written - before) / (time.monotonic() - began_s)
        speaking.stop()
    return rate


if __name__ == "__main__":
    run_alone(measure)
