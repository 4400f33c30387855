"""A search that is narrowed by kind and date."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.tui.store.scenes import exchange, got, record
from tui.store.filters import conditions
from tui.store.store import Store

TOMORROW = time.strftime("%Y-%m-%d", time.localtime(time.time() + 86_400 * 2))


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("kind:assistants", ["the moon"]),
        ("kind:a", ["the moon"]),
        ("kind:", ["the moon", "an egg"]),
        ("KIND:realtime egg", ["an egg"]),
        ("kind:realtime moon", []),
        (f"before:{TOMORROW}", ["the moon", "an egg"]),
        (f"after:{TOMORROW}", []),
        (f"egg after:{TOMORROW}", []),
        ("after:2026 before:9", ["the moon", "an egg"]),
        ("after:2026-13-40x", ["the moon", "an egg"]),
    ],
)
def test_a_search_is_narrowed(tmp_path: Path, query: str, titles: list[str]) -> None:
    store = Store.open(tmp_path)
    record(store, exchange(1, "an egg", "yes"))
    record(store, exchange(2, "the moon", "yes"), kind="assistants")
    try:
        assert [row.title for row in got(store.list(10, 0, query))] == titles
        if "egg" in query:
            assert {hit.title for hit in got(store.search(query))} == set(titles)
    finally:
        assert store.close(30)


def test_a_month_begins_with_its_first_day() -> None:
    assert conditions("before:2026-11") == conditions("before:2026-11-01")
    assert conditions("after:9999999999") == ("", ())
