"""Full disks and folders that cannot be written: the conversation goes on, nothing is lost."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.faults import table
from tests.faults.conftest import SmallDisk
from tests.tui.store.scenes import exchange, got, record, said
from tests.waiting import wait_until
from tui.errors import VoicetuiError
from tui.store import owner
from tui.store.recorder import Recorder
from tui.store.store import Store

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(autouse=True)
def quick_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owner, "RETRY_S", 0.05)


class Told:
    def __init__(self, store: Store) -> None:
        self.problems: list[str] = []
        self.notices: list[str] = []
        store.listen(on_problem=self.problems.append, on_notice=self.notices.append)

    @property
    def problem(self) -> str:
        return self.problems[-1] if self.problems else ""


def turns_of(number: int) -> list[tuple[str, str]]:
    return [("user", f"question {number} " + "x" * 300), ("assistant", f"answer {number}")]


def talk(recorder: Recorder, numbers: range, *, sound: bool = True) -> None:
    for number in numbers:
        (_, question), (_, answer) = turns_of(number)
        for event in exchange(number, question, answer, sound=sound):
            recorder.on_event(event)


def test_a_full_disk_is_said_and_everything_is_saved_when_there_is_room(
    small_disk: SmallDisk,
) -> None:
    folder = small_disk.path / "history"
    store = Store.open(folder)
    told = Told(store)
    recorder = Recorder(store, kind="realtime", service="demo", model="m")
    talk(recorder, range(3))
    got(store.count())
    small_disk.fill()
    talk(recorder, range(3, 40))
    wait_until(lambda: told.problem, 10)
    assert told.problem == "The conversation is not being saved: the disk is full."
    assert store.problem == told.problem
    assert got(store.count()) == 1  # what is there can be read all the while
    with pytest.raises(VoicetuiError, match="Not saved: the disk is full"):
        got(store.rename(recorder.conversation_id, "x" * 5000))
    small_disk.free()
    wait_until(lambda: told.problems[-1] == "", 10)
    talk(recorder, range(40, 42))
    recorder.close()
    saved = got(store.load(recorder.conversation_id))
    assert said(saved) == [turn for number in range(42) for turn in turns_of(number)]
    assert len(got(store.clips(recorder.conversation_id))) == 84
    assert store.close(30)
    table.record("S2", "84 turns and their sound said around a full disk, 0 lost")


def test_a_disk_that_stays_full_is_said_at_the_end_and_harms_nothing(
    small_disk: SmallDisk,
) -> None:
    folder = small_disk.path / "history"
    store = Store.open(folder)
    first = record(store, exchange(1, "before", "yes"))
    got(store.count())
    small_disk.fill()
    second = record(store, [e for n in range(30) for e in exchange(n, "x" * 3000, "y", sound=True)])
    assert not store.close(10)
    assert "full" in store.problem
    small_disk.free()
    again = Store.open(folder)
    told = Told(again)
    assert said(got(again.load(first))) == [("user", "before"), ("assistant", "yes")]
    rows = {row.id for row in got(again.list())}
    assert rows <= {first, second}
    assert told.notices == []
    assert again.close()


def test_a_disk_that_is_full_from_the_start(small_disk: SmallDisk) -> None:
    small_disk.fill()
    store = Store.open(small_disk.path / "history")
    told = Told(store)
    conversation = record(store, exchange(1, "a", "b"))
    wait_until(lambda: told.problem, 10)
    assert "not being saved" in told.problem
    assert said(got(store.load(conversation))) == [("user", "a"), ("assistant", "b")]
    got(store.rename(conversation, "kept"))
    small_disk.free()
    wait_until(lambda: told.problems[-1] == "", 10)
    assert store.close(30)
    again = Store.open(small_disk.path / "history")
    saved = got(again.load(conversation))
    assert (saved.row.title, len(saved.turns)) == ("kept", 2)
    assert again.close()


def test_a_disk_that_becomes_read_only_and_writable_again(small_disk: SmallDisk) -> None:
    folder = small_disk.path / "history"
    store = Store.open(folder)
    first = record(store, exchange(1, "before", "yes", sound=True))
    got(store.count())
    assert store.close()
    small_disk.read_only(True)
    store = Store.open(folder)
    told = Told(store)
    assert said(got(store.load(first))) == [("user", "before"), ("assistant", "yes")]
    assert got(store.clip(first, "user_1"))
    assert [hit.conversation_id for hit in got(store.search("before"))] == [first, first]
    second = record(store, exchange(1, "meanwhile", "ok", sound=True))
    with pytest.raises(VoicetuiError, match="Not saved"):
        got(store.delete(first))
    wait_until(lambda: told.problem, 10)
    assert "not being saved" in told.problem
    small_disk.read_only(False)
    wait_until(lambda: told.problems[-1] == "", 10)
    assert said(got(store.load(second))) == [("user", "meanwhile"), ("assistant", "ok")]
    assert len(got(store.clips(second))) == 2
    assert store.close()
    table.record("S7", "read-only disk: old turns read, new ones saved when it can be written")


def test_a_disk_that_turns_read_only_in_the_middle(small_disk: SmallDisk) -> None:
    store = Store.open(small_disk.path / "history")
    told = Told(store)
    recorder = Recorder(store, kind="realtime", service="demo", model="m")
    talk(recorder, range(2))
    got(store.count())
    # An open file for writing keeps the kernel from a plain remount, so the folder goes instead.
    hidden = small_disk.path / "hidden"
    (small_disk.path / "history").rename(hidden)
    (small_disk.path / "history").write_text("in the way")
    talk(recorder, range(2, 4))
    wait_until(lambda: told.problem, 10)
    assert "not being saved" in told.problem
    (small_disk.path / "history").unlink()
    wait_until(lambda: told.problems[-1] == "", 10)
    talk(recorder, range(4, 6))
    recorder.close()
    saved = got(store.load(recorder.conversation_id))
    assert said(saved) == [turn for number in range(6) for turn in turns_of(number)]
    assert any("moved away" in notice for notice in told.notices)
    assert store.close(30)


LIMITED = """
import json, resource, signal, sys, time
from pathlib import Path
from tests.tui.store.scenes import exchange, got
from tui.store import owner
from tui.store.recorder import Recorder
from tui.store.store import Store
owner.RETRY_S = 0.05
store = Store.open(Path(sys.argv[1]))
problems = []
store.listen(on_problem=problems.append)
recorder = Recorder(store, kind="realtime", service="demo", model="m")
def talk(numbers):
    for number in numbers:
        for event in exchange(number, f"question {number} " + "x" * 2000, f"answer {number}"):
            recorder.on_event(event)
