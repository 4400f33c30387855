"""The record with 10,000 conversations and 100,000 turns: python -m tests.bench.history."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from tests.bench.stage import Stage
from tests.bench.table import Line, Result, percentile, print_result, spread
from tests.tui.store.scenes import exchange
from tests.tui.store.seed import seed
from tui.store.recorder import Recorder
from tui.store.store import Store

REPOSITORY = Path(__file__).resolve().parents[2]
CONVERSATIONS = 10_000
TURNS_EACH = 10
FIRST_SCREEN_MS = 50
KEYSTROKE_MS = 100
GROWTH_MB = 30
EVENT_MS = 5


def measure(_stage: Stage | None = None, _long: bool = False) -> Result:
    """Make the history, read it in a process of its own, and write into it."""
    with tempfile.TemporaryDirectory(prefix="voicetui-history-") as name:
        folder = Path(name) / "history"
        store = Store.open(folder)
        seed(store, CONVERSATIONS, TURNS_EACH)
        assert store.close(60)
        size_mb = sum(path.stat().st_size for path in folder.glob("history*")) / 1e6
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.history_reader", str(folder)],
            cwd=REPOSITORY,
            stdout=subprocess.PIPE,
            check=True,
        )
        read: dict[str, Any] = json.loads(done.stdout)
        event_ms, commit_ms = write(folder)
    keystrokes = [*read["search_ms"].values(), *read["list_ms"].values()]
    slowest = max(read["search_ms"], key=read["search_ms"].__getitem__)
    first_ms = max(read["opening_ms"], max(read["listing_ms"]))
    keystroke_ms = percentile(keystrokes, 95)
    growth_mb = read["growth_mb"]
    event_max_ms = max(event_ms)
    lines = (
        Line("the file", f"{size_mb:.0f} MB"),
        Line(
            "open it and list the first screen",
            f"{read['opening_ms']:.1f} ms",
            target=f"<= {FIRST_SCREEN_MS} ms",
            met=first_ms <= FIRST_SCREEN_MS,
        ),
        Line("list it again (median / max)", spread(read["listing_ms"], 1)),
        Line("list its far end (median / max)", spread(read["deep_ms"], 1)),
        Line("preview a conversation", f"{read['preview_ms']:.1f} ms"),
        Line(
            f"a search keystroke (95 % of {len(keystrokes)})",
            f"{keystroke_ms:.1f} ms",
            target=f"<= {KEYSTROKE_MS} ms",
            met=keystroke_ms <= KEYSTROKE_MS,
        ),
        Line(f"the slowest one ({slowest!r})", f"{max(keystrokes):.1f} ms"),
        Line(
            "memory grows by",
            f"{growth_mb:.1f} MB",
            target=f"<= {GROWTH_MB} MB",
            met=growth_mb <= GROWTH_MB,
        ),
        Line(
            "an event, for the call's thread (95 % / max)",
            f"{percentile(event_ms, 95):.2f} / {event_max_ms:.2f} ms",
            target=f"95 % <= {EVENT_MS} ms",
            met=percentile(event_ms, 95) <= EVENT_MS,
        ),
        Line("a turn, until it is on the disk (median / max)", spread(commit_ms, 1)),
    )
    numbers = {**read, "event_ms": event_ms, "commit_ms": commit_ms, "size_mb": size_mb}
    return Result(
        f"History: {CONVERSATIONS:,} conversations, {CONVERSATIONS * TURNS_EACH:,} turns",
        lines,
        numbers,
    )


def write(folder: Path) -> tuple[list[float], list[float]]:
    """Milliseconds an event costs the call, and until a turn is committed."""
    store = Store.open(folder)
    recorder = Recorder(store, kind="realtime", service="demo", model="m")
    event_ms, commit_ms = [], []
    for number in range(100):
        turn_s = time.perf_counter()
        for event in exchange(number, f"question {number} 天気予報", "word " * 100, sound=True):
            started_s = time.perf_counter()
            recorder.on_event(event)
            event_ms.append((time.perf_counter() - started_s) * 1000)
        store.count().result(60)
        commit_ms.append((time.perf_counter() - turn_s) * 1000)
    recorder.close()
    assert store.close(60)
    return event_ms, commit_ms


if __name__ == "__main__":
    print_result(measure())
