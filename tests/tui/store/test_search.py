"""Everything said can be found as it is typed, in any script, and shown around the find."""

from __future__ import annotations

import random

import pytest

from tests.tui.store.scenes import exchange, got, record
from tests.tui.store.seed import seed
from tui.store import searching
from tui.store.folding import fold, quoted, snippet, words_of
from tui.store.store import Store

TEXTS = {
    "english": ("What will the weather be tomorrow?", "Sunny, with a chance of rain."),
    "japanese": ("東京都の天気予報を教えて", "明日は晴れです。ｶﾀｶﾅもあります。"),
    "signs": ('It costs 100%_of "that" * (or not)', "C:\\path\\name and 'quotes' AND NEAR"),
    "wide": ("ＡＢＣ　１２３", "Straße, ÉCOLE, İstanbul"),
}


@pytest.fixture
def ids(store: Store) -> dict[str, str]:
    return {
        name: record(store, exchange(1, said, answer)) for name, (said, answer) in TEXTS.items()
    }


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("weather", "english"),
        ("WEATHER", "english"),
        ("eathe", "english"),
        ("rain sunny", "english"),
        ("nn", "english"),
        ("天気予報", "japanese"),
        ("教えて", "japanese"),
        ("天気", "japanese"),
        ("都", "japanese"),
        ("明日 晴れ", "japanese"),
        ("カタカナ", "japanese"),
        ("ｶﾀ", "japanese"),
        ("100%_of", "signs"),
        ('"that"', "signs"),
        ("*", "signs"),
        ("(or", "signs"),
        ("c:\\path", "signs"),
        ("'quotes'", "signs"),
        ("and near", "signs"),
        ("%_", "signs"),
        ("abc", "wide"),
        ("123", "wide"),
        ("１２", "wide"),
        ("strasse", "wide"),
        ("école", "wide"),
    ],
)
def test_it_is_found(store: Store, ids: dict[str, str], query: str, found: str) -> None:
    hits = got(store.search(query))
    assert {hit.conversation_id for hit in hits} == {ids[found]}, hits
    assert [row.id for row in got(store.list(query=query))] == [ids[found]]
    for hit in hits:
        for start, end in hit.marks:
            assert any(fold(hit.snippet[start:end]) == word for word in words_of(query))
    assert any(hit.marks for hit in hits)


@pytest.mark.parametrize(
    "query",
    ["xyzzy", "天気予報士", "気天", "weather xyzzy", "_", "OR 1=1 --", '"', "weather*", "NEAR("],
)
def test_what_was_not_said_is_not_found(store: Store, ids: dict[str, str], query: str) -> None:
    wanted = {ids["signs"]} if query in ('"', "_") else set()
    assert {hit.conversation_id for hit in got(store.search(query))} == wanted


