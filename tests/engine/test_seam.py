"""Breaks in the sound, sample by sample: the playback side over a device that only takes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from engine.playback import Playback
from shared.pcm import RATE_HZ, ms_to_frames
from shared.ring import PLAY_END, PLAY_FLUSH, PLAY_UNDERRUNS, SEGMENT_BYTES, AudioRings

HZ = 440.0
PEAK = 16_000
OWN_STEP = 2 * math.pi * HZ / RATE_HZ * PEAK
"""Between two samples of the tone, at most."""


class Device:
    """Takes blocks when told to."""

    name = "test"
    is_heard = True

    def __init__(self, playback: Playback) -> None:
        self._playback = playback
        self.heard = np.zeros(0, "<i2")
        playback.use(self)

    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...

    def take(self, blocks: int, frames: int = 240) -> None:
        for _ in range(blocks):
            block = bytearray(2 * frames)
            self._playback.fill(memoryview(block), frames, 0)
            self.heard = np.concatenate((self.heard, np.frombuffer(block, "<i2")))

    @property
    def largest_step(self) -> int:
        """But for the very end: the tone ends where it is cut off."""
        last = int(np.flatnonzero(self.heard)[-1])
        return int(np.abs(np.diff(self.heard[: last + 1].astype(int))).max())


@pytest.fixture
def rings() -> AudioRings:
    return AudioRings(memoryview(bytearray(SEGMENT_BYTES)))


@pytest.fixture
def playback(rings: AudioRings) -> Playback:
    return Playback(rings)


def tone(frames: int, start: int = 0) -> bytes:
    phase = 2 * np.pi * HZ * np.arange(start, start + frames) / RATE_HZ
    return (np.sin(phase) * PEAK).astype("<i2").tobytes()


def begin(playback: Playback) -> None:
    """The stream starts, however little there is."""
    playback.poll(0)
    playback.poll(10**9)
    assert playback.running


@pytest.mark.parametrize("late_at", [2400, 2473, 2399])
def test_a_late_stream_does_not_click_and_loses_nothing(
    rings: AudioRings, playback: Playback, late_at: int
) -> None:
    device = Device(playback)
    rings.playback.write(tone(late_at))
    begin(playback)
    device.take(30)
    assert rings.words[PLAY_UNDERRUNS] == 1
    assert not device.heard[-240:].any()
    rings.playback.write(tone(2400, late_at))
    rings.words[PLAY_END] = rings.playback.written
    device.take(30)
    assert rings.playback.read == late_at + 2400
    assert device.largest_step < 1.6 * OWN_STEP
    lead = ms_to_frames(5)
    before = device.heard[lead : lead + late_at]
    assert before.tobytes() == tone(late_at)  # no sample of the answer was touched
    sound = np.flatnonzero(device.heard[lead + late_at + ms_to_frames(10) :])
    rest = device.heard[lead + late_at + ms_to_frames(10) + int(sound[0]) :]
    assert np.abs(rest[240:480]).max() > 0.9 * PEAK


def test_an_answer_that_is_complete_ends_where_it_ends(
    rings: AudioRings, playback: Playback
) -> None:
    device = Device(playback)
    rings.playback.write(tone(2473))
    rings.words[PLAY_END] = 2473
    begin(playback)
    device.take(20)
    lead = ms_to_frames(5)
    assert device.heard[lead : lead + 2473].tobytes() == tone(2473)
    assert not device.heard[lead + 2473 :].any()


def test_what_goes_on_elsewhere_comes_on_a_ramp(rings: AudioRings, playback: Playback) -> None:
    first = Device(playback)
    rings.playback.write(tone(24_000))
    begin(playback)
    first.take(5)
    second = Device(playback)  # the device was replaced in the middle
    begin(playback)
    second.take(5)
    assert second.largest_step < 1.6 * OWN_STEP


def test_what_follows_a_flush_is_untouched(rings: AudioRings, playback: Playback) -> None:
    device = Device(playback)
    rings.playback.write(tone(24_000))
    begin(playback)
    device.take(5)
    rings.words[PLAY_FLUSH] = rings.words[PLAY_END] = rings.playback.written
    playback.flush()
    rings.playback.write(tone(4800, 17))
    begin(playback)
    device.heard = device.heard[:0]
    device.take(10)
    lead = ms_to_frames(5)
    assert device.heard[lead:].tobytes() == tone(2400 - lead, 17)


def test_what_one_flush_skipped_the_next_does_not_call_heard(
    rings: AudioRings, playback: Playback
) -> None:
    device = Device(playback)
    rings.playback.write(tone(4800))
    begin(playback)
    device.take(10)
    rings.words[PLAY_FLUSH] = rings.playback.written
    rings.playback.write(tone(4800))
    rings.words[PLAY_FLUSH] = rings.playback.written  # before the first was answered
    first = playback.flush()
    assert 0 < first <= 2400
    assert playback.flush() == first
