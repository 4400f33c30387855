"""A person's first minutes: no key, no sound, setting up on a screen and in lines."""

from __future__ import annotations

import os
import tomllib
import wave
from pathlib import Path

import numpy as np
import pytest

from tests.e2e.program import CANARY, REPOSITORY, Home, command
from tests.rig.card import SoundCard
from tests.rig.play import play_wav
from tests.rig.recorder import Recorder
from tests.terminal.driver import Terminal
from tests.waiting import wait_until
from tui.picked import picked
from tui.setting_up import Wishes, save

QUESTION = REPOSITORY / "tui" / "assets" / "question.wav"

FIRST_PICTURE_S = 30.0


def answers(*lines: str) -> bytes:
    return "".join(f"{line}\n" for line in lines).encode()


@pytest.fixture
def voice(tmp_path: Path) -> Path:
    """Somebody who goes on talking."""
    with wave.open(str(QUESTION)) as once:
        again = once.readframes(once.getnframes()) * 20
    with wave.open(str(tmp_path / "voice.wav"), "wb") as long:
        long.setparams(once.getparams())
        long.writeframes(again)
    return tmp_path / "voice.wav"


# ---------------------------------------------------------------- in lines


def test_setting_up_in_lines_is_enough_to_talk(home: Home, locked_url: str) -> None:
    home.config.write_text('# mine\n[session]\nvoice = "cedar"  # deep\n')
    asked = answers("9", "3", "", "ftp://x", locked_url, "", "demo", "sk-wrong-1", CANARY, "en")
    done = home.run("setup", "--plain", stdin=asked)
    assert done.code == 0, done
    for words in (
        "There are 1 to 4.",
        "This service needs an address.",
        "An address begins with http:// or https://.",
        "This service needs a model.",
        "The service refused the key.",
        "The service takes the key.",
        "No sound here: ",
        f"The settings are in {home.config}.",
    ):
        assert words in done.err, done
    assert CANARY not in done.out + done.err
    written = home.config.read_text()
    assert written.startswith('# mine\n[session]\nvoice = "cedar"  # deep\n')
    assert CANARY not in written
    tree = tomllib.loads(written)
    assert tree["service"] == {"kind": "compatible", "base_url": locked_url, "model": "demo"}
    assert tree["session"]["language"] == "en"
    spoken = home.run("ask", "What is the capital of Japan?")
    assert spoken.code == 0, spoken
    assert "Tokyo" in spoken.out
    again = home.run("setup", "--plain", stdin=answers("", "", "", "", "-"))
    assert again.code == 0, again
    assert "[in " in again.err
    tree = tomllib.loads(home.config.read_text())
    assert tree["service"]["base_url"] == locked_url
    assert "language" not in tree["session"]


def test_setting_up_that_is_broken_off_changes_nothing(home: Home) -> None:
    home.config.write_text("# mine\n")
    done = home.run("setup", "--plain", stdin=answers("3", "http://h/v1"))
    assert done.code == 1, done
    assert "Nothing was changed" in done.err
    assert home.config.read_text() == "# mine\n"
    assert not list(home.state.glob("keys*"))


def test_what_goes_before_the_file_is_said(home: Home) -> None:
    home.env["VOICETUI_LANGUAGE"] = "ja"
    done = home.run("setup", "--plain", stdin=answers("4", "en"))
    assert done.code == 0, done
    assert "VOICETUI_LANGUAGE is set, and goes before session.language" in done.err
    assert tomllib.loads(home.config.read_text())["service"]["kind"] == "demo"


