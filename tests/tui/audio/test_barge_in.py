"""Somebody speaks into an answer: the engine on the virtual sound card."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from shared.messages import Voice
from shared.pcm import RATE_HZ, frames_to_ms, ms_to_frames
from tests.rig.card import SoundCard
from tests.rig.play import play_wav
from tests.rig.recorder import Recorder
from tests.rig.signal import analyse_counter
from tests.tui.audio.test_link import Start, counter, start
from tests.waiting import async_wait_until
from tui.audio.port import AudioDevices

__all__ = ["start"]

QUESTION = Path(__file__).resolve().parents[3] / "tui" / "assets" / "question.wav"


def tone(seconds: float) -> bytes:
    time_s = np.arange(int(seconds * RATE_HZ)) / RATE_HZ
    return (8000 * np.sin(2 * np.pi * 440 * time_s)).astype("<i2").tobytes()


@pytest.mark.rig
async def test_an_answer_is_turned_down_while_somebody_speaks(
    on_sound_card: SoundCard, start: Start
) -> None:
    devices = AudioDevices(echo="headphones", voice_silence_ms=300, barge_in="duck")
    link, events = await start(devices)
    link.listen(True)
    await link.gate("open", keep=False)
    with Recorder(on_sound_card) as recorder:
        link.play("item", 0, tone(7))
        link.end_item("item", 0)
        await async_wait_until(lambda: events.state.output_phase == "playing")
        await asyncio.sleep(1)
        speaking = play_wav(on_sound_card, QUESTION)
        await async_wait_until(lambda: events.last(Voice) == Voice(False, _last(events)), 10)
        speaking.wait()
        await async_wait_until(lambda: link.playing is None, 10)
        await asyncio.sleep(0.2)
        samples = recorder.stop().samples.astype(float)
    audible = np.flatnonzero(np.abs(samples) > 10)
    samples = samples[audible[0] : audible[-1]]
    blocks = samples[: len(samples) // 240 * 240].reshape(-1, 240)
    loudness = np.sqrt(np.mean(blocks**2, axis=1))
    assert loudness[:80].min() > 5000
    assert 1300 < np.median(loudness[loudness < 4000]) < 1500  # -12 dB of 5657
    assert loudness[-20:-5].min() > 5000
    # A ramp, no click: no step is larger than the tone's own.  (A busy machine may leave a gap.)
    steps = np.abs(np.diff(samples))[(samples[1:] != 0) & (samples[:-1] != 0)]
    assert steps.max() < 8000 * 2 * np.pi * 440 / RATE_HZ * 1.1


def _last(events: object) -> int:
    voice = events.last(Voice)  # type: ignore[attr-defined]
    return voice.position if isinstance(voice, Voice) else -1


@pytest.mark.rig
async def test_a_paused_answer_goes_on_where_it_stopped(
    on_sound_card: SoundCard, start: Start
) -> None:
    devices = AudioDevices(
        echo="headphones", voice_silence_ms=300, barge_in="pause", pause_limit_ms=700
    )
    link, events = await start(devices)
    link.listen(True)
    await link.gate("open", keep=False)
    with Recorder(on_sound_card) as recorder:
        link.play("item", 0, counter(5000))
        link.end_item("item", 0)
        await async_wait_until(lambda: events.state.output_phase == "playing")
        await asyncio.sleep(1)
        speaking = play_wav(on_sound_card, QUESTION)
        await async_wait_until(lambda: events.state.output_phase == "paused", 10)
        first = link.heard("item")
        await asyncio.sleep(0.3)
        later = link.heard("item")
        await async_wait_until(lambda: events.state.output_phase == "playing", 10)
        speaking.stop()
        await async_wait_until(lambda: link.playing is None, 20)
        await asyncio.sleep(0.2)
        report = analyse_counter(recorder.stop().samples, ms_to_frames(5000))
    assert first is not None
    assert first == later
    assert 1000 < frames_to_ms(first.heard_frames) < 4000
    assert report.gaps >= 1
    assert frames_to_ms(report.missing_frames) <= 20


@pytest.mark.rig
async def test_a_flush_ends_a_pause_and_tells_what_was_heard(
    on_sound_card: SoundCard, start: Start
) -> None:
    devices = AudioDevices(
        echo="headphones", voice_silence_ms=300, barge_in="pause", pause_limit_ms=60_000
    )
    link, events = await start(devices)
    link.listen(True)
    await link.gate("open", keep=False)
    with Recorder(on_sound_card) as recorder:
        link.play("old", 0, counter(20_000))
        await async_wait_until(lambda: events.state.output_phase == "playing")
        await asyncio.sleep(0.5)
        speaking = play_wav(on_sound_card, QUESTION)
        await async_wait_until(lambda: events.state.output_phase == "paused", 10)
        cut = await link.flush()
        speaking.stop()
        report = analyse_counter(recorder.stop().samples)
    assert abs(cut[0].heard_frames - report.heard_frames) <= ms_to_frames(20)
    link.play("new", 0, tone(0.5))
    link.end_item("new", 0)
    await async_wait_until(lambda: [item.item_id for item in link.pop_heard()] == ["new"], 10)
