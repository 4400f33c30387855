"""Gaps heard while the front end is starved, in the middle of one long answer.

The answer is a counter signal at four times real time: what is missing at the loudspeaker is
counted to the sample.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import asdict, dataclass

from tests.bench.command import run_alone
from tests.bench.load import busy_processors
from tests.bench.players import PlayerName
from tests.bench.stage import Stage
from tests.bench.table import Line, Result
from tests.rig.signal import RATE_HZ, CounterReport, analyse_counter, ms

TAIL_S = 2.5
"""Sound that comes late is late, not missing."""


@dataclass(frozen=True, slots=True)
class Starvation:
    """A way to keep the front end from running."""

    name: str
    arguments: tuple[str, ...] = ()
    stall_after_ms: float = 0.0
    stall_ms: float = 0.0
    busy: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """What was heard of an answer, and how long each starving call really took."""

    report: CounterReport
    starved_s: list[float]


STARVATIONS = (
    Starvation("left alone"),
    Starvation("calls that hold the GIL 0.2-0.8 s", ("--load", "gil")),
    Starvation("event loops stalled 1-2.5 s", ("--load", "stall")),
    Starvation("websocket stalled 2 s after 3.2 s of audio", stall_after_ms=3200, stall_ms=2000),
    Starvation("four busy processes", busy=True),
)


def measure(stage: Stage, long: bool) -> Result:
    """Every starvation, first the plain player, then ours."""
    seconds = 20.0 if long else 6.0
    lines = []
    numbers = {}
    for starvation in STARVATIONS:
        plain = one(stage, "plain", starvation, seconds)
        ours = one(stage, "ours", starvation, seconds)
        numbers[starvation.name] = {"ours": asdict(ours), "plain": asdict(plain)}
        lines.append(
            Line(
                starvation.name,
                in_words(ours.report),
                in_words(plain.report),
                "0 missing, 0 gaps",
                is_whole(ours.report),
            )
        )
    title = f"Gaps heard in {seconds:g} s of sound (samples missing; gaps, their total, longest)"
    return Result(title, tuple(lines), numbers)


def one(stage: Stage, player: PlayerName, starvation: Starvation, seconds: float) -> Heard:
    """Play one answer under one starvation and report what was heard of it."""
    url = stage.url(
        seconds=seconds,
        speed=4,
        stall_after_ms=starvation.stall_after_ms,
        stall_ms=starvation.stall_ms,
    )
    with busy_processors() if starvation.busy else nullcontext():
        front_end, recording = stage.run(
            player, url, "--tail-s", str(TAIL_S), *starvation.arguments
        )
    report = analyse_counter(recording.samples, int(seconds * RATE_HZ))
    starved_s = [event["stall_s"] for event in front_end.all("stalled")]
    for event in front_end.all("load"):
        starved_s += event["held_s"]
    return Heard(report, starved_s)


def is_whole(report: CounterReport) -> bool:
    """Every sample was heard, and no silence between them."""
    return report.missing_frames == report.gaps == report.jumps == 0


def in_words(report: CounterReport) -> str:
    """`0 missing; no gap`, or what was lost and how long the holes were."""
    missing = f"{report.missing_frames} missing"
    if report.first is None:
        return "nothing heard"
    if not report.gaps:
        return f"{missing}; no gap"
    total, longest = ms(report.gap_frames), ms(report.longest_gap_frames)
    return f"{missing}; {report.gaps} gaps, {total:.0f} ms, longest {longest:.0f} ms"


if __name__ == "__main__":
    run_alone(measure)
