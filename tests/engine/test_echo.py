"""Echo control in simulated rooms: times and delays are made up, the rest is real."""

from __future__ import annotations

import random
import sys
import time

import numpy as np
import pytest

from engine.echo import BLOCK_FRAMES, HALF_DUPLEX_TAIL_NS, Echo
from engine.timeline import Timeline
from shared.messages import EchoMode
from shared.pcm import RATE_HZ, ms_to_frames
from shared.ring import SEGMENT_BYTES, AudioRings
from tests.waiting import wait_until

BLOCK_NS = 10_000_000
LEAD_BLOCKS = 10
"""The device is filled 100 ms ahead, as in the product."""


def speech_like(seconds: float, seed: int) -> np.ndarray:
    """Noise coloured and switched at the rate of syllables, int16 at about -20 dBFS."""
    random_numbers = np.random.default_rng(seed)
    count = int(seconds * RATE_HZ)
    noise = random_numbers.standard_normal(count)
    coloured = np.convolve(noise, np.hanning(12) / 6, "same")
    syllables = np.clip(
        np.convolve(random_numbers.random(count // 2400 + 2) - 0.3, [1], "same"), 0, 1
    )
    envelope = np.interp(np.arange(count), np.arange(len(syllables)) * 2400, syllables)
    return (coloured * envelope * 6000).clip(-32768, 32767).astype("<i2")


class Room:
    """A loudspeaker that is heard by a microphone, block by block."""

    def __init__(self, mode: EchoMode, far: np.ndarray) -> None:
        self.rings = AudioRings(memoryview(bytearray(SEGMENT_BYTES)))
        self.timeline = Timeline()
        self.echo = Echo(self.timeline)
        self.echo.use(mode, lambda: None)
        self.echo.load()
        if mode == "auto":
            wait_until(lambda: self.echo._processor is not None or self.echo.notice, 10)
        self.far = far
        self.rings.playback.write(far.tobytes())
        self.jitter = random.Random(1)

    def run(self, near: np.ndarray) -> np.ndarray:
        """What comes out for what the microphone hears; `near` and `far` start together."""
        start_ns = time.monotonic_ns()
        blocks = len(near) // BLOCK_FRAMES
        handed = 0
        out = []
        for number in range(blocks):
            while handed < min(number + LEAD_BLOCKS, len(self.far) // BLOCK_FRAMES):
                dac_ns = start_ns + handed * BLOCK_NS + self.jitter.randrange(3_000_000)
                at = handed * BLOCK_FRAMES
                block = memoryview(self.far[at : at + BLOCK_FRAMES].tobytes())
                self.timeline.note(dac_ns, at, 0, BLOCK_FRAMES, block)
                handed += 1
            block = near[number * BLOCK_FRAMES : (number + 1) * BLOCK_FRAMES].tobytes()
            adc_ns = start_ns + number * BLOCK_NS + self.jitter.randrange(3_000_000)
            out.append(np.frombuffer(self.echo.process(memoryview(block), adc_ns), "<i2"))
        return np.concatenate(out)


def power_db(samples: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(samples.astype(float) ** 2) + 1e-3))


def echo_of(far: np.ndarray, delay_ms: float, gain_db: float) -> np.ndarray:
    delayed = np.concatenate([np.zeros(ms_to_frames(delay_ms)), far])[: len(far)]
    room = np.random.default_rng(5).standard_normal(2400) * np.exp(-np.arange(2400) / 400)
    room[0] = 4
    room /= np.sqrt((room**2).sum())
    heard = np.convolve(delayed, room)[: len(far)] * 10 ** (gain_db / 20)
    hiss = np.random.default_rng(6).standard_normal(len(far)) * 10
    return (heard + hiss).clip(-32768, 32767).astype("<i2")


@pytest.mark.parametrize("delay_ms", [5, 40, 150])
def test_the_answer_is_taken_out_of_the_microphone(delay_ms: float) -> None:
    far = speech_like(8, 1)
    near = echo_of(far, delay_ms, -6)
    clean = Room("auto", far).run(near)
    late = slice(3 * RATE_HZ, None)
    assert power_db(near[late]) - power_db(clean[late]) > 25


def test_the_user_is_still_heard_when_the_answer_is_over() -> None:
    far = speech_like(3, 1)
    user = speech_like(6, 2)
    near = user.copy()
    near[: len(far)] = echo_of(far, 40, -6)
    clean = Room("auto", far).run(near)
    after = slice(int(3.5 * RATE_HZ), None)
    assert abs(power_db(near[after]) - power_db(clean[after])) < 3


def test_the_beginning_of_the_first_answer_is_not_heard() -> None:
    """Until the canceller knows the room its output would be taken for speech."""
    far = speech_like(6, 1)
    near = echo_of(far, 40, -6)
    room = Room("auto", far)
    out = room.run(near)
    assert not out[: RATE_HZ // 2].any()
    assert room.echo._learned_blocks == 150
    assert out[4 * RATE_HZ :].any()


def test_half_duplex_is_silent_while_the_answer_plays_and_a_little_longer() -> None:
    far = speech_like(2, 1)
    user = speech_like(4, 2)
    out = Room("half-duplex", far).run(user)
    tail_frames = HALF_DUPLEX_TAIL_NS * RATE_HZ // 1_000_000_000
    assert not out[: len(far) + tail_frames - ms_to_frames(40)].any()
    after = len(far) + tail_frames + ms_to_frames(40)
    assert (out[after:] == user[after:]).all()


@pytest.mark.parametrize("mode", ["off", "headphones"])
def test_off_and_headphones_touch_nothing(mode: EchoMode) -> None:
    far, user = speech_like(1, 1), speech_like(1, 2)
    assert (Room(mode, far).run(user) == user).all()


def test_without_the_library_it_is_half_duplex_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    far, user = speech_like(1, 1), speech_like(1, 2)
    room = Room("auto", far)
    assert room.echo.active == "half-duplex"
    assert "pywebrtc-audio" in room.echo.notice
    assert not room.run(user).any()
