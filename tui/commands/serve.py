"""`voicetui serve`: the embedded service for other programs, until Ctrl+C."""

from __future__ import annotations

import argparse
import contextlib
import errno
import os
import signal
import socket
import subprocess
import sys
from types import FrameType

from tui.commands.demo import need_parts, server_command
from tui.commands.output import narrate
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.masking import SERVER_KEY_VARIABLE
from tui.paths import demo_state_dir


def run(arguments: argparse.Namespace) -> int:
    """Run until interrupted or terminated."""
    need_parts()
    listen(arguments.port).close()  # before anything is said about serving
    from tui.child import environment

    variables = environment()
    key = arguments.key or os.environ.get(SERVER_KEY_VARIABLE, "")
    if key:
        variables[SERVER_KEY_VARIABLE] = key  # not into the child's argv, which all can read
    command = server_command("--port", str(arguments.port), "--state", str(demo_state_dir()))
    if "verbose" in arguments:
        command += ["--log-level", "info"]
    narrate(
        tr("Serving on this machine only; the key that was set is needed. Ctrl+C ends it.")
        if key
        else tr("Serving on this machine only; any key is accepted. Ctrl+C ends it.")
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
    return ExitCode.FAILURE if code else ExitCode.OK  # it has said itself why


def listen(port: int) -> socket.socket:
    """A port of this machine, for this machine only; raises VoicetuiError."""
    try:
        return socket.create_server(("127.0.0.1", port))
    except OSError as error:
        in_use = error.errno == errno.EADDRINUSE
        reason = "is in use" if in_use else f"cannot be used ({error.strerror})"
        raise VoicetuiError(
            "Cannot serve", f"port {port} {reason}; choose another with --port."
        ) from error
