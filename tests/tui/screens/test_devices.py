"""The devices screen over a scripted call, with a listing of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import OptionList, Static

from shared.messages import Level, State
from tests.tui.scripted import ScriptedCall
from tests.waiting import async_wait_until
from tui.app import VoicetuiApp
from tui.call_events import MeterMicrophone, MuteChanged, PickDevice, PlayClip, StateChanged
from tui.device_choice import DeviceChoice
from tui.errors import ExitCode, VoicetuiError
from tui.panes.meter import LevelMeter
from tui.picked import SOURCE, picked
from tui.resolution import resolve
from tui.screens.devices import DevicesScreen


def device(
    label: str, *, inputs: int = 0, outputs: int = 0, default: bool = False
) -> dict[str, Any]:
    return {
        "index": 0,
        "name": label.partition(" (")[0],
        "host_api": "ALSA",
        "label": label,
        "inputs": inputs,
        "outputs": outputs,
        "rate_hz": 48_000,
        "default_input": default and inputs > 0,
        "default_output": default and outputs > 0,
        "server_name": "",
    }


BOTH = [
    device("default (ALSA)", inputs=32, outputs=32, default=True),
    device("Headset (PulseAudio)", inputs=1, default=True),
    device("Speakers (PulseAudio)", outputs=2, default=True),
    device("\x1b]52;c;aGk=\x07[b]Bad (PulseAudio)", inputs=2),
]


class Choice(DeviceChoice):
    """The real one, but for the listing."""

    def __init__(self, folder: Path) -> None:
        super().__init__(resolve({}, {}, folder / "config.toml", picked()))
        self.devices = BOTH
        self.broken = ""

    def listing(self) -> dict[str, Any]:
        if self.broken:
            raise VoicetuiError("Devices cannot be listed", self.broken, ExitCode.DEVICE)
        return {"devices": self.devices, "problem": "" if self.devices else "no sound devices"}


class Stage:
    def __init__(self, pilot: Pilot[int], call: ScriptedCall, choice: Choice) -> None:
        self.pilot, self.call, self.choice = pilot, call, choice

    @property
    def screen(self) -> DevicesScreen:
        screen = self.pilot.app.screen
        assert isinstance(screen, DevicesScreen)
        return screen

    @property
    def rows(self) -> list[str]:
        options = self.screen.query_one(OptionList).options
        return [str(option.prompt).rstrip() for option in options]

    @property
    def notice(self) -> str:
        return str(self.screen.query_one("#devices-notice", Static).content)


Opening = Callable[..., Any]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opening:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))

    @asynccontextmanager
    async def open_screen(size: tuple[int, int] = (80, 24)) -> AsyncIterator[Stage]:
        choice = Choice(tmp_path)
        calls: list[ScriptedCall] = []

        def make(on_event: Callable[..., None], _: object) -> ScriptedCall:
            calls.append(ScriptedCall(on_event, StateChanged("listening"), State(input="Mic")))
            return calls[-1]

        app = VoicetuiApp(make, title="t", ssh=False, push_to_talk=False, devices=choice)
        async with app.run_test(size=size) as pilot:
            await async_wait_until(lambda: calls and calls[0].started.is_set())
            await pilot.pause(0.1)
            await pilot.press("d")
            stage = Stage(pilot, calls[0], choice)
            await async_wait_until(lambda: len(stage.rows) > 6)
            yield stage

    return open_screen


async def test_both_directions_are_listed_and_what_is_in_use_is_marked(opened: Opening) -> None:
    async with opened() as stage:
        assert stage.rows == [
            "Microphone",
            "* the system's default: Headset",
            "  default (ALSA), 48000 Hz",
            "  Headset (PulseAudio), 48000 Hz, mono",
            "  [b]Bad (PulseAudio), 48000 Hz, 2 channels",
            "  none",
            "Loudspeaker",
            "* the system's default: Speakers",
            "  default (ALSA), 48000 Hz",
            "  Speakers (PulseAudio), 48000 Hz, 2 channels",
            "  none",
        ]


async def test_a_device_that_vanishes_while_it_is_picked_is_told_at_once(opened: Opening) -> None:
    async with opened() as stage:
        stage.call.tell(State(input="Mic", notice="the default is used for now: no USB"))
        await async_wait_until(lambda: "no USB" in stage.notice)
        await stage.pilot.press("j", "j", "enter")
        assert "remembered" in stage.notice
        stage.choice.devices = [d for d in BOTH if not d["label"].startswith("Headset")]
        stage.call.tell(State(input="Mic", notice="the default is used for now: no Headset"))
        await async_wait_until(lambda: "no Headset" in stage.notice, 3)
        stage.screen._look()
        await async_wait_until(lambda: "* Headset (PulseAudio), not there now" in stage.rows)


async def test_a_pick_is_taken_at_once_and_remembered(opened: Opening, tmp_path: Path) -> None:
    async with opened() as stage:
        await stage.pilot.press("j", "j", "enter")
        assert PickDevice("input", "Headset (PulseAudio)") in stage.call.asked
        assert stage.rows[3].startswith("* Headset")
        assert "remembered" in stage.notice
        await stage.pilot.press("j", "j", "j", "j", "j", "enter")
        assert PickDevice("output", "Speakers (PulseAudio)") in stage.call.asked
    settled = resolve({}, {}, tmp_path / "config.toml", picked())
    assert settled.text("audio.input") == "Headset (PulseAudio)"
    assert settled.text("audio.output") == "Speakers (PulseAudio)"
    assert settled.source("audio.input") == SOURCE
    kept = tmp_path / "state" / "devices.json"
    assert kept.stat().st_mode & 0o077 == 0


async def test_what_was_set_elsewhere_counts_again_and_that_is_said(
    opened: Opening, tmp_path: Path
) -> None:
    (tmp_path / "config.toml").write_text('[audio]\ninput = "head"\n')
    async with opened() as stage:
        assert "* head, as the settings say" in stage.rows
        await stage.pilot.press("k", "k", "enter")
        assert "config.toml:2 counts again" in stage.notice
    settled = resolve({}, {}, tmp_path / "config.toml", picked())
    assert settled.text("audio.input") == "head"


async def test_the_microphone_is_metered_only_while_somebody_looks(opened: Opening) -> None:
    async with opened() as stage:
        meter = stage.screen.query_one("#devices-meter", LevelMeter)
        assert MeterMicrophone(True) in stage.call.asked
        stage.call.tell(Level(-12, -96))
        await async_wait_until(lambda: meter.lit > 10)
        stage.call.tell(MuteChanged(True))
        await async_wait_until(lambda: meter.lit == 0)
        await stage.pilot.press("escape")
        await async_wait_until(lambda: MeterMicrophone(False) in stage.call.asked)


async def test_the_loudspeaker_can_be_heard(opened: Opening) -> None:
    async with opened() as stage:
        await stage.pilot.press("t")
        [clip] = [ask for ask in stage.call.asked if isinstance(ask, PlayClip)]
        assert 24_000 < len(clip.pcm) < 100_000


async def test_devices_that_come_and_a_listing_that_fails_are_told(
    opened: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.screens.devices.LOOK_S", 0.1)
    async with opened((40, 12)) as stage:
        stage.choice.devices = [*BOTH, device("New (PulseAudio)", inputs=1)]
        await async_wait_until(lambda: any("New" in row for row in stage.rows))
        stage.choice.broken = "the sound system did not answer"
        await async_wait_until(lambda: "Devices cannot be listed" in stage.notice)
        assert any("New" in row for row in stage.rows)
