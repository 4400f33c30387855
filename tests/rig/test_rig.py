"""The virtual sound card is only worth what it measures: bit exact, and it sees what is put in."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import textwrap
from pathlib import Path

import numpy as np
import pytest

from tests.rig import card as card_module
from tests.rig.card import RigUnavailable, SoundCard, missing_parts
from tests.rig.play import play_pcm
from tests.rig.recorder import MICROPHONE, SPEAKER, Recorder, Recording
from tests.rig.signal import analyse_counter, counter_pcm, counter_signal, sounds_in
from tests.waiting import async_wait_until, wait_until

FRAMES = 24_000
LOOPBACK = [sys.executable, "-m", "tests.rig.loopback"]


def play_with_sounddevice(card: SoundCard, pcm: bytes, folder: Path) -> Recording:
    """Play in a child process and return what was heard at the loudspeaker."""
    path = folder / "sound.pcm"
    path.write_bytes(pcm)
    with Recorder(card, SPEAKER) as recorder:
        subprocess.run(
            [*LOOPBACK, "play", str(path)],
            env=card.client_env(),
            check=True,
            timeout=60,
            stderr=subprocess.DEVNULL,
        )
        return recorder.stop()


@pytest.mark.rig
def test_what_sounddevice_plays_is_heard_bit_by_bit(sound_card: SoundCard, tmp_path: Path) -> None:
    recording = play_with_sounddevice(sound_card, counter_pcm(0, FRAMES), tmp_path)

    [sound] = sounds_in(recording.samples)
    heard = recording.samples[sound.start : sound.end]
    assert np.array_equal(heard, counter_signal(0, FRAMES))


@pytest.mark.rig
def test_silence_loss_and_repetition_put_in_are_seen(sound_card: SoundCard, tmp_path: Path) -> None:
    pcm = (
        counter_pcm(0, 6_000)
        + bytes(2 * 720)  # 30 ms of silence, nothing lost
        + counter_pcm(6_000, 6_000)
        + counter_pcm(12_240, 6_000)  # 240 frames lost
        + counter_pcm(18_240 - 480, 6_000)  # 480 frames again
    )

    recording = play_with_sounddevice(sound_card, pcm, tmp_path)

    report = analyse_counter(recording.samples, expected_frames=24_000 + 240)
    assert (report.gaps, report.gap_frames, report.longest_gap_frames) == (1, 720, 720)
    assert (report.jumps, report.lost_frames, report.repeated_frames) == (2, 240, 480)
    assert (report.head_frames, report.missing_frames) == (0, 240)


@pytest.mark.rig
def test_what_is_played_into_the_microphone_is_captured_bit_by_bit(
    sound_card: SoundCard, tmp_path: Path
) -> None:
    path = tmp_path / "captured.pcm"
    with subprocess.Popen(
        [*LOOPBACK, "record", str(2 * FRAMES), str(path)],
        env=sound_card.client_env(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as capture:
        assert capture.stdout is not None
        assert capture.stdout.readline() == "recording\n"
        play_pcm(sound_card, counter_pcm(0, FRAMES)).wait()
        assert capture.wait(30) == 0

    captured = np.frombuffer(path.read_bytes(), "<i2")
    assert analyse_counter(captured, FRAMES).missing_frames == 0
    [sound] = sounds_in(captured)
    assert np.array_equal(captured[sound.start : sound.end], counter_signal(0, FRAMES))


@pytest.mark.rig
def test_two_recorders_agree_on_when_a_sound_was_there(sound_card: SoundCard) -> None:
    with Recorder(sound_card, MICROPHONE) as one, Recorder(sound_card, MICROPHONE) as other:
        play_pcm(sound_card, counter_pcm(0, 12_000)).wait()
        wait_until(lambda: len(sounds_in(other.heard())) == 1, what="the sound in the recording")
        recordings = [one.stop(), other.stop()]

    times_s = [r.time_of(sounds_in(r.samples)[0].start) for r in recordings]
    assert abs(times_s[0] - times_s[1]) < 0.05


def test_a_card_leaves_nothing_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    if missing_parts():
        pytest.skip("; ".join(missing_parts()))
    monkeypatch.setenv("HOME", str(tmp_path))
    card = SoundCard().start()
    folder, daemon_pid = card.folder, card.daemon_pid
    keeper_pids = [keeper.pid for keeper in card._keepers]
    assert folder.stat().st_mode & 0o777 == 0o700
    assert len(str(folder / "native")) < 100

    card.stop()

    assert not folder.exists()
    assert list(tmp_path.iterdir()) == []
    for pid in (daemon_pid, *keeper_pids):
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


@pytest.mark.rig
def test_a_killed_test_run_leaves_no_sound_server() -> None:
    if missing_parts():
        pytest.skip("; ".join(missing_parts()))
    program = textwrap.dedent(
        """
        import time
        from tests.rig.card import SoundCard
        card = SoundCard().start()
        print(card.daemon_pid, card.folder, flush=True)
        time.sleep(600)
        """
    )
    with subprocess.Popen(
        [sys.executable, "-c", program], stdout=subprocess.PIPE, text=True
    ) as owner:
        assert owner.stdout is not None
        pid, folder = owner.stdout.readline().split()
        owner.send_signal(signal.SIGKILL)
        owner.wait()

    wait_until(lambda: not is_running(int(pid)), what="the end of pulseaudio")
    for name in sorted(Path(folder).rglob("*"), reverse=True):
        name.rmdir() if name.is_dir() else name.unlink()
    Path(folder).rmdir()


def is_running(pid: int) -> bool:
    """The process exists and is more than an entry that nobody has collected."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_a_machine_without_the_parts_is_told_all_of_them(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(card_module, "_alsa_plugin_found", lambda: False)

    with pytest.raises(RigUnavailable) as caught:
        SoundCard().start()

    for package in ("pulseaudio", "pulseaudio-utils", "libasound2-plugins"):
        assert f"Debian package {package})" in str(caught.value)


