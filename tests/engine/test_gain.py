"""Turning the answer down, sample by sample."""

from __future__ import annotations

import numpy as np

from engine.gain import DOWN_FRAMES, DUCKED, UP_FRAMES, Gain


def applied(gain: Gain, frames: int, value: int = 10_000) -> np.ndarray:
    out = bytearray(np.full(frames, value, "<i2").tobytes())
    for start in range(0, len(out), 480):
        gain.apply(memoryview(out)[start : start + 480])
    return np.frombuffer(bytes(out), "<i2").astype(int)


def test_it_goes_down_and_up_on_ramps_and_then_has_nothing_to_do() -> None:
    gain = Gain()
    assert gain.idle
    gain.duck(True)
    assert not gain.idle
    down = applied(gain, 2 * DOWN_FRAMES)
    assert down[-1] == round(10_000 * DUCKED)
    assert np.abs(np.diff(down)).max() <= 10_000 * (1 - DUCKED) / DOWN_FRAMES + 1
    gain.duck(False)
    up = applied(gain, 2 * UP_FRAMES)
    assert up[-1] == 10_000
    assert np.abs(np.diff(up)).max() <= 10_000 * (1 - DUCKED) / UP_FRAMES + 1
    assert gain.idle


def test_another_answer_begins_as_loud_as_it_is() -> None:
    gain = Gain()
    gain.duck(True)
    applied(gain, 480)
    gain.restart()
    assert gain.idle
    assert (applied(gain, 480) == 10_000).all()
