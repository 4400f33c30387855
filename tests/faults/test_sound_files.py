"""Files in place of devices outlive engines, sound servers and full disks."""

from __future__ import annotations

import asyncio
import os
import wave
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import numpy as np
import pytest

from shared.pcm import FRAME_BYTES, RATE_HZ, ms_to_frames
from shared.wav import HEADER_BYTES, wav_header
from tests.e2e.program import Home
from tests.faults.conftest import SmallDisk
from tests.rig.card import SoundCard
from tests.rig.engine import Engines, Events, read_for
from tests.rig.signal import Samples, analyse_counter, counter_pcm, ms, samples_of
from tests.waiting import async_wait_until
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices, EngineBack, EngineLost


@pytest.fixture
async def engines(tmp_path: Path) -> AsyncIterator[Engines]:
    started = Engines(tmp_path)
    yield started
    await started.close()


def say(link: EngineLink, length_ms: float) -> None:
    link.play("item", 0, counter_pcm(0, ms_to_frames(length_ms)))
    link.end_item("item", 0)


def samples_in(path: Path) -> Samples:
    with wave.open(str(path)) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2")


async def kill(link: EngineLink, events: Events) -> None:
    assert link._process is not None
    link._process.kill()
    await async_wait_until(lambda: events.last(EngineBack), 10)


async def test_a_file_goes_on_where_a_killed_engine_left_it(
    tmp_path: Path, engines: Engines
) -> None:
    out = tmp_path / "out.wav"
    devices = AudioDevices("silent", f"file:{out}", "off")
    link, events = await engines.start(devices)
    say(link, 2500)
    await async_wait_until(lambda: out.stat().st_size > HEADER_BYTES + RATE_HZ * FRAME_BYTES, 10)
    await kill(link, events)
    await async_wait_until(link.pop_heard, 20)
    report = analyse_counter(samples_in(out), ms_to_frames(2500))
    assert report.lost_frames == report.head_frames == 0
    assert ms(report.repeated_frames) <= 10  # the block that was being written
    assert report.missing_frames == -report.repeated_frames
    # Away and back is no new beginning either, but another run is.
    await link.open(AudioDevices("silent", "silent", "off"))
    await async_wait_until(lambda: events.state.output == "silent")
    size_bytes = out.stat().st_size
    await link.open(devices)
    await async_wait_until(lambda: events.state.output == f"file:{out}")
    assert out.stat().st_size == size_bytes
    await engines.start(devices)
    assert out.stat().st_size == HEADER_BYTES


@pytest.fixture
def own_card(monkeypatch: pytest.MonkeyPatch) -> Iterator[SoundCard]:
    """One whose server can be killed."""
    with SoundCard() as card:
        for variable, value in card.env.items():
            monkeypatch.setenv(variable, value)
        yield card


async def test_a_sound_server_that_ends_leaves_files_alone(
    tmp_path: Path, own_card: SoundCard, engines: Engines
) -> None:
    out, asked = tmp_path / "out.wav", tmp_path / "in.wav"
    pcm = counter_pcm(0, ms_to_frames(6000))
    asked.write_bytes(wav_header(len(pcm)) + pcm)
    writes, written = await engines.start(AudioDevices("default", f"file:{out}", "off"))
    reads, read = await engines.start(AudioDevices(f"file:{asked}", "default", "off"))
    for link in (writes, reads):
        await link.gate("open", keep=False)
        link.listen(True)
    await async_wait_until(lambda: written.state.input_phase == "open", 10)
    say(writes, 4000)
    reads.play("item", 0, pcm)
    captured = await read_for(reads, lambda pcm: len(pcm) > RATE_HZ, 10)
    own_card.kill_server()
    await async_wait_until(lambda: written.state.notice and read.state.notice, 10)
    await asyncio.to_thread(own_card.start_server)
    captured += await read_for(reads, lambda pcm: len(captured) + len(pcm) >= 6000 * 48, 20)
    report = analyse_counter(samples_of(captured))
    assert report.jumps == 0
    await async_wait_until(writes.pop_heard, 20)
    report = analyse_counter(samples_in(out), ms_to_frames(4000))
    assert (report.missing_frames, report.jumps) == (0, 0)
    await async_wait_until(lambda: not written.state.notice and not read.state.notice, 15)


@pytest.mark.parametrize("fast", [False, True])
async def test_a_disk_that_becomes_full_is_said_and_the_answer_runs_on(
    small_disk: SmallDisk, engines: Engines, fast: bool
) -> None:
    out = small_disk.path / "out.wav"
    link, events = await engines.start(AudioDevices("silent", f"file:{out}", "off", fast=fast))
    if not fast:
        say(link, 2000)
        await async_wait_until(lambda: out.stat().st_size > RATE_HZ, 10)
        small_disk.fill()
    else:
        say(link, 100_000)
    await async_wait_until(lambda: events.state.notice, 20)
    assert events.state.notice == f"no sound output: {out}: No space left on device"
    assert events.state.output == "silent"
    await async_wait_until(link.pop_heard, 20)
    assert events.last(EngineLost) is None
    samples = samples_in(out)
    assert len(samples) > RATE_HZ // 2
    assert analyse_counter(samples).jumps == 0


async def test_a_disk_that_is_full_from_the_start_is_said(
    small_disk: SmallDisk, engines: Engines
) -> None:
    out = small_disk.path / "out.wav"
    small_disk.fill()
    link, events = await engines.start(AudioDevices("silent", f"file:{out}", "off"))
    assert events.state.notice == f"no sound output: {out}: No space left on device"
    say(link, 100)
    await async_wait_until(link.pop_heard, 10)
    assert events.last(EngineLost) is None


async def test_ask_says_when_its_folder_had_no_room_for_the_answer(
    tmp_path: Path, small_disk: SmallDisk
) -> None:
    home = Home(tmp_path)
    (small_disk.path / "most").write_bytes(bytes(3_080_000))  # 64 kB are left
    done = home.run(
        *("ask", "--demo", "hello", "--out", "a.wav"),
        env={"TMPDIR": str(small_disk.path)},
    )
    assert done.code == 6, done
    assert "Answer written" not in done.err
    assert "No space left on device" in done.err
    assert "TMPDIR" in done.err
    assert len(done.out) > 10  # the words are there
    assert "Its beginning is in a.wav." in done.err
    assert len(samples_in(tmp_path / "a.wav")) > 10_000
    piped = home.run(
        *("ask", "--demo", "--audio", "-"),
        stdin=bytes(300_000),
        env={"TMPDIR": str(small_disk.path)},
    )
    assert piped.code == 6, piped
    assert "No space left on device. Make room there" in piped.err


async def test_a_server_that_is_slow_to_say_what_it_has_loses_no_device(
    tmp_path: Path,
    on_sound_card: SoundCard,
    engines: Engines,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    folder, slow = tmp_path / "bin", tmp_path / "slow"
    folder.mkdir()
    asked = tmp_path / "asked"
    script = folder / "pactl"
    script.write_text(
        f"#!/bin/sh\nif [ -e {slow} ]; then echo >> {asked}; exec sleep 2; fi\n"
        'PATH="${PATH#*:}" exec pactl "$@"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    link, events = await engines.start(AudioDevices("silent", "mic", "off"))
    assert events.state.output == "mic"
    say(link, 20_000)
    await async_wait_until(lambda: events.state.output_phase == "playing", 10)
    slow.touch()
    # One that did not answer is asked again.
    await async_wait_until(lambda: asked.exists() and len(asked.read_text()) > 2, 20)
    assert events.state.output == "mic"
    assert not events.state.notice
    assert events.counters.device_restarts == 0
