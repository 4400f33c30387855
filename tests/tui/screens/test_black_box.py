"""Mute, recording, counters and reports on the screen."""

from __future__ import annotations

import pytest
from textual.widgets import Static

from tests.tui.conversation import OPENING
from tests.tui.screens.test_talk import stage
from tui.blackbox.counters import Stages
from tui.call_events import (
    Counted,
    CountStages,
    MuteChecked,
    Record,
    RecordingChanged,
    SavingFails,
    StateChanged,
    WireLogged,
    WriteReport,
)
from tui.screens.log import LogScreen
from tui.sessions.events import Notice


async def test_a_mute_says_what_left_and_when_one_talks_to_nobody() -> None:
    async with stage(*OPENING, StateChanged("listening")) as on:
        await on.press("m")
        await on.until(lambda: "MUTED" in on.line("state"))
        on.call.tell(MuteChecked(False, 0))
        await on.until(lambda: "0 frames sent since" in on.line("state"))
        on.call.tell(MuteChecked(True, 0))
        await on.until(lambda: "nobody hears it" in on.line("state"))
        on.call.tell(MuteChecked(False, 960))
        await on.until(lambda: "960 frames were sent" in on.line("state"))
        await on.press("m")
        await on.until(lambda: "frames" not in on.line("state"))


async def test_a_recording_stands_beside_the_state() -> None:
    async with stage(*OPENING, StateChanged("listening")) as on:
        await on.press("r")
        assert Record() in on.call.asked
        on.call.tell(RecordingChanged("somewhere"))
        await on.until(lambda: "LISTENING REC" in on.line("state"))
        on.call.tell(RecordingChanged(""))
        await on.until(lambda: "REC" not in on.line("state"))


async def test_a_log_of_the_wire_is_said_as_long_as_it_is_written() -> None:
    async with stage(*OPENING, StateChanged("listening")) as on:
        on.call.tell(WireLogged("somewhere"))
        await on.until(lambda: "LISTENING WIRE LOG" in on.line("state"))
        on.call.tell(WireLogged(""))
        await on.until(lambda: "WIRE" not in on.line("state"))


async def test_what_is_not_saved_is_said_until_it_is() -> None:
    async with stage(*OPENING, StateChanged("listening")) as on:
        on.call.tell(SavingFails(True), Notice("something else"))
        await on.until(lambda: "LISTENING NOT SAVED" in on.line("state"))
        on.call.tell(StateChanged("ended"))
        await on.until(lambda: "ENDED NOT SAVED" in on.line("state"))
        on.call.tell(SavingFails(False))
        await on.until(lambda: "SAVED" not in on.line("state"))


async def test_a_report_holds_a_voice_and_is_asked_about() -> None:
    async with stage(*OPENING, StateChanged("listening")) as on:
        await on.press("D")
        assert WriteReport() not in on.call.asked
        await on.until(lambda: "your voice too" in on.line("notice"))
        await on.press("D")
        assert on.call.asked.count(WriteReport()) == 1
        await on.press("D")
        assert on.call.asked.count(WriteReport()) == 1


async def test_the_key_of_a_question_is_seen_where_the_rest_is_cut() -> None:
    async with stage(*OPENING, StateChanged("listening"), size=(40, 12)) as on:
        await on.press("D")
        await on.until(lambda: "LISTENING  D again" in on.line("state"))
        assert on.line("state").rstrip().endswith("… (l: all)")


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_a_message_that_is_cut_says_where_all_of_it_stands(size: tuple[int, int]) -> None:
    path = "~/" + "deep/" * 40 + "x.wav"
    name = "state" if size == (40, 12) else "notice"
    async with stage(*OPENING, StateChanged("listening"), size=size) as on:
        on.call.tell(Notice(f"Recorded 2 s to {path}"))
        await on.until(lambda: "Recorded" in on.line(name))
        assert on.line(name).rstrip().endswith("… (l: all)")
        await on.press("l")
        await on.until(lambda: isinstance(on.app.screen, LogScreen))
        assert path in str(on.app.screen.query_one(Static).content)


@pytest.mark.parametrize("size", [(80, 24), (40, 12)])
async def test_the_counters_are_asked_for_while_they_are_in_sight(size: tuple[int, int]) -> None:
    async with stage(*OPENING, StateChanged("listening"), size=size) as on:
        await on.press("s")
        await on.until(lambda: CountStages() in on.call.asked)
        on.call.tell(Counted(Stages(underruns=3, decoded_frames=24_000, queued_frames=24_000)))
        await on.until(lambda: "ran dry 3 times" in shown(on))
        assert "24,000 frames (1.0 s)" in shown(on)
        await on.press("q")
        await on.until(lambda: on.app.screen is on.screen)
        asked = on.call.asked.count(CountStages())
        await on.pilot.pause(1.2)
        assert on.call.asked.count(CountStages()) == asked


def shown(on: object) -> str:
    return str(on.app.screen.query_one("#counters").content)  # type: ignore[attr-defined]
