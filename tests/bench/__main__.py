"""All benchmarks: python -m tests.bench [--long] [--json FILE] (about nine minutes)."""

from __future__ import annotations

from tests.bench import (
    cuts,
    echo,
    engine_cost,
    first_sound,
    gaps,
    heard,
    history,
    history_screen,
    interruptions,
    kills,
    microphone,
    program_gaps,
    ring,
    screen,
    screen_keys,
    soak,
    turns,
)
from tests.bench.command import run_all

if __name__ == "__main__":
    run_all(
        [
            gaps.measure,
            program_gaps.measure,
            interruptions.measure,
            heard.measure,
            first_sound.measure,
            microphone.measure,
            ring.measure,
            soak.measure,
            kills.measure,
            engine_cost.measure,
            echo.measure,
            screen.measure,
            screen_keys.measure,
            history.measure,
            history_screen.measure,
            turns.measure,
            cuts.measure,
        ]
    )
