"""Connections cut at random moments: how soon the call is usable again, what is lost or doubled.

Every cut has a call of its own: something is typed, or a recorded question is spoken in real time,
and somewhere between the beginning and the end of the answer the connection is reset.  Nobody does
anything about it; in the end there must be one question and one whole answer.
"""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from tests.bench.command import run_alone
from tests.bench.stage import Stage
from tests.bench.table import Line, Result, spread
from tests.e2e.calls import QUESTION
from tests.faults.cut_call import ANSWER, CutCall, cut_call, words_lost_and_doubled
from tests.server.process import running_server
from tests.tui.sessions.held import turn_knobs
from tests.waiting import wait_until
from tui.call_events import AskAudio
from tui.sessions.events import ResponseEnded

How = Literal["typed", "spoken"]
UNTIL_S: dict[How, float] = {"typed": 3.5, "spoken": 7.0}
"""Cuts come up to here; by then the answer is complete."""
MEDIAN_MS, MOST_MS = 1_000.0, 3_000.0
TYPED = "Please talk to me."
SPOKEN = "capital of japan"


@dataclass(frozen=True, slots=True)
class Cut:
    """One of them."""

    how: How
    after_s: float
    usable_ms: float
    turns_lost: int
    turns_doubled: int
    words_lost: int
    """Of the answer, where its two halves meet or at its end."""
    words_doubled: int
    heard: str = ""
    """What the user said, as the service understood it."""


def measure(stage: Stage, long: bool) -> Result:
    """A hundred cuts."""
    found = cuts(300 if long else 100)
    usable_ms = [cut.usable_ms for cut in found]
    turns = sum(cut.turns_lost + cut.turns_doubled for cut in found)
    words = sum(cut.words_lost + cut.words_doubled for cut in found)
    lines = (
        Line(
            "usable again, median / max",
            spread(usable_ms),
            "",
            f"{MEDIAN_MS:.0f} / {MOST_MS:.0f} ms",
            float(np.median(usable_ms)) <= MEDIAN_MS and max(usable_ms) <= MOST_MS,
        ),
        Line("turns lost or doubled", str(turns), "", "0", turns == 0),
        Line("words of answers lost or doubled", str(words), "", "0", words == 0),
    )
    title = f"{len(found)} connections cut at random moments"
    return Result(title, lines, {"cuts": [asdict(cut) for cut in found]}, "")


def cuts(count: int, seed: int = 1) -> list[Cut]:
    """So many cuts, typed and spoken in turn, against one service."""
    dice = random.Random(seed)
    found: list[Cut] = []
    with running_server(fixed_answer=ANSWER, audio_speed=6) as url:
        for number in range(count):
            how: How = "spoken" if number % 2 else "typed"
            turn_knobs(url, fixed_answer=ANSWER, audio_speed=6)
            found.append(one(url, how, dice.uniform(0, UNTIL_S[how])))
    return found


def one(url: str, how: How, after_s: float) -> Cut:
    """One call with one cut."""
    with (
        tempfile.TemporaryDirectory() as folder,
        cut_call(url, Path(folder) / "engine.log") as on,
    ):
        if how == "typed":
            on.ask(TYPED)
        else:
            on.call.submit(AskAudio(str(QUESTION)))
        time.sleep(after_s)
        began_s = time.monotonic()
        on.proxy.cut()
        on.wait_sessions(2)
        usable_ms = (time.monotonic() - began_s) * 1000
        comes_to_rest(on)
        questions = [text for text in on.said("user") if text]
        wanted = TYPED.lower() if how == "typed" else SPOKEN
        right = sum(wanted in text.lower() for text in questions)
        lost, doubled = words_lost_and_doubled(on.said("assistant"), ANSWER)
        return Cut(
            how,
            after_s,
            usable_ms,
            turns_lost=max(0, 1 - right),
            turns_doubled=max(0, len(questions) - 1),
            words_lost=lost,
            words_doubled=doubled,
            heard=" | ".join(questions),
        )


def comes_to_rest(on: CutCall) -> None:
    """Wait until the answer is whole and the question has its words, or nothing will come."""
    try:
        wait_until(lambda: on.is_answered and any(on.said("user")), 20)
    except TimeoutError:
        return
    ended = len(on.log.all(ResponseEnded))
    time.sleep(0.3)
    if len(on.log.all(ResponseEnded)) > ended or not on.is_answered:
        comes_to_rest(on)


if __name__ == "__main__":
    run_alone(measure)
