"""Loudspeaker and microphone: opened as asked, watched, and opened again when they go away."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from engine.capture import Capture
from engine.choose import open_input, open_output
from engine.devices import portaudio, pulse
from engine.devices.names import Device, Direction, find, is_plain, is_sound_card, named
from engine.devices.port import DeviceProblem, InputDevice, OutputDevice
from engine.devices.portaudio import BLOCKS_PER_S, PortAudioInput, PortAudioOutput
from engine.devices.watch import DeviceWatch
from engine.latency import OutputLatency
from engine.playback import USUAL_LATENCY_MS, Playback
from shared.messages import InputPhase, Open, OutputPhase

RETRY_NS: Final = 100_000_000
"""Between two tries to reopen a device that went away."""
RENEW_NS: Final = 250_000_000
"""Between two times that PortAudio is made to look anew for it (30 ms), at first..."""
RENEW_LATER_NS: Final = 3_000_000_000
SOON_NS: Final = 10_000_000_000
"""...and when it has been away for longer than this."""
STALL_NS: Final = 700_000_000
"""Without a callback for this long a running stream is dead, whatever it says..."""
PATIENCE: Final = 4
"""...but one that was just opened again has so many times as long: servers start slowly."""
HOLD_NS: Final = 3_000_000_000
"""The answer waits this long for a loudspeaker that went away; then it runs on in silence."""
WATCH_NS: Final = 3_000_000_000
"""Between two looks at what is plugged in, while that can matter..."""
WATCH_SERVED_NS: Final = 1_000_000_000
"""...or only at what the sound server has, which costs 10 ms."""
SLOWEST_WATCH_NS: Final = 30_000_000_000
PATIENT_LOOKS: Final = 10
"""After so many looks in vain each takes twice as long to come."""
DEFAULT_IS_FIXED: Final = sys.platform in ("darwin", "win32")
"""A stream stays on what was the default when it was opened; elsewhere the server moves it."""


@dataclass(slots=True)
class Side:
    """One direction."""

    direction: Direction
    wanted: str = "silent"
    notice: str = ""
    """Why the device is not the one wanted."""
    away: bool = False
    """Something stands in for the one wanted, which may come."""
    lost: str = ""
    """Why it must be opened again."""
    lost_ns: int = 0
    shaky: str = ""
    """Why it was opened again, until it has shown that it works."""
    mark: tuple[int, int] = (0, 0)
    """Blocks seen, and when the last new one was."""


class Keeper:
    """Everything here runs on the control thread; `notify` may be called on any."""

    def __init__(self, playback: Playback, capture: Capture, notify: Callable[[], None]) -> None:
        self._playback = playback
        self._capture = capture
        self._notify = notify
        self._watch = DeviceWatch(notify)
        self._watch_due_ns = 0
        self._looks = 0
        """In vain, since something was missed."""
        self._fast = False
        self._go_on = False
        """The file that is written to has been begun."""
        self._listening = False
        self._out = Side("output")
        self._in = Side("input")
        self._output: OutputDevice | None = None
        self._input: InputDevice | None = None
        self._found_input = ""
        self._input_phase: InputPhase = "closed"
        self._input_ended = False
        self._retry_at_ns = 0
        self._renewed_ns = 0
        self._latency = OutputLatency(distant=pulse.is_distant())
        self._latency_open_s = 0.0
        self._opened_at_block = 0
        self._underflows = 0
        """Of devices that are closed again."""
        self.restarts = 0
        """Devices that were opened again."""

    # ------------------------------------------------------------ what is asked for

    def open(self, command: Open) -> None:
        """Use these devices; those in use and still wanted stay as they are."""
        fast_changed = command.fast != self._fast
        self._fast = command.fast
        output_changed = command.output != self._out.wanted or fast_changed
        input_changed = command.input != self._in.wanted or fast_changed
        self._out.wanted, self._in.wanted = command.output, command.input
        if output_changed:
            self._go_on = command.go_on
        if self._output is None or output_changed:
            self._open_output()
        if input_changed:
            self._found_input = ""
            self._in.notice, self._in.away = "", False
            if self._input is not None:
                self._close_input()
                self._open_input()
        changed = [
            side
            for side, did in ((self._out, output_changed), (self._in, input_changed))
            if did and side.away and not is_plain(side.wanted)
        ]
        if changed:
            # It may have been plugged in after PortAudio looked.
            self._renew(time.monotonic_ns())

    def listen(self, on: bool) -> None:
        """Open or close the microphone."""
        if on == self._listening:
            return
        self._listening = on
        if on:
            self._open_input()
        else:
            self._close_input()

    def close(self) -> None:
        """Close both."""
        self._close_input()
        self._playback.drop_device()

    # ------------------------------------------------------------ what is

    @property
    def output_name(self) -> str:
        """The loudspeaker in use."""
        return self._output.name if self._output else ""

    @property
    def input_name(self) -> str:
        """The microphone in use; closed, the one that has come."""
        return self._input.name if self._input else self._found_input

    @property
    def output_phase(self) -> OutputPhase:
        """How the loudspeaker is."""
        if self._out.lost or self._out.shaky:
            return "lost"
        if self._playback.paused:
            return "paused"
        return "playing" if self._playback.running else "idle"

    @property
    def input_phase(self) -> InputPhase:
        """How the microphone is."""
        if self._in.lost or self._in.shaky:
            return "lost"
        if self._input_ended and self._input_phase == "open":
            return "ended"
        return self._input_phase

    @property
    def notices(self) -> list[str]:
        """What a person should know of the devices."""
        zeros = ""
        if isinstance(self._input, PortAudioInput) and not self._in.lost:
            zeros = self._input.zeros.problem(self._input.name)
        sides = (self._out, self._in)
        return [*(s.notice for s in sides), *(s.lost or s.shaky for s in sides), zeros]

    @property
    def underflows(self) -> int:
        """How often the loudspeaker's device ran empty, by its own account."""
        now = self._output.underflows if isinstance(self._output, PortAudioOutput) else 0
        return self._underflows + now

    @property
    def output_latency_ms(self) -> int:
        """What the loudspeaker's device was asked to hold; 0: it is none of PortAudio's."""
        real = isinstance(self._output, PortAudioOutput)
        return round(self._latency_open_s * 1000) if real else 0

    @property
    def rates_hz(self) -> tuple[int, int]:
        """Of the loudspeaker and the microphone, where they have one of their own; else 0."""
        output = self._output.rate_hz if isinstance(self._output, PortAudioOutput) else 0
        return output, self._input.rate_hz if isinstance(self._input, PortAudioInput) else 0

    def due_ns(self, now_ns: int) -> int | None:
        """Nanoseconds until `attend` should look; None: nothing to wait for."""
        waits = []
        if self._out.lost or self._in.lost:
            waits.append(max(0, self._retry_at_ns - now_ns))
        if self._watches() is not None:
            waits.append(max(0, self._watch_due_ns - now_ns))
        if self._playback.running or self._input_phase in ("open", "ended"):
            waits.append(STALL_NS // 7)
        return min(waits) if waits else None

    def attend(self, now_ns: int) -> None:
        """Look after both devices."""
        if (self._out.lost or self._in.lost) and now_ns >= self._retry_at_ns:
            self._retry_at_ns = now_ns + RETRY_NS
            self._reopen(now_ns)
        self._look_for_change(now_ns)
        self._look_at_latency(now_ns)

    # ------------------------------------------------------------ opening

    def _open_output(self) -> None:
        side = self._out
        self._drop_output()
        side.lost = side.shaky = ""
        self._latency_open_s = self._latency.seconds
        opened = open_output(
            side.wanted,
            self._playback.fill,
            self._on_output_lost,
            self._on_output_failed,
            fast=self._fast,
            go_on=self._go_on,
            latency_s=self._latency_open_s,
        )
        self._output, side.notice, side.away = opened
        self._go_on = True
        self._playback.expect(self.output_latency_ms or USUAL_LATENCY_MS)
        self._playback.use(self._output)
        self._opened_at_block = self._playback.timeline.blocks
        side.mark = (self._opened_at_block, time.monotonic_ns())

    def _drop_output(self) -> None:
        self._underflows = self.underflows
        self._playback.drop_device()
        self._output = None

    def _open_input(self) -> None:
        if not self._listening:
            return
        side = self._in
        side.lost = side.shaky = ""
        self._input_ended = False
        self._found_input = ""
        opened = open_input(
            side.wanted,
            self._capture,
            self._on_input_ended,
            self._on_input_lost,
            fast=self._fast,
        )
        self._input, side.notice, side.away = opened
        self._input_phase = "open"
        side.mark = (0, 0)
        self._input.start()

    def _close_input(self) -> None:
        if self._input is not None:
            self._input.close()
            self._input = None
        self._input_phase = "closed"
        self._in.lost = self._in.shaky = ""

    # ------------------------------------------------------------ devices that go away

    def _on_output_lost(self, reason: str) -> None:
        self._out.lost = reason
        self._notify()

    def _on_output_failed(self, reason: str) -> None:
        self._out.notice = f"no sound output: {reason}"
        self._notify()

    def _on_input_lost(self, reason: str) -> None:
        self._in.lost = reason
        self._notify()

    def _on_input_ended(self) -> None:
        self._input_ended = True
        self._notify()

    def _takes_more_than_it_holds(self, blocks: int) -> bool:
        """A device that stands still is filled when it is opened, too."""
        return blocks - self._opened_at_block > self._latency_open_s * BLOCKS_PER_S + 5

    def look_for_stall(self, now_ns: int) -> None:
        """A suspended sink and some Bluetooth drops stop the callbacks and say nothing."""
        blocks, since_ns = self._out.mark
        taken = self._playback.timeline.blocks
        if taken != blocks or not self._playback.running:
            if self._takes_more_than_it_holds(taken) or not self._playback.pending:
                self._out.shaky = ""
            self._out.mark = (taken, now_ns)
        elif now_ns - since_ns > _limit_ns(self._out) and not self._out.lost:
            self._out.lost = f"{named('output', self.output_name)} takes nothing: is it suspended?"
            self._playback.stalls()
        if not isinstance(self._input, PortAudioInput) or self._in.lost:
            return
        blocks, since_ns = self._in.mark
        delivered = self._input.zeros.blocks
        if delivered != blocks or not since_ns:
            if delivered != blocks:
                self._in.shaky = ""
            self._in.mark = (delivered, now_ns)
        elif now_ns - since_ns > _limit_ns(self._in):
            self._in.lost = f"{named('input', self._input.name)} delivers nothing"

    def _reopen(self, now_ns: int) -> None:
        before = [side.lost for side in (self._out, self._in)]
        for side, reason in zip((self._out, self._in), before, strict=True):
            if reason and not side.lost_ns:
                side.lost_ns = now_ns
                sys.stderr.write(f"{side.direction}: {reason}; opening it again\n")
        if before[0]:
            self._reopen_output(now_ns, before[0])
        if before[1]:
            self._close_input()
            self._reopen_input(before[1])
        since_ns = max((s.lost_ns for s in (self._out, self._in) if s.lost), default=0)
        pause_ns = RENEW_NS if now_ns - since_ns < SOON_NS else RENEW_LATER_NS
        if not since_ns or now_ns - self._renewed_ns < pause_ns:
            return
        # What works is only disturbed once for each loss.
        if self._renewed_ns < since_ns or not self._anything_works():
            self._renew(now_ns)

    def _reopen_output(self, now_ns: int, reason: str) -> None:
        side = self._out
        self._open_output()
        if side.notice and not isinstance(self._output, PortAudioOutput):
            side.lost = reason
            if now_ns - side.lost_ns < HOLD_NS:
                self._drop_output()
            return
        side.lost_ns = 0
        side.shaky = "" if side.away else reason
        self.restarts += 1

    def _reopen_input(self, reason: str) -> None:
        side = self._in
        self._open_input()
        if side.notice and not isinstance(self._input, PortAudioInput):
            side.lost = reason
            return
        side.lost_ns = 0
        side.shaky = "" if side.away else reason
        self.restarts += 1

    def _anything_works(self) -> bool:
        """Whether a device would be disturbed by closing it."""
        plays = isinstance(self._output, PortAudioOutput) and self._playback.running
        hears = isinstance(self._input, PortAudioInput)
        return (plays and not self._out.lost) or (hears and not self._in.lost)

    def _renew(self, now_ns: int) -> None:
        """Close all sound cards for a moment, so that PortAudio finds what is there now."""
        self._renewed_ns = now_ns
        lost_output, lost_input = self._out.lost, self._in.lost
        had_output = is_sound_card(self._out.wanted)
        had_input = is_sound_card(self._in.wanted) and self._input is not None
        if had_output:
            self._drop_output()
        if had_input:
            self._close_input()
        portaudio.renew()
        if lost_output:
            self._reopen_output(now_ns, lost_output)
        elif had_output:
            self._open_output()
        if lost_input:
            self._reopen_input(lost_input)
        elif had_input:
            self._open_input()

    # ------------------------------------------------------------ devices that come

    def _watches(self) -> bool | None:
        """Whether looking around can change anything; True: it is enough to ask the server."""
        if self._out.away or self._in.away:
            return False
        if DEFAULT_IS_FIXED and "default" in (self._out.wanted, self._in.wanted):
            return False
        served = any(
            device.server_name
            for device in (self._output, self._input)
            if isinstance(device, PortAudioOutput | PortAudioInput)
        )
        return True if served else None

    def _look_for_change(self, now_ns: int) -> None:
        served_only = self._watches()
        if served_only is not False:
            self._looks = 0
        if served_only is None:
            return
        if now_ns >= self._watch_due_ns:
            slow_ns = WATCH_NS << min(self._looks // PATIENT_LOOKS, 4)
            wait_ns = WATCH_SERVED_NS if served_only else min(slow_ns, SLOWEST_WATCH_NS)
            self._watch_due_ns = now_ns + wait_ns
            self._looks += 1
            self._watch.look(served_only=served_only)
        seen = self._watch.take()
        if seen is None:
            return
        for side in (self._out, self._in):
            self._compare(side, seen, now_ns, served_only=served_only)

    def _compare(self, side: Side, seen: list[Device], now_ns: int, *, served_only: bool) -> None:
        device = self._output if side.direction == "output" else self._input
        if not is_sound_card(side.wanted):
            return
        try:
            found = find(seen, side.wanted, side.direction)
        except DeviceProblem:
            found = None
        if side.away:
            if found is not None:
                self._take_again(side, found, now_ns)
            return
        if not isinstance(device, PortAudioOutput | PortAudioInput):
            return
        served = {d["server_name"] for d in seen} - {""}
        # None at all: it was too busy to say.
        if device.server_name and served and device.server_name not in served:
            # The server has moved the stream elsewhere and says nothing.
            side.lost = f"{named(side.direction, device.name)} went away"
        followed = DEFAULT_IS_FIXED and side.wanted == "default" and not served_only
        if followed and found is not None and found["name"] != device.name:
            self._take_again(side, found, now_ns)

    def _take_again(self, side: Side, found: Device, now_ns: int) -> None:
        """What was missed is there."""
        sys.stderr.write(f"{side.direction}: {found['label']} is there\n")
        if side.direction == "input" and not self._listening:
            side.away, side.notice = False, ""
            self._found_input = found["name"]
            return
        if not found["server_name"]:
            self._renew(now_ns)
        elif side.direction == "output":
            self._open_output()
        else:
            self._close_input()
            self._open_input()
        self.restarts += 1

    # ------------------------------------------------------------ latency

    def _look_at_latency(self, now_ns: int) -> None:
        if not isinstance(self._output, PortAudioOutput) or self._out.lost:
            return
        playing = self._playback.running
        # A sound server that runs empty tells nobody; then only its clock does.
        troubles = max(self.underflows, self._playback.timeline.holes)
        at_once = self._latency.look(now_ns, troubles, playing=playing)
        if self._latency.seconds == self._latency_open_s:
            return
        if at_once or not playing:
            sys.stderr.write(f"output: opened with {self._latency.seconds * 1000:.0f} ms\n")
            self._open_output()


def _limit_ns(side: Side) -> int:
    return STALL_NS * PATIENCE if side.shaky else STALL_NS
