"""Devices without sound keep their pace though the machine does not."""

from __future__ import annotations

import time

from engine.devices.silent import SilentInput, SilentOutput
from tests.waiting import wait_until

STALL_S = 0.25
BLOCKS = 40


def worst_ms(times_ns: list[int]) -> float:
    """How far any block is from its place, 10 ms behind the one before."""
    return max(abs(at - times_ns[0] - n * 10**7) for n, at in enumerate(times_ns)) / 1e6


def test_frames_leave_in_step_behind_a_stall() -> None:
    times_ns: list[int] = []

    def fill(out: memoryview[int], frames: int, delay_ns: int) -> int:
        times_ns.append(time.monotonic_ns() + delay_ns)
        if len(times_ns) == 5:
            time.sleep(STALL_S)
        return 0

    device = SilentOutput(fill)
    device.start()
    wait_until(lambda: len(times_ns) >= BLOCKS)
    device.close()
    assert worst_ms(times_ns) < STALL_S * 1000 / 2


def test_frames_come_in_step_behind_a_stall() -> None:
    times_ns: list[int] = []

    def deliver(block: memoryview[int], adc_ns: int) -> None:
        times_ns.append(adc_ns)
        if len(times_ns) == 5:
            time.sleep(STALL_S)

    device = SilentInput(deliver)
    device.start()
    wait_until(lambda: len(times_ns) >= BLOCKS)
    device.close()
    assert worst_ms(times_ns) < STALL_S * 1000 / 2
