"""Engines behind their links, for tests that want the sound process alone."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from shared.messages import Counters, State
from tests.waiting import async_wait_until
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices, AudioEvent

Kind = TypeVar("Kind")


class Events(list[AudioEvent]):
    """Everything a link told."""

    def last(self, kind: type[Kind]) -> Kind | None:
        """The newest of its kind."""
        return next((event for event in reversed(self) if isinstance(event, kind)), None)

    @property
    def state(self) -> State:
        """What is so now."""
        return self.last(State) or State()

    @property
    def counters(self) -> Counters:
        """What went wrong so far."""
        return self.last(Counters) or Counters()


class Engines:
    """Starts engines; `close` ends them and shows their log, which must hold no traceback."""

    def __init__(self, folder: Path) -> None:
        self._links: list[EngineLink] = []
        self.log_path = folder / "engine.log"
        self._log = self.log_path.open("wb")

    async def start(self, devices: AudioDevices) -> tuple[EngineLink, Events]:
        """One more, with these devices."""
        events = Events()
        link = EngineLink(events.append, self._log)
        self._links.append(link)
        await link.open(devices)
        await async_wait_until(lambda: events.state.output, 10)
        return link, events

    async def close(self) -> None:
        """End all of them."""
        for link in self._links:
            await link.close()
        self._log.close()
        text = self.log_path.read_text(errors="replace")
        sys.stdout.write(text)
        assert "Traceback" not in text


async def read_for(link: EngineLink, enough: Callable[[bytes], bool], timeout_s: float) -> bytes:
    """What is captured until there is enough of it."""
    captured = b""

    async def read() -> None:
        nonlocal captured
        while not enough(captured):
            captured += await link.captured()

    await asyncio.wait_for(read(), timeout_s)
    return captured
