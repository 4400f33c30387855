"""A person opens a long history and types searches: python -m tests.bench.history_reader FOLDER."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path

TYPED = (
    "weather tomorrow",
    "the meeting",
    "Xylophone quartz",
    "天気予報を教えて",
    "東京 料理",
    "存在しない言葉",
    "zq",
    "ゔぁ",
)
"""Common words, rare ones, and some that nobody said; each typed letter by letter."""


def main() -> None:
    # What the screen imports anyway does not count as growth of memory.
    from tui.store.store import Store

    folder = Path(sys.argv[1])
    before_bytes = memory_bytes()
    opening_ms = took_ms(lambda: opened.append(Store.open(folder)) or opened[0].list(50))
    store = opened[0]
    listing_ms = [took_ms(lambda: store.list(50)) for _ in range(20)]
    deep_ms = [took_ms(lambda: store.list(50, 9_900)) for _ in range(5)]
    search_ms, list_ms = {}, {}
    for text in TYPED:
        for end in range(1, len(text) + 1):
            query = text[:end]
            search_ms[query] = took_ms(lambda query=query: store.search(query, 50))
            list_ms[query] = took_ms(lambda query=query: store.list(50, query=query))
    row = store.list(1).result()[0]
    preview_ms = took_ms(lambda: store.load(row.id, 50))
    growth_bytes = memory_bytes() - before_bytes
    store.close()
    json.dump(
        {
            "opening_ms": opening_ms,
            "listing_ms": listing_ms,
            "deep_ms": deep_ms,
            "search_ms": search_ms,
            "list_ms": list_ms,
            "preview_ms": preview_ms,
            "growth_mb": growth_bytes / 1e6,
        },
        sys.stdout,
    )


opened: list = []


def took_ms(ask: Callable[[], Future]) -> float:
    started_s = time.perf_counter()
    ask().result(60)
    return (time.perf_counter() - started_s) * 1000


def memory_bytes() -> int:
    """Resident memory of this process (Linux)."""
    pages = Path("/proc/self/statm").read_text().split()[1]
    return int(pages) * 4096


if __name__ == "__main__":
    main()
