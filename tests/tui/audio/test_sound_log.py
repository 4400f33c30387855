"""What the sound log says was heard, beside what the card's loopback really got."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator

import numpy as np
import pytest

from shared.pcm import RATE_HZ, ms_to_frames
from tests.rig.card import SoundCard
from tests.rig.recorder import Recorder
from tests.rig.signal import analyse_counter, counter_pcm
from tests.waiting import async_wait_until
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices
from tui.audio.sound_log import Anchor, Track


def sound(frames: int) -> bytes:
    return b"\1\0" * frames


def test_the_first_sound_stands_where_it_was_heard_however_early() -> None:
    track = Track(0)
    assert track.add(0, sound(240), Anchor(0, 50_000_000))[0] == 1_200


def test_behind_another_engine_sound_stands_where_it_was_heard() -> None:
    track = Track(0)
    assert track.add(0, sound(2_400), Anchor(0, 0))[0] == 0
    # A hole of 50 ms: too little to be one in a stream that goes on.
    assert track.add(2_400, sound(240), Anchor(2_400, 150_000_000))[0] == 2_400
    track.anew()
    assert track.add(2_640, sound(240), Anchor(2_640, 200_000_000))[0] == 4_800


def test_a_fast_clock_is_measured_though_it_is_cut() -> None:
    track = Track(0)
    block = ms_to_frames(100)
    for number in range(300):
        position = number * block
        # 0.4 % too fast.
        track.add(position, sound(block), Anchor(position, int(number * 99_600_000)))
    assert track.drift_ppm is not None
    assert abs(track.drift_ppm - 4_016) < 5


def test_another_device_between_is_no_clock_that_is_slow() -> None:
    track = Track(0)
    block = ms_to_frames(100)
    for number in range(250):
        late_ms = 60 if number >= 130 else 0
        track.add(
            number * block, sound(block), Anchor(number * block, (number * 100 + late_ms) * 10**6)
        )
    assert track.drift_ppm is not None
    assert abs(track.drift_ppm) < 5


@pytest.fixture
async def link(on_sound_card: SoundCard) -> AsyncIterator[EngineLink]:
    started = EngineLink(lambda event: None, None)
    await started.open(AudioDevices(echo="off"))
    yield started
    await started.close()


async def heard(link: EngineLink, seconds: float) -> None:
    """Look at the playback as a call does."""
    end_s = time.monotonic() + seconds
    while time.monotonic() < end_s:
        link.pop_heard()
        await asyncio.sleep(0.02)


@pytest.mark.rig
async def test_it_stands_where_it_was_heard_and_ends_where_it_was_cut(
    on_sound_card: SoundCard, link: EngineLink
) -> None:
    began_s = time.monotonic() - link.sound_log.frame_at(time.monotonic_ns()) / RATE_HZ
    with Recorder(on_sound_card) as recorder:
        link.play("item", 0, counter_pcm(0, ms_to_frames(5000)))
        await async_wait_until(lambda: link.pop_heard() or link.counts().played_frames > RATE_HZ)
        cut = (await link.flush())[0].heard_frames
        await heard(link, 0.4)
        recording = recorder.stop()
    counts = link.counts()
    played = counts.played_frames
    assert 0 <= played - cut <= ms_to_frames(20)  # device times jitter
    assert counts.flushed_frames == counts.queued_frames - played
    assert counts.waiting_frames == 0
    end = link.sound_log.frame_at(time.monotonic_ns())
    logged = np.frombuffer(link.sound_log.speaker.render(0, end), "<i2")
    sounds = np.flatnonzero(logged)
    first = int(sounds[0])
    assert logged[first : first + cut].tobytes() == counter_pcm(0, cut)
    assert len(sounds) <= played
    # Beside what the loopback recorded; a starved sound server plays late.
    report = analyse_counter(recording.samples)
    assert report.first is not None
    off_ms = (began_s + first / RATE_HZ - recording.time_of(report.first)) * 1000
    assert abs(off_ms) < 500, f"logged {off_ms:.0f} ms from where it was heard"
    assert abs(report.heard_frames - cut) <= ms_to_frames(300)


@pytest.mark.rig
async def test_the_end_of_an_answer_stands_behind_what_came_before(
    on_sound_card: SoundCard, link: EngineLink
) -> None:
    frames = ms_to_frames(1000)
    link.play("item", 0, counter_pcm(0, frames))
    link.end_item("item", 0)
    await async_wait_until(lambda: link.pop_heard())
    logged = np.frombuffer(link.sound_log.speaker.render(0, link.sound_log.speaker.end), "<i2")
    report = analyse_counter(logged)
    assert (report.heard_frames, report.gaps) == (frames, 0), report
