"""Noticing that the computer has slept: the connection may be dead without knowing it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Final

LOOK_S: Final = 0.5
GAP_S: Final = 3.0
"""A clock that jumps by more between two looks: nothing ran meanwhile, or the time was set."""

wall_clock = time.time


async def watch_for_sleep(on_wake: Callable[[float], None]) -> None:
    """Call `on_wake` with the seconds that are missing, for ever.

    The clock that only counts waking time stands still in some sleeps, both run on in others; a
    wall clock set back tells nothing.
    """
    wall_s, monotonic_s = wall_clock(), time.monotonic()
    while True:
        await asyncio.sleep(LOOK_S)
        before = wall_s, monotonic_s
        wall_s, monotonic_s = wall_clock(), time.monotonic()
        gap_s = max(wall_s - before[0], monotonic_s - before[1]) - LOOK_S
        if gap_s > GAP_S:
            on_wake(gap_s)
