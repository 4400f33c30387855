"""Devices picked in a real terminal, on a virtual sound card with a headset."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from tests.e2e.program import REPOSITORY, Home, command
from tests.rig.card import SoundCard
from tests.rig.headset import plug, pull
from tests.rig.play import play_wav
from tests.rig.recorder import Recorder
from tests.terminal.driver import Terminal
from tests.waiting import wait_until

START_S = 30
QUESTION = REPOSITORY / "tui" / "assets" / "question.wav"


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


@pytest.mark.rig
def test_a_microphone_that_is_merely_closed_is_there(home: Home, on_sound_card: SoundCard) -> None:
    start = command("--demo", "--echo", "off")
    env = on_sound_card.client_env(home.env)
    with Terminal.spawn(start, env=env, cwd=str(home.folder), rows=30, cols=100) as terminal:
        terminal.wait_for("LISTENING", START_S)
        terminal.press("space")
        terminal.wait_for("PAUSED  not listening; space resumes")
        terminal.wait_for("microphone off / default")
        assert "recorded question" not in terminal.text
        terminal.press("space")
        terminal.wait_for("LISTENING")


@pytest.mark.rig
def test_the_talk_key_is_for_the_voice_where_there_is_a_microphone(
    home: Home, on_sound_card: SoundCard
) -> None:
    start = command("--demo", "--echo", "off", "--turn", "push_to_talk")
    env = on_sound_card.client_env(home.env)
    with Terminal.spawn(start, env=env, cwd=str(home.folder), rows=30, cols=100) as terminal:
        terminal.wait_for("PAUSED", START_S)
        terminal.wait_for("Press space, speak, and press space again to send.")
        assert "No microphone" not in terminal.text
    plainly = home.run("--demo", "--plain", "--turn", "push_to_talk", stdin=b"hello\ns\n", env=env)
    assert "[microphone: off; loudspeaker: default]" in plainly.out


@pytest.mark.rig
def test_who_speaks_into_a_muted_turn_is_told_as_long_as_it_is_recorded(
    home: Home, on_sound_card: SoundCard
) -> None:
    start = command("--demo", "--echo", "off", "--turn", "push_to_talk")
    env = on_sound_card.client_env(home.env)
    with Terminal.spawn(start, env=env, cwd=str(home.folder), rows=30, cols=100) as terminal:
        terminal.wait_for("PAUSED", START_S)
        terminal.press("m")
        terminal.wait_for("MUTED")
        terminal.press("space")
        terminal.wait_for("RECORDING MUTED")
        voice = play_wav(on_sound_card, QUESTION)
        terminal.wait_for("nobody hears it", START_S)
        terminal.press("space")  # in the middle of a word: its end is not heard any more
        terminal.wait_gone("nobody hears it")
        voice.stop()
        terminal.wait_for("0 frames sent since")


def test_without_a_microphone_the_talk_key_finds_out_and_then_asks_a_recorded_question(
    home: Home,
) -> None:
    start = command("--demo", "--turn", "push_to_talk")
    with Terminal.spawn(start, env=home.env, cwd=str(home.folder), rows=30, cols=100) as terminal:
        terminal.wait_for("PAUSED", START_S)
        terminal.press("space")
        terminal.wait_for("PAUSED  space asks a recorded question")
        terminal.wait_for("No microphone here")
        terminal.press("space")
        terminal.wait_for("Tokyo", START_S)
