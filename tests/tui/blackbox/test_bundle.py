"""Bundles: what is in one, and what is refused in words."""

from __future__ import annotations

import io
import json
import os
import stat
import subprocess
import sys
import wave
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.messages import State
from shared.pcm import RATE_HZ
from tui.blackbox import last_call
from tui.blackbox.bundle import Snapshot, write_bundle
from tui.blackbox.counters import Stages, from_json, rows, verdict
from tui.blackbox.events import EventLog
from tui.blackbox.opening import BrokenBundle, open_bundle
from tui.call_events import StateChanged
from tui.sessions.events import TranscriptFinal

MIC = bytes([1, 2]) * RATE_HZ
SPEAKER = bytes([3, 4]) * RATE_HZ
FINE = Stages(seconds=12.5, received_pieces=3, decoded_frames=100, queued_frames=100)
SECRET = "sk-" + "canary" * 4


def bundle(folder: Path) -> Path:
    stages = Stages(decoded_frames=9000, queued_frames=9000, played_frames=9000)
    snapshot = Snapshot(MIC, SPEAKER, stages, [], {"input": "default"})
    return write_bundle(folder, snapshot, {"voicetui.log": folder / "log"})


def test_a_bundle_is_private_complete_and_without_keys_or_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)
    (tmp_path / "log").write_text(
        f'one {SECRET}\n2026 1 DEBUG wire: > said in private\n{{"said": "too"}}\nthree\n'
    )
    events = EventLog()
    events.note(TranscriptFinal("item", "said in private"))
    events.note(StateChanged("listening", "a detail"))
    events.note(State(output="my loudspeaker", output_rate_hz=44100))
    snapshot = Snapshot(MIC, SPEAKER, FINE, events.to_json(), {"key": SECRET})
    path = write_bundle(tmp_path, snapshot, {"voicetui.log": tmp_path / "log"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    found = open_bundle(path)
    assert (found.mic, found.speaker, found.stages) == (MIC, SPEAKER, FINE)
    assert found.events[1]["state"] == "listening"
    assert found.events[2]["output_rate_hz"] == 44100
    assert found.about["packages"]["textual"]
    with zipfile.ZipFile(path) as archive:
        everything = b"".join(archive.read(name) for name in archive.namelist())
        with wave.open(io.BytesIO(archive.read("mic.wav"))) as sound:
            assert (sound.getnframes(), sound.getframerate()) == (RATE_HZ, RATE_HZ)
    assert SECRET.encode() not in everything
    assert b"private" not in everything
    assert b"said" not in everything
    assert b"three" in everything
    # A second one in the same second takes nothing of the first.
    assert write_bundle(tmp_path, snapshot, {}) != path


def test_a_bundle_that_cannot_be_finished_leaves_nothing(tmp_path: Path) -> None:
    script = """
import resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
import os
from tui.blackbox.bundle import Snapshot, write_bundle
from tui.blackbox.counters import Stages
try:
    write_bundle(Path(sys.argv[1]), Snapshot(os.urandom(9000), b"", Stages(), [], {}), {})
except OSError as error:
    print(error.strerror)
"""
    done = subprocess.run(
        [sys.executable, "-B", "-c", script, str(tmp_path)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "File too large\n"
    assert list(tmp_path.iterdir()) == []


def rewritten(path: Path, change: Callable[[dict[str, bytes]], None]) -> Path:
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    change(members)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in members.items():
            archive.writestr(name, raw)
    return path


def put(name: str, raw: bytes) -> Callable[[dict[str, bytes]], None]:
    return lambda members: members.update({name: raw})


HOSTILE = [
    (put("../../evil.txt", b"x"), "has a member '../../evil.txt' that no bundle has"),
    (put("/etc/passwd", b"x"), "has a member '/etc/passwd'"),
    (put("\x1b]0;owned\x07", b"x"), "that no bundle has"),
    (put("mic.wav", bytes(80 * 1024 * 1024)), "has a mic.wav of more than"),
    (put("counters.json", b" " * 50_000_000), "has a counters.json of more than"),
    (put("counters.json", b"["), "has a counters.json that is no JSON"),
    (put("events.json", b"[" * 100_000), "is no bundle"),
    (put("about.json", b'{"form": 99}'), "form (99) that this voicetui does not know"),
    (put("about.json", b"[]"), "has a about.json that is no JSON object"),
    (put("speaker.wav", b"RIFFnothing"), "has a speaker.wav that is no WAV"),
    (lambda members: members.pop("counters.json"), "no bundle of voicetui"),
    (lambda members: members.update({f"{n}": b"" for n in range(30)}), "has 37 members"),
]


@pytest.mark.parametrize(("change", "words"), HOSTILE, ids=[words for _, words in HOSTILE])
def test_a_hostile_bundle_is_refused_in_words(
    tmp_path: Path, change: Callable[[dict[str, bytes]], None], words: str
) -> None:
    with pytest.raises(BrokenBundle) as refused:
        open_bundle(rewritten(bundle(tmp_path), change))
    assert words in str(refused.value)
    assert [path.name for path in tmp_path.iterdir()] == [next(tmp_path.iterdir()).name]


def test_a_size_that_lies_is_not_believed(tmp_path: Path) -> None:
    path = rewritten(bundle(tmp_path), put("events.json", b"[" + b" " * 5_000_000 + b"]"))
    raw = path.read_bytes().replace((5_000_002).to_bytes(4, "little"), (2).to_bytes(4, "little"))
    path.write_bytes(raw)
    with pytest.raises(BrokenBundle):
        open_bundle(path)


def test_what_is_no_zip_at_all(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    for raw in (b"", b"PK\x03\x04", b"hello" * 100, bundle(tmp_path).read_bytes()[:-30]):
        path.write_bytes(raw)
        with pytest.raises(BrokenBundle, match="no bundle"):
            open_bundle(path)
    with pytest.raises(BrokenBundle, match="is a folder"):
        open_bundle(tmp_path)
    os.mkfifo(tmp_path / "pipe.zip")
    with pytest.raises(BrokenBundle, match="is no file"):  # and waits for nobody
        open_bundle(tmp_path / "pipe.zip")
    with path.open("wb") as file:
        os.truncate(file.fileno(), 17 * 1024 * 1024)
    with pytest.raises(BrokenBundle, match="larger than any bundle"):
        open_bundle(path)


def test_numbers_that_are_none_are_left_out() -> None:
    assert from_json({"underruns": 3, "seconds": 1.5}) == Stages(underruns=3, seconds=1.5)
    strange = {"underruns": "3", "played_frames": True, "sent_frames": 1e300, "x": 1}
    assert from_json(strange) == Stages()
    assert from_json(json.loads('{"underruns": NaN, "lost_blocks": Infinity}')) == Stages()
    assert from_json([1]) == Stages()


def test_the_verdict_says_where_a_crackle_came_from() -> None:
    clean = Stages(decoded_frames=48_000, queued_frames=48_000, played_frames=48_000)
    assert verdict(clean) == [
        "Everything that was received was handed to the device in time: a crackle that was heard "
        "came after voicetui (sound server, driver, cable, headset)."
    ]
    cut = Stages(decoded_frames=48_000, queued_frames=48_000, played_frames=40_000,
                 flushed_frames=8_000)  # fmt: skip
    assert len(verdict(cut)) == 1
    assert "the way to it was too slow" in verdict(Stages(underruns=2))[0]
    assert "ran dry 2 times" in verdict(Stages(underruns=2))[0]
    assert "never queued" in verdict(Stages(decoded_frames=10))[0]
    assert "unaccounted" in verdict(Stages(decoded_frames=9000, queued_frames=9000))[0]
    assert "while it was muted" in verdict(Stages(sent_since_mute_frames=1))[0]
    for name in ("underflows", "lost_blocks", "dropped_messages", "device_restarts",
                 "engine_restarts"):  # fmt: skip
        assert "handed to the device in time" not in verdict(Stages(**{name: 1}))[0]
    assert {name for name, _ in rows(clean)} >= {
        "received", "decoded", "queued", "taken", "played", "underruns", "dropped", "restarts",
        "captured", "gated", "sent",
    }  # fmt: skip


def test_the_last_call_is_kept_for_doctor(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    last_call.keep(FINE)
    last_call.keep(Stages(underruns=4))
    found = last_call.read(tmp_path / "state")
    assert found is not None
    assert found["counters"]["underruns"] == 4
    assert stat.S_IMODE((tmp_path / "state" / last_call.NAME).stat().st_mode) == 0o600
    assert len(list((tmp_path / "state").iterdir())) == 1
    (tmp_path / "state" / last_call.NAME).write_bytes(b"\xff{")
    assert last_call.read(tmp_path / "state") is None
