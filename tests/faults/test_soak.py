"""Row T3: hours of conversation, as fast as the machine can hold them."""

from __future__ import annotations

import os
from pathlib import Path

from tests.bench.soak import figure, holds, soak
from tests.faults.table import record

TURNS = int(os.environ.get("VOICETUI_SOAK_TURNS", "24"))
"""`make faults` asks for 976, eight hours of sound."""
HOUR = 122
MOMENT_KB = 6 * 1024
"""In a short run the sound that is kept has only just filled up."""
HOURLY_KB = 2 * 1024


def test_hours_of_conversation_leave_nothing_behind(tmp_path: Path) -> None:
    soaked = soak(TURNS, tmp_path)
    limit_kb = MOMENT_KB if TURNS < HOUR else HOURLY_KB * TURNS // HOUR
    kept = holds(soaked, limit_kb)
    record("T3", figure(soaked), ok=kept)
    assert kept, figure(soaked)
    assert not list((tmp_path / "state").glob("last-call.json.*"))
