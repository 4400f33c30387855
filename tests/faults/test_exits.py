"""Ended at any moment, in any way: nothing is left, quickly, and the history is whole."""

from __future__ import annotations

import json
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.program import Home
from tests.e2e.proxy import Proxy, proxied
from tests.faults.ending import CODES, SAID, STAGES, WAYS, Ended, Stage, Way, run, set_up
from tests.faults.table import record
from tests.server.process import running_server

EXITS = max(8, int(os.environ.get("VOICETUI_EXITS", "0")))
"""Every stage and every way at least once; `make faults` asks for 300."""
QUICK_MS = 1500
WORST_MS = 3000
PATIENT_MS = 8000
"""For the suite, on a busy machine; the table says what was found."""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")


@pytest.fixture(scope="module")
def line() -> Iterator[tuple[Proxy, str]]:
    with (
        running_server(audio_speed=1.5, expires_in_s=36_000) as url,
        proxied(url) as (proxy, through),
    ):
        yield proxy, through


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path)
    home.env["OPENAI_API_KEY"] = "sk-exit-test-0123456789"
    set_up(home)
    return home


def moments() -> Iterator[tuple[Stage, Way]]:
    """All pairs in a shuffled order, again and again; the first ones meet every stage and way."""
    first = list(zip(("speaking", *STAGES, "idle", "speaking"), (*WAYS, "q"), strict=True))
    yield from first  # type: ignore[misc]
    chance = random.Random(EXITS)
    while True:
        pairs = [(stage, way) for stage in STAGES for way in WAYS]
        chance.shuffle(pairs)
        yield from pairs


def test_nothing_is_left_however_it_ends(home: Home, line: tuple[Proxy, str]) -> None:
    proxy, url = line
    chance = random.Random(EXITS)
    source = moments()
    all_ended: list[Ended] = []
    talked = 0
    for number in range(EXITS):
        stage, way = next(source)
        # A history of its own, small, so that only this run's turns are in it.
        home.env["VOICETUI_STATE_DIR"] = str(home.folder / f"state{number}")
        ended = run(home, proxy, url, stage, way, chance)
        all_ended.append(ended)
        assert ended.modes == [], ended
        assert ended.code in CODES.get(way, (0, 5)), ended
        assert ended.took_ms < PATIENT_MS, ended
        if stage in ("speaking", "tool", "reconnecting"):
            talked += 1
            rows = json.loads(home.run("history", "list", "--json").out)["conversations"]
            assert len(rows) == 1, ended
            shown = home.run("history", "show", rows[0]["id"]).out
            assert SAID in shown, ended
            assert "Nice to meet you" in shown, ended
    tell(all_ended, talked)


def tell(all_ended: list[Ended], talked: int) -> None:
    """The figures for the table."""
    times = sorted(ended.took_ms for ended in all_ended)
    median, last = times[len(times) // 2], times[-1]
    nearly = times[max(0, round(0.99 * len(times)) - 1)]
    spread = f"median {median:.0f}, 99 % {nearly:.0f}, worst {last:.0f} ms"
    ok = nearly <= QUICK_MS and last <= WORST_MS
    record("T5", f"{len(times)} exits: {spread}; 0 orphans, 0 of {talked} talks lost", ok=ok)
    ways = "quit, ctrl+c, SIGTERM, SIGHUP, lost line, kill -9"
    record("T1", f"{len(times)} exits by {ways}: 0 modes left, all exit codes right")
    killed = [ended.took_ms for ended in all_ended if ended.way == "kill -9"]
    record(
        "A5",
        f"{len(killed)} times, gone after at most {max(killed):.0f} ms",
        ok=max(killed) <= 500,
    )
    lost = [ended.took_ms for ended in all_ended if ended.way in ("lost line", "SIGHUP")]
    record(
        "A6",
        f"{len(lost)} times, gone after at most {max(lost):.0f} ms, 0 turns lost",
        ok=max(lost) <= 1000,
    )
