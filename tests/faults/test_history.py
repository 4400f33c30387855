"""A clock that jumps, a history that is large: order is kept, and everything is found at once."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
from pathlib import Path

from tests.faults import table
from tests.tui.store.scenes import exchange, got, record
from tests.tui.store.seed import seed
from tui.store.store import Store

ROOT = Path(__file__).resolve().parents[2]
CONVERSATIONS = int(os.environ.get("VOICETUI_CONVERSATIONS", "300"))
"""`make faults` asks for 10,000."""
TURNS_EACH = 10


def test_order_comes_from_no_clock(tmp_path: Path) -> None:
    """An hour back, a year on, a summer time: turns and conversations stay as they were said."""
    store = Store.open(tmp_path / "history")
    chance = random.Random(5)
    jumps_s = [-3600.0, 3600.0, -86400.0 * 365, 86400.0 * 365, 0.001]
    now_s = 1_790_000_000.0

    def clock() -> float:
        nonlocal now_s
        now_s += chance.choice(jumps_s)
        return now_s

    ids = []
    for call in range(20):
        events = [e for n in range(5) for e in exchange(n, f"q {call} {n}", f"a {call} {n}")]
        ids.append(record(store, events, now_s=clock))
    misordered = 0
    for call, conversation in enumerate(ids):
        said = [turn.text for turn in got(store.load(conversation)).turns]
        misordered += said != [f"{who} {call} {n}" for n in range(5) for who in "qa"]
    assert misordered == 0
    assert [row.id for row in got(store.list())] == ids[::-1]
    assert store.close(30)
    table.record("S5", "200 turns under a jumping clock, 0 out of order")


def test_a_large_history_opens_and_is_searched_at_once(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    store = Store.open(folder)
    seed(store, CONVERSATIONS, TURNS_EACH)
    assert store.close(120)
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.history_reader", str(folder)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        check=True,
        timeout=300,
    )
    read = json.loads(done.stdout)
    opens_ms = max(read["opening_ms"], max(read["listing_ms"]))
    searches_ms = sorted([*read["search_ms"].values(), *read["list_ms"].values()])
    search_ms = searches_ms[round(0.95 * (len(searches_ms) - 1))]
    table.record(
        "S6",
        f"{CONVERSATIONS * TURNS_EACH:,} turns in {CONVERSATIONS:,} conversations: "
        f"list after {opens_ms:.0f} ms, search {search_ms:.0f} ms (95 %)",
        ok=opens_ms <= 300 and search_ms <= 100,
    )
    assert opens_ms <= 2000
    assert search_ms <= 1000
