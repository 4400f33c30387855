"""A search that is narrowed by kind and date."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.tui.store.scenes import exchange, got, record
from tui.errors import ExitCode, VoicetuiError
from tui.store.filters import conditions, mistake
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
        ("ｋｉｎｄ：assistants", ["the moon"]),
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


@pytest.mark.parametrize(
    ("query", "title"), [("kind:assistants", "the moon"), ("kind:real after:2001", "an egg")]
)
def test_a_filter_alone_finds_conversations(tmp_path: Path, query: str, title: str) -> None:
    store = Store.open(tmp_path)
    record(store, exchange(1, "an egg", "yes"))
    record(store, exchange(2, "the moon", "yes"), kind="assistants")
    try:
        assert [(hit.title, hit.role, hit.snippet) for hit in got(store.search(query))] == [
            (title, "", title)
        ]
    finally:
        assert store.close(30)


@pytest.mark.parametrize(
    ("query", "while_typing", "at_the_end"),
    [
        ("hi after:2026-11", "", ""),
        ("hi kind:resp before:2026", "", ""),
        ("hi after:2", "", "after:2"),
        ("hi after:2026-0", "", "after:2026-0"),
        ("hi after:", "", "after:"),
        ("hi kind:", "", "kind:"),
        ("after:2 hi", "after:2", "after:2"),
        ("hi after:foo", "after:foo", "after:foo"),
        ("before:2026-13", "before:2026-13", "before:2026-13"),
        ("before:2026-02-30", "before:2026-02-30", "before:2026-02-30"),
        ("kind:response hi", "", ""),
        ("kind:answers", "kind:answers", "kind:answers"),
    ],
)
def test_what_can_be_no_filter_is_named(query: str, while_typing: str, at_the_end: str) -> None:
    for said, word in (
        (mistake(query, typing=True), while_typing),
        (mistake(query), at_the_end),
    ):
        assert said.startswith(f"{word} ") if word else not said, said


def test_a_search_with_a_wrong_filter_is_a_wrong_command_line(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    try:
        with pytest.raises(VoicetuiError, match="after:foo is no date") as problem:
            got(store.search("after:foo hi"))
        assert problem.value.exit_code == ExitCode.USAGE
    finally:
        assert store.close(30)


def test_a_month_begins_with_its_first_day() -> None:
    assert conditions("before:2026-11") == conditions("before:2026-11-01")
    assert conditions("after:9999999999") == ("", ())
