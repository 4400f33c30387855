"""The loudspeaker in the microphone's ear: rooms that are made up, through the real classes."""

from __future__ import annotations

import os

from tests.bench.echo import CONVERSATION, NOTICED_S, barge_ins, false_barge_ins
from tests.faults.table import record

MINUTES = float(os.environ.get("VOICETUI_ECHO_MINUTES", "0.5"))
"""Of answers, in each room."""
ROUNDS = max(3, round(MINUTES * 0.6))
"""One for each of the delays at least."""
LEVEL_DB = -6.0


def test_a17_the_assistant_does_not_interrupt_itself_and_a_person_does() -> None:
    false = [false_barge_ins(path, MINUTES) for path in CONVERSATION]
    told = " / ".join(map(str, false))
    record(
        "A17",
        f"{told} false barge-ins in {MINUTES:g} min of answers in each of {len(false)} rooms",
        ok=not any(false),
    )
    found = barge_ins(LEVEL_DB, rounds=ROUNDS)
    missed = 1 - found.in_time / found.voices
    record(
        "A17",
        f"{missed:.0%} of {found.voices} voices missed within {NOTICED_S * 1000:.0f} ms at -6 dB",
        ok=missed < 0.05,
    )
    assert not any(false)
    # The canceller is not the same in every run: a voice more or less is its own.
    assert missed <= 0.1
