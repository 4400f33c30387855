"""A state folder that cannot be written: the call is possible, and what was asked for is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.program import Home, command
from tests.terminal.driver import Terminal

START_S = 30


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs a folder nobody can write to")
def test_a_recording_outlives_the_program_and_is_told(home: Home, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    env = {**home.env, "VOICETUI_STATE_DIR": "/proc/voicetui", "TMPDIR": str(temporary)}
    with Terminal.spawn(command("--demo"), env, cwd=str(home.folder), cols=200) as terminal:
        terminal.wait_for("PAUSED NOT SAVED", START_S)
        terminal.press("space")
        terminal.wait_for("Tokyo", START_S)
        terminal.press("r")
        terminal.wait_for("REC")
        terminal.press("r")
        terminal.wait_for("Recorded")
        terminal.press("q")
        assert terminal.wait_exit(START_S) == 0
        left = b" ".join(terminal.raw.rpartition(b"\x1b[?1049l")[2].split()).decode()
    (folder,) = temporary.glob("voicetui-*")  # libpulse has one of its own
    (recording,) = (path for path in folder.rglob("*") if path.is_file())
    assert recording.suffix == ".wav"
    assert f"The state folder cannot be written. What you asked for is kept in {folder}." in left
    assert "The conversation was not saved" in left
    assert "--resume" not in left


def test_nothing_is_left_where_nothing_was_asked_for(home: Home, tmp_path: Path) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    done = home.run(
        "ask", "--demo", "hi", env={"VOICETUI_STATE_DIR": "/proc/x", "TMPDIR": str(temporary)}
    )
    assert done.code == 0, done
    assert list(temporary.iterdir()) == []
    assert "is kept" not in done.err
