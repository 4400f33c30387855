"""A virtual sound card: one PulseAudio daemon with two null sinks, seen by PortAudio through ALSA.

`spk` is the loudspeaker: what a person hears is recorded at `spk.monitor`.
`mic` is the microphone: what is played into it arrives at the default source.
At 24 kHz nothing on the way touches a sample, so recordings can be compared bit by bit.

Needs no D-Bus, no hardware, no home folder and no rights; all its files are in one folder.
Debian packages: pulseaudio pulseaudio-utils libasound2-plugins libportaudio2.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from types import TracebackType

from tests.waiting import wait_until

RATE_HZ = 24_000
SPEAKER_SINK = "spk"
MICROPHONE_SINK = "mic"

LATENCY_VARIABLES = ("PULSE_LATENCY_MSEC", "PULSE_SINK", "PULSE_SOURCE", "PULSE_PROP")
"""They silently change the latency or the device of every client."""

STEADY_S = 0.5
"""A monitor is settled when it has delivered for so long without a pause..."""
PAUSE_S = 0.1
"""...longer than this."""
SETTLE_TIMEOUT_S = 20.0

_MAX_FOLDER_CHARS = 60
"""A Unix socket path ends at 107 characters."""
_PR_SET_PDEATHSIG = 1


class RigUnavailable(Exception):
    """This machine cannot have a virtual sound card; the text says what is missing."""


def missing_parts() -> list[str]:
    """What this machine lacks for a virtual sound card, in words; empty when nothing."""
    if sys.platform != "linux":
        return [f"Linux (this is {sys.platform})"]
    missing = []
    if shutil.which("pulseaudio") is None:
        missing.append("the program pulseaudio (Debian package pulseaudio)")
    if any(shutil.which(tool) is None for tool in ("parec", "paplay", "pactl")):
        missing.append("parec, paplay and pactl (Debian package pulseaudio-utils)")
    if not _alsa_plugin_found():
        missing.append("ALSA's PulseAudio plugin (Debian package libasound2-plugins)")
    if ctypes.util.find_library("portaudio") is None:
        missing.append("PortAudio (Debian package libportaudio2)")
    return missing


class SoundCard:
    """One virtual sound card, from `start()` to `stop()`; also a context manager."""

    def __init__(self, rate_hz: int = RATE_HZ) -> None:
        self.rate_hz = rate_hz
        self._folder: Path | None = None
        self._daemon: subprocess.Popen[bytes] | None = None
        self._keepers: list[subprocess.Popen[bytes]] = []

    @property
    def folder(self) -> Path:
        """Where socket, configuration and log are.  Raises RuntimeError before `start()`."""
        if self._folder is None:
            raise RuntimeError("the sound card is not started")
        return self._folder

    @property
    def env(self) -> dict[str, str]:
        """What a client needs in its environment, beside what it has."""
        folder = self.folder
        return {
            "PULSE_SERVER": f"unix:{folder / 'native'}",
            "PULSE_RUNTIME_PATH": str(folder / "run"),
            "PULSE_STATE_PATH": str(folder / "state"),
            "PULSE_COOKIE": str(folder / "cookie"),
            # It forbids autospawn: a client must never start a second daemon.
            "PULSE_CLIENTCONFIG": str(folder / "client.conf"),
            "ALSA_CONFIG_PATH": str(folder / "asound.conf"),
        }

    def client_env(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """A whole environment for a client process: `base` (default: ours) on this card."""
        merged = dict(os.environ if base is None else base)
        for variable in LATENCY_VARIABLES:
            merged.pop(variable, None)
        return merged | self.env

    def start(self) -> SoundCard:
        """Start the daemon and wait until both sinks run smoothly (3 s).

        Raises RigUnavailable where parts are missing or the daemon does not come up.
        """
        missing = missing_parts()
        if missing:
            raise RigUnavailable("no virtual sound card, missing: " + "; ".join(missing))
        self._folder = _new_folder()
        try:
            self._write_configuration()
            self._daemon = self._start_daemon()
            self._wait_for_answer()
            # A null sink that nobody reads renders up to 2 s ahead and then asks for nothing for
            # seconds: a permanent reader with a small latency keeps its steps short.
            self._keepers = [self._start_keeper(s) for s in (SPEAKER_SINK, MICROPHONE_SINK)]
            for sink in (SPEAKER_SINK, MICROPHONE_SINK):
                self._wait_until_steady(sink)
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self) -> None:
        """End every process of the card and remove its folder.  Safe to call twice."""
        for keeper in self._keepers:
            _end(keeper)
        self._keepers = []
        if self._daemon is not None:
            _end(self._daemon)
            self._daemon = None
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def __enter__(self) -> SoundCard:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def pactl(self, *arguments: str) -> str:
        """Run pactl on this card, for example `suspend-sink spk 1`; returns what it prints."""
        done = subprocess.run(
            ["pactl", *arguments],
            env=self.client_env(),
            capture_output=True,
            text=True,
            timeout=10,
            check=True,
        )
        return done.stdout

    def kill_server(self) -> None:
        """The sound server dies, as after a crash."""
        assert self._daemon is not None
        self._daemon.kill()
        self._daemon.wait()
        for keeper in self._keepers:
            _end(keeper)
        self._keepers = []

    def start_server(self) -> float:
        """A new one; returns the CLOCK_MONOTONIC time at which it took its first client.

        It is not steady yet: a new null sink renders 2 s at once.
        """
        self._daemon = self._start_daemon()
        self._wait_for_answer()
        accepted_s = time.monotonic()
        self._keepers = [self._start_keeper(s) for s in (SPEAKER_SINK, MICROPHONE_SINK)]
        return accepted_s

    @property
    def daemon_pid(self) -> int:
        """Process id of the sound server, for tests that kill or stop it."""
        if self._daemon is None:
            raise RuntimeError("the sound card is not started")
        return self._daemon.pid

    def _write_configuration(self) -> None:
        folder, socket = self.folder, self.folder / "native"
        for name in ("run", "state"):
            (folder / name).mkdir(mode=0o700)
        (folder / "client.conf").write_text(
            f"autospawn = no\ndefault-server = unix:{socket}\nenable-shm = yes\n"
        )
        # ALSA's standard definitions must come first; then 'default' becomes PulseAudio.
        (folder / "asound.conf").write_text(
            "</usr/share/alsa/alsa.conf>\n"
            f'pcm.!default {{ type pulse server "unix:{socket}"'
            ' hint { show on description "rig" } }\n'
            f'ctl.!default {{ type pulse server "unix:{socket}" }}\n'
        )
        sinks = "".join(
            f"load-module module-null-sink sink_name={sink} rate={self.rate_hz}"
            f" channels=1 channel_map=mono sink_properties=device.description={sink}\n"
            for sink in (SPEAKER_SINK, MICROPHONE_SINK)
        )
        (folder / "rig.pa").write_text(
            ".fail\n"
            f"load-module module-native-protocol-unix socket={socket} auth-anonymous=1"
            " auth-cookie-enabled=0\n"
            f"{sinks}"
            f"set-default-sink {SPEAKER_SINK}\n"
            f"set-default-source {MICROPHONE_SINK}.monitor\n"
        )
        # Real-time threads (granted to root without D-Bus): under load the card must not be
        # what fails.  Refused to others, who then see a few gaps of the card itself.
        (folder / "daemon.conf").write_text(
            "daemonize = no\nexit-idle-time = -1\nflat-volumes = no\navoid-resampling = no\n"
            f"resample-method = speex-float-3\ndefault-sample-rate = {self.rate_hz}\n"
            "realtime-scheduling = yes\nrealtime-priority = 5\n"
            "high-priority = yes\nnice-level = -11\n"
            # On a busy machine it must not take itself for a runaway and end.
            "cpu-limit = no\nrlimit-rttime = -1\n"
        )

    def _start_daemon(self) -> subprocess.Popen[bytes]:
        folder = self.folder
        with (folder / "pulse.out").open("wb") as output:
            return subprocess.Popen(
                [
                    *("pulseaudio", "-n", "-F", str(folder / "rig.pa"), "--daemonize=no"),
                    *("--exit-idle-time=-1", "--disallow-exit", "--use-pid-file=no"),
                    *(f"--log-target=file:{folder / 'pulse.log'}", "--log-level=info"),
                ],
                env=self.client_env() | {"PULSE_CONFIG": str(folder / "daemon.conf")},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                preexec_fn=die_with_parent(),
            )

    def _wait_for_answer(self) -> None:
        daemon = self._daemon
        assert daemon is not None

        def answers() -> bool:
            if daemon.poll() is not None:
                raise RigUnavailable(f"pulseaudio ended at its start: {self._log_tail()}")
            asked = subprocess.run(
                ["pactl", "info"], env=self.client_env(), capture_output=True, timeout=10
            )
            return asked.returncode == 0

        try:
            wait_until(answers, timeout_s=15)
        except TimeoutError:
            raise RigUnavailable(f"pulseaudio does not answer: {self._log_tail()}") from None

    def _start_keeper(self, sink: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            parec_command(f"{sink}.monitor", self.rate_hz, latency_ms=10),
            env=self.client_env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            preexec_fn=die_with_parent(),
        )

    def _wait_until_steady(self, sink: str) -> None:
        """A new null sink renders 2 s at once and is then deaf for as long: wait that out."""
        probe = subprocess.Popen(
            parec_command(f"{sink}.monitor", self.rate_hz, latency_ms=5),
            env=self.client_env(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            preexec_fn=die_with_parent(),
        )
        assert probe.stdout is not None
        try:
            descriptor = probe.stdout.fileno()
            deadline_s = time.monotonic() + SETTLE_TIMEOUT_S
            steady_since_s = last_s = time.monotonic()
            while last_s - steady_since_s < STEADY_S:
                if not os.read(descriptor, 65_536):
                    raise RigUnavailable(f"{sink}.monitor ended: {self._log_tail()}")
                now_s = time.monotonic()
                if now_s > deadline_s:
                    raise RigUnavailable(f"{sink} does not become steady: {self._log_tail()}")
                if now_s - last_s > PAUSE_S:
                    steady_since_s = now_s
                last_s = now_s
        finally:
            _end(probe)
            probe.stdout.close()

    def _log_tail(self) -> str:
        lines: list[str] = []
        for name in ("pulse.out", "pulse.log"):
            path = self.folder / name
            if path.exists():
                lines += path.read_text(errors="replace").splitlines()
        errors = [line for line in lines if line.startswith("E:") and "system bus" not in line]
        return " | ".join((errors or lines)[-4:]) or "it wrote no log"


def parec_command(source: str, rate_hz: int, latency_ms: int) -> list[str]:
    """A parec that writes raw PCM16 mono in short steps."""
    return [
        *("parec", "-d", source, "--raw", "--format=s16le", f"--rate={rate_hz}", "--channels=1"),
        *(f"--latency-msec={latency_ms}", f"--process-time-msec={latency_ms}"),
    ]


def die_with_parent() -> Callable[[], None]:
    """A `preexec_fn`: the child is terminated when the thread that starts it ends (Linux)."""
    prctl = ctypes.CDLL(None).prctl

    def ask_for_death() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)

    return ask_for_death


def _new_folder() -> Path:
    parent = tempfile.gettempdir()
    if len(parent) > _MAX_FOLDER_CHARS or any(c.isspace() for c in parent):
        parent = "/tmp"
    return Path(tempfile.mkdtemp(prefix="vt-card-", dir=parent))


def _alsa_plugin_found() -> bool:
    folders = [Path(f) for f in os.environ.get("ALSA_PLUGIN_DIR", "").split(":") if f]
    for library in (Path("/usr/lib"), Path("/usr/lib64")):
        folders += [library / "alsa-lib", *library.glob("*/alsa-lib")]
    return any((folder / "libasound_module_pcm_pulse.so").exists() for folder in folders)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGCONT)  # a test may have stopped it
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
