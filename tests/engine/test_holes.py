"""A device that runs empty, seen by its clock alone."""

from __future__ import annotations

import random

from engine.holes import WINDOW_BLOCKS, Holes

MS = 1_000_000


def holes(began_ms: list[float]) -> int:
    found = Holes()
    for at in began_ms:
        found.note(int(at * MS))
    return found.count


def test_jitter_and_a_clock_that_is_off_are_no_holes() -> None:
    rng = random.Random(1)
    # 10 minutes, 0.1 % slow, with times that wander by 20 ms.
    times = [n * 0.01 + rng.uniform(0, 20) * (n // 100 % 2) for n in range(60_000)]
    assert holes(times) == 0


def test_every_hole_is_counted_once_wherever_it_lies() -> None:
    for place in range(3 * WINDOW_BLOCKS, 4 * WINDOW_BLOCKS):
        times = [0.0] * place + [40.0] * 200 + [90.0] * 200
        assert holes(times) == 2, place


def test_many_small_ones_are_one_for_each_half_second() -> None:
    # 10 ms late after every 50 ms, for 4 s.
    assert 4 <= holes([n // 5 * 10.0 for n in range(400)]) <= 8


def test_the_start_of_a_stream_is_none() -> None:
    found = Holes()
    for stream in range(10):
        found.anew()
        for block in range(200):
            found.note((stream * 1000 + min(block, 10) * 10) * MS)
    assert found.count == 0
