"""A voice that was on when the engine died."""

from __future__ import annotations

import asyncio

import pytest

from shared.messages import Voice
from tests.waiting import async_wait_until
from tui import lost_voice
from tui.lost_voice import LostVoice

SILENCE_MS = 100
ON = Voice(True, 24_000)
GOES_ON = Voice(True, 36_000)
OFF = Voice(False, 48_000)
READ = 50_000


class Desk:
    """A lost voice and what it has let through."""

    def __init__(self) -> None:
        self.told: list[Voice] = []
        self.lost_voice = LostVoice(SILENCE_MS, lambda: READ, self.told.append)


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lost_voice, "OPENING_MS", 100)


async def test_a_voice_the_next_engine_does_not_hear_has_ended() -> None:
    desk = Desk()
    desk.lost_voice.on_voice(ON)
    desk.lost_voice.on_engine_back()
    assert desk.told == [ON]
    await async_wait_until(lambda: len(desk.told) > 1, 5)
    assert desk.told == [ON, Voice(False, READ)]


async def test_a_voice_that_goes_on_is_not_ended() -> None:
    desk = Desk()
    desk.lost_voice.on_voice(ON)
    desk.lost_voice.on_engine_back()
    desk.lost_voice.on_voice(GOES_ON)
    await asyncio.sleep(0.5)
    assert desk.told == [ON, GOES_ON]


async def test_a_second_death_begins_the_wait_anew() -> None:
    desk = Desk()
    desk.lost_voice.on_voice(ON)
    desk.lost_voice.on_engine_back()
    desk.lost_voice.on_engine_back()
    await async_wait_until(lambda: len(desk.told) > 1, 5)
    await asyncio.sleep(0.5)
    assert desk.told == [ON, Voice(False, READ)]


@pytest.mark.parametrize("told", [[], [ON, OFF]])
async def test_where_nobody_speaks_nothing_ends(told: list[Voice]) -> None:
    desk = Desk()
    for voice in told:
        desk.lost_voice.on_voice(voice)
    desk.lost_voice.on_engine_back()
    await asyncio.sleep(0.5)
    assert desk.told == told
