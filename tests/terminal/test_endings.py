"""Signals, lost lines, stalled readers, crashes: the process goes, the terminal is put right."""

from __future__ import annotations

import fcntl
import os
import shlex
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

import pytest

from tests.terminal.conftest import Start, environment
from tests.terminal.driver import Terminal, python
from tests.terminal.scripted_app import CANARY


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("scenario", ["talk", "talking"])
def test_a_signal_restores_the_screen(start: Start, number: int, scenario: str) -> None:
    terminal = start(scenario)
    before = terminal.modes
    terminal.wait_for("SPEAKING")
    terminal.signal(number)
    assert terminal.wait_exit(10.0) == 128 + number
    assert b"\x1b[?1049l" in terminal.raw[-200:]
    assert terminal.modes == before


@pytest.mark.parametrize("attempt", range(6))
def test_a_lost_line_ends_the_program(start: Start, attempt: int) -> None:
    terminal = start("talking")
    terminal.wait_for("SPEAKING")
    if attempt % 2:
        terminal.stall()
        time.sleep(0.5 + attempt / 10)
    terminal.hang_up()
    terminal.wait_exit(10.0)


def test_a_stalled_reader_delays_nothing_but_the_picture(start: Start) -> None:
    terminal = start("talking")
    terminal.wait_for("hills")
    terminal.stall()
    time.sleep(4.0)
    before = terminal.bytes_written
    terminal.resume()
    terminal.press("m")
    terminal.wait_for("MUTED", 5.0)
    # Levels of the stall are not played back; what had been written before is at most the pipe.
    assert terminal.bytes_written - before < 200_000
    terminal.press("q")
    assert terminal.wait_exit(10.0) == 0


def test_a_stalled_terminal_does_not_survive_a_signal(start: Start) -> None:
    terminal = start("talking")
    terminal.wait_for("hills")
    terminal.stall()
    time.sleep(1.0)
    terminal.signal(signal.SIGTERM)
    began_s = time.monotonic()
    while time.monotonic() - began_s < 6.0:
        done, status = os.waitpid(terminal.pid, os.WNOHANG)
        if done:
            terminal._status = status
            break
        time.sleep(0.05)
    assert terminal._status is not None


def test_a_crash_says_where_the_log_is_and_shows_no_locals(start: Start, tmp_path: Path) -> None:
    terminal = start("crash")
    terminal.wait_for("LISTENING")
    terminal.press("space")
    assert terminal.wait_exit() == 1
    assert CANARY.encode() not in terminal.raw
    after = terminal.raw.split(b"\x1b[?1049l")[-1].decode()
    assert "Details are in" in after
    assert "Traceback" not in after
    log = tmp_path / "voicetui" / "voicetui.log"
    assert "Traceback" in log.read_text()
    assert "TypeError" in log.read_text()
    assert CANARY not in log.read_text()


def test_a_key_that_fails_ends_nothing(start: Start, tmp_path: Path) -> None:
    terminal = start("quiet", module="clumsy")
    terminal.wait_for("LISTENING")
    terminal.press("m")
    terminal.wait_for("That did not work")
    terminal.press("i")
    terminal.wait_for("enter send")
    assert "ZeroDivisionError" in (tmp_path / "voicetui" / "voicetui.log").read_text()


def test_a_call_that_cannot_be_made_is_told_on_the_screen(start: Start, tmp_path: Path) -> None:
    terminal = start("no-call")
    terminal.wait_for("could not be started")
    terminal.wait_for("***")
    terminal.press("q")
    assert terminal.wait_exit() == 0
    assert CANARY.encode() not in terminal.raw
    assert CANARY not in (tmp_path / "voicetui" / "voicetui.log").read_text()