def test_a_daemon_that_cannot_start_is_explained(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    if missing_parts():
        pytest.skip("; ".join(missing_parts()))
    broken = tmp_path / "pulseaudio"
    broken.write_text("#!/bin/sh\necho no sound today\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    with pytest.raises(RigUnavailable, match="no sound today"):
        SoundCard().start()


def test_a_counter_in_full_is_reported_as_such() -> None:
    silence = np.zeros(500, np.int16)
    samples = np.concatenate((silence, counter_signal(0, 70_000), silence))

    report = analyse_counter(samples, 70_000)

    assert (report.first, report.last, report.heard_frames) == (500, 70_499, 70_000)
    assert (report.gaps, report.jumps, report.missing_frames, report.head_frames) == (0, 0, 0, 0)


def test_a_counter_without_head_and_tail_is_missing_both() -> None:
    report = analyse_counter(counter_signal(100, 1_000), 1_200)

    assert (report.head_frames, report.missing_frames) == (100, 200)


def test_silence_is_no_counter() -> None:
    report = analyse_counter(np.zeros(1_000, np.int16), 480)

    assert (report.first, report.heard_frames, report.missing_frames) == (None, 0, 480)


def test_sounds_are_parted_by_long_silence_only() -> None:
    def silence(ms: int) -> np.ndarray[tuple[int], np.dtype[np.int16]]:
        return np.zeros(24 * ms, np.int16)

    tone = counter_signal(0, 2_400)
    samples = np.concatenate((silence(300), tone, silence(50), tone, silence(150), tone))

    sounds = sounds_in(samples, longest_silence_ms=100)

    assert [sound.end - sound.start for sound in sounds] == [6_000, 2_400]
    assert sounds[0].start == 7_200


def test_waiting_in_vain_names_what_was_waited_for() -> None:
    with pytest.raises(TimeoutError, match="the end of time"):
        wait_until(lambda: False, timeout_s=0.05, what="the end of time")


async def test_waiting_on_a_loop_lets_the_loop_run() -> None:
    seen: list[str] = []
    asyncio.get_running_loop().call_later(0.05, seen.append, "there")

    assert await async_wait_until(lambda: seen) == ["there"]
