"""The loudspeaker's side: what the output callback does, and when the stream runs.

The stream is started on demand, filled at once (a 100 ms device buffer costs no start delay that
way), kept on zeros until the device has played its last real frame (PortAudio's stop does not
drain), and aborted on a flush (which empties the device's buffer too).
"""

from __future__ import annotations

import time
from typing import Final

from engine.devices.port import OutputDevice
from engine.gain import Gain
from engine.seam import Seam
from engine.timeline import Timeline
from shared.pcm import FRAME_BYTES, RATE_HZ, ms_to_frames
from shared.ring import (
    PLAY_COUNT,
    PLAY_DAC_NS,
    PLAY_DELAY_FRAMES,
    PLAY_END,
    PLAY_FLUSH,
    PLAY_POSITION,
    PLAY_READ,
    PLAY_RUNNING,
    PLAY_SEQUENCE,
    PLAY_UNDERRUNS,
    PLAY_WRITTEN,
    AudioRings,
)

PREBUFFER_MS: Final = 50
"""Start as soon as this much is there, beyond what the device takes at once: bridges the usual
jitter between deltas."""
USUAL_LATENCY_MS: Final = 100
PREBUFFER_WAIT_NS: Final = 60_000_000
"""Start with less after this: a slow service must not be made slower."""
LEAD_FRAMES: Final = ms_to_frames(5)
"""Zeros in front: a stream that starts loses its first 4 ms on some sound servers."""
DRAIN_MARGIN_NS: Final = 30_000_000
"""Zeros after the last frame's device time: the clock is good to 5 ms, a block has 10."""

_NEVER: Final = -1


