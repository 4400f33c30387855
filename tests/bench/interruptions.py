"""Interruptions at random times: how soon it is silent, and what is said to have been heard.

The time runs from just before the front end flushes its player to the last sample at the
loudspeaker (the recorder resolves 5 ms).  What the player reports as heard is compared with the
counter signal in the recording.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

import numpy as np

from tests.bench.command import run_alone
from tests.bench.players import PlayerName
from tests.bench.stage import Event, Stage
from tests.bench.table import Line, Result, percentile, spread
from tests.rig.recorder import Recording
from tests.rig.signal import analyse_counter, counted_to, ms

FROM_MS, TO_MS = 40.0, 1_200.0
PAUSE_S = {"plain": 0.7, "ours": 0.35}
"""After each: long enough that what still plays is heard, and stale sound would be."""
RATIO = 20
METHOD_MS = 5.0


@dataclass(frozen=True, slots=True)
class Interruption:
    """One of them, times in milliseconds."""

    silent_after_ms: float
    reported_ms: float
    recorded_ms: float
    received_ms: float

    @property
    def error_ms(self) -> float:
        return abs(self.reported_ms - self.recorded_ms)


def measure(stage: Stage, long: bool) -> Result:
    """Interrupt both players equally often."""
    count = 60 if long else 20
    plain = interruptions(stage, "plain", count)
    ours = interruptions(stage, "ours", count)
    ours_ms = [i.silent_after_ms for i in ours]
    plain_ms = [i.silent_after_ms for i in plain]
    limit_ms = [float(np.median(plain_ms)) / RATIO, max(plain_ms) / RATIO]
    errors_ms = [i.error_ms for i in ours]
    too_much = sum(i.reported_ms > i.received_ms for i in ours)
    lines = (
        Line(
            "silent after the decision, median / max",
            spread(ours_ms, 1),
            spread(plain_ms),
            f"1/{RATIO} of the plain: {limit_ms[0]:.0f} / {limit_ms[1]:.0f} ms",
            float(np.median(ours_ms)) <= max(limit_ms[0], METHOD_MS)
            and max(ours_ms) <= max(limit_ms[1], METHOD_MS),
        ),
        Line(
            "heard, reported against recorded: median / 95th / max",
            error_in_words(errors_ms),
            error_in_words([i.error_ms for i in plain]),
            "95th at most 20 ms",
            percentile(errors_ms, 95) <= 20,
        ),
        Line(
            "reported as heard more than was received",
            f"{too_much} of {len(ours)}",
            f"{sum(i.reported_ms > i.received_ms for i in plain)} of {len(plain)}",
            "0",
            too_much == 0,
        ),
    )
    numbers = {"ours": [asdict(i) for i in ours], "plain": [asdict(i) for i in plain]}
    title = f"{len(ours)} interruptions {FROM_MS:.0f}-{TO_MS:.0f} ms after the first delta"
    return Result(title, lines, numbers)


def interruptions(stage: Stage, player: PlayerName, count: int) -> list[Interruption]:
    """Interrupt `count` answers of one player."""
    url = stage.url(seconds=8, speed=4, interrupt_from_ms=FROM_MS, interrupt_to_ms=TO_MS)
    front_end, recording = stage.run(
        player, url, "--answers", str(count), "--pause-s", str(PAUSE_S[player])
    )
    flushed = {event["item_id"]: event for event in front_end.all("flushed")}
    found = [
        look(recording, delta, flushed[delta["item_id"]], until_s)
        for delta, until_s in with_ends(front_end.all("first_delta"))
    ]
    if len(found) != count:
        raise RuntimeError(f"{count} interruptions asked for, {len(found)} happened")
    return found


def with_ends(deltas: list[Event]) -> Iterator[tuple[Event, float]]:
    """Each first delta and the time of the next one."""
    for delta, following in zip(deltas, [*deltas[1:], None], strict=True):
        yield delta, float("inf") if following is None else following["delta_s"]


def look(recording: Recording, delta: Event, flushed: Event, until_s: float) -> Interruption:
    """Find one interrupted answer in the recording."""
    start = recording.index_at(delta["delta_s"] - METHOD_MS / 1000)
    end = len(recording.samples)
    if until_s != float("inf"):
        end = recording.index_at(until_s - METHOD_MS / 1000)
    report = analyse_counter(recording.samples[start:end])
    silent_s = flushed["decided_s"]
    if report.last is not None:
        silent_s = recording.time_of(start + report.last + 1)
    return Interruption(
        silent_after_ms=max(0.0, (silent_s - flushed["decided_s"]) * 1000),
        reported_ms=ms(flushed["heard_frames"]),
        recorded_ms=ms(counted_to(recording.samples[start:end])),
        received_ms=ms(flushed["received_frames"]),
    )


def error_in_words(errors_ms: list[float]) -> str:
    """Median, 95th percentile and maximum."""
    shown = (percentile(errors_ms, 50), percentile(errors_ms, 95), max(errors_ms))
    return " / ".join(f"{value:.1f}" for value in shown) + " ms"


if __name__ == "__main__":
    run_alone(measure)
