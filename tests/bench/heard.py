"""The whole program, interrupted a hundred times: what it says was heard, how soon it is silent.

The time runs from when the service sends `speech_started`; what the program sends in
`conversation.item.truncate` is compared with the counter signal recorded at the loudspeaker.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from tests.bench.command import run_alone
from tests.bench.interruptions import FROM_MS, METHOD_MS, TO_MS, error_in_words
from tests.bench.program import program
from tests.bench.stage import ServiceEvent, Stage, service
from tests.bench.table import Line, Result, percentile, spread
from tests.rig.recorder import Recorder, Recording
from tests.rig.signal import analyse_counter, counted_to, ms
from tests.waiting import wait_until

SPEED = 4
DELTA_MS = 200
PAUSE_MS = 300
ERROR_MS = 20.0


@dataclass(frozen=True, slots=True)
class Truncation:
    """One interruption, times in milliseconds."""

    interrupted_after_ms: float
    silent_after_ms: float
    sent_ms: int
    recorded_ms: float
    received_ms: float

    @property
    def error_ms(self) -> float:
        return abs(self.sent_ms - self.recorded_ms)


def measure(stage: Stage, long: bool) -> Result:
    """A hundred truncations of the real program."""
    found = truncations(stage, 300 if long else 100)
    errors_ms = [t.error_ms for t in found]
    silent_ms = [t.silent_after_ms for t in found]
    too_much = sum(t.sent_ms > t.received_ms for t in found)
    lines = (
        Line(
            "heard, sent against recorded: median / 95th / max",
            error_in_words(errors_ms),
            "",
            f"95th at most {ERROR_MS:.0f} ms",
            percentile(errors_ms, 95) <= ERROR_MS,
        ),
        Line(
            "sent as heard more than was received",
            f"{too_much} of {len(found)}",
            "",
            "0",
            too_much == 0,
        ),
        Line("silent after the service's speech_started, median / max", spread(silent_ms, 1)),
    )
    title = f"The whole program, {len(found)} interruptions"
    return Result(title, lines, {"truncations": [asdict(t) for t in found]})


def truncations(stage: Stage, count: int) -> list[Truncation]:
    """Let the service interrupt the program so many times."""
    with (
        service(
            stage.card.folder / "heard.jsonl",
            turns=count,
            speed=SPEED,
            delta_ms=DELTA_MS,
            interrupt_from_ms=FROM_MS,
            interrupt_to_ms=TO_MS,
            pause_ms=PAUSE_MS,
        ) as running,
        Recorder(stage.card) as recorder,
    ):
        with program(stage.card, running) as terminal:
            limit_s = 30 + count * (TO_MS + PAUSE_MS + 200) / 1000
            wait_until(lambda: running.log("turns over"), limit_s, "the end of all turns")
            terminal.press("q")
            terminal.wait_exit()
        recording = recorder.stop()
        first = running.log("first_delta")
        interrupted = {event["item_id"]: event for event in running.log("interrupted")}
        answers = {event["item_id"]: event for event in running.log("truncate")}
        deleted = {event["item_id"] for event in running.log("delete")}
    found = []
    for event, following in zip(first, [*first[1:], None], strict=True):
        item_id = event["item_id"]
        if item_id not in answers and item_id not in deleted:
            raise RuntimeError(f"{item_id} was interrupted and neither truncated nor deleted")
        sent_ms = answers[item_id]["audio_end_ms"] if item_id in answers else 0
        found.append(look(recording, event, interrupted[item_id], following, sent_ms))
    return found


def look(
    recording: Recording,
    first: ServiceEvent,
    interrupted: ServiceEvent,
    following: ServiceEvent | None,
    sent_ms: int,
) -> Truncation:
    """Find one interrupted answer in the recording."""
    start = recording.index_at(first["at_s"] - METHOD_MS / 1000)
    end = len(recording.samples)
    if following is not None:
        end = recording.index_at(following["at_s"] - METHOD_MS / 1000)
    report = analyse_counter(recording.samples[start:end])
    silent_s = interrupted["at_s"]
    if report.last is not None:
        silent_s = recording.time_of(start + report.last + 1)
    after_ms = (interrupted["at_s"] - first["at_s"]) * 1000
    return Truncation(
        interrupted_after_ms=after_ms,
        silent_after_ms=max(0.0, (silent_s - interrupted["at_s"]) * 1000),
        sent_ms=sent_ms,
        recorded_ms=ms(counted_to(recording.samples[start:end])),
        # Whole deltas, sent before the interruption.
        received_ms=(int(after_ms * SPEED / DELTA_MS) + 1) * DELTA_MS,
    )


if __name__ == "__main__":
    run_alone(measure)
