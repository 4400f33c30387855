"""Which voices into an answer reach the microphone's side, and when."""

from __future__ import annotations

import asyncio

import pytest

from shared.messages import BargeInMode, Voice
from shared.pcm import ms_to_frames
from tests.waiting import async_wait_until
from tui.barge_in import COUGH_MS, PADDING_MS, BargeIn, pause_limit_ms

SILENCE_MS = 100
ON = Voice(True, 24_000)


def off_after(spoken_ms: float) -> Voice:
    return Voice(False, ON.position + ms_to_frames(PADDING_MS + spoken_ms))


class Desk:
    """A barge-in and what it has let through."""

    def __init__(self, mode: BargeInMode = "pause", *, answering: bool = True) -> None:
        self.told: list[Voice] = []
        self.barge_in = BargeIn(mode, SILENCE_MS, self.told.append, lambda: answering)


async def test_a_cough_is_no_turn() -> None:
    desk = Desk()
    off = off_after(COUGH_MS - 50)
    desk.barge_in.on_voice(ON)
    desk.barge_in.on_voice(off)
    await asyncio.sleep((SILENCE_MS + COUGH_MS + 100) / 1000)
    assert desk.told == []


async def test_a_word_is_one() -> None:
    desk = Desk()
    off = off_after(COUGH_MS + 50)
    desk.barge_in.on_voice(ON)
    assert desk.told == []
    desk.barge_in.on_voice(off)
    assert desk.told == [ON, off]


async def test_who_goes_on_speaking_is_not_kept_waiting() -> None:
    desk = Desk()
    desk.barge_in.on_voice(ON)
    await async_wait_until(lambda: desk.told == [ON], 2)
    off = off_after(3000)
    desk.barge_in.on_voice(off)
    assert desk.told == [ON, off]


@pytest.mark.parametrize(("mode", "answering"), [("duck", True), ("off", True), ("pause", False)])
async def test_nothing_is_held_back_without_a_paused_answer(
    mode: BargeInMode, answering: bool
) -> None:
    desk = Desk(mode, answering=answering)
    off = off_after(100)
    desk.barge_in.on_voice(ON)
    desk.barge_in.on_voice(off)
    assert desk.told == [ON, off]


def test_the_engine_waits_longer_than_we_do() -> None:
    assert pause_limit_ms("voice", 700) > 700 + COUGH_MS
    assert pause_limit_ms("service", 500) == 1_500