def wait(what):
    end = time.monotonic() + 20
    while not what():
        assert time.monotonic() < end, problems
        time.sleep(0.01)
talk(range(3))
got(store.count())
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
largest = max(p.stat().st_size for p in Path(sys.argv[1]).iterdir())
resource.setrlimit(resource.RLIMIT_FSIZE, (largest + 1000, hard))
talk(range(3, 200))
wait(lambda: problems)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
wait(lambda: problems[-1] == "")
recorder.close()
turns = got(store.load(recorder.conversation_id)).turns
print(json.dumps({"turns": [t.text for t in turns], "problem": problems[0],
                  "closed": store.close(30)}))
"""


def test_a_limit_on_the_size_of_files_is_a_full_disk_for_everybody(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "history")],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert "not being saved" in found["problem"]
    assert found["closed"]
    wanted = [f"{w} {n}" for n in range(200) for w in ("question", "answer")]
    assert [" ".join(text.split()[:2]) for text in found["turns"]] == wanted
    table.record("S2", "limited file size: 0 of 400 turns lost")


def test_only_so_much_waits_in_memory(
    small_disk: SmallDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sound is given up before text, the oldest first."""
    monkeypatch.setattr(owner, "WAITING_BYTES", 60_000)
    small_disk.fill()
    store = Store.open(small_disk.path / "history")
    told = Told(store)
    conversation = record(
        store, [e for n in range(20) for e in exchange(n, f"q{n}", f"a{n}", sound=True)]
    )
    got(store.count())
    assert store._owner._waiting_bytes <= 60_000
    small_disk.free()
    wait_until(lambda: told.problems[-1] == "", 10)
    saved = got(store.load(conversation))
    assert len(saved.turns) == 40
    kept = [clip.item_id for clip in got(store.clips(conversation))]
    assert 0 < len(kept) < 40
    assert kept[-1] == "answer_19"
    wait_until(lambda: any("are lost" in notice for notice in told.notices))
    assert store.close(30)


# ---------------------------------------------------------------- rights

AS_USER = """
import fcntl, os, sys, logging.handlers
from pathlib import Path
from tests.tui.store.scenes import exchange, got, record
from tui.store.store import Store
Store.open(None).close()
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
store = Store.open(Path(sys.argv[1]))
store.listen(on_problem=print, on_notice=print)
conversation = record(store, exchange(1, "a", "b", sound=True))
print(got(store.count()), len(got(store.load(conversation)).turns) if len(sys.argv) < 3 else "")
print(store.close(5))
"""


def run_as_nobody(*arguments: str) -> subprocess.CompletedProcess[str]:
    """As a user without rights, where we are root."""
    return subprocess.run(
        [sys.executable, "-c", AS_USER, *arguments],
        capture_output=True,
        text=True,
        cwd=ROOT,
        timeout=60,
        check=False,
    )


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """One that everybody may enter."""
    import tempfile

    with tempfile.TemporaryDirectory(prefix="voicetui-test-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_folder_that_cannot_be_made_leaves_the_record_in_memory(open_folder: Path) -> None:
    parent = open_folder / "home"
    parent.mkdir(mode=0o555)
    done = run_as_nobody(str(parent / "state" / "history"))
    assert done.returncode == 0, done.stderr
    assert "not being saved: permission denied" in done.stdout
    assert "1 2" in done.stdout
    assert done.stdout.strip().endswith("False")
    table.record("S7", "no rights: kept in memory, said in words")


def test_a_record_of_somebody_else_is_not_touched(open_folder: Path) -> None:
    folder = open_folder / "history"
    store = Store.open(folder)
    record(store, exchange(1, "mine", "b"))
    assert store.close()
    before = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    if os.geteuid() != 0:
        folder.chmod(0o500)
    done = run_as_nobody(str(folder), "quiet")
    assert done.returncode == 0, done.stderr
    assert "not being saved" in done.stdout
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == before


def test_files_are_private_whatever_the_umask(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    old = os.umask(0)
    try:
        store = Store.open(folder)
        record(store, exchange(1, "a", "b", sound=True))
        got(store.count())
        present = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.rglob("*")}
        assert {name for name in present if "-wal" in name}
        assert present.pop("clips") == 0o700
        assert set(present.values()) == {0o600}, present
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert store.close()
    finally:
        os.umask(old)


def test_files_that_were_opened_to_others_are_closed_again(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    Store.open(folder).close()
    folder.chmod(0o755)
    (folder / "history.1.db").chmod(0o644)
    store = Store.open(folder)
    record(store, exchange(1, "a", "b"))
    got(store.count())
    modes = {stat.S_IMODE(path.stat().st_mode) for path in folder.glob("history*")}
    assert modes == {0o600}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert store.close()