@pytest.mark.parametrize("query", ["\ud7ff", "\U0010ffff", "\ud800", "\ue000", "a\ud7ff"])
def test_the_edges_of_unicode_find_nothing(
    store: Store, ids: dict[str, str], monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setattr(searching, "SCANNED_FIRST", 0)
    assert got(store.search(query)) == []


@pytest.mark.parametrize("query", ["", "   ", "\u3000", "\x00\x1b", "\n"])
def test_an_empty_query_searches_nothing_and_lists_all(
    store: Store, ids: dict[str, str], query: str
) -> None:
    assert got(store.search(query)) == []
    assert len(got(store.list(query=query))) == len(ids)


def test_all_words_must_be_in_the_same_turn(store: Store, ids: dict[str, str]) -> None:
    assert got(store.search("tomorrow sunny")) == []


def test_titles_are_searched_too(store: Store, ids: dict[str, str]) -> None:
    got(store.rename(ids["english"], "Mein Gespräch 料理"))
    (hit,) = got(store.search("gespräch"))
    assert (hit.role, hit.item_id, hit.title) == ("", "", "Mein Gespräch 料理")
    assert [row.id for row in got(store.list(query="料"))] == [ids["english"]]


def test_a_changed_text_is_found_by_its_new_words_only(store: Store) -> None:
    from tui.sessions.events import TranscriptFinal

    record(store, [*exchange(1, "first version", "ok"), TranscriptFinal("user_1", "second one")])
    assert got(store.search("version")) == []
    assert len(got(store.search("second one"))) == 2  # the turn and the title


def test_deleted_conversations_are_not_found_until_they_are_back(
    store: Store, ids: dict[str, str]
) -> None:
    got(store.delete(ids["japanese"]))
    for query in ("天気予報", "天気", "都"):
        assert got(store.search(query)) == []
        assert got(store.list(query=query)) == []
    got(store.undelete(ids["japanese"]))
    assert len(got(store.search("天気予報"))) == 2


def test_purged_words_leave_the_index(store: Store, ids: dict[str, str]) -> None:
    got(store.purge(ids["japanese"]))
    assert got(store.search("天気予報")) == []
    (left,) = got(
        store._owner.read(
            lambda place: place.connection.execute(
                "SELECT count(*) FROM said_index WHERE said_index MATCH '\"天気予\"'"
            ).fetchone()
        )
    )
    assert left == 0


@pytest.mark.parametrize(
    ("scanned", "terms"), [(5_000, 300), (100, 300), (0, 300), (100, 3), (0, 0)]
)
def test_results_are_the_same_however_they_are_found(
    store: Store, monkeypatch: pytest.MonkeyPatch, scanned: int, terms: int
) -> None:
    """The index, the scan and plain Python agree, and pages do not overlap."""
    monkeypatch.setattr(searching, "SCANNED_FIRST", scanned)
    monkeypatch.setattr(searching, "MOST_TERMS", terms)
    seed(store, 120, 6)
    every = [
        (row.id, [turn.text for turn in got(store.load(row.id)).turns], row.title)
        for row in got(store.list(limit=1000))
    ]
    chance = random.Random(7)
    for _ in range(40):
        text = chance.choice(chance.choice(every)[1])
        start = chance.randrange(len(text))
        query = text[start : start + chance.randint(1, 6)]
        words = words_of(query)
        if not words:
            continue
        wanted = {
            name
            for name, texts, title in every
            if any(all(word in fold(said) for word in words) for said in [*texts, title])
        }
        found = [row.id for row in got(store.list(limit=1000, query=query))]
        assert set(found) == wanted, query
        assert len(found) == len(wanted)
        paged = [
            row.id
            for page in range(0, len(found) + 10, 10)
            for row in got(store.list(10, page, query))
        ]
        assert paged == found


def test_newest_finds_come_first(store: Store) -> None:
    made = [record(store, exchange(1, f"the same words {n}", "x")) for n in range(5)]
    assert [row.id for row in got(store.list(query="same words"))] == made[::-1]
    assert [row.id for row in got(store.list(query="me"))] == made[::-1]


def test_a_query_can_be_called_off_before_it_runs(store: Store) -> None:
    import time

    store._owner.read(lambda place: time.sleep(0.3))
    late = store.search("anything")
    assert late.cancel()
    assert got(store.count()) == 0


def test_snippets_show_the_place(store: Store) -> None:
    text = "x " * 200 + "the needle is here" + " y" * 200
    line, marks = snippet(text, ("needle",))
    assert len(line) < 140
    assert [line[start:end] for start, end in marks] == ["needle"]
    assert line.startswith("… ")
    assert line.endswith(" …")


@pytest.mark.parametrize("seed_number", range(20))
def test_snippets_never_fail(seed_number: int) -> None:
    chance = random.Random(seed_number)
    alphabet = "aAé ｶﾞ㍿ﬁ東京ßİ\u0301\n　😀👨‍👩‍👧"
    for _ in range(100):
        text = "".join(chance.choices(alphabet, k=chance.randint(0, 300)))
        words = words_of("".join(chance.choices(alphabet, k=chance.randint(1, 8))))
        line, marks = snippet(text, words)
        assert "\n" not in line
        for start, end in marks:
            assert 0 <= start < end <= len(line)


def test_the_query_language_of_the_index_is_never_spoken_by_the_person() -> None:
    assert [quoted(word) for word in words_of('foo" OR "bar')] == ['"foo"""', '"or"', '"""bar"']
