"""ctrl+z: back to the shell with the microphone muted, and forth with the whole picture."""

from __future__ import annotations

import os
import shlex
import signal
from pathlib import Path

import pytest

from tests.terminal.conftest import Start, environment, python
from tests.terminal.driver import Terminal


def state_of(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0]


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
@pytest.mark.parametrize("module", ["scripted_app", "parented"])
def test_ctrl_z_suspends_and_comes_back(start: Start, module: str) -> None:
    terminal = start("talk", module=module)
    before = terminal.modes
    terminal.wait_for("SPEAKING")
    terminal.wait_for("h history")
    terminal.type(b"\x1a")
    terminal.wait_until(lambda: state_of(terminal.pid) == "T", "it is stopped")
    terminal.wait_for("the microphone is muted, nothing is sent; fg goes on.")
    assert terminal.modes == before
    assert b"\x1b[?1049l" in terminal.raw[-400:]
    os.kill(terminal.pid, signal.SIGCONT)
    terminal.wait_for("the microphone is open again")
    terminal.wait_gone("MUTED")
    for line in ("Twenty minutes", "voicetui", "h history"):
        terminal.wait_for(line)
    terminal.press("m")
    terminal.wait_for("MUTED")


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs /proc")
def test_a_shell_takes_it_to_the_foreground_again(tmp_path: Path) -> None:
    program = [*python("-P", "-m", "tests.terminal.parented"), "talk", "--state"]
    line = shlex.join([*program, str(tmp_path / "own")])
    shell = ["bash", "-m", "-c", f"{line}; echo in the shell; read; fg; echo over"]
    with Terminal.spawn(shell, environment(tmp_path)) as terminal:
        terminal.wait_for("SPEAKING")
        terminal.type(b"\x1a")
        terminal.wait_for("in the shell")
        terminal.type(b"\r")
        terminal.wait_for("the microphone is open again")
        terminal.wait_for("Twenty minutes")
        terminal.press("q")
        terminal.wait_for("over")


def test_a_terminal_that_goes_is_one_line_in_the_log(start: Start, tmp_path: Path) -> None:
    terminal = start("talk")
    terminal.wait_for("SPEAKING")
    terminal.hang_up()
    terminal.wait_exit(10.0)
    log = (tmp_path / "voicetui" / "voicetui.log").read_text()
    assert "Traceback" not in log
    assert "ERROR" not in log
