"""Keeps what the loudspeaker plays out of what the microphone delivers.

WebRTC's AEC3 with noise suppression, through pywebrtc-audio.  The reference is what is leaving the
loudspeaker at the time of capture, read back from the playback ring by device times.  The library
(and numpy) is loaded after the streams run, on a thread of its own.  Where it cannot load, the
microphone is silent while the loudspeaker is not: half-duplex.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from typing import Any, Final, Literal

from engine.timeline import Timeline
from shared.messages import EchoMode
from shared.pcm import FRAME_BYTES, RATE_HZ, ms_to_frames

Active = Literal["cancelled", "half-duplex", "off"]

BLOCK_FRAMES: Final = 240
RESYNC_FRAMES: Final = ms_to_frames(30)
"""Device times jitter by a few ms; the reference follows them only beyond this, since a
reference that jumps costs the canceller its adaptation."""
HALF_DUPLEX_TAIL_NS: Final = 300_000_000
"""Silence kept after the loudspeaker: rooms ring on, and device times can be late."""
NOISE_SUPPRESSION_LEVEL: Final = 1
"""12 dB: takes the residual echo too, at no cost in near speech."""

CONVERGING_BLOCKS: Final = 150
"""The canceller needs a little more than 1 s of sound to know the room; until then what it lets
through would be taken for speech, so the beginning of the first answer is half-duplex."""
AUDIBLE: Final = 200
"""Samples above this teach the canceller something: -44 dB."""

_ZEROS: Final = bytes(BLOCK_FRAMES * FRAME_BYTES)


class Echo:
    """Echo control of one capture path; `process` runs on the processing thread."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._mode: EchoMode = "off"
        self._processor: Any = None
        self._frombuffer: Any = None
        self._int16: Any = None
        self._loading = False
        self._problem = ""
        self._reference: Any = None
        self._last_sound_ns = 0
        self._learned_blocks = 0
        self._changed: Callable[[], None] = lambda: None

    @property
    def active(self) -> Active:
        """What is being done now."""
        if self._mode in ("off", "headphones"):
            return "off"
        if self._mode == "half-duplex" or self._problem:
            return "half-duplex"
        return "cancelled"

    @property
    def notice(self) -> str:
        """Why it is not what was asked for; empty when it is."""
        return self._problem

    def use(self, mode: EchoMode, changed: Callable[[], None]) -> None:
        """Set the mode; `changed` is called (on any thread) when `active` or `notice` changed."""
        self._mode = mode
        self._changed = changed

    def load(self) -> None:
        """Load the canceller if the mode wants it; returns at once.  Call when streams run."""
        if self._mode != "auto" or self._processor is not None or self._loading:
            return
        self._loading = True
        threading.Thread(target=self._load, name="echo-load", daemon=True).start()

    def _load(self) -> None:
        try:
            import numpy
            from pywebrtc_audio import AudioProcessor

            from engine.reference import Reference
        except (ImportError, OSError) as error:
            sys.stderr.write(f"echo cancellation cannot load: {error}\n")
            self._problem = (
                "echo cancellation is not available (pywebrtc-audio); "
                "the microphone is off while the answer plays"
            )
            self._changed()
            return
        self._frombuffer = numpy.frombuffer
        self._int16 = numpy.dtype("<i2")
        self._reference = Reference(self._timeline)
        self._processor = AudioProcessor(
            sample_rate=RATE_HZ,
            num_channels=1,
            echo_cancellation=True,
            noise_suppression=True,
            ns_level=NOISE_SUPPRESSION_LEVEL,
        )
        self._changed()

    def process(self, near: memoryview[int], adc_ns: int) -> bytes | memoryview[int]:
        """One block of 10 ms: what the microphone would have heard without the loudspeaker."""
        if self._mode in ("off", "headphones"):
            return near
        if self._processor is not None and self._mode == "auto":
            far, sound = self._reference.block(adc_ns)
            clean = self._processor.process(self._frombuffer(near, self._int16), far)
            if sound and self._learned_blocks < CONVERGING_BLOCKS:
                if far.max() > AUDIBLE:
                    self._learned_blocks += 1
                return _ZEROS
            return bytes(clean.tobytes())
        target = self._timeline.stream_frame_at(adc_ns)
        if target is not None and self._timeline.sounds(int(target), BLOCK_FRAMES):
            self._last_sound_ns = adc_ns
        if adc_ns - self._last_sound_ns < HALF_DUPLEX_TAIL_NS and self._last_sound_ns:
            return _ZEROS
        return near
