"""One engine process and our ends of its pipes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from typing import IO, Final

from shared.framing import BrokenStream, Unpacker, pack
from shared.messages import AnyCommand, AnyReport, Close
from shared.segment import Segment
from tui.child import environment

log = logging.getLogger(__name__)

REAL_TIME: Final = 5
"""Below what sound servers have."""
NICE: Final = -11
"""What sound servers ask for where they may not have that."""
CLOSING_S: Final = 1.0
"""An engine that was asked to end has so long."""


class EngineProcess:
    """Starts with its making; everything is called on the running asyncio loop.

    `on_ended` is called once, when it ended without having been asked to by `kill_quietly` or
    `close`; `on_captured` when there is captured sound.
    """

    def __init__(
        self,
        segment: Segment,
        log_file: IO[bytes] | None,
        *,
        sound_cards: bool,
        spare: bool,
        on_report: Callable[[AnyReport], None],
        on_captured: Callable[[], None],
        on_ended: Callable[[EngineProcess], None],
    ) -> None:
        self._on_report = on_report
        self._on_captured = on_captured
        self._on_ended = on_ended
        self._unpacker: Unpacker[AnyReport] = Unpacker(AnyReport)
        self._released = False
        self._wake_read, wake_write = os.pipe()
        inherited = (*segment.descriptors, wake_write)
        windows = sys.platform == "win32"
        command = [sys.executable, "-P", "-m", "engine", "--segment", segment.token]
        if not windows:
            command += ["--wake", str(wake_write)]
        if sound_cards:
            command.append("--sound-cards")
        if spare:
            command.append("--spare")
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log_file if log_file is not None else subprocess.DEVNULL,
            pass_fds=() if windows else inherited,
            bufsize=0,
            env=environment(),
            # ctrl+c in the terminal is for the front end; the end of its stdin ends the engine.
            start_new_session=True,
        )
        os.close(wake_write)
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._stdin = self._process.stdin
        self._stdout = self._process.stdout
        self._watch(self._stdout.fileno(), self._on_reports)
        if not spare:
            self.run_ahead_of_others()
        if windows:
            os.close(self._wake_read)
        else:
            os.set_blocking(self._stdin.fileno(), False)
            self._watch(self._wake_read, self._on_wake)

    @property
    def pid(self) -> int:
        """As the system counts processes."""
        return self._process.pid

    @property
    def alive(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def run_ahead_of_others(self) -> None:
        """Ask for real-time scheduling: of its one thread, which hands it down to all others.

        Four busy processes on two cores can starve an ordinary thread beyond the device's 100 ms.
        Who may not have it (no rtprio limit) asks for more than others have, and goes on without.
        """
        try:
            os.sched_setscheduler(self.pid, os.SCHED_RR, os.sched_param(REAL_TIME))
        except (OSError, AttributeError):
            with contextlib.suppress(OSError, AttributeError):
                os.setpriority(os.PRIO_PROCESS, self.pid, NICE)

    def send(self, *commands: AnyCommand) -> None:
        """Send commands; an engine that takes none is killed."""
        try:
            # Smaller than PIPE_BUF: the pipe takes all of it or nothing.
            os.write(self._stdin.fileno(), b"".join(map(pack, commands)))
        except BlockingIOError:
            log.error("the engine takes no commands; replacing it")
            self.kill()
        except (OSError, ValueError):
            pass  # its end is noticed by the reader

    def kill(self) -> None:
        """End it at once; `on_ended` follows."""
        self._process.kill()

    def kill_quietly(self) -> None:
        """End it at once; nothing follows."""
        self._process.kill()
        self._release()

    async def close(self) -> None:
        """Ask it to end, and see to it that it does."""
        if self._released:
            return
        self.send(Close())
        with contextlib.suppress(OSError):
            self._stdin.close()
        deadline_s = time.monotonic() + CLOSING_S
        while self._process.poll() is None and time.monotonic() < deadline_s:  # noqa: ASYNC110
            await asyncio.sleep(0.005)
        if self._process.poll() is None:
            self._process.kill()
        self._release()

    # ------------------------------------------------------------ pipes

    def _watch(self, descriptor: int, on_data: Callable[[bytes], None]) -> None:
        """Call `on_data(data)` on the loop; b"" at the end of the stream."""
        loop = asyncio.get_running_loop()
        if sys.platform != "win32":
            loop.add_reader(descriptor, lambda: on_data(os.read(descriptor, 65536)))
            return

        def read() -> None:
            data = b"-"
            while data:
                with contextlib.suppress(OSError):
                    data = os.read(descriptor, 65536)
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(on_data, data)

        threading.Thread(target=read, name="engine-reports", daemon=True).start()

    def _unwatch(self, descriptor: int) -> None:
        if sys.platform != "win32":
            asyncio.get_running_loop().remove_reader(descriptor)

    def _on_wake(self, data: bytes) -> None:
        if data:
            self._on_captured()
        else:
            self._unwatch(self._wake_read)

    def _on_reports(self, data: bytes) -> None:
        if self._released:
            return
        if not data:
            self._unwatch(self._stdout.fileno())
            self._on_ended(self)  # first: whoever replaces it is in a hurry
            self._release()
            return
        try:
            for report in self._unpacker.feed(data):
                self._on_report(report)
        except BrokenStream as error:
            log.error("reports of the engine are broken: %s", error)
            self.kill()

    def _release(self) -> None:
        if self._released:
            return
        self._released = True
        self._unwatch(self._stdout.fileno())
        if sys.platform != "win32":
            self._unwatch(self._wake_read)
            os.close(self._wake_read)
        self._stdout.close()
        with contextlib.suppress(OSError):
            self._stdin.close()
        if self._process.poll() is None:
            # Reaped in the background: a process that is just ending must not hold up the loop.
            threading.Thread(target=self._process.wait, name="engine-reaper", daemon=True).start()
