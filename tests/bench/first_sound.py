"""From the first delta of an answer to the first sound, with large and with small deltas.

A player may wait until it has enough: 150 ms of sound, or 60 ms after the first delta.  The time
runs from that moment, which with deltas of 200 ms is the first delta itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tests.bench.command import run_alone
from tests.bench.interruptions import with_ends
from tests.bench.players import PlayerName
from tests.bench.stage import Stage
from tests.bench.table import Line, Result, spread

WAIT_S = 0.06
TARGET_MS = 30.0


@dataclass(frozen=True, slots=True)
class Deltas:
    """How an answer comes in."""

    name: str
    delta_ms: float
    speed: float


CASES = (
    Deltas("deltas of 200 ms", 200, 4),
    Deltas("deltas of 20 ms at 8 times real time", 20, 8),
    Deltas("deltas of 20 ms in real time", 20, 1),
)


def measure(stage: Stage, long: bool) -> Result:
    """All three ways an answer may begin."""
    answers = 20 if long else 5
    lines = []
    numbers = {}
    for case in CASES:
        plain_ms = delays_ms(stage, "plain", case, answers)
        ours_ms = delays_ms(stage, "ours", case, answers)
        numbers[case.name] = {"ours": ours_ms, "plain": plain_ms}
        lines.append(
            Line(
                case.name,
                spread(ours_ms),
                spread(plain_ms),
                f"median at most {TARGET_MS:.0f} ms",
                float(np.median(ours_ms)) <= TARGET_MS,
            )
        )
    return Result("First sound after there is enough of it (median / max)", tuple(lines), numbers)


def delays_ms(stage: Stage, player: PlayerName, case: Deltas, answers: int) -> list[float]:
    """For each answer: from when there was enough to the first sound."""
    url = stage.url(seconds=0.5, speed=case.speed, delta_ms=case.delta_ms)
    front_end, recording = stage.run(player, url, "--answers", str(answers))
    enough_s = {event["item_id"]: event["delta_s"] for event in front_end.all("buffered_150_ms")}
    found = []
    for delta, _ in with_ends(front_end.all("first_delta")):
        first_s = delta["delta_s"]
        # The sound of the answer before has ended long ago.
        start = recording.index_at(first_s - 0.005)
        audible = np.flatnonzero(recording.samples[start : start + recording.rate_hz])
        if len(audible) == 0:
            raise RuntimeError(f"nothing was heard of {delta['item_id']} within 1 s")
        heard_s = recording.time_of(start + int(audible[0]))
        found.append((heard_s - min(enough_s[delta["item_id"]], first_s + WAIT_S)) * 1000)
    return found


if __name__ == "__main__":
    run_alone(measure)
