"""Records a source of the virtual sound card and knows when each sample was there."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from dataclasses import dataclass
from types import TracebackType

import numpy as np

from tests.rig.card import SoundCard, die_with_parent, parec_command
from tests.rig.signal import Samples
from tests.waiting import wait_until

SPEAKER = "spk.monitor"
"""What a person hears."""
MICROPHONE = "mic.monitor"
"""What the microphone hears."""


@dataclass(frozen=True, slots=True)
class Recording:
    """What a Recorder heard, and when each sample was at the monitor."""

    samples: Samples
    rate_hz: int
    first_sample_s: float
    """CLOCK_MONOTONIC time of sample 0."""
    jitter_ms: float
    """How late the recorder's reads were, 99th percentile: the resolution of `time_of`."""
    drift_ppm: float
    """Clock of the monitor against CLOCK_MONOTONIC."""

    def time_of(self, index: int) -> float:
        """CLOCK_MONOTONIC seconds at which sample `index` was at the monitor."""
        return self.first_sample_s + index / self.rate_hz

    def index_at(self, time_s: float) -> int:
        """The sample that was at the monitor at `time_s`, kept inside the recording."""
        index = int((time_s - self.first_sample_s) * self.rate_hz)
        return min(max(index, 0), len(self.samples))

    def between(self, start_s: float, end_s: float) -> Samples:
        """The samples between two times of CLOCK_MONOTONIC."""
        return self.samples[self.index_at(start_s) : self.index_at(end_s)]


class Recorder:
    """`parec` on a source; keeps every sample and the CLOCK_MONOTONIC arrival of each chunk.

    As a context manager it records from `with` until `stop()`, which returns the Recording.
    """

    def __init__(self, card: SoundCard, source: str = SPEAKER, latency_ms: int = 5) -> None:
        self.rate_hz = card.rate_hz
        self.sample_count = 0
        self._chunks: list[bytes] = []
        self._arrivals: list[tuple[int, float]] = []
        self._process = subprocess.Popen(
            parec_command(source, card.rate_hz, latency_ms),
            env=card.client_env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            bufsize=0,
            preexec_fn=die_with_parent(),
        )
        try:
            # On a busy machine the recorder must not be what is late; granted to root only.
            os.setpriority(os.PRIO_PROCESS, self._process.pid, -15)
        except OSError:
            pass
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        wait_until(lambda: self.sample_count >= self.rate_hz // 10, 10, f"sound from {source}")

    def __enter__(self) -> Recorder:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._end()

    def heard(self) -> Samples:
        """What was recorded until now."""
        return np.frombuffer(b"".join(list(self._chunks)), "<i2")

    def latest(self) -> Samples:
        """What was recorded last, a few milliseconds."""
        return np.frombuffer(self._chunks[-1], "<i2")

    def stop(self) -> Recording:
        """End the recording and return it."""
        self._end()
        arrivals = np.array(self._arrivals, float)
        # The first reads bring a backlog: leave out 200 ms where the recording is longer.
        settled = arrivals[arrivals[:, 0] > self.rate_hz // 5]
        if len(settled) == 0:
            settled = arrivals
        recorded_s = settled[:, 0] / self.rate_hz
        lateness_s = settled[:, 1] - recorded_s
        # The earliest arrival has waited least: it is the true time of sample 0.
        first_sample_s = float(lateness_s.min())
        drift_ppm = 0.0
        if len(settled) > 10:
            drift_ppm = float((np.polyfit(recorded_s, settled[:, 1], 1)[0] - 1) * 1e6)
        return Recording(
            samples=self.heard(),
            rate_hz=self.rate_hz,
            first_sample_s=first_sample_s,
            jitter_ms=float(np.percentile(lateness_s - first_sample_s, 99) * 1e3),
            drift_ppm=drift_ppm,
        )

    def _read(self) -> None:
        assert self._process.stdout is not None
        descriptor = self._process.stdout.fileno()
        carry = b""
        while chunk := os.read(descriptor, 65_536):
            arrived_s = time.monotonic()
            chunk = carry + chunk
            whole = len(chunk) & ~1
            carry = chunk[whole:]
            self._chunks.append(chunk[:whole])
            self.sample_count += whole // 2
            self._arrivals.append((self.sample_count, arrived_s))

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.terminate()
        self._process.wait()
        self._thread.join(2)
        if self._process.stdout is not None:
            self._process.stdout.close()
