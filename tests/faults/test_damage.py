"""Broken, foreign and newer files: set aside with words, never overwritten; life goes on."""

from __future__ import annotations

import contextlib
import os
import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults import table
from tests.tui.store.scenes import exchange, got, record, said
from tests.tui.store.seed import seed
from tests.waiting import wait_until
from tui.errors import VoicetuiError
from tui.store import opening
from tui.store.recorder import Recorder
from tui.store.schema import VERSION
from tui.store.store import Store

SEEDS = int(os.environ.get("VOICETUI_SEEDS", "60"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "history"


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A record as its bytes, closed in good order."""
    folder = tmp_path_factory.mktemp("good") / "history"
    store = Store.open(folder)
    seed(store, 30, 8)
    assert store.close()
    return (folder / "history.1.db").read_bytes()


def put(folder: Path, content: bytes) -> Path:
    folder.mkdir(mode=0o700)
    path = folder / "history.1.db"
    path.write_bytes(content)
    return path


def use(folder: Path) -> tuple[list[str], bool]:
    """Everything a person does with the record; what was said about it, and whether all worked."""
    store = Store.open(folder)
    notices: list[str] = []
    store.listen(on_problem=notices.append, on_notice=notices.append)
    whole = True
    for row in got(store.list(limit=1000)):
        try:
            got(store.load(row.id))
            got(store.clips(row.id))
        except VoicetuiError:
            whole = False  # it went with the file that was set aside
    for query in ("the", "天気予報", "天", "zz", "weather tomorrow"):
        got(store.search(query))
        got(store.list(query=query))
    conversation = record(store, exchange(1, "after the damage", "saved"))
    assert said(got(store.load(conversation))) == [
        ("user", "after the damage"),
        ("assistant", "saved"),
    ]
    got(store.rename(conversation, "renamed"))
    assert store.close(30)
    again = Store.open(folder)
    later: list[str] = []
    again.listen(on_problem=later.append, on_notice=later.append)
    assert got(again.row(conversation)).title == "renamed"
    assert later == []
    assert again.close()
    return notices, whole


def set_aside(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("set-aside-*") if path.suffix == ".db")


@pytest.mark.parametrize("size", ["small", "large"])
@pytest.mark.parametrize("seed_number", range(SEEDS))
def test_damaged_bytes(
    folder: Path, good: bytes, seed_number: int, size: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random damage anywhere: it is noticed when it is met, and nothing is destroyed."""
    if size == "large":  # files that are not read as a whole when they are opened
        monkeypatch.setattr(opening, "CHECKED_BYTES", 0)
    chance = random.Random(seed_number)
    broken = bytearray(good)
    match chance.randrange(5):
        case 0:  # cut off
            del broken[chance.randrange(len(broken)) :]
        case 1:  # a page of zeros
            start = chance.randrange(len(broken) // 4096) * 4096
            broken[start : start + 4096] = bytes(4096)
        case 2:  # noise
            for _ in range(chance.randint(1, 200)):
                broken[chance.randrange(len(broken))] = chance.randrange(256)
        case 3:  # a part of another place
            length = chance.randint(100, 20_000)
            start, source = (chance.randrange(len(broken) - length) for _ in range(2))
            broken[start : start + length] = broken[source : source + length]
        case _:  # the beginning
            broken[: chance.randint(1, 5000)] = chance.randbytes(chance.randint(1, 5000))
    path = put(folder, bytes(broken))
    notices, whole = use(folder)
    kept = set_aside(folder)
    if kept:
        assert not path.exists()
        assert any("was kept as" in notice and str(kept[0]) in notice for notice in notices)
    else:
        assert notices == []
        assert whole or size == "large"
    if seed_number == SEEDS - 1:
        table.record("S3", f"{SEEDS} damaged {size} files, 0 crashes, 0 overwritten")


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"\0" * 5000, "corrupt"),
        (b"hello, this is a text file\n" * 100, "corrupt"),
        (b"SQLite format 3\0" + b"\xff" * 5000, "corrupt"),
        (b"x", "corrupt"),
    ],
)
def test_files_that_are_no_database_are_kept_as_they_were(
    folder: Path, content: bytes, word: str
) -> None:
    put(folder, content)
    notices, _ = use(folder)
    (kept,) = set_aside(folder)
    assert word in kept.name
    assert kept.read_bytes() == content
    assert "The history could not be used: it is damaged" in notices[0]


