"""The engine and our end of its rings; another one when it dies."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections import deque
from collections.abc import Callable
from typing import IO, Final

import msgspec

from shared.messages import (
    AnyCommand,
    AnyReport,
    Counters,
    Echoes,
    Flush,
    Flushed,
    Gate,
    Gated,
    GateMode,
    Level,
    Listen,
    Open,
    Play,
    Ready,
    State,
    Voice,
)
from shared.pcm import FRAME_BYTES
from shared.ring import (
    CAPTURE_CAME_FRAMES,
    CAPTURE_GATED_FRAMES,
    CAPTURE_OVERRUN_FRAMES,
    PLAY_END,
    PLAY_FLUSH,
    PLAY_UNDERRUNS,
    SEGMENT_BYTES,
    AudioRings,
)
from shared.segment import Segment
from tui.audio.ledger import Ledger
from tui.audio.port import (
    AudioDevices,
    AudioEvent,
    EngineBack,
    EngineLost,
    ItemHeard,
    LinkCounts,
)
from tui.audio.process import EngineProcess
from tui.audio.sound_log import Anchor, SoundLog
from tui.audio.spare import Spare

log = logging.getLogger(__name__)

REFILL_S: Final = 0.25
"""Look again this often whether a full ring has room."""
PIECE_BYTES: Final = 4096
"""Sound that waits for room is kept in pieces of about this size: tiny ones cost far more."""
QUICK_DEATHS: Final = 4
"""After this many deaths in a row at the opening of devices these are left alone."""
DEADLY: Final = "; ".join(
    f"{what}: the system's sound ends every process that uses it"
    for what in ("no sound output", "no microphone")
)
"""What is said then."""
OPENING_S: Final = 0.25
"""Who lives for so long after it told of its devices did not die of them."""
REPLY_S: Final = 5.0
"""An engine that does not answer a gate or a flush for this long hangs: it is replaced."""


class EngineLink:
    """An `AudioPort` with an engine process behind it.

    Lives on one asyncio loop; `on_event` is called there.  A dead engine is replaced: the rings are
    ours, so what was to be played is played on, and what was captured is still there.
    """

    def __init__(self, on_event: Callable[[AudioEvent], None], log_file: IO[bytes] | None) -> None:
        self._on_event = on_event
        self._log_file = log_file
        self._segment = Segment.create(SEGMENT_BYTES)
        self._rings = AudioRings(self._segment.view)
        self._ledger = Ledger()
        self.sound_log = SoundLog(time.monotonic_ns())
        self._logged = 0
        """Playback position up to which `sound_log` knows."""
        self._queued_frames = self._played_frames = self._flushed_frames = 0
        self._skipped = 0
        """Playback positions that were flushed."""
        self._flushing = 0
        self._waiting: deque[memoryview[int]] = deque()
        self._refill: asyncio.TimerHandle | None = None
        self._ends: deque[int] = deque()
        self._process: EngineProcess | None = None
        self._spare = Spare(lambda: self._start(spare=True))
        self._captured = asyncio.Event()
        self._serial = 0
        self._replies: dict[int, tuple[AnyCommand, asyncio.Future[AnyReport]]] = {}
        self._devices: Open | None = None
        self._begun: set[str] = set()
        """Outputs that were open before: a file among them is written on, not begun anew."""
        self._listening = False
        self._mode: GateMode = "closed"
        self._closing = False
        self._damaged = False
        """The rings' counters cannot be true."""
        self._deaths = 0
        self._left_alone = False
        """The devices asked for, which kill every engine."""
        self._restarts = 0
        self._opened_s = 0.0
        """When this engine first told of its devices; 0: not yet."""
        self._died_s = 0.0

    # ------------------------------------------------------------ process

    def _start(self, *, spare: bool = False) -> EngineProcess:
        devices = self._devices
        wanted = (devices.input, devices.output) if devices is not None else ()
        return EngineProcess(
            self._segment,
            self._log_file,
            sound_cards=any(is_sound_card(name) for name in wanted),
            spare=spare,
            on_report=self._on_report,
            on_captured=self._captured.set,
            on_ended=self._on_ended,
        )

    def _send(self, command: AnyCommand) -> None:
        if self._process is not None:
            self._process.send(command)

    def _kill(self) -> None:
        if self._process is not None:
            self._process.kill()

    def _on_report(self, report: AnyReport) -> None:
        if not self._damaged and not self._rings.sane:
            log.error("the rings are damaged; beginning anew with another engine")
            self._damaged = True
            self._kill()
        match report:
            case Ready():
                if self._died_s:
                    hole_ms = (time.monotonic() - self._died_s) * 1000
                    self._died_s = 0.0
                    self._on_event(EngineBack(self._restarts, hole_ms))
            case Gated() | Flushed():
                waiting = self._replies.pop(report.serial, None)
                if waiting is not None and not waiting[1].done():
                    waiting[1].set_result(report)
            case State() | Voice() | Level() | Counters() | Echoes():
                self._opened_s = self._opened_s or time.monotonic()
                if isinstance(report, State) and not self._closing:
                    self._begun.add(report.output)
                    # Rates are those of sound cards: only with one can anybody hear the hole.
                    self._spare.want(bool(report.output_rate_hz or report.input_rate_hz))
                    if self._left_alone:
                        report = msgspec.structs.replace(report, notice=DEADLY)
                self._on_event(report)

    def _on_ended(self, process: EngineProcess) -> None:
        """A process ended; unless we asked for it, another takes its place."""
        if process is not self._process:
            self._spare.ended()
            return
        self._process = None
        if self._damaged:
            self._damaged = False
            self._waiting.clear()
            self._ends.clear()
            self._rings.mend(self._ledger.end)
            self._logged = self._ledger.end
        if self._closing:
            return
        now_s = time.monotonic()
        self._died_s = now_s
        quick = not self._opened_s or now_s - self._opened_s < OPENING_S
        self._deaths = self._deaths + 1 if quick else 0
        self._restarts += 1
        self._replace()  # before anything else: until then it is silent
        log.warning("the engine ended unexpectedly (%d in a row)", self._deaths)
        self._on_event(EngineLost("the audio engine ended unexpectedly"))

    def _replace(self) -> None:
        for track in (self.sound_log.mic, self.sound_log.speaker):
            track.anew()
        self._opened_s = 0.0
        self._process = self._spare.take() or self._start()
        commands: list[AnyCommand] = []
        if self._devices is not None:
            if self._deaths > QUICK_DEATHS:
                self._left_alone = True
                self._devices = Open(input="silent", output="silent")
                log.error("the engine dies with the devices asked for; going on without sound")
            commands.append(self._open_command(self._devices))
        commands.append(Gate(self._mode, 0))
        if self._listening:
            commands.append(Listen(True))
        commands += [command for command, _ in self._replies.values()]
        self._process.send(*commands, Play())

    def _open_command(self, devices: Open) -> Open:
        return msgspec.structs.replace(devices, go_on=devices.output in self._begun)

    async def _ask(self, make: Callable[[int], AnyCommand]) -> AnyReport:
        """Send a command that is answered; a hanging engine is replaced and asked again."""
        self._serial += 1
        serial = self._serial
        command = make(serial)
        future: asyncio.Future[AnyReport] = asyncio.get_running_loop().create_future()
        self._replies[serial] = (command, future)
        if self._process is None and not self._closing:
            self._process = self._start()
        self._send(command)
        while True:
            try:
                return await asyncio.wait_for(asyncio.shield(future), REPLY_S)
            except TimeoutError:
                log.error("the engine does not answer; replacing it")
                self._kill()

    # ------------------------------------------------------------ AudioPort

    async def open(self, devices: AudioDevices) -> None:
        """Start (or change) the devices; returns at once, `State` tells what came of it."""
        self._deaths = 0
        self._left_alone = False
        self._devices = Open(
            devices.input,
            devices.output,
            devices.echo,
            devices.fast,
            devices.voice_silence_ms,
            devices.barge_in,
            devices.pause_limit_ms,
        )
        if self._process is None:
            self._process = self._start()
        self._send(self._open_command(self._devices))

    def listen(self, on: bool) -> None:
        """Open or close the microphone."""
        self._listening = on
        self._send(Listen(on))

    async def gate(self, mode: GateMode, *, keep: bool) -> None:
        """Set the capture gate; returns when the engine has acknowledged."""
        self._mode = mode
        report = await self._ask(lambda serial: Gate(mode, serial))
        if not keep and isinstance(report, Gated):
            ring = self._rings.capture
            ring.read = max(ring.read, report.position)

    async def captured(self) -> bytes:
        """Wait for captured audio and return all of it."""
        while True:
            pcm = self.take_captured()
            if pcm:
                return pcm
            self._captured.clear()
            if sys.platform == "win32":
                await asyncio.sleep(0.01)
            else:
                await self._captured.wait()

    @property
    def captured_position(self) -> int:
        """Ring position behind what `captured` returned last."""
        return self._rings.capture.read

    def take_captured(self) -> bytes:
        """What is captured and unread now."""
        ring = self._rings.capture
        position = ring.read
        pcm = ring.take()
        if pcm:
            self.sound_log.add("mic", position, pcm, self._anchor(self._rings.capture_anchor()))
        return pcm

    def _anchor(self, anchor: tuple[int, int]) -> Anchor | None:
        fast = self._devices is not None and self._devices.fast
        return None if fast else Anchor(*anchor)

    def _log_heard(self, position: int) -> None:
        """Everything below `position` was heard."""
        ring = self._rings.playback
        first = max(self._logged, max(ring.written, position) - ring.capacity_frames)
        if position <= first:
            return
        self._played_frames += position - self._logged
        pcm = bytearray((position - first) * FRAME_BYTES)
        with memoryview(pcm) as view:
            ring.copy_to(first, view)
        self._logged = position
        anchor = self._anchor(self._rings.playback_anchor())
        self.sound_log.add("speaker", first, bytes(pcm), anchor)

    def _heard_now(self) -> int:
        heard = self._rings.heard_at(time.monotonic_ns())
        if not self._flushing:
            self._log_heard(heard)
        return heard

    def play(self, item_id: str, content_index: int, pcm: bytes) -> None:
        """Queue sound of an item; what the ring has no room for waits here."""
        self._ledger.add(item_id, content_index, len(pcm) // FRAME_BYTES)
        self._queued_frames += len(pcm) // FRAME_BYTES
        if len(self._waiting) > 1 and len(self._waiting[-1]) + len(pcm) <= PIECE_BYTES:
            self._waiting[-1] = memoryview(bytes(self._waiting[-1]) + pcm)
        else:
            self._waiting.append(memoryview(pcm))
        self._fill_ring()

    def end_item(self, item_id: str, content_index: int) -> None:
        """All sound of this item was queued."""
        if self._ledger.finish(item_id, content_index):
            self._ends.append(self._ledger.end)
            self._fill_ring()

    def _fill_ring(self) -> None:
        ring = self._rings.playback
        moved = False
        while self._waiting:
            chunk = self._waiting[0]
            taken = ring.write(chunk)
            moved = moved or taken > 0
            if taken * FRAME_BYTES < len(chunk) - 1:
                self._waiting[0] = chunk[taken * FRAME_BYTES :]
                break
            self._waiting.popleft()
        while self._ends and self._ends[0] <= ring.written:
            self._rings.words[PLAY_END] = self._ends.popleft()
            moved = True
        if moved:
            self._send(Play())
        if self._waiting and self._refill is None:
            self._refill = asyncio.get_running_loop().call_later(REFILL_S, self._refill_now)

    def _refill_now(self) -> None:
        self._refill = None
        self._fill_ring()

    async def flush(self) -> list[ItemHeard]:
        """Silence at once; the items that were queued or playing, in order."""
        ring = self._rings.playback
        self._waiting.clear()
        self._ends.clear()
        position = ring.written
        self._heard_now()
        queued_frames = self._queued_frames
        self._flushing += 1
        self._rings.words[PLAY_FLUSH] = position
        self._rings.words[PLAY_END] = position
        # What comes while we wait for the answer belongs behind the flush.
        flushed, self._ledger = self._ledger, Ledger()
        self._ledger.end = position
        try:
            report = await self._ask(Flush)
            assert isinstance(report, Flushed)
            heard = min(report.heard, position)
            self._log_heard(heard)
        finally:  # who no longer waits for the answer has flushed all the same
            self._flushing -= 1
            self._skipped += max(0, position - self._logged)
            self._logged = max(self._logged, position)
            self._flushed_frames = max(self._flushed_frames, queued_frames - self._played_frames)
        return flushed.cut(heard)

    def heard(self, item_id: str) -> ItemHeard | None:
        """How far an item got until now."""
        return self._ledger.heard(item_id, self._heard_now())

    def pop_heard(self) -> list[ItemHeard]:
        """Complete items heard to their end since the last call."""
        return self._ledger.pop_heard(self._heard_now())

    @property
    def playing(self) -> str | None:
        """The item being heard now (or waiting to be)."""
        return self._ledger.playing_at(self._heard_now())

    def counts(self) -> LinkCounts:
        """Counters of everything between here and the devices."""
        words = self._rings.words
        self._heard_now()
        ring = self._rings.playback
        waiting_bytes = sum(map(len, self._waiting))
        return LinkCounts(
            queued_frames=self._queued_frames,
            waiting_frames=ring.written - self._logged + waiting_bytes // FRAME_BYTES,
            taken_frames=max(self._played_frames, ring.read - self._skipped),
            played_frames=self._played_frames,
            flushed_frames=self._flushed_frames,
            underruns=words[PLAY_UNDERRUNS],
            captured_frames=words[CAPTURE_CAME_FRAMES],
            gated_frames=words[CAPTURE_GATED_FRAMES],
            dropped_frames=words[CAPTURE_OVERRUN_FRAMES],
            engine_restarts=self._restarts,
        )

    async def close(self) -> None:
        """End the engine and release everything."""
        self._closing = True
        if self._refill is not None:
            self._refill.cancel()
        self._spare.close()
        if self._process is not None:
            await self._process.close()
            self._process = None
        self._waiting.clear()
        self._rings.release()
        self._segment.close()


def is_sound_card(device: str) -> bool:
    """Whether the name of a device means a real one."""
    return device != "silent" and not device.startswith("file:")
