"""Looks at what is plugged in, beside what runs: in a process that is thrown away.

PortAudio cannot look again while a stream is open, and some drivers hang or crash when they are
asked.
"""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable
from typing import Final

from engine.devices import pulse
from engine.devices.names import Device

TIMEOUT_S: Final = 20.0


class DeviceWatch:
    """One look at a time, on a thread of its own."""

    def __init__(self, notify: Callable[[], None]) -> None:
        self._notify = notify
        self._seen: list[Device] | None = None
        self._thread: threading.Thread | None = None

    def look(self, *, served_only: bool) -> None:
        """Begin to look, unless a look is under way; `served_only`: ask the sound server alone."""
        if self._thread is not None and self._thread.is_alive():
            return
        self._thread = threading.Thread(
            target=self._look, args=(served_only,), name="device-watch", daemon=True
        )
        self._thread.start()

    def take(self) -> list[Device] | None:
        """What the last look saw; None: nothing new."""
        seen, self._seen = self._seen, None
        return seen

    def _look(self, served_only: bool) -> None:
        self._seen = pulse.listing() if served_only else in_another_process()
        self._notify()


def in_another_process() -> list[Device] | None:
    """The devices as a new process sees them; None when it cannot say."""
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "engine", "--list-devices", "--without-rates"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=True,
        )
        devices: list[Device] = json.loads(done.stdout)["devices"]
        return devices
    except (OSError, subprocess.SubprocessError, ValueError, KeyError):
        return None
