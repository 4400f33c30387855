"""Killed at any moment, the record holds every turn that was committed, and opens at once."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

from tests.faults.table import record
from tests.tui.store.scenes import got
from tui.store.store import Store

ROOT = Path(__file__).resolve().parents[2]
KILLS = int(os.environ.get("VOICETUI_KILLS", "30"))
"""`make faults` asks for 1000."""


def start(folder: Path, name: str, seconds: float = 60) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "tests.faults.chatterbox", str(folder), name, str(seconds)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


class Reader:
    """What a program has said that it saved; a line cut off by its death does not count."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process
        self.saved: set[tuple[str, str]] = set()
        self.other: list[str] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            word, _, rest = line.partition(" ")
            if not line.endswith("\n"):
                continue
            if word == "SAVED":
                conversation, _, text = rest.strip("\n").partition(" ")
                self.saved.add((conversation, text.strip()))
            else:
                self.other.append(line.strip())

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.end()

    def end(self) -> None:
        self.process.wait(60)
        self._thread.join(60)
        assert self.process.stdout is not None
        self.process.stdout.close()


def everything(folder: Path) -> set[tuple[str, str]]:
    """All turns of the record, read by SQLite alone."""
    (path,) = folder.glob("history.*.db")
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        connection.execute("INSERT INTO said_index (said_index) VALUES ('integrity-check')")
        return {
            (conversation, text.strip())
            for conversation, text in connection.execute(
                "SELECT c.id, t.text FROM turns t JOIN conversations c ON c.number = t.conversation"
            )
        }


def test_no_committed_turn_is_lost_however_often_the_program_is_killed(tmp_path: Path) -> None:
    """Two programs write into one record; each is killed and started again, over and over."""
    folder = tmp_path / "history"
    chance = random.Random(KILLS)
    committed: set[tuple[str, str]] = set()
    kills = 0
    while kills < KILLS:
        readers = [Reader(start(folder, f"{name}{kills}")) for name in "ab"]
        # From before the first import is done to long after the first turns.
        for reader in chance.sample(readers, 2):
            time.sleep(chance.uniform(0.0, 0.6))
            reader.kill()
            kills += 1
        for reader in readers:
            committed |= reader.saved
            assert reader.other == []
        if kills % 10 == 0 or kills >= KILLS:
            store = Store.open(folder)
            notices: list[str] = []
            store.listen(on_problem=notices.append, on_notice=notices.append)
            rows = got(store.list(limit=10_000))
            for row in rows[:3]:
                saved = got(store.load(row.id))
                assert [turn.position for turn in saved.turns] == sorted(
                    turn.position for turn in saved.turns
                )
                for clip in got(store.clips(row.id)):
                    assert got(store.clip(row.id, clip.item_id))
            assert store.close(60)
            assert notices == []
            missing = committed - everything(folder)
            assert not missing, sorted(missing)[:3]
    assert len(committed) > KILLS
    record("S1", f"{kills} kills, {len(committed):,} committed turns, 0 lost")
    # Every committed turn can be found by its words.
    store = Store.open(folder)
    for conversation, text in random.Random(1).sample(sorted(committed), 10):
        query = " ".join(text.split()[:5])
        found = [hit.conversation_id for hit in got(store.search(query, limit=1000))]
        assert conversation in found
    assert store.close(60)


def test_two_programs_write_at_once_without_getting_in_each_other_s_way(tmp_path: Path) -> None:
    folder = tmp_path / "history"
    readers = [Reader(start(folder, name, seconds=2)) for name in ("left", "right", "third")]
    for reader in readers:
        reader.end()
        assert reader.process.returncode == 0
        assert reader.other == ["DONE"]
        assert len(reader.saved) > 10
    present = everything(folder)
    for reader in readers:
        assert reader.saved <= present
    assert not list(folder.glob("set-aside*"))
    turns = sum(len(reader.saved) for reader in readers)
    record("S4", f"3 programs at once, {turns:,} turns, 0 errors, 0 lost")