def test_devices_are_kept_where_they_were(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    config = tmp_path / "config.toml"
    config.write_text('[audio]\noutput = "HDMI"  # the big one\n')
    told = save(Wishes("demo", input="USB", output="Headset"), config, {"VOICETUI_INPUT": "x"})
    assert 'output = "Headset"  # the big one' in config.read_text()
    assert "input" not in config.read_text()
    assert picked() == {"audio.input": "USB"}
    assert told[-1] == "VOICETUI_INPUT is set, and goes before audio.input."
    save(Wishes("demo", input="default", output="default"), config, {})
    assert picked() == {"audio.input": "default"}
    assert 'output = "default"' in config.read_text()


@pytest.mark.rig
def test_devices_are_tried_in_lines(home: Home, on_sound_card: SoundCard, voice: Path) -> None:
    card = {name: value for name, value in os.environ.items() if name.startswith(("PULSE", "ALSA"))}
    silent = home.run("setup", "--plain", stdin=answers("4", "1", "n"), env=card)
    assert "Nothing was heard: is it muted" in silent.err
    speaking = play_wav(on_sound_card, voice)
    with Recorder(on_sound_card) as room:
        asked = answers("4", "1", "1", "y", "en")
        done = home.run("setup", "--plain", stdin=asked, env=card)
        heard = room.stop()
    speaking.stop()
    assert done.code == 0, done
    assert "Heard you, " in done.err
    assert "Three notes were played. Did you hear them?" in done.err
    assert np.abs(heard.samples).max() > 2000


# ---------------------------------------------------------------- on the screen


def start(home: Home, *arguments: str, rows: int = 24, cols: int = 80) -> Terminal:
    return Terminal.spawn(
        command(*arguments), env=home.env, cwd=str(home.folder), rows=rows, cols=cols
    )


def test_the_first_start_leads_to_a_conversation(home: Home, locked_url: str) -> None:
    with start(home) as terminal:
        terminal.wait_for("[s]et up", FIRST_PICTURE_S)
        terminal.type("s\r")
        terminal.wait_for("Microphone", FIRST_PICTURE_S)
        terminal.wait_for("no sound here: you can type", FIRST_PICTURE_S)
        terminal.press("enter")
        terminal.wait_for("a compatible service")
        terminal.press("down", "down", "enter")
        terminal.wait_for("Address")
        terminal.wait_quiet()
        for text in (locked_url, "demo", "sk-wrong-2"):
            terminal.press("tab")
            terminal.wait_quiet()
            terminal.type(text)
            terminal.wait_for("•" * len(text) if text.startswith("sk-") else text)
        terminal.press("f2")
        terminal.wait_for("refused the key", FIRST_PICTURE_S)
        assert not home.config.exists()
        terminal.press("ctrl+u")
        terminal.wait_gone("•")
        terminal.type(CANARY)
        terminal.wait_for("•" * len(CANARY))
        terminal.press("f2")
        terminal.wait_for("no microphone", FIRST_PICTURE_S)  # the screen of the call
        terminal.wait_gone("CONNECTING", FIRST_PICTURE_S)
        assert "ENDED" not in terminal.text
        terminal.press("q")
        assert terminal.wait_exit() == 0
    assert CANARY.encode() not in terminal.raw
    assert tomllib.loads(home.config.read_text())["service"]["base_url"] == locked_url


def test_leaving_changes_nothing_and_an_open_list_closes_first(home: Home) -> None:
    with start(home, "setup", rows=12, cols=40) as terminal:
        terminal.wait_for("Service", FIRST_PICTURE_S)
        terminal.press("enter")
        terminal.wait_for("a compatible service")
        terminal.press("escape")
        terminal.wait_gone("a compatible service")
        terminal.press("escape")
        assert terminal.wait_exit() == 0
        assert "Nothing was changed." in terminal.text
    assert not home.config.exists()


@pytest.mark.rig
def test_the_meter_shows_what_the_microphone_hears(
    home: Home, on_sound_card: SoundCard, voice: Path
) -> None:
    card = {name: value for name, value in os.environ.items() if name.startswith(("PULSE", "ALSA"))}
    home.env |= card
    with start(home, "setup") as terminal:
        terminal.wait_for("Microphone", FIRST_PICTURE_S)
        terminal.wait_gone("looking for devices", FIRST_PICTURE_S)
        speaking = play_wav(on_sound_card, voice)
        terminal.wait_for("⣿⣿⣿", FIRST_PICTURE_S)
        speaking.stop()
        with Recorder(on_sound_card) as room:
            terminal.press("f3")
            terminal.wait_for("Three notes are played")
            wait_until(
                lambda: np.abs(room.heard()).max(initial=0) > 2000, 15, "the notes are heard"
            )
        terminal.press("ctrl+q")
        assert terminal.wait_exit() == 0


def test_help_for_a_machine_without_portaudio_is_one_sentence(home: Home) -> None:
    (home.folder / "sitecustomize.py").write_text(
        "import ctypes.util\n"  # as if PortAudio were not installed
        "find = ctypes.util.find_library\n"
        "ctypes.util.find_library = lambda name: None if 'portaudio' in name else find(name)\n"
    )
    done = home.run("doctor", "--offline", env={"PYTHONPATH": str(home.folder)})
    assert done.code == 0, done
    said = done.out.partition("  sound: ")[2].splitlines()
    assert "typing works, and answers are written" in said[0]
    assert "apt-get install libportaudio2" in said[1]
