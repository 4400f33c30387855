"""`voicetui serve`: the embedded service for other programs, until Ctrl+C."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import subprocess
import sys
from types import FrameType

from tui.commands.demo import need_parts, server_command
from tui.commands.output import narrate
from tui.errors import ExitCode
from tui.masking import SERVER_KEY_VARIABLE
from tui.paths import demo_state_dir


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted or terminated."""
    need_parts()
    from tui.child import environment

    variables = environment()
    key = arguments.key or os.environ.get(SERVER_KEY_VARIABLE, "")
    if key:
        variables[SERVER_KEY_VARIABLE] = key  # not into the child's argv, which all can read
    command = server_command("--port", str(arguments.port), "--state", str(demo_state_dir()))
    if "verbose" in arguments:
        command += ["--log-level", "info"]
    narrate(
        "Serving on this machine only; "
        + ("the key that was set is needed." if key else "any key is accepted.")
        + " Ctrl+C ends it."
    )
    process = subprocess.Popen(
        [*command, "--exit-with-stdin"],
        stdin=subprocess.PIPE,
        env=variables,
        start_new_session=True,
    )

    def end(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, end)
    try:
        code = process.wait()
    except KeyboardInterrupt:
        with contextlib.suppress(OSError):
            assert process.stdin is not None
            process.stdin.close()
        with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
            process.wait(5.0)
        process.kill()
        process.wait()
        sys.stderr.write("\n")
        return ExitCode.OK  # being told to end is how this command ends
    if code:
        narrate(f"The service could not listen on port {arguments.port}; is it in use?")
        return ExitCode.FAILURE
    return ExitCode.OK
