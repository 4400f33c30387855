"""The control thread: takes commands, runs the devices, and is the only one that reports."""

from __future__ import annotations

import contextlib
import gc
import os
import selectors
import sys
import time
from collections.abc import Callable
from typing import Final

from engine.barge_in import BargeIn
from engine.capture import Capture
from engine.echo import Echo
from engine.keeper import Keeper
from engine.playback import Playback
from shared.framing import BrokenStream, Unpacker, pack
from shared.messages import (
    AnyCommand,
    AnyReport,
    Close,
    Counters,
    Echoes,
    Flush,
    Flushed,
    Gate,
    Gated,
    Level,
    Listen,
    Open,
    Play,
    Ready,
    State,
    Voice,
)
from shared.pcm import FRAME_BYTES, SILENCE_DBFS, peak_dbfs
from shared.ring import CAPTURE_OVERRUN_FRAMES, PLAY_UNDERRUNS, AudioRings
from shared.segment import Segment

LEVEL_NS: Final = 100_000_000
"""Ten level reports a second at most."""
COUNTERS_NS: Final = 1_000_000_000
METER_FRAMES: Final = 2400
LEVEL_FLOOR_DBFS: Final = -60
"""Quieter is at rest: a room's noise must not keep the screen awake."""


class Engine:
    """Owns the rings' consumer and producer sides, the devices and the control loop."""

    def __init__(self, token: str, wake: int | None, *, commands: int, reports: int) -> None:
        self._commands = commands
        self._reports = reports
        self._unpacker: Unpacker[AnyCommand] = Unpacker(AnyCommand)
        self._segment = Segment.attach(token)
        self._rings = AudioRings(self._segment.view)
        self._playback = Playback(self._rings)
        self._echo = Echo(self._playback.timeline)
        if self._playback.took_over:
            self._echo.rings_on(time.monotonic_ns())
        if wake is not None:
            os.set_blocking(wake, False)
        self._capture = Capture(self._rings, self._echo, wake)
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)
        self._devices = Keeper(self._playback, self._capture, self._notify)
        self._barge_in = BargeIn(self._playback)
        self._reported_state: State | None = None
        self._reported_counters = Counters()
        self._reported_level = Level(SILENCE_DBFS, SILENCE_DBFS)
        self._level_due_ns = 0
        self._counters_due_ns = 0
        self._reported_echoes = Echoes()
        self._echoes_due_ns = 0
        self._running = True
        self._unsettled = False

    # ------------------------------------------------------------ loop

    def run(self, first: bytes = b"") -> None:
        """Take commands until stdin ends; `first`: what was read of it before."""
        self._capture.start(self._notify)
        self._report(Ready(os.getpid()))
        if first:
            self._take(first)
            self._after_events()
        with selectors.DefaultSelector() as selector:
            selector.register(self._commands, selectors.EVENT_READ)
            selector.register(self._wake_read, selectors.EVENT_READ)
            while self._running:
                for key, _ in selector.select(self._timeout_s()):
                    if key.fd == self._wake_read:
                        with contextlib.suppress(BlockingIOError):
                            os.read(self._wake_read, 4096)
                        continue
                    data = os.read(self._commands, 65536)
                    if not data:
                        self._running = False
                    self._take(data)
                self._after_events()
        self._shut_down()

    def _take(self, data: bytes) -> None:
        handlers: dict[type, Callable[..., None]] = {
            Open: self._open,
            Listen: self._listen,
            Gate: lambda gate: self._capture.gate(gate.mode, gate.serial),
            Play: lambda _: None,
            Flush: self._flush,
            Close: self._close,
        }
        try:
            for command in self._unpacker.feed(data):
                handlers[type(command)](command)
        except BrokenStream as error:
            sys.stderr.write(f"commands are broken: {error}\n")
            self._running = False

    def _timeout_s(self) -> float | None:
        now_ns = time.monotonic_ns()
        due_ns = self._playback.poll(now_ns)
        waits_ns = [] if due_ns is None else [due_ns]
        if self._playback.running or self._devices.input_phase in ("open", "ended"):
            waits_ns.append(LEVEL_NS)
        for other_ns in (self._devices.due_ns(now_ns), self._barge_in.due_ns(now_ns)):
            if other_ns is not None:
                waits_ns.append(other_ns)
        return min(waits_ns) / 1e9 if waits_ns else self._rest_s(now_ns)

    def _rest_s(self, now_ns: int) -> float | None:
        """Nothing runs: one more look for the last meters and counters, then sleep."""
        if self._reported_level != Level(SILENCE_DBFS, SILENCE_DBFS):
            return LEVEL_NS / 1e9
        if self._counters() != self._reported_counters:
            return max(0.0, (self._counters_due_ns - now_ns) / 1e9)
        return None

    def _after_events(self) -> None:
        now_ns = time.monotonic_ns()
        for done in self._capture.gates_done():
            self._report(Gated(done.mode, done.serial, done.position))
        for heard in self._capture.voices():
            self._barge_in.on_voice(heard.on and self._capture.open, now_ns)
            self._report(Voice(heard.on, heard.position))
        self._barge_in.attend(now_ns)
        devices = self._devices
        devices.look_for_stall(now_ns)
        self._report_state()  # a sound server that hangs makes us wait in what comes next
        devices.attend(now_ns)
        self._echo.between(devices.output_name, devices.input_name, devices.restarts)
        self._playback.poll(now_ns)
        self._report_state()
        if self._unsettled:
            self._settle()
        if now_ns >= self._level_due_ns:
            self._level_due_ns = now_ns + LEVEL_NS
            self._report_level(now_ns)
        if now_ns >= self._counters_due_ns:
            counters = self._counters()
            if counters != self._reported_counters:
                self._counters_due_ns = now_ns + COUNTERS_NS
                self._reported_counters = counters
                self._report(counters)
        if now_ns >= self._echoes_due_ns:
            self._echoes_due_ns = now_ns + COUNTERS_NS
            echoes = self._echo.found()
            if echoes != self._reported_echoes:
                self._reported_echoes = echoes
                self._report(echoes)

    def _notify(self) -> None:
        """Any thread: look again."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"\0")

    # ------------------------------------------------------------ commands

    def _open(self, command: Open) -> None:
        self._echo.use(command.echo, self._notify)
        self._capture.voice.use(command.voice_silence_ms)
        self._barge_in.use(command.barge_in, command.pause_limit_ms)
        self._devices.open(command)
        self._playback.poll(time.monotonic_ns())  # what waits is heard before anything else
        self._unsettled = True

    def _listen(self, command: Listen) -> None:
        self._devices.listen(command.on)
        if command.on:
            self._unsettled = True

    def _settle(self) -> None:
        """Devices are open: load what may be loaded late, and keep the collector out."""
        self._unsettled = False
        self._echo.load()
        self._capture.voice.load()
        gc.collect()
        gc.freeze()
        gc.disable()

    def _flush(self, command: Flush) -> None:
        self._report(Flushed(command.serial, self._playback.flush()))
        self._barge_in.flushed()

    def _close(self, _: Close) -> None:
        self._running = False

    def _shut_down(self) -> None:
        self._devices.close()
        self._capture.stop()
        with contextlib.suppress(OSError):
            os.close(self._reports)

    # ------------------------------------------------------------ reports

    def _report(self, report: AnyReport) -> None:
        try:
            os.write(self._reports, pack(report))
        except OSError:
            # The front end is gone: so are we.
            self._running = False

    def _report_state(self) -> None:
        devices = self._devices
        notices = [*devices.notices, self._echo.notice, self._capture.voice.problem]
        output_rate_hz, input_rate_hz = devices.rates_hz
        state = State(
            output=devices.output_name,
            output_phase=devices.output_phase,
            output_rate_hz=output_rate_hz,
            output_latency_ms=devices.output_latency_ms,
            input=devices.input_name,
            input_phase=devices.input_phase,
            input_rate_hz=input_rate_hz,
            echo=self._echo.active,
            notice="; ".join(notice for notice in notices if notice),
        )
        if state != self._reported_state:
            self._reported_state = state
            self._report(state)

    def _report_level(self, now_ns: int) -> None:
        level = Level(_at_rest(self._capture.take_peak_dbfs()), self._speaker_dbfs(now_ns))
        if level != self._reported_level:
            self._reported_level = level
            self._report(level)

    def _speaker_dbfs(self, now_ns: int) -> int:
        """Peak of the 100 ms that left the loudspeaker last."""
        heard = self._playback.timeline.heard_at(now_ns)
        if heard is None or not self._playback.running:
            return SILENCE_DBFS
        frames = min(METER_FRAMES, heard)
        if frames <= 0 or now_ns > self._playback.timeline.last_sound_ns():
            return SILENCE_DBFS
        block = memoryview(bytearray(frames * FRAME_BYTES))
        self._rings.playback.copy_to(heard - frames, block)
        return _at_rest(peak_dbfs(block))

    def _counters(self) -> Counters:
        words = self._rings.words
        return Counters(
            underruns=words[PLAY_UNDERRUNS],
            overruns=self._capture.lost_blocks,
            dropped_frames=words[CAPTURE_OVERRUN_FRAMES],
            device_restarts=self._devices.restarts,
            underflows=self._devices.underflows,
        )


def _at_rest(dbfs: int) -> int:
    return dbfs if dbfs > LEVEL_FLOOR_DBFS else SILENCE_DBFS
