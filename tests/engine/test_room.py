"""The room that is found from what the loudspeaker played and the microphone heard."""

from __future__ import annotations

import numpy as np

from engine.room import TAPS, unexplained
from tests.bench.room import answer, power_db, spoken

COUNT = 14_000


def played(first: int) -> np.ndarray:
    """Two seconds of an answer at 8 kHz."""
    return answer(4, first=first).astype(float).reshape(-1, 3).mean(axis=1)[: COUNT + TAPS - 1]


def heard(far: np.ndarray) -> np.ndarray:
    """What a room of 150 ms makes of it."""
    taps = np.arange(1_200)
    room = np.random.default_rng(1).standard_normal(1_200) * 10 ** (-3 * taps / 1_200)
    return np.convolve(far, room / np.sqrt(np.sum(room**2)))[TAPS - 1 : TAPS - 1 + COUNT]


def test_an_echo_is_explained_and_a_voice_beside_it_is_not() -> None:
    far = played(0)
    echo = heard(far)
    assert power_db(echo) - power_db(unexplained(echo, far)) > 20
    voice = spoken("No, I was asking about tomorrow.", "en-us+m1", -24).astype(float)
    voice = voice[: len(voice) // 3 * 3].reshape(-1, 3).mean(axis=1)[:4_000]
    near = echo.copy()
    near[6_000:10_000] += voice
    left = unexplained(near, far)[6_000:10_000]
    assert abs(power_db(left) - power_db(voice)) < 2


def test_what_the_loudspeaker_does_not_play_is_left_as_it_is() -> None:
    near = heard(played(3))
    assert abs(power_db(unexplained(near, played(0))) - power_db(near)) < 2


def test_silence_explains_nothing() -> None:
    near = heard(played(0))
    assert np.allclose(unexplained(near, np.zeros(COUNT + TAPS - 1)), near)
    assert not unexplained(np.zeros(COUNT), played(0)).any()
