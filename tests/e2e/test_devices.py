"""Devices picked in a real terminal, on a virtual sound card with a headset."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.e2e.program import Home, command
from tests.rig.card import SoundCard
from tests.rig.headset import plug, pull
from tests.rig.recorder import Recorder
from tests.terminal.driver import Terminal
from tests.waiting import wait_until

START_S = 30


@pytest.fixture
def headset(sound_card: SoundCard) -> Iterator[SoundCard]:
    plug(sound_card)
    yield sound_card
    pull(sound_card)


@pytest.mark.rig
def test_a_loudspeaker_is_picked_heard_and_remembered(home: Home, headset: SoundCard) -> None:
    env = headset.client_env(home.env)
    start = command("--demo", "--echo", "off")
    with Terminal.spawn(start, env=env, cwd=str(home.folder), rows=30, cols=100) as terminal:
        terminal.wait_for("LISTENING", START_S)
        terminal.press("d")
        terminal.wait_for("Headset (PulseAudio)", START_S)
        rows = terminal.screen()
        first = next(at for at, row in enumerate(rows) if "* the system's default" in row)
        wanted = max(at for at, row in enumerate(rows) if "Headset (PulseAudio)" in row)
        terminal.press(*["j"] * (wanted - first - 1))  # the heading between is stepped over
        terminal.press("enter")
        terminal.wait_for("It is remembered for the next start.")
        assert "* Headset (PulseAudio)" in terminal.text
        with Recorder(headset, "headset.monitor") as recorder:
            terminal.press("t")
            wait_until(lambda: np.abs(recorder.heard().astype(int)).max() > 4000, 15, "the chime")
        pull(headset)
        terminal.wait_for("no loudspeaker is called", 20)
        terminal.press("escape")
        terminal.wait_for("Headset", 15)  # the warning stays where warnings are
        terminal.press("q")
        assert terminal.wait_exit() == 0
    shown = home.run("config", "show").out
    assert 'output = "Headset (PulseAudio)"  # picked on the screen (devices.json)' in shown
    plug(headset)
    with Terminal.spawn(start, env=env, cwd=str(home.folder), rows=30, cols=100) as terminal:
        terminal.wait_for("/ Headset", START_S)
        terminal.press("q")
        terminal.wait_exit()
