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

from engine.capture import Capture
from engine.choose import open_input, open_output
from engine.devices.port import InputDevice, OutputDevice
from engine.echo import Echo
from engine.playback import Playback
from shared.framing import BrokenStream, Unpacker, pack
from shared.messages import (
    AnyCommand,
    AnyReport,
    Close,
    Counters,
    Flush,
    Flushed,
    Gate,
    Gated,
    InputPhase,
    Level,
    Listen,
    Open,
    OutputPhase,
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
RETRY_NS: Final = 250_000_000
"""Between two tries to reopen a device that went away."""
STALL_NS: Final = 700_000_000
"""Without a callback for this long a running stream is dead, whatever it says."""
HOLD_NS: Final = 3_000_000_000
"""The answer waits this long for a loudspeaker that went away; then it runs on in silence."""
METER_FRAMES: Final = 2400
LEVEL_FLOOR_DBFS: Final = -60
"""Quieter is at rest: a room's noise must not keep the screen awake."""


class Engine:
    """Owns the rings' consumer and producer sides, the devices and the control loop."""

    def __init__(self, token: str, wake: int | None, *, commands: int, reports: int) -> None:
        self._commands = commands
        self._reports = reports
        self._segment = Segment.attach(token)
        self._rings = AudioRings(self._segment.view)
        self._playback = Playback(self._rings)
        self._echo = Echo(self._playback.timeline)
        if wake is not None:
            os.set_blocking(wake, False)
        self._capture = Capture(self._rings, self._echo, wake)
        self._wake_read, self._wake_write = os.pipe()
        os.set_blocking(self._wake_write, False)
        os.set_blocking(self._wake_read, False)
        self._opened = Open(input="silent", output="silent")
        self._output: OutputDevice | None = None
        self._input: InputDevice | None = None
        self._listening = False
        self._output_notice = ""
        self._input_notice = ""
        self._input_phase: InputPhase = "closed"
        self._output_lost = ""
        self._input_lost = ""
        self._input_ended = False
        self._retry_at_ns = 0
        self._output_lost_ns = 0
        self._device_restarts = 0
        self._reported_state: State | None = None
        self._reported_counters = Counters()
        self._reported_level = Level(SILENCE_DBFS, SILENCE_DBFS)
        self._level_due_ns = 0
        self._counters_due_ns = 0
        self._stall_mark = (0, 0)
        self._output_mark = (0, 0)
        self._running = True

    # ------------------------------------------------------------ loop

    def run(self) -> None:
        """Take commands until stdin ends."""
        self._capture.start(self._notify)
        self._report(Ready(os.getpid()))
        unpacker: Unpacker[AnyCommand] = Unpacker(AnyCommand)
        handlers: dict[type, Callable[..., None]] = {
            Open: self._open,
            Listen: self._listen,
            Gate: lambda gate: self._capture.gate(gate.mode, gate.serial),
            Play: lambda _: None,
            Flush: self._flush,
            Close: self._close,
        }
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
                    try:
                        for command in unpacker.feed(data):
                            handlers[type(command)](command)
                    except BrokenStream as error:
                        sys.stderr.write(f"commands are broken: {error}\n")
                        self._running = False
                self._after_events()
        self._shut_down()

    def _timeout_s(self) -> float | None:
        now_ns = time.monotonic_ns()
        due_ns = self._playback.poll(now_ns)
        waits_ns = [] if due_ns is None else [due_ns]
        if self._playback.running or self._input_phase in ("open", "ended"):
            waits_ns.append(LEVEL_NS)
        if self._output_lost or self._input_lost:
            waits_ns.append(max(0, self._retry_at_ns - now_ns))
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
            self._report(Voice(heard.on, heard.position))
        self._look_for_stall(now_ns)
        if (self._output_lost or self._input_lost) and now_ns >= self._retry_at_ns:
            self._reopen(now_ns)
        self._playback.poll(now_ns)
        self._report_state()
        if now_ns >= self._level_due_ns:
            self._level_due_ns = now_ns + LEVEL_NS
            self._report_level(now_ns)
        if now_ns >= self._counters_due_ns:
            counters = self._counters()
            if counters != self._reported_counters:
                self._counters_due_ns = now_ns + COUNTERS_NS
                self._reported_counters = counters
                self._report(counters)

    def _notify(self) -> None:
        """Any thread: look again."""
        with contextlib.suppress(BlockingIOError):
            os.write(self._wake_write, b"\0")

    # ------------------------------------------------------------ commands

    def _open(self, command: Open) -> None:
        before = self._opened
        self._opened = command
        self._echo.use(command.echo, self._notify)
        self._capture.voice.use(command.voice_silence_ms)
        same_output = (before.output, before.fast) == (command.output, command.fast)
        if self._output is None or not same_output:
            self._open_output()
        if self._input is not None and (before.input, before.fast) != (
            command.input,
            command.fast,
        ):
            self._close_input()
            self._open_input()
        self._settle()

    def _open_output(self) -> None:
        self._playback.drop_device()
        self._output_lost = ""
        self._output, self._output_notice = open_output(
            self._opened.output, self._playback.fill, self._on_output_lost, fast=self._opened.fast
        )
        self._playback.use(self._output)

    def _listen(self, command: Listen) -> None:
        if command.on == self._listening:
            return
        self._listening = command.on
        if command.on:
            self._open_input()
            self._settle()
        else:
            self._close_input()

    def _open_input(self) -> None:
        if not self._listening:
            return
        self._input_lost = ""
        self._input_ended = False
        self._input, self._input_notice = open_input(
            self._opened.input,
            self._capture,
            self._on_input_ended,
            self._on_input_lost,
            fast=self._opened.fast,
        )
        self._input_phase = "open"
        self._stall_mark = (self._capture.delivered, time.monotonic_ns())
        self._input.start()

    def _close_input(self) -> None:
        if self._input is not None:
            self._input.close()
            self._input = None
        self._input_phase = "closed"
        self._input_lost = ""

    def _settle(self) -> None:
        """Devices are open: load what may be loaded late, and keep the collector out."""
        self._echo.load()
        self._capture.voice.load()
        gc.collect()
        gc.freeze()
        gc.disable()

    def _flush(self, command: Flush) -> None:
        self._report(Flushed(command.serial, self._playback.flush()))

    def _close(self, _: Close) -> None:
        self._running = False

    def _shut_down(self) -> None:
        self._close_input()
        self._playback.drop_device()
        self._capture.stop()
        with contextlib.suppress(OSError):
            os.close(self._reports)

    # ------------------------------------------------------------ devices that go away

    def _on_output_lost(self, reason: str) -> None:
        self._output_lost = reason
        self._output_lost_ns = time.monotonic_ns()
        self._notify()

    def _on_input_lost(self, reason: str) -> None:
        self._input_lost = reason
        self._notify()

    def _on_input_ended(self) -> None:
        self._input_ended = True
        self._notify()

    def _look_for_stall(self, now_ns: int) -> None:
        """A suspended sink and some Bluetooth drops stop the callbacks and say nothing."""
        blocks, since_ns = self._output_mark
        if not self._playback.running or self._playback.timeline.blocks != blocks:
            self._output_mark = (self._playback.timeline.blocks, now_ns)
        elif now_ns - since_ns > STALL_NS and not self._output_lost:
            name = self._output.name if self._output else "the loudspeaker"
            self._on_output_lost(f"{name} takes nothing: is it suspended?")
        if self._input is None or self._input_lost or self._opened.input.startswith("file:"):
            return
        delivered, since_ns = self._stall_mark
        if self._capture.delivered != delivered:
            self._stall_mark = (self._capture.delivered, now_ns)
        elif now_ns - since_ns > STALL_NS:
            self._input_lost = f"{self._input.name} delivers nothing"

    def _reopen(self, now_ns: int) -> None:
        self._retry_at_ns = now_ns + RETRY_NS
        if self._output_lost:
            sys.stderr.write(f"output: {self._output_lost}; opening it again\n")
            reason = self._output_lost
            self._playback.drop_device()
            self._open_output()
            self._device_restarts += 1
            if self._output_notice:
                self._output_lost = reason
                if now_ns - self._output_lost_ns < HOLD_NS:
                    self._playback.drop_device()
        if self._input_lost:
            sys.stderr.write(f"input: {self._input_lost}; opening it again\n")
            reason = self._input_lost
            self._close_input()
            self._open_input()
            self._device_restarts += 1
            if self._input_notice:
                self._input_lost = reason

    # ------------------------------------------------------------ reports

    def _report(self, report: AnyReport) -> None:
        try:
            os.write(self._reports, pack(report))
        except OSError:
            # The front end is gone: so are we.
            self._running = False

    def _report_state(self) -> None:
        output_phase: OutputPhase = "playing" if self._playback.running else "idle"
        if self._output_lost:
            output_phase = "lost"
        input_phase = self._input_phase
        if self._input_lost:
            input_phase = "lost"
        elif self._input_ended and input_phase == "open":
            input_phase = "ended"
        notices = [self._output_notice, self._input_notice, self._output_lost, self._input_lost]
        notices += [self._echo.notice, self._capture.voice.problem]
        state = State(
            output=self._output.name if self._output else "",
            output_phase=output_phase,
            input=self._input.name if self._input else "",
            input_phase=input_phase,
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
            device_restarts=self._device_restarts,
        )


def _at_rest(dbfs: int) -> int:
    return dbfs if dbfs > LEVEL_FLOOR_DBFS else SILENCE_DBFS