def test_an_empty_file_is_a_new_record(folder: Path) -> None:
    put(folder, b"")
    assert use(folder) == ([], True)
    assert set_aside(folder) == []


@pytest.mark.parametrize("size", [1, 15, 16, 99, 100, 511, 512, 4095, 4096, 4097, 8192, 100_000])
def test_cut_off_files(folder: Path, good: bytes, size: int) -> None:
    put(folder, good[:size])
    notices, _ = use(folder)
    (kept,) = set_aside(folder)
    assert kept.read_bytes()[:100] == good[: min(size, 100)]
    assert len(notices) == 1


def test_a_record_of_a_newer_version_is_kept_for_it(folder: Path, good: bytes) -> None:
    path = put(folder, good)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
        connection.execute("PRAGMA journal_mode = DELETE")
    before = path.read_bytes()
    notices, _ = use(folder)
    (kept,) = set_aside(folder)
    assert "newer" in kept.name
    assert kept.read_bytes() == before
    assert f"version {VERSION + 1}, this one knows {VERSION}" in notices[0]
    table.record("S3", "a newer version is kept as it was")


def test_a_database_of_another_program_is_not_ours(folder: Path) -> None:
    path = put(folder, b"")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE conversations (id)")
    notices, _ = use(folder)
    assert "no record of voicetui" in notices[0]
    assert "unknown" in set_aside(folder)[0].name


def test_a_record_that_lost_a_table_is_damaged(folder: Path, good: bytes) -> None:
    path = put(folder, good)
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("DROP TABLE usage")
        connection.commit()
    notices, _ = use(folder)
    assert "tables are missing" in notices[0]


def test_what_was_set_aside_is_never_replaced(folder: Path) -> None:
    kept: set[bytes] = set()
    for number in range(4):
        folder.mkdir(exist_ok=True)
        content = f"broken {number}".encode() * 100
        (folder / f"history.{number + 1}.db").write_bytes(content)
        use(folder)
        kept.add(content)
        for path in folder.glob("history.*.db*"):
            path.unlink()
    assert {path.read_bytes() for path in set_aside(folder)} == kept


