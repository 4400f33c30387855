"""The spare engine: taken when the one at work dies, and never in the way."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from shared.messages import AnyReport, Open, Ready
from shared.pcm import ms_to_frames
from shared.ring import (
    PLAY_DELAY_FRAMES,
    PLAY_POSITION,
    PLAY_READ,
    PLAY_RUNNING,
    PLAY_SEQUENCE,
    PLAY_WRITTEN,
    SEGMENT_BYTES,
    AudioRings,
)
from shared.segment import Segment
from tests.processes import alive
from tests.rig.card import SoundCard
from tests.rig.engine import Engines
from tests.rig.recorder import Recorder
from tests.rig.signal import analyse_counter, counter_pcm
from tests.rig.sound_processes import WAITS, WORKS, sound_processes
from tests.waiting import async_wait_until
from tui.audio import spare
from tui.audio.link import DEADLY, QUICK_DEATHS, EngineLink
from tui.audio.port import AudioDevices, AudioEvent, EngineBack, EngineLost
from tui.audio.process import EngineProcess

CARD = AudioDevices(echo="off")


@pytest.fixture
async def engines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Engines]:
    monkeypatch.setattr(spare, "FIRST_AFTER_S", 0.0)
    started = Engines(tmp_path)
    yield started
    await started.close()


async def loaded(pid: int) -> None:
    """Wait until a spare has nothing left to do but wait."""

    def waits() -> bool:
        has_portaudio = "libportaudio" in Path(f"/proc/{pid}/maps").read_text()
        return has_portaudio and len(list(Path(f"/proc/{pid}/task").iterdir())) == 1

    await async_wait_until(waits, 15)


async def with_spare(link: EngineLink) -> tuple[int, int]:
    """The engine at work, and the spare that has loaded everything."""
    pid = await async_wait_until(lambda: link._spare.pid, 15)
    assert pid is not None
    await loaded(pid)
    assert link._process is not None
    return link._process.pid, pid


@pytest.mark.rig
async def test_a_dead_engine_is_replaced_by_the_spare(
    on_sound_card: SoundCard, engines: Engines
) -> None:
    link, events = await engines.start(CARD)
    at_work, waiting = await with_spare(link)
    assert at_work in sound_processes(os.getpid(), WORKS)
    assert waiting in sound_processes(os.getpid(), WAITS)
    with Recorder(on_sound_card) as recorder:
        link.play("item", 0, counter_pcm(0, ms_to_frames(1500)))
        link.end_item("item", 0)
        await async_wait_until(lambda: events.state.output_phase == "playing", 5)
        await asyncio.sleep(0.4)
        assert link._process is not None
        link._process.kill()
        await async_wait_until(lambda: events.last(EngineBack), 5)
        assert link._process.pid == waiting
        await async_wait_until(link.pop_heard, 10)
        await asyncio.sleep(0.2)
        report = analyse_counter(recorder.stop().samples, ms_to_frames(1500))
    assert abs(report.missing_frames) <= ms_to_frames(60)
    _, next_one = await with_spare(link)
    assert next_one not in (at_work, waiting)
    assert waiting in sound_processes(os.getpid(), WORKS)


@pytest.mark.rig
async def test_a_spare_that_dies_disturbs_nothing_and_another_comes(
    on_sound_card: SoundCard, engines: Engines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spare, "AGAIN_AFTER_S", 0.1)
    link, events = await engines.start(CARD)
    at_work, waiting = await with_spare(link)
    os.kill(waiting, 9)
    await async_wait_until(lambda: link._spare.pid not in (None, waiting), 5)
    assert (await with_spare(link))[0] == at_work
    assert not events.last(EngineLost)


@pytest.mark.rig
async def test_when_both_die_a_new_engine_comes(on_sound_card: SoundCard, engines: Engines) -> None:
    link, events = await engines.start(CARD)
    for pid in reversed(await with_spare(link)):
        os.kill(pid, 9)
    await async_wait_until(lambda: events.last(EngineBack), 5)
    link.play("item", 0, counter_pcm(0, ms_to_frames(100)))
    link.end_item("item", 0)
    await async_wait_until(link.pop_heard, 5)


@pytest.mark.rig
async def test_nothing_is_left_of_a_spare_that_is_just_starting(
    on_sound_card: SoundCard, engines: Engines
) -> None:
    link, _ = await engines.start(CARD)
    starting = await async_wait_until(lambda: link._spare.pid, 5)
    assert starting is not None
    await link.close()
    await async_wait_until(lambda: not alive(starting), 2)
    assert link._spare.pid is None


async def test_without_a_sound_card_there_is_no_spare(engines: Engines, tmp_path: Path) -> None:
    for output in ("silent", f"file:{tmp_path / 'out.wav'}"):
        link, _ = await engines.start(AudioDevices("silent", output, "off"))
        await asyncio.sleep(0.1)
        assert link._spare.pid is None


@pytest.mark.rig
async def test_without_a_sound_card_any_more_the_spare_goes(
    on_sound_card: SoundCard, engines: Engines
) -> None:
    link, _ = await engines.start(CARD)
    _, waiting = await with_spare(link)
    await link.open(AudioDevices("silent", "silent", "off"))
    await async_wait_until(lambda: not alive(waiting), 5)
    assert link._spare.pid is None


@pytest.mark.rig
async def test_devices_that_kill_every_engine_are_left_alone(
    on_sound_card: SoundCard, engines: Engines
) -> None:
    link, events = await engines.start(CARD)
    await with_spare(link)
    take = link._on_event

    def kill(event: AudioEvent) -> None:
        take(event)
        if isinstance(event, EngineBack) and event.restarts <= QUICK_DEATHS + 1:
            link._kill()

    link._on_event = kill
    link._kill()
    await async_wait_until(
        lambda: (back := events.last(EngineBack)) and back.restarts > QUICK_DEATHS + 1, 20
    )
    await async_wait_until(lambda: events.state.output == "silent", 5)
    assert link._spare.pid is None
    assert events.state.notice == DEADLY


async def test_a_spare_leaves_the_rings_alone_until_it_is_taken(tmp_path: Path) -> None:
    segment = Segment.create(SEGMENT_BYTES)
    rings = AudioRings(segment.view)
    words = rings.words
    words[PLAY_WRITTEN] = words[PLAY_READ] = 50_000
    words[PLAY_POSITION], words[PLAY_DELAY_FRAMES] = 48_000, 2_400
    words[PLAY_RUNNING], words[PLAY_SEQUENCE] = 1, 7
    before = bytes(words)
    reports: list[AnyReport] = []
    with (tmp_path / "engine.log").open("wb") as log:
        process = EngineProcess(
            segment,
            log,
            sound_cards=True,
            spare=True,
            on_report=reports.append,
            on_captured=lambda: None,
            on_ended=lambda _: None,
        )
        await loaded(process.pid)
        assert bytes(words) == before
        assert not reports
        process.send(Open("silent", "silent", "off"))
        await async_wait_until(lambda: reports, 5)
        assert reports[0] == Ready(process.pid)
        await async_wait_until(lambda: not words[PLAY_RUNNING], 5)  # what was unheard is heard
        assert words[PLAY_READ] == 50_000
        assert words[PLAY_SEQUENCE] % 2 == 0
        await process.close()
    rings.release()
    segment.close()


@pytest.mark.rig
async def test_both_are_gone_when_the_front_end_dies(on_sound_card: SoundCard) -> None:
    script = (
        "import asyncio, os, signal\n"
        "from tui.audio import spare\n"
        "from tui.audio.link import EngineLink\n"
        "from tui.audio.port import AudioDevices\n"
        "spare.FIRST_AFTER_S = 0\n"
        "async def main():\n"
        "    link = EngineLink(lambda event: None, None)\n"
        "    await link.open(AudioDevices(echo='off'))\n"
        "    while link._spare.pid is None:\n"
        "        await asyncio.sleep(0.01)\n"
        "    print(link._process.pid, link._spare.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    shared_before = set(Path("/dev/shm").iterdir())
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], stdout=subprocess.PIPE, check=False
    )
    pids = [int(word) for word in done.stdout.split()]
    assert len(pids) == 2
    await async_wait_until(lambda: not any(alive(pid) for pid in pids), 2)
    assert set(Path("/dev/shm").iterdir()) == shared_before
