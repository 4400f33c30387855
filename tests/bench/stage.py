"""The stage of a benchmark: a sound card, the service and one front end, each in its process."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict
from urllib.parse import urlencode

from tests.bench.players import EchoName, PlayerName
from tests.rig.card import SoundCard, die_with_parent
from tests.rig.recorder import Recorder, Recording
from tests.rig.sound_processes import WORKS, sound_processes
from tests.waiting import wait_until

REPOSITORY = Path(__file__).resolve().parents[2]


class Event(TypedDict, total=False):
    """A line of a front end."""

    event: str
    at_s: float
    began_s: float
    delta_s: float
    decided_s: float
    item_id: str
    frames: int
    heard_frames: int
    received_frames: int
    stall_s: float
    held_s: list[float]


@dataclass
class FrontEndProcess:
    """A running front end and what it has said."""

    process: subprocess.Popen[str]
    stderr_path: Path
    events: list[Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def wait_for(self, event: str, timeout_s: float = 60) -> Event:
        """The first event of that name.  Raises RuntimeError when the process ends before."""

        def found() -> Event | None:
            matches = self.all(event)
            if not matches and self.process.poll() is not None and not self._reader.is_alive():
                raise RuntimeError(f"the front end ended without {event}: {self._last_words()}")
            return matches[0] if matches else None

        result = wait_until(found, timeout_s, f"{event} from the front end")
        assert result is not None
        return result

    def all(self, event: str) -> list[Event]:
        """Every event of that name until now."""
        return [e for e in list(self.events) if e["event"] == event]

    def wait_for_end(self, timeout_s: float = 120) -> None:
        """Wait until it ended.  Raises RuntimeError when it failed."""
        code = self.process.wait(timeout_s)
        self._reader.join(5)
        if code:
            raise RuntimeError(f"the front end ended with {code}: {self._last_words()}")

    def engine_pid(self) -> int | None:
        """Process id of the engine it started, found from outside; None when it has none."""
        return next(iter(sound_processes(self.process.pid, WORKS)), None)

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.events.append(json.loads(line))

    def _last_words(self) -> str:
        return " | ".join(self.stderr_path.read_text(errors="replace").splitlines()[-6:])


class ServiceEvent(TypedDict, total=False):
    """A line of the service's log."""

    event: str
    at_s: float
    item_id: str
    audio: str
    audio_end_ms: int


class Service:
    """A running service and its log, which is read as it grows."""

    def __init__(self, port: int, log_path: Path) -> None:
        self.port = port
        self._file = log_path.open()
        self._rest = ""
        self._events: list[ServiceEvent] = []

    @property
    def events(self) -> list[ServiceEvent]:
        """Every line until now."""
        *lines, self._rest = (self._rest + self._file.read()).split("\n")
        self._events += [json.loads(line) for line in lines]
        return self._events

    def log(self, event: str, since: int = 0) -> list[ServiceEvent]:
        """Every line of one kind; `since`: without so many of the first lines of all kinds."""
        return [line for line in self.events[since:] if line["event"] == event]

    def close(self) -> None:
        """Read no more."""
        self._file.close()


@dataclass
class Stage:
    """What all benchmarks of a run share."""

    card: SoundCard
    shared_service: Service

    def url(self, **answers: float) -> str:
        """The service's address with the wanted answers (see `tests.bench.service`)."""
        return f"ws://127.0.0.1:{self.shared_service.port}/v1/realtime?{urlencode(answers)}"

    @contextmanager
    def front_end(
        self,
        player: PlayerName,
        url: str,
        *arguments: str,
        echo: EchoName = "off",
    ) -> Iterator[FrontEndProcess]:
        """A front end on the card; ended at the end of the block."""
        stderr_path = self.card.folder / f"{player}.stderr"
        with stderr_path.open("w") as stderr:
            process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tests.bench.front_end", "--player", player),
                    *("--url", url, "--echo", echo, *arguments),
                ],
                cwd=REPOSITORY,
                env=self.card.client_env(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
                preexec_fn=die_with_parent(),
            )
        try:
            yield FrontEndProcess(process, stderr_path)
        finally:
            if process.poll() is None:
                process.terminate()
                process.wait(10)

    def run(
        self,
        player: PlayerName,
        url: str,
        *arguments: str,
        echo: EchoName = "off",
        timeout_s: float = 300,
    ) -> tuple[FrontEndProcess, Recording]:
        """Run a front end to its end and record the loudspeaker meanwhile."""
        with Recorder(self.card) as recorder:
            with self.front_end(player, url, *arguments, echo=echo) as front_end:
                front_end.wait_for_end(timeout_s)
            time.sleep(0.2)
            return front_end, recorder.stop()


@contextmanager
def stage() -> Iterator[Stage]:
    """Build the stage and take it down.  Raises RigUnavailable without a sound card."""
    with SoundCard() as card, service(card.folder / "service.jsonl") as running:
        yield Stage(card, running)


@contextmanager
def service(log_path: Path, **answers: float) -> Iterator[Service]:
    """A service that answers so (see `tests.bench.service`)."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.bench.service", str(log_path), urlencode(answers)],
        cwd=REPOSITORY,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        preexec_fn=die_with_parent(),
    )
    try:
        assert process.stdout is not None
        running = Service(int(process.stdout.readline()), log_path)
        try:
            yield running
        finally:
            running.close()
    finally:
        process.terminate()
        process.wait(5)
