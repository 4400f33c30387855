"""The file of a wire log: whose it is, how long it gets, what a slow or full disk does."""

from __future__ import annotations

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from tests.waiting import wait_until
from tui import wire_file
from tui.wire_file import WireFile, WireFileProblem


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_lines_with_time_way_and_kind(tmp_path: Path) -> None:
    log = WireFile(str(tmp_path / "wire.jsonl"), lambda words: None)
    log("sent", b'{"type": "session.update", "session": {}}', over="socket 1")
    log("received", {"text": "hello"}, "HTTP 200", "request 2")
    log.close()
    first, sent, came = lines(tmp_path / "wire.jsonl")
    assert first["wire_log"] == 1
    assert (sent["way"], sent["over"], sent["kind"]) == ("sent", "socket 1", "session.update")
    assert str(sent["time"]).endswith("+00:00")
    assert (came["kind"], came["body"]) == ("HTTP 200", {"text": "hello"})
    assert stat.S_IMODE((tmp_path / "wire.jsonl").stat().st_mode) == 0o600


def test_it_is_continued_and_a_folder_gets_a_file_with_the_date(tmp_path: Path) -> None:
    for _ in range(2):
        WireFile(str(tmp_path / "wire.jsonl"), lambda words: None).close()
    assert [line["wire_log"] for line in lines(tmp_path / "wire.jsonl")] == [1, 1]
    log = WireFile(str(tmp_path), lambda words: None)
    log.close()
    assert log.path.parent == tmp_path
    assert log.path.name.startswith("voicetui-wire-")


def test_what_is_not_ours_stays_as_it_is(tmp_path: Path) -> None:
    other = tmp_path / "notes.txt"
    other.write_text("my notes\n")
    with pytest.raises(WireFileProblem, match="holds something else"):
        WireFile(str(other), lambda words: None)
    (tmp_path / "wire.jsonl.1").write_text("my notes\n")
    with pytest.raises(WireFileProblem, match="holds something else"):
        WireFile(str(tmp_path / "wire.jsonl"), lambda words: None)
    link, pipe = tmp_path / "link", tmp_path / "pipe"
    link.symlink_to(other)
    os.mkfifo(pipe)
    for path in (link, pipe, tmp_path / "nowhere" / "wire.jsonl"):
        with pytest.raises(WireFileProblem):
            WireFile(str(path), lambda words: None)
    assert other.read_text() == "my notes\n"


def test_a_long_file_is_put_aside_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire_file, "LARGEST_BYTES", 20_000)
    log = WireFile(str(tmp_path / "wire.jsonl"), lambda words: None)
    for number in range(200):
        log("sent", {"type": "x", "number": number, "words": "word " * 100})
    log.close()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["wire.jsonl", "wire.jsonl.1"]
    assert all(path.stat().st_size < 21_000 for path in tmp_path.iterdir())
    assert lines(tmp_path / "wire.jsonl")[0]["wire_log"] == 1
    last = lines(tmp_path / "wire.jsonl")[-1]
    assert last["body"]["number"] == 199  # type: ignore[index]


def test_a_disk_that_takes_nothing_holds_nobody_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    moves, real = threading.Event(), wire_file._put

    def slow(descriptor: int, data: bytes) -> None:
        assert moves.wait(20)
        real(descriptor, data)

    log = WireFile(str(tmp_path / "wire.jsonl"), lambda words: None)
    monkeypatch.setattr(wire_file, "_put", slow)
    for _ in range(30):
        log("received", b'"' + b"words " * 100_000 + b'"')
    moves.set()
    wait_until(lambda: not log._waiting_bytes, 60)
    log("received", b"1")
    wait_until(lambda: b'"body":1}' in (tmp_path / "wire.jsonl").read_bytes(), 60)
    log.close()
    found = lines(tmp_path / "wire.jsonl")
    left_out = [line["body"]["messages"] for line in found if line.get("kind") == "left out"]  # type: ignore[index]
    assert len(found) - 1 - len(left_out) + sum(left_out) == 31
    assert sum(left_out) >= 30 - wire_file.MOST_WAITING_BYTES // 600_000 - 1


def test_a_full_disk_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []

    def full(descriptor: int, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    log = WireFile(str(tmp_path / "wire.jsonl"), told.append)
    monkeypatch.setattr(wire_file, "_put", full)
    for _ in range(3):
        log("sent", b"{}")
    wait_until(lambda: told, 10)
    log("sent", b"{}")
    log.close()
    assert told == ["No space left on device"]
