"""Wait for something to become true, instead of sleeping and hoping."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")

POLL_S = 0.01


def wait_until(predicate: Callable[[], Result], timeout_s: float = 5.0, what: str = "") -> Result:
    """Poll until `predicate()` is truthy and return that value.

    Raises TimeoutError naming `what` (or the predicate and its last value).
    """
    deadline_s = time.monotonic() + timeout_s
    while not (value := predicate()):
        if time.monotonic() >= deadline_s:
            raise TimeoutError(_complaint(predicate, value, timeout_s, what))
        time.sleep(POLL_S)
    return value


async def async_wait_until(
    predicate: Callable[[], Result], timeout_s: float = 5.0, what: str = ""
) -> Result:
    """`wait_until` for a running loop."""
    deadline_s = time.monotonic() + timeout_s
    while not (value := predicate()):
        if time.monotonic() >= deadline_s:
            raise TimeoutError(_complaint(predicate, value, timeout_s, what))
        await asyncio.sleep(POLL_S)
    return value


def _complaint(predicate: object, value: object, timeout_s: float, what: str) -> str:
    name = what or getattr(predicate, "__qualname__", repr(predicate))
    return f"waited {timeout_s:g} s in vain for: {name} (last value {value!r})"
