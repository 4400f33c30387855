"""`voicetui replay`, as a person runs it."""

from __future__ import annotations

import json
import wave
from pathlib import Path

import pytest

from tests.tui.blackbox.test_bundle import MIC, bundle
from tui import cli
from tui.errors import ExitCode, VoicetuiError


def test_counters_and_verdict_are_printed_and_sound_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = bundle(tmp_path)
    assert cli.run(["replay", str(path), "--out", str(tmp_path / "sound")]) == 0
    out, err = capsys.readouterr()
    assert "played       9,000 frames (0.4 s)" in out
    assert "=> Everything that was received was handed to the device in time" in out
    assert "mic.wav" in err
    with wave.open(str(tmp_path / "sound" / "mic.wav")) as sound:
        assert sound.readframes(sound.getnframes()) == MIC
    assert (tmp_path / "sound" / "mic.wav").stat().st_mode & 0o777 == 0o600
    with pytest.raises(VoicetuiError, match="File exists") as problem:
        cli.run(["replay", str(path), "--out", str(tmp_path / "sound")])
    assert problem.value.exit_code == ExitCode.DEVICE
    with pytest.raises(VoicetuiError, match="it is no folder") as problem:
        cli.run(["replay", str(path), "--out", str(path)])
    assert problem.value.exit_code == ExitCode.DEVICE
    capsys.readouterr()
    assert cli.run(["replay", str(path), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counters"]["played_frames"] == 9000


def test_without_a_loudspeaker_nothing_is_played_and_that_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PULSE_SERVER", "unix:/nowhere")
    with pytest.raises(VoicetuiError, match="Sound cannot be played: no ") as problem:
        cli.run(["replay", str(bundle(tmp_path)), "--play"])
    assert problem.value.exit_code == ExitCode.DEVICE
    assert "Playing" not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["missing.zip", "."])
def test_what_is_no_bundle_is_said_in_words(tmp_path: Path, name: str) -> None:
    with pytest.raises(
        VoicetuiError, match=r"Bundle cannot be read|is a folder|No such file"
    ) as said:
        cli.run(["replay", str(tmp_path / name)])
    assert said.value.exit_code == ExitCode.DEVICE
