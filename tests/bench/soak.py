"""An hour of conversation through the file device at full speed: does anything grow?

python -m tests.bench.soak            one hour of sound; about six minutes
python -m tests.bench.soak --long     eight hours
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any, Final

from shared.wav import pcm_of, wav_header
from tests.bench.command import run_alone
from tests.bench.stage import Stage
from tests.bench.table import Line, Result

ROOT = Path(__file__).resolve().parents[2]
QUESTION = ROOT / "tui" / "assets" / "question.wav"
TIMES = 4
"""The question is asked so often in one turn: ten seconds."""
ANSWERS = "seconds=20&speed=1000000&delta_ms=500"
HOUR_S = 3600.0
GROWTH_KB = 2048
"""From a tenth of the conversation to its end."""


FEW: Final = 50
"""Turns in which a moment may not have been met."""


@dataclass(frozen=True, slots=True)
class Soaked:
    """What was seen, turn by turn."""

    samples: list[dict[str, Any]]

    @property
    def seconds(self) -> float:
        """Of sound, both sides."""
        return float(self.samples[-1]["seconds"])

    def growth_kb(self, process: str) -> int:
        """From a tenth of the way to the end; medians, since clips come and go."""
        tenth = max(2, len(self.samples) // 10)
        sizes = [sample[process]["own_kb"] for sample in self.samples]
        return round(median(sizes[-tenth:]) - median(sizes[tenth : 2 * tenth]))

    def constant(self, process: str, what: str) -> bool:
        """Whether there are no more in the last half than there were in the first.

        One more or less is a moment: a clip is being written, a device closed.
        """
        numbers = [sample[process][what] for sample in self.samples]
        half = len(numbers) // 2
        return max(numbers[half:]) <= max(numbers[:half]) + (len(numbers) < 2 * FEW)


def soak(turns: int, folder: Path) -> Soaked:
    """Hold a conversation of so many turns in a process of its own."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ},
        "PYTHONPATH": str(ROOT),
        "OPENAI_API_KEY": "demo-key-of-the-soak",
        "VOICETUI_STATE_DIR": str(folder / "state"),
        "VOICETUI_CONFIG": str(folder / "config.toml"),
    }
    spoken = pcm_of(QUESTION.read_bytes())
    question = folder / "question.wav"
    question.write_bytes(wav_header(len(spoken) * TIMES) + spoken * TIMES)
    with _service() as url:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "tests.bench.talking", url, str(question), str(turns),
             str(folder)],
            cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
    samples = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode or len(samples) < turns:
        raise RuntimeError(f"{len(samples)} turns, then: {done.stderr[-2000:]}")
    return Soaked(samples)


@contextmanager
def _service() -> Iterator[str]:
    """Answers of twenty seconds, as fast as they can be sent."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.bench.service", os.devnull, ANSWERS],
        cwd=ROOT, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def figure(soaked: Soaked) -> str:
    """In one line."""
    last = soaked.samples[-1]
    return (
        f"{soaked.seconds / 60:.0f} min of sound, {len(soaked.samples)} turns: front end "
        f"{soaked.growth_kb('front_end') / 1024:+.1f} MB, engine "
        f"{soaked.growth_kb('engine') / 1024:+.1f} MB; {last['front_end']['descriptors']} "
        f"descriptors, {last['front_end']['threads']} threads, {last['children']} child"
    )


def holds(soaked: Soaked, growth_kb: int = GROWTH_KB) -> bool:
    """Whether nothing has grown."""
    return (
        all(
            soaked.growth_kb(process) <= growth_kb
            and soaked.constant(process, "threads")
            and soaked.constant(process, "descriptors")
            for process in ("front_end", "engine")
        )
        and len({sample["children"] for sample in soaked.samples}) == 1
    )


def measure(stage: Stage, long: bool) -> Result:
    """One hour, or eight."""
    wanted_s = HOUR_S * (8 if long else 1)
    with tempfile.TemporaryDirectory() as folder:
        probe = soak(2, Path(folder))
    turns = max(20, round(wanted_s / (probe.seconds / 2)))
    with tempfile.TemporaryDirectory() as folder:
        soaked = soak(turns, Path(folder))
    return Result(
        "An hour of conversation",
        (
            Line("front end, MB since a tenth", f"{soaked.growth_kb('front_end') / 1024:+.2f}",
                 "", "at most +2", soaked.growth_kb("front_end") <= GROWTH_KB),
            Line("engine, MB since a tenth", f"{soaked.growth_kb('engine') / 1024:+.2f}",
                 "", "at most +2", soaked.growth_kb("engine") <= GROWTH_KB),
            Line("descriptors, threads, children", figure(soaked).split("; ")[1], "", "constant",
                 holds(soaked, 1 << 30)),
        ),
        {"seconds": soaked.seconds, "samples": soaked.samples},
    )  # fmt: skip


if __name__ == "__main__":
    run_alone(measure)
