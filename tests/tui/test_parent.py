"""What the small parent does about the commands of a front end that was killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import alive
from tests.waiting import wait_until

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no process groups there")

FRONT_END = """
import asyncio, os, signal, sys
from pathlib import Path
import tui.tools
from tui.sessions.options import FunctionTool

mode = sys.argv[1]
create = asyncio.create_subprocess_exec

async def killed_before_it_knows(*arguments, **options):
    process = await create(*arguments, **options)
    Path(sys.argv[2]).write_text(str(process.pid))
    if mode == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    return process

asyncio.create_subprocess_exec = killed_before_it_knows

async def main():
    sleeps = FunctionTool("f", "", {}, (sys.executable, "-c", "import time; time.sleep(60)"))
    missing = FunctionTool("g", "", {}, ("/no/such/command",))
    await tui.tools.run_tool(missing, "{}")
    running = asyncio.create_task(tui.tools.run_tool(sleeps, "{}"))
    await asyncio.sleep(0.5)
    os.kill(os.getpid(), signal.SIGKILL)

asyncio.run(main())
"""
PARENT = """
import os, sys
from tui import parent
sys.exit(parent.run_command([sys.executable, "-c", sys.argv[1], *sys.argv[2:]], dict(os.environ)))
"""


@pytest.mark.parametrize("when", ["before", "while"])
def test_a_command_dies_with_a_front_end_that_was_killed(tmp_path: Path, when: str) -> None:
    """`before`: in the moment between the command's start and what the front end does next."""
    path = tmp_path / "pid"
    done = subprocess.run(
        [sys.executable, "-c", PARENT, FRONT_END, when, str(path)],
        stdin=subprocess.DEVNULL,
        timeout=60,
    )
    assert done.returncode == 128 + signal.SIGKILL
    pid = int(path.read_text())
    try:
        wait_until(lambda: not alive(pid), 5, "the end of the command")
    finally:
        if alive(pid):
            os.kill(pid, signal.SIGKILL)