def child_of(terminal: Terminal) -> int:
    """The front end under the parent."""
    children = Path(f"/proc/{terminal.pid}/task/{terminal.pid}/children").read_text().split()
    return int(children[0])


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
class TestParent:
    """The process that restores the terminal."""

    def test_kill_9_restores_every_mode(self, start: Start) -> None:
        terminal = start("talking", module="parented")
        before = terminal.modes
        terminal.wait_for("hills")
        assert terminal.modes != before
        set_modes = {
            part.split(b"h")[0] for part in terminal.raw.split(b"\x1b[?")[1:] if b"h" in part[:6]
        }
        os.kill(child_of(terminal), signal.SIGKILL)
        assert terminal.wait_exit(10.0) == 128 + 9
        tail = terminal.raw[-400:]
        for mode in set_modes - {b"7", b"25", b"2026"}:
            assert b"\x1b[?" + mode + b"l" in tail, mode
        assert b"\x1b[?25h" in tail
        assert b"\x1b[<u" in tail
        assert terminal.modes == before

    def test_a_killed_parent_takes_the_screen_with_it(self, tmp_path: Path) -> None:
        program = [*python("-P", "-m", "tests.terminal.parented"), "talking", "--state"]
        line = shlex.join([*program, str(tmp_path / "own")])
        # Job control, as a person's shell has it: the terminal does not hang up.
        shell = ["bash", "-m", "-c", f"{line}; echo back in the shell; read"]
        with Terminal.spawn(shell, environment(tmp_path)) as terminal:
            terminal.wait_for("hills")
            parent = child_of(terminal)
            children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
            os.kill(parent, signal.SIGKILL)
            terminal.wait_for("back in the shell")
            terminal.wait_until(
                lambda: not Path(f"/proc/{children[0]}/fd/0").exists(), "the front end is gone too"
            )
            assert b"\x1b[?1049l" in terminal.raw

    @pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
    def test_signals_reach_the_child(self, start: Start, number: int) -> None:
        terminal = start("talk", module="parented")
        terminal.wait_for("SPEAKING")
        terminal.signal(number)
        assert terminal.wait_exit(10.0) == 128 + number
        assert b"\x1b[?1049l" in terminal.raw

    def test_an_orderly_end_is_left_alone(self, start: Start) -> None:
        terminal = start("talk", module="parented")
        before = terminal.modes
        terminal.wait_for("SPEAKING")
        terminal.press("q")
        assert terminal.wait_exit() == 0
        assert terminal.raw.count(b"\x1b[?1049l") == 1
        assert terminal.modes == before

    def test_a_stopped_child_stops_the_parent(self, start: Start) -> None:
        terminal = start("talk", module="parented")
        terminal.wait_for("SPEAKING")
        child = child_of(terminal)
        os.kill(child, signal.SIGTSTP)
        stat = Path(f"/proc/{terminal.pid}/stat")
        terminal.wait_until(
            lambda: stat.read_text().rsplit(")")[-1].split()[0] == "T", "the parent stopped"
        )
        os.kill(terminal.pid, signal.SIGCONT)
        terminal.press("m")
        terminal.wait_for("MUTED")

    def test_it_can_be_stopped_at_any_moment(self, start: Start) -> None:
        terminal = start("talking")
        terminal.wait_for("SPEAKING")
        stat = Path(f"/proc/{terminal.pid}/stat")
        for _ in range(30):
            os.kill(terminal.pid, signal.SIGTSTP)
            terminal.wait_until(
                lambda: stat.read_text().rsplit(")")[-1].split()[0] == "T", "it stopped"
            )
            os.kill(terminal.pid, signal.SIGCONT)
            terminal.wait_until(
                lambda: stat.read_text().rsplit(")")[-1].split()[0] != "T", "it went on"
            )
        terminal.press("m")
        terminal.wait_for("MUTED")

    def test_a_lost_line_leaves_nobody(self, start: Start) -> None:
        terminal = start("talking", module="parented")
        terminal.wait_for("SPEAKING")
        child = child_of(terminal)
        terminal.hang_up()
        terminal.wait_exit(10.0)
        end_s = time.monotonic() + 6.0
        while Path(f"/proc/{child}").exists():
            assert time.monotonic() < end_s
            time.sleep(0.05)


def test_a_terminal_that_is_not_ours_to_control_ends_the_program_too(tmp_path: Path) -> None:
    """Nobody signals us when it goes away; only reading from it fails."""
    master, slave = os.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    process = subprocess.Popen(
        python("-P", "-m", "tests.terminal.scripted_app", "quiet", "--state", str(tmp_path)),
        env=environment(tmp_path),
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        shown = b""
        while b"LISTENING" not in shown:
            shown += os.read(master, 65_536)
        os.close(master)
        process.wait(10)
    finally:
        process.kill()
        process.wait()
