"""The embedded service as a real process, for any test that needs a partner."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 30


def start_server(arguments: Sequence[str] = (), **environment: str) -> tuple[Any, dict[str, Any]]:
    """The process and its ready line; it ends when its stdin is closed."""
    process = subprocess.Popen(
        [sys.executable, "-P", "-m", "server", "--exit-with-stdin", *arguments],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY), **environment},
    )
    assert process.stdout is not None
    readable, _, _ = select.select([process.stdout], [], [], START_TIMEOUT_S)
    line = process.stdout.readline() if readable else b""
    if not line:
        process.kill()
        raise RuntimeError(f"the service did not start (exit code {process.wait()})")
    return process, json.loads(line)


def stop_server(process: subprocess.Popen[bytes]) -> int:
    """Close its stdin, wait; the exit code."""
    assert process.stdin is not None
    assert process.stdout is not None
    process.stdin.close()
    try:
        return process.wait(10)
    except subprocess.TimeoutExpired:
        process.kill()
        raise
    finally:
        process.stdout.close()


@contextmanager
def running_server(*, key: str = "", state: Path | None = None, **knobs: Any) -> Iterator[str]:
    """The base URL, http://127.0.0.1:PORT/v1; knobs as in server/knobs.py."""
    arguments = ["--knobs", json.dumps(knobs)]
    if state is not None:
        arguments += ["--state", str(state)]
    process, ready = start_server(arguments, VOICETUI_SERVER_KEY=key)
    try:
        yield ready["listening"]
    finally:
        stop_server(process)


def websocket_url(base_url: str) -> str:
    return base_url.replace("http://", "ws://")


def wait_until(predicate: Any, timeout_s: float = 10) -> None:
    """Raises TimeoutError if the predicate does not become true."""
    deadline = time.monotonic() + timeout_s
    while not predicate():
        if time.monotonic() > deadline:
            raise TimeoutError(f"still not true after {timeout_s} s")
        time.sleep(0.01)
