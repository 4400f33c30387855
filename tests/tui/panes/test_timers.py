"""One-shot timers fire, however late the machine is."""

from __future__ import annotations

import time
from itertools import count

import pytest
from textual import _time

from tui.screens.themed import ThemedApp


class Waits(ThemedApp[None]):
    """Ends with what has fired."""

    def __init__(self) -> None:
        super().__init__()
        self.fired: list[str] = []

    def on_mount(self) -> None:
        self.set_timer(0.0, lambda: self.fired.append("at once"))
        self.set_timer(0.01, lambda: self.fired.append("soon"))
        self.set_interval(0.01, lambda: self.fired.append("every"), repeat=3)


async def test_a_timer_fires_on_a_machine_that_is_late(monkeypatch: pytest.MonkeyPatch) -> None:
    lateness = count(0, 0.02)
    # The process loses the processor between any two looks at the clock.
    monkeypatch.setattr(_time, "get_time", lambda: time.monotonic() + next(lateness))
    app = Waits()
    async with app.run_test() as pilot:
        await pilot.pause(0.3)
        assert "at once" in app.fired
        assert "soon" in app.fired
        assert app.fired.count("every") == 4
