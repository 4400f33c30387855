"""Output that goes to a terminal which is no longer there."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys

import pytest

from tests.e2e.program import Home, command

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no ptys there")


@pytest.fixture
def home(home: Home) -> Home:
    home.env.pop("PYTHONUNBUFFERED", None)  # with it nothing is left to be written at the exit
    return home


@pytest.mark.parametrize(
    ("arguments", "out", "err"),
    [
        ("--version", 1, 0),
        ("config show", 1, 0),
        ("history list", 0, 0),
        ("nonsense", 2, 2),
        ("key set", 3, 3),
    ],
)
def test_the_exit_code_tells_what_happened(home: Home, arguments: str, out: int, err: int) -> None:
    ours, theirs = pty.openpty()
    os.close(ours)
    codes = []
    try:
        for lost in (("stdout",), ("stderr",), ("stdout", "stderr")):
            streams = {
                name: theirs if name in lost else subprocess.DEVNULL
                for name in ("stdout", "stderr")
            }
            done = subprocess.run(
                command(*arguments.split()),
                stdin=subprocess.DEVNULL,
                env=home.env,
                check=False,
                timeout=60,
                **streams,  # type: ignore[call-overload]
            )
            codes.append(done.returncode)
    finally:
        os.close(theirs)
    assert codes == [out, err, out]


def test_a_line_that_is_lost_without_a_signal_has_the_signals_code(home: Home) -> None:
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        command("--base-url", "http://127.0.0.1:9/v1"),
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        env={**home.env, "OPENAI_API_KEY": "sk-lost-line-0123456789"},
        start_new_session=True,
    )
    os.close(theirs)
    try:
        drawn = b""
        while b"127.0.0.1:9" not in drawn:
            assert select.select([ours], [], [], 60)[0], drawn
            drawn += os.read(ours, 65536)
        os.close(ours)  # not its controlling terminal: no SIGHUP
        assert process.wait(30) == 128 + signal.SIGHUP
    finally:
        process.kill()
        process.wait()
