"""Recordings: both sides at their time, files that stay playable, disks that are full."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import wave
from pathlib import Path

import numpy as np
import pytest

from shared.pcm import RATE_HZ
from tests.waiting import wait_until
from tui.audio.sound_log import KEPT_FRAMES, Anchor, SoundLog, Track
from tui.recording import Recording, RecordingProblem


def pcm(first: int, frames: int) -> bytes:
    return ((np.arange(first, first + frames) % 30_000) + 1).astype("<i2").tobytes()


def at(position: int, seconds: float) -> Anchor:
    return Anchor(position, round(seconds * 1e9))


def channels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (2, 2, RATE_HZ)
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return both[:, 0], both[:, 1]


def flac_channels(path: Path) -> tuple[np.ndarray, np.ndarray]:
    soundfile = pytest.importorskip("soundfile")
    with soundfile.SoundFile(str(path)) as file:
        parts = []
        while len(part := file.read(4096, dtype="int16")):
            parts.append(part)
    both = np.concatenate(parts)
    return both[:, 0], both[:, 1]


def test_pieces_stand_where_they_were_heard() -> None:
    track = Track(0)
    assert track.add(0, pcm(0, 480), at(0, 1.0)) == (RATE_HZ, pcm(0, 480))
    # Jitter moves nothing; a gap does.
    assert track.add(480, pcm(480, 480), at(480, 1.028))[0] == RATE_HZ + 480
    assert track.add(960, pcm(960, 480), at(960, 2.0))[0] == 2 * RATE_HZ
    # Never one over the other.
    assert track.add(5000, pcm(5000, 480), at(5000, 2.001))[0] == 2 * RATE_HZ + 480
    sound = np.frombuffer(track.render(RATE_HZ - 10, 2 * RATE_HZ + 960), "<i2")
    assert sound[:10].tolist() == [0] * 10
    assert sound[10:970].tolist() == np.frombuffer(pcm(0, 960), "<i2").tolist()
    assert not sound[970 : RATE_HZ + 10].any()
    assert sound[RATE_HZ + 10] == 961


@pytest.mark.parametrize("ppm", [-300, 300])
def test_a_devices_clock_is_followed_and_measured(ppm: int) -> None:
    track = Track(0)
    for block in range(0, 60_000):  # ten minutes
        real_s = block * 240 / (RATE_HZ * (1 + ppm / 1e6))
        start, _ = track.add(block * 240, bytes(480), at(block * 240, 1 + real_s))
        assert abs(start / RATE_HZ - 1 - real_s) < 0.111
    assert track.drift_ppm is not None
    # Moved once or twice since, each time it begins anew.
    assert abs(track.drift_ppm - ppm) < 30


def test_only_half_a_minute_is_kept() -> None:
    log = SoundLog(0)
    for second in range(100):
        log.add("mic", second * RATE_HZ, pcm(second * RATE_HZ, RATE_HZ), at(0, 0))
    log.add("speaker", 0, pcm(0, RATE_HZ), at(0, 98.0))
    mic, speaker = log.last(round(100e9))
    assert len(mic) == len(speaker) == KEPT_FRAMES * 2
    assert mic == pcm(70 * RATE_HZ, KEPT_FRAMES)
    heard = np.frombuffer(speaker, "<i2")
    assert heard[28 * RATE_HZ] == 1
    assert not heard[: 28 * RATE_HZ].any()
    assert not heard[29 * RATE_HZ :].any()
    assert sum(len(piece) for _, piece in log.mic._pieces) <= (KEPT_FRAMES + RATE_HZ) * 2


def test_both_sides_are_in_step(tmp_path: Path) -> None:
    log = SoundLog(0)
    path = tmp_path / "talk.wav"
    recording = Recording(path, RATE_HZ)
    log.on_piece = recording.take
    for tenth in range(10, 60):
        position = (tenth - 10) * 2400
        log.add("mic", position, pcm(position, 2400), at(0, 1.0))
        if 25 <= tenth < 40:
            heard = (tenth - 25) * 2400
            log.add("speaker", heard, pcm(heard, 2400), at(0, 2.5))
        recording.tick(tenth * 2400 + 2400)
    recording.close(6 * RATE_HZ)
    left, right = channels(path)
    assert len(left) == 5 * RATE_HZ
    assert left.tobytes() == pcm(0, 5 * RATE_HZ)
    first = round(1.5 * RATE_HZ)
    assert not right[:first].any()
    assert right[first : first + 36_000].tobytes() == pcm(0, 36_000)
    assert not right[first + 36_000 :].any()
    assert path.stat().st_mode & 0o777 == 0o600


def test_nothing_is_overwritten_and_every_refusal_says_why(tmp_path: Path) -> None:
    there = tmp_path / "there.wav"
    there.write_bytes(b"mine")
    with pytest.raises(RecordingProblem, match=r"exists; choose another name"):
        Recording(there, 0)
    assert there.read_bytes() == b"mine"
    (tmp_path / "link.wav").symlink_to(tmp_path / "elsewhere.wav")
    with pytest.raises(RecordingProblem, match=r"exists"):
        Recording(tmp_path / "link.wav", 0)
    with pytest.raises(RecordingProblem, match=r"No such file"):
        Recording(tmp_path / "no" / "folder.wav", 0)
    with pytest.raises(RecordingProblem, match=r"is \.wav or \.flac"):
        Recording(tmp_path / "talk.ogg", 0)


WRITER = """
import sys, time
from pathlib import Path
from tui.recording import Recording
recording = Recording(Path(sys.argv[1]), 0)
frame = 0
while True:
    recording.take("mic", frame, bytes([1, 2]) * 2400)
    frame += 2400
    recording.tick(frame)
    if frame == 240_000:
        print("ten seconds", flush=True)
    time.sleep(0.001)
"""


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_what_was_written_before_a_kill_can_be_played(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"talk{suffix}"
    process = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "ten seconds\n"
    # What is in the queue of the writing thread is lost, no more.
    wait_until(lambda: path.stat().st_size > (600_000 if suffix == ".wav" else 10_000), 10)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    if suffix == ".wav":
        left, right = channels(path)
    else:
        left, right = flac_channels(path)
    assert len(left) > 5 * RATE_HZ
    assert (left == 513).all()
    assert not right.any()


@pytest.mark.parametrize("suffix", [".wav", ".flac"])
def test_a_full_disk_is_a_sentence_and_what_was_written_stays(tmp_path: Path, suffix: str) -> None:
    script = """
import random, resource, signal, sys
from pathlib import Path
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
from tui.recording import Recording
said = []
recording = Recording(Path(sys.argv[1]), 0, said.append)
random = random.Random(1)  # FLAC makes nothing small of it
for frame in range(0, 240_000, 2400):
    recording.take("mic", frame, bytes([1, 2]) * 2400)
    recording.take("speaker", frame, random.randbytes(4800))
    recording.tick(frame + 2400)
recording.close(240_000)
print(said)
"""
    path = tmp_path / f"talk{suffix}"
    done = subprocess.run(
        [sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True
    )
    assert "Recording has stopped: File too large" in done.stdout
    assert "the call goes on" in done.stdout
    assert done.stdout.count("Recording has stopped") == 1
    left, _ = channels(path) if suffix == ".wav" else flac_channels(path)
    assert len(left) > 60_000
    assert (left == 513).all()
