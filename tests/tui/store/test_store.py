"""The door of the record: pages, ids, deletion, titles, imports, and two programs at once."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from tests.tui.store.scenes import exchange, got, record
from tests.tui.store.seed import draft, seed
from tests.waiting import wait_until
from tui.errors import VoicetuiError
from tui.store import changing, writing
from tui.store.drafts import Header
from tui.store.opening import Place
from tui.store.sitting import Sitting
from tui.store.store import Store


def test_the_newest_conversation_is_first_and_pages_fit_together(store: Store) -> None:
    seed(store, 25, 2)
    rows = got(store.list(limit=100))
    assert len(rows) == got(store.count()) == 25
    assert [row.updated_at_s for row in rows] == sorted(
        (row.updated_at_s for row in rows), reverse=True
    )
    paged = [row for start in range(0, 30, 7) for row in got(store.list(7, start))]
    assert paged == rows


def test_a_conversation_that_goes_on_is_the_newest_again(store: Store) -> None:
    first = record(store, exchange(1, "a", "b"))
    second = record(store, exchange(1, "c", "d"))
    assert [row.id for row in got(store.list())] == [second, first]
    record(store, exchange(2, "e", "f"), conversation_id=first)
    assert [row.id for row in got(store.list())] == [first, second]


def test_a_rename_does_not_make_it_the_newest(store: Store) -> None:
    first = record(store, exchange(1, "a", "b"))
    second = record(store, exchange(1, "c", "d"))
    got(store.rename(first, "older"))
    assert [row.id for row in got(store.list())] == [second, first]


def test_long_conversations_come_in_pages(store: Store) -> None:
    seed(store, 1, 530)
    conversation = got(store.list())[0].id
    positions, after = [], -1
    while turns := got(store.turns(conversation, after, 100)):
        positions += [turn.position for turn in turns]
        after = turns[-1].position
    assert positions == list(range(530))
    last = got(store.load(conversation, limit=3)).turns
    assert [turn.position for turn in last] == [527, 528, 529]


def test_the_beginning_of_an_id_is_enough(store: Store) -> None:
    conversation = record(store, exchange(1, "a", "b"))
    for length in range(1, 17):
        assert got(store.find(conversation[:length])) == conversation
    assert got(store.find(conversation[:5].upper() + " ")) == conversation


def test_an_id_that_means_two_is_not_guessed(store: Store) -> None:
    def two(place: Place) -> None:
        for name in ("abc0000000000001", "abc0000000000002", "abd0000000000000"):
            header = Header(name, "realtime", "demo", "", "", "{}", "", f"title {name[-1]}", 1)
            writing.save_turns(place, header, Sitting(lasting_ids=False), (draft(0, "x"),))

    got(store._owner.write(two))
    with pytest.raises(VoicetuiError, match=r"More than one conversation.*title 1.*title 2"):
        got(store.find("abc"))
    assert got(store.find("abd")) == "abd0000000000000"
    assert got(store.find("abc0000000000002")) == "abc0000000000002"


@pytest.mark.parametrize("prefix", ["zz", "", "  ", "%", "0' OR '1'='1", "\x1b[31m", "a" * 500])
def test_an_id_that_is_none_is_said(store: Store, prefix: str) -> None:
    record(store, exchange(1, "a", "b"))
    with pytest.raises(VoicetuiError, match="No such conversation"):
        got(store.find(prefix))


def test_deletion_can_be_taken_back(store: Store) -> None:
    conversation = record(store, exchange(1, "a", "b", sound=True))
    got(store.delete(conversation))
    assert got(store.list()) == []
    assert got(store.count()) == 0
    assert [row.id for row in got(store.list(deleted=True))] == [conversation]
    with pytest.raises(VoicetuiError, match=r"deleted.*undelete"):
        got(store.find(conversation[:6]))
    assert got(store.find(conversation[:6], deleted=True)) == conversation
    got(store.undelete(conversation))
    assert [row.id for row in got(store.list())] == [conversation]
    assert got(store.clip(conversation, "user_1")) is not None


def test_what_is_thrown_away_is_gone_with_its_sound(store: Store, folder: Path) -> None:
    word = "Schwarzwaelderkirschtorte"
    conversation = record(store, exchange(1, word, "b", sound=True))
    assert len(got(store.clips(conversation))) == 2
    assert len(list((folder / "clips").iterdir())) == 2
    got(store.purge(conversation))
    got(store.count())
    for path in folder.glob("history*"):
        assert word.encode() not in path.read_bytes()
        assert word.lower().encode() not in path.read_bytes()
    assert list((folder / "clips").iterdir()) == []
    with pytest.raises(VoicetuiError, match="No such conversation"):
        got(store.load(conversation))
    with pytest.raises(VoicetuiError, match="No such conversation"):
        got(store.purge(conversation))


def test_old_deletions_and_clips_of_nobody_are_tidied_away(store: Store, folder: Path) -> None:
    import os
    import time

    kept = record(store, exchange(1, "kept", "b", sound=True))
    old = record(store, exchange(1, "old", "b", sound=True))
    new = record(store, exchange(1, "new", "b"))
    got(store.delete(old))
    got(store.delete(new))

    def age(place: Place) -> None:
        place.connection.execute(
            "UPDATE conversations SET deleted_at = deleted_at - 40 * 86400 WHERE id = ?", (old,)
        )

    got(store._owner.write(age))
    orphan = folder / "clips" / "0123.wav"
    orphan.write_bytes(b"RIFF")
    fresh = folder / "clips" / "4567.wav"
    fresh.write_bytes(b"RIFF")
    os.utime(orphan, (time.time() - 7200, time.time() - 7200))
    got(store._owner.write(changing.tidy))
    assert [row.id for row in got(store.list(deleted=True))] == [new]
    assert not orphan.exists()
    assert fresh.exists()
    assert len(got(store.clips(kept))) == 2


def test_titles_are_clean_and_one_line(store: Store) -> None:
    conversation = record(store, exchange(1, "a", "b"))
    got(store.rename(conversation, "  two\nlines \x1b[31mred\x1b[0m \u202eover "))
    assert got(store.row(conversation)).title == "two lines red over"


def test_things_that_are_not_there_cannot_be_changed(store: Store) -> None:
    for change in (store.delete, store.undelete, store.purge, store.forget_remote):
        with pytest.raises(VoicetuiError, match="No such conversation"):
            got(change("0123456789abcdef"))
    with pytest.raises(VoicetuiError, match="No such conversation"):
        got(store.rename("0123456789abcdef", "x"))


def test_a_thread_is_imported_once(store: Store) -> None:
    first = got(store.import_remote("assistants", " thread_1 ", "openai"))
    assert got(store.import_remote("assistants", "thread_1", "openai")) == first
    assert got(store.import_remote("responses", "thread_1", "openai")) != first
    row = got(store.row(first))
    assert (row.kind, row.remote_id, row.title, row.turns) == (
        "assistants",
        "thread_1",
        "thread_1",
        0,
    )
    got(store.delete(first))
    assert got(store.import_remote("assistants", "thread_1", "openai")) == first
    assert not got(store.row(first)).deleted
    assert got(store.resumption(first)).remote_id == "thread_1"
    got(store.forget_remote(first))
    assert got(store.resumption(first)).remote_id == ""


def test_the_turns_of_an_import_come_with_its_first_sitting(store: Store) -> None:
    imported = got(store.import_remote("assistants", "thread_1", "demo", label="demo"))
    record(store, exchange(1, "from long ago", "yes"), kind="assistants", conversation_id=imported)
    saved = got(store.load(imported))
    assert (saved.row.title, saved.row.turns) == ("from long ago", 2)
    assert saved.row.remote_id == "thread_1"


@pytest.mark.parametrize("remote_id", ["", "  ", "thread\n_1", "스레드", "a\x1b[31m"])
def test_what_cannot_be_an_id_is_not_imported(store: Store, remote_id: str) -> None:
    with pytest.raises(VoicetuiError, match="cannot be the id"):
        got(store.import_remote("assistants", remote_id, "openai"))


def test_settings_come_back_as_they_were(store: Store) -> None:
    conversation = record(
        store, exchange(1, "a", "b"), settings_json='{"voice": "marin", "n": [1]}'
    )
    assert got(store.load(conversation)).settings == {"voice": "marin", "n": [1]}
    resumption = got(store.resumption(conversation))
    assert resumption.settings["voice"] == "marin"
    assert [turn.text for turn in resumption.past_turns] == ["a", "b"]


def test_a_record_can_be_kept_in_memory_only(tmp_path: Path) -> None:
    problems: list[str] = []
    store = Store.open(None, "the folder cannot be made")
    store.listen(on_problem=problems.append)
    conversation = record(store, exchange(1, "a", "b", sound=True))
    assert [row.id for row in got(store.list())] == [conversation]
    wait_until(lambda: problems)
    assert problems == ["History is kept in memory only: the folder cannot be made."]
    assert store.close()


def test_closing_twice_and_asking_afterwards_is_harmless(folder: Path) -> None:
    store = Store.open(folder)
    assert store.close()
    assert store.close()
    with pytest.raises(VoicetuiError, match="History is closed"):
        got(store.list())
    record(store, exchange(1, "a", "b"))


def test_what_was_handed_in_before_the_end_is_saved(folder: Path) -> None:
    store = Store.open(folder)
    conversation = record(store, [e for n in range(30) for e in exchange(n, "a", "b", sound=True)])
    assert store.close(30)
    again = Store.open(folder)
    assert got(again.row(conversation)).turns == 60
    assert again.close()


def test_any_thread_may_ask(store: Store) -> None:
    def work() -> None:
        conversation = record(store, exchange(1, "a", "b"))
        assert got(store.load(conversation)).row.turns == 2

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got(store.count()) == 8


def test_two_stores_see_each_other(folder: Path) -> None:
    one, other = Store.open(folder), Store.open(folder)
    first = record(one, exchange(1, "a", "b"))
    got(one.count())
    assert got(other.row(first)).turns == 2
    second = record(other, exchange(1, "c", "d"))
    got(other.count())
    assert {row.id for row in got(one.list())} == {first, second}
    assert one.close()
    assert other.close()


def test_two_sittings_of_one_conversation_lose_nothing(folder: Path) -> None:
    one, other = Store.open(folder), Store.open(folder)
    conversation = record(one, exchange(0, "start", "ok"))
    got(one.count())
    done: list[str] = []
    for name, store in (("x", one), ("y", other)):

        def talk(name: str = name, store: Store = store) -> None:
            events = [e for n in range(20) for e in exchange(n, f"{name} asks {n}", f"{name} {n}")]
            done.append(record(store, events, conversation_id=conversation))

        threading.Thread(target=talk).start()
    wait_until(lambda: len(done) == 2, 30)
    got(one.count())
    texts = [turn.text for turn in got(other.load(conversation)).turns]
    assert len(texts) == 82
    for name in "xy":
        ours = [text for text in texts if text.startswith(name)]
        assert ours == [t for n in range(20) for t in (f"{name} asks {n}", f"{name} {n}")]
    assert one.close()
    assert other.close()


def test_a_listener_that_fails_does_not_stop_the_record(tmp_path: Path) -> None:
    def broken(_: str) -> None:
        raise RuntimeError("boom")

    folder = tmp_path / "history"
    store = Store.open(folder)
    store.listen(on_problem=broken, on_notice=broken, on_change=broken)
    first = record(store, exchange(1, "a", "b"))
    got(store.count())
    (folder / "history.1.db").unlink()
    second = record(store, exchange(1, "c", "d"))
    assert {row.id for row in got(store.list())} == {first, second}
    assert store.close()


def test_only_the_record_knows_the_database() -> None:
    root = Path(__file__).resolve().parents[3]
    importing = re.compile(r"^\s*(?:import|from) sqlite3\b", re.MULTILINE)
    knowing = {
        path.relative_to(root).parts[:2]
        for folder in ("tui", "shared", "engine")
        for path in (root / folder).rglob("*.py")
        if importing.search(path.read_text(encoding="utf-8"))
    }
    assert knowing == {("tui", "store")}


@pytest.mark.parametrize("module", ["tui.store", "tui.store.rows", "tui.call_events", "tui.cli"])
def test_what_is_shown_can_be_known_without_the_database(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-P", "-c", f"import sys, {module}; print('sqlite3' in sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "False\n"