class Playback:
    """Plays the playback ring through one output device.

    `fill` runs in the device's callback; all else on the control thread.
    """

    def __init__(self, rings: AudioRings) -> None:
        self._ring = rings.playback
        self._words = rings.words
        self.timeline = Timeline()
        self.gain = Gain()
        self.seam = Seam()
        self._is_heard = False
        self.paused = False
        """Waits where it was stopped, for `resume` or `flush`."""
        self._device: OutputDevice | None = None
        self.running = False
        self._called_ns = 0
        self._stalled = False
        self._heard = 0
        """Where the stream was stopped last: nothing from there on has been heard."""
        self._first_seen_ns = _NEVER
        self._lead_frames = 0
        self._dry = True
        self.expect(USUAL_LATENCY_MS)
        self._resume()

    def _resume(self) -> None:
        """Take up where an engine that died left off.

        What it had handed to its device but the device had not played is played again.
        """
        words = self._words
        self._heard = words[PLAY_READ]
        self.took_over = bool(words[PLAY_RUNNING])
        """An engine died while it played."""
        if self.took_over:
            unheard = max(0, words[PLAY_POSITION] - words[PLAY_DELAY_FRAMES])
            # A flush that the dead engine has not done yet asks for this, not for its own place.
            self._heard = min(words[PLAY_READ], unheard)
            words[PLAY_READ] = max(words[PLAY_FLUSH], self._heard)
            words[PLAY_RUNNING] = 0
        if words[PLAY_SEQUENCE] % 2:
            words[PLAY_SEQUENCE] += 1

    def expect(self, latency_ms: int) -> None:
        """The device takes so much at once when it starts; with less there would be a hole."""
        self._prebuffer_frames = ms_to_frames(latency_ms + PREBUFFER_MS)
        self._wait_ns = PREBUFFER_WAIT_NS + (latency_ms - USUAL_LATENCY_MS) * 1_000_000

    def use(self, device: OutputDevice) -> None:
        """Play on this device from now on; the one before is stopped and closed."""
        self.drop_device()
        self._device = device
        self._is_heard = device.is_heard

    def drop_device(self) -> None:
        """Stop and close the device; what it had not played yet stays to be played."""
        if self._device is None:
            return
        self._stop()
        self._device.close()
        self._device = None

    @property
    def pending(self) -> int:
        """Frames that wait to be handed to the device."""
        words = self._words
        return words[PLAY_WRITTEN] - max(words[PLAY_READ], words[PLAY_FLUSH])

    # ------------------------------------------------------------ callback

    def fill(self, out: memoryview[int], frames: int, delay_ns: int) -> int:
        """Output callback: fill `out` (bytes) with `frames` frames.

        `delay_ns`: from now until the first of them leaves the loudspeaker.  Returns how many
        frames at the front are worth keeping: up to the last one from the ring.
        """
        self._called_ns = now_ns = time.monotonic_ns()
        dac_ns = now_ns + delay_ns
        words = self._words
        written = words[PLAY_WRITTEN]
        read = words[PLAY_READ]
        flush = words[PLAY_FLUSH]
        if flush > read:
            read = flush
        silent = self._lead_frames
        if silent:
            silent = min(silent, frames)
            self._lead_frames -= silent
        count = written - read
        if count > self._ring.capacity_frames:
            count = 0  # the counters are damaged: silence, until the front end has mended them
        if count > frames - silent:
            count = frames - silent
        if count > 0:
            start = silent * FRAME_BYTES
            end = start + count * FRAME_BYTES
            self._ring.copy_to(read, out[start:end])
            if silent:
                out[:start] = bytes(start)
            if self._is_heard:
                self.seam.played(out[start:end])
            self._dry = False
        else:
            count = 0
            end = 0
        if silent + count < frames and not self._dry:
            self._dry = True
            if words[PLAY_END] < written:
                words[PLAY_UNDERRUNS] += 1
                if self._is_heard:
                    self.seam.breaks()
            else:
                self.seam.end()
        if end < len(out):
            self.seam.fill(out[end:])
        if not self.gain.idle:
            self.gain.apply(out)
        words[PLAY_SEQUENCE] += 1
        if count:  # silence behind the last sound must not move it
            words[PLAY_POSITION] = read
            words[PLAY_COUNT] = count
            words[PLAY_DAC_NS] = dac_ns + silent * 1_000_000_000 // RATE_HZ
            words[PLAY_DELAY_FRAMES] = max(0, delay_ns) * RATE_HZ // 1_000_000_000
        words[PLAY_READ] = read + count
        words[PLAY_SEQUENCE] += 1
        self.timeline.note(dac_ns, read, silent, count, out)
        return silent + count if count else 0

    # ------------------------------------------------------------ control thread

    def poll(self, now_ns: int) -> int | None:
        """Start or stop the stream as the ring's fill demands.

        Returns nanoseconds until the next look is due; None: nothing to wait for.
        """
        device = self._device
        if device is None or self.paused:
            return None
        words = self._words
        pending = self.pending
        if self.running:
            if pending <= 0 and now_ns > self.timeline.last_sound_ns() + DRAIN_MARGIN_NS:
                self._stop()
                return self.poll(now_ns) if words[PLAY_WRITTEN] > words[PLAY_READ] else None
            return 20_000_000
        if pending <= 0:
            self._first_seen_ns = _NEVER
            return None
        if self._first_seen_ns == _NEVER:
            self._first_seen_ns = now_ns
        waited_ns = now_ns - self._first_seen_ns
        complete = words[PLAY_END] >= words[PLAY_WRITTEN]
        if pending >= self._prebuffer_frames or complete or waited_ns >= self._wait_ns:
            self._start(device)
            return 20_000_000
        return self._wait_ns - waited_ns

    def pause(self) -> None:
        """Silence now; what was not heard stays to be played."""
        self.paused = True
        self._stop()

    def resume(self) -> None:
        """Go on where `pause` stopped."""
        self.paused = False

    def stalls(self) -> None:
        """The device takes nothing, so it plays nothing: since its last call nothing was heard."""
        self._stalled = True

    def flush(self) -> int:
        """Silence now; returns the position up to which frames were heard."""
        words = self._words
        self.paused = False
        # Not the read position: the flush before this one may have raised it past what it skipped.
        heard = self._stop() if self.running else self._heard
        # The callback is not running: this side of the ring is ours.
        words[PLAY_READ] = max(words[PLAY_READ], words[PLAY_FLUSH])
        self._first_seen_ns = _NEVER
        self.seam.end()
        return heard

    def _start(self, device: OutputDevice) -> None:
        self._first_seen_ns = _NEVER
        self._lead_frames = LEAD_FRAMES
        self._dry = True
        self.gain.restart()
        self.timeline.clear(time.monotonic_ns())
        self.running = True
        words = self._words
        # Until the device takes the first block nothing more is heard.
        words[PLAY_POSITION] = words[PLAY_READ]
        words[PLAY_COUNT] = words[PLAY_DELAY_FRAMES] = 0
        words[PLAY_RUNNING] = 1
        device.start()

    def _stop(self) -> int:
        """Abort the stream; frames the device held are given back to the ring.

        Returns the position heard.
        """
        words = self._words
        if not self.running:
            return words[PLAY_READ]
        assert self._device is not None
        heard = self.timeline.heard_at(self._called_ns if self._stalled else time.monotonic_ns())
        if heard is None:
            heard = words[PLAY_READ]
        self._stalled = False
        self._device.abort()
        self.running = False
        words[PLAY_READ] = self._heard = heard
        words[PLAY_RUNNING] = 0
        if self.pending > 0:
            self.seam.cut()
        self.timeline.clear(time.monotonic_ns())
        return heard
