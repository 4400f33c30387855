"""ctrl+z: back to the shell with the microphone muted, and forth with the whole picture."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from tests.terminal.conftest import Start, environment, python
from tests.terminal.driver import Terminal

ALONE = "{}"
IN_A_SHELL = "bash -c '{}; true'"
IN_MAKE = "make --silent --file <(printf 'run:\\n\\t@%s\\n' '{}')"


@pytest.mark.parametrize(
    ("module", "started"),
    [
        ("scripted_app", ALONE),
        ("parented", ALONE),
        ("parented", IN_A_SHELL),
        ("parented", IN_MAKE),
    ],
)
def test_ctrl_z_goes_to_the_shell_and_fg_comes_back(
    tmp_path: Path, module: str, started: str
) -> None:
    program = [*python("-P", "-m", f"tests.terminal.{module}"), "talk", "--state"]
    job = started.format(shlex.join([*program, str(tmp_path / "own")]))
    shell = ["bash", "-m", "-c", f"{job}; echo in the shell; read; fg; echo over"]
    with Terminal.spawn(shell, environment(tmp_path)) as terminal:
        before = terminal.modes
        terminal.wait_for("SPEAKING")
        terminal.wait_for("h history")
        terminal.type(b"\x1a")
        terminal.wait_for("in the shell")
        assert "the microphone is muted, nothing is sent; fg goes on." in terminal.text
        assert terminal.modes == before
        assert b"\x1b[?1049l" in terminal.raw[-400:]
        terminal.type(b"\r")
        terminal.wait_for("the microphone is open again")
        terminal.wait_gone("MUTED")
        for line in ("Twenty minutes", "voicetui", "h history"):
            terminal.wait_for(line)
        terminal.press("m")
        terminal.wait_for("MUTED")
        terminal.press("q")
        terminal.wait_for("over")


def test_sent_on_in_the_background_it_waits_for_the_foreground(tmp_path: Path) -> None:
    program = [*python("-P", "-m", "tests.terminal.parented"), "talk", "--state"]
    job = shlex.join([*program, str(tmp_path / "own")])
    env = environment(tmp_path, PS1="prompt> ")
    with Terminal.spawn(["bash", "--norc", "-i"], env) as terminal:
        terminal.type(f"{job}\r")
        terminal.wait_for("SPEAKING")
        terminal.type(b"\x1a")
        terminal.wait_for("Stopped")
        terminal.type("bg\r")
        terminal.type("until jobs -s | grep -q .; do sleep 0.05; done; echo it wai''ted\r")
        terminal.wait_for("it waited")
        terminal.type("fg\r")
        terminal.wait_for("the microphone is open again")
        terminal.wait_for("Twenty minutes")
        terminal.press("q")
        terminal.wait_until(lambda: terminal.raw.endswith(b"prompt> "), "the shell's prompt")


@pytest.mark.parametrize("module", ["scripted_app", "parented"])
def test_without_a_shell_it_stays(start: Start, module: str) -> None:
    terminal = start("talk", module=module)
    terminal.wait_for("SPEAKING")
    terminal.type(b"\x1a")
    terminal.wait_for("There is no shell here")
    terminal.press("m")
    terminal.wait_for("MUTED")


def test_a_terminal_that_goes_is_one_line_in_the_log(start: Start, tmp_path: Path) -> None:
    terminal = start("talk")
    terminal.wait_for("SPEAKING")
    terminal.hang_up()
    terminal.wait_exit(10.0)
    log = (tmp_path / "voicetui" / "voicetui.log").read_text()
    assert "Traceback" not in log
    assert "ERROR" not in log