def test_damage_found_while_the_program_runs(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What this call has said so far goes into the new file too."""
    monkeypatch.setattr(opening, "CHECKED_BYTES", 0)
    store = Store.open(folder)
    seed(store, 200, 10)
    notices: list[str] = []
    store.listen(on_notice=notices.append)
    recorder = Recorder(store, kind="realtime", service="demo", model="m")
    for event in exchange(1, "first words", "first answer"):
        recorder.on_event(event)
    got(
        store._owner.read(
            lambda place: place.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        )
    )
    path = folder / "history.1.db"
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(8192)
        file.write(os.urandom(size - 8192))
    got(store._owner.read(lambda place: place.connection.execute("PRAGMA shrink_memory")))
    for number in range(2, 6):
        for event in exchange(number, f"words {number}", f"answer {number}"):
            recorder.on_event(event)
    wait_until(lambda: notices)
    recorder.on_event(next(iter(exchange(9, "", ""))))
    recorder.close()
    got(store.search("answer"))
    texts = [turn.text for turn in got(store.load(recorder.conversation_id)).turns]
    assert texts[:2] == ["first words", "first answer"]
    assert texts[-1] == "answer 5"
    assert len(texts) == 10
    assert len(set_aside(folder)) == 1
    assert store.close()


@pytest.mark.parametrize("checked", [opening.CHECKED_BYTES, 0])
def test_what_can_be_read_of_a_damaged_file_is_taken_over(
    folder: Path, good: bytes, checked: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "CHECKED_BYTES", checked)
    path = put(folder, good)
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'turns'"
        ).fetchone()
        texts = connection.execute("SELECT text FROM turns ORDER BY number").fetchall()
    broken = bytearray(path.read_bytes())
    # Leaves of the table of turns, found by what is in them.
    leaves = [broken.find(texts[at][0].encode()) // 4096 for at in (60, 140)]
    assert root - 1 not in leaves
    for leaf in leaves:
        broken[leaf * 4096 : leaf * 4096 + 4096] = os.urandom(4096)
    path.write_bytes(broken)
    store = Store.open(folder)
    notices: list[str] = []
    store.listen(on_notice=notices.append)
    for row in got(store.list(limit=100)):
        with contextlib.suppress(VoicetuiError):
            got(store.load(row.id))
    got(store.search("weather"))
    rows = got(store.list(limit=100))
    assert len(rows) == 30
    kept = sum(row.turns for row in rows)
    assert 150 < kept < 240
    assert len(notices) == 1
    assert f"30 conversations with {kept} turns could be read and were taken over" in notices[0]
    # They can be found by their words, and the use is counted still.
    text = got(store.load(rows[0].id)).turns[0].text
    assert rows[0].id in [row.id for row in got(store.list(limit=100, query=text[:20]))]
    assert len(got(store.usage_since(0))) == 30
    assert store.close()


def test_a_call_goes_on_in_the_rescued_file_without_doubles(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opening, "CHECKED_BYTES", 0)
    store = Store.open(folder)
    notices: list[str] = []
    store.listen(on_notice=notices.append)
    seed(store, 60, 10)
    oldest = got(store.list(limit=1, offset=59))[0].id
    conversation = record(store, exchange(1, "monday", "one"))
    recorder = Recorder(
        store, kind="realtime", service="demo", model="m", conversation_id=conversation
    )
    for event in exchange(1, "tuesday", "two"):
        recorder.on_event(event)
    text = got(store.load(oldest)).turns[0].text

    def flush(place: opening.Place) -> None:
        place.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        place.connection.execute("PRAGMA shrink_memory")

    got(store._owner.read(flush))
    path = folder / "history.1.db"
    content = path.read_bytes()
    leaf = content.find(text.encode()) // 4096
    with path.open("r+b") as file:
        file.seek(leaf * 4096)
        file.write(os.urandom(4096))
    with contextlib.suppress(VoicetuiError):
        got(store.load(oldest))
    wait_until(lambda: notices)
    assert "were taken over" in notices[0]
    for event in exchange(2, "wednesday", "three"):
        recorder.on_event(event)
    recorder.close()
    texts = [turn.text for turn in got(store.load(conversation)).turns]
    assert texts == ["monday", "one", "tuesday", "two", "wednesday", "three"]
    assert got(store.count()) > 50
    assert store.close()


def test_a_file_that_is_taken_away_is_begun_anew(folder: Path) -> None:
    store = Store.open(folder)
    recorder = Recorder(store, kind="realtime", service="demo", model="m")
    for event in exchange(1, "first", "one"):
        recorder.on_event(event)
    got(store.count())
    (folder / "history.1.db").unlink()
    for event in exchange(2, "second", "two"):
        recorder.on_event(event)
    got(store.count())
    for event in exchange(3, "third", "three"):
        recorder.on_event(event)
    recorder.close()
    texts = [turn.text for turn in got(store.load(recorder.conversation_id)).turns]
    assert texts == ["first", "one", "second", "two", "third", "three"]
    assert store.close()


def test_a_file_set_aside_by_one_program_does_not_hurt_the_other(folder: Path) -> None:
    one, other = Store.open(folder), Store.open(folder)
    first = record(one, exchange(1, "a", "b"))
    got(one.count())
    got(other.count())

    got(one._owner.read(lambda place: opening._set_aside(folder / "history.1.db", "newer")))
    one.close()
    second = record(other, exchange(1, "c", "d"))
    got(other.count())
    third = Store.open(folder)
    assert [row.id for row in got(third.list())] == [second]
    assert other.close()
    # Closing the old file has not taken the new one's log away.
    later = record(third, exchange(1, "e", "f"))
    assert third.close()
    again = Store.open(folder)
    assert {row.id for row in got(again.list())} == {second, later}
    assert again.close()
    (kept,) = set_aside(folder)
    with closing(sqlite3.connect(kept)) as connection:
        assert connection.execute("SELECT id FROM conversations").fetchall() == [(first,)]


def test_a_folder_with_strange_letters(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "a?b#c%41 d" / "履歴")
    conversation = record(store, exchange(1, "a", "b"))
    assert got(store.row(conversation)).turns == 2
    assert store.close()
    assert (tmp_path / "a?b#c%41 d" / "履歴" / "history.1.db").is_file()
