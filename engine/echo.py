"""Keeps what the loudspeaker plays out of what the microphone delivers.

WebRTC's AEC3 with noise suppression, through pywebrtc-audio.  The reference is what is leaving the
loudspeaker at the time of capture (`engine.reference`).  The library (and numpy) is loaded after
the streams run, on a thread of its own.  Where it cannot load, and where it cannot hold the echo
down, the microphone is silent while the loudspeaker is not: half-duplex.
"""

from __future__ import annotations

import math
import sys
import threading
from collections.abc import Callable
from typing import Any, Final, Literal

from engine.timeline import Timeline
from engine.voice import Residue
from shared.messages import Echoes, EchoMode
from shared.pcm import FRAME_BYTES, RATE_HZ, SILENCE_DBFS

Active = Literal["cancelled", "half-duplex", "off"]

BLOCK_FRAMES: Final = 240
HALF_DUPLEX_TAIL_NS: Final = 300_000_000
"""Silence kept after the loudspeaker: rooms ring on, and device times can be late."""
NOISE_SUPPRESSION_LEVEL: Final = 1
"""12 dB: takes the residual echo too, at no cost in near speech."""

CONVERGING_BLOCKS: Final = 150
"""The canceller needs a little more than 1 s of sound to know the room; until then what it lets
through would be taken for speech, so the beginning of the first answer is half-duplex."""
CONVERGED_DB: Final = 25.0
LONGEST_CONVERGING_BLOCKS: Final = 300
AUDIBLE: Final = 200
"""Samples above this teach the canceller something: -44 dB."""
RESIDUE_RATIO: Final = 100.0
"""Where the canceller took 20 dB and more away, the rest is echo too: no voice is buried so."""
RESIDUE_STEADY: Final = 0.4
"""Of a block's power in the running mean: about 30 ms."""
NEW_STREAM_BLOCKS: Final = 150
"""Its reference begins at device times, a fraction of a millisecond from where the last one was:
in the first second the canceller may lose its place for a moment."""
LEAKS_TO_FALL_BACK: Final = 4
"""Of the last twelve looks, six seconds of answer."""
QUIET_LOOKS_TO_RETURN: Final = 20
"""Ten seconds of answer without a leak; twice as many after each return that did not last."""

UNAVAILABLE: Final = (
    "echo cancellation is not available (pywebrtc-audio), so "
    "the microphone is off while the answer plays"
)
FELL_BACK: Final = (
    "the echo cannot be taken out, so the microphone is off while the answer plays: "
    "use headphones, or turn the loudspeaker down"
)

_ZEROS: Final = bytes(BLOCK_FRAMES * FRAME_BYTES)


class Echo:
    """Echo control of one capture path; `process` runs on the processing thread."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._mode: EchoMode = "off"
        self._processor: Any = None
        self._reference: Any = None
        self._watch: Any = None
        self._guard: Any = None
        self._suppressor: Any = None
        self._numpy: Any = None
        self._loading = False
        self._problem = ""
        self._fell_back = False
        self._quiet_looks_wanted = QUIET_LOOKS_TO_RETURN
        self._anew = False
        self._devices = ("", "", 0)
        self._last_sound_ns = 0
        self._learned_blocks = 0
        self._near_power = self._clean_power = 0.0
        self._jumps = 0
        """Of the timeline, so far."""
        self._epoch = -1
        self._listened_blocks = 0
        """Of this stream."""
        self.residue: Residue | None = None
        """What may be in what was processed last; None: nothing of the loudspeaker's."""
        self.unheld = b""
        """What was processed last before it was held down; empty: it was not."""
        self._changed: Callable[[], None] = lambda: None

    @property
    def active(self) -> Active:
        """What is being done now."""
        if self._mode in ("off", "headphones"):
            return "off"
        if self._mode == "half-duplex" or self._problem or self._fell_back:
            return "half-duplex"
        return "cancelled"

    @property
    def notice(self) -> str:
        """Why it is not what was asked for; empty when it is."""
        if self._mode not in ("auto", "on"):
            return ""
        return self._problem or (FELL_BACK if self._fell_back else "")

    def found(self) -> Echoes:
        """What is known about the echo."""
        watch = self._watch
        levels_dbfs = watch.levels_dbfs if watch is not None else None
        if levels_dbfs is None:
            return Echoes()
        before_dbfs, after_dbfs = map(round, levels_dbfs)
        return Echoes(
            heard=watch.echo,
            delay_ms=round(watch.delay_ms) if watch.echo else 0,
            before_dbfs=max(SILENCE_DBFS, before_dbfs),
            after_dbfs=max(SILENCE_DBFS, after_dbfs),
            reduction_db=before_dbfs - after_dbfs if watch.echo else 0,
            drift_ppm=round(self._reference.drift_ppm),
        )

    def use(self, mode: EchoMode, changed: Callable[[], None]) -> None:
        """Set the mode; `changed` is called (on any thread) when `active` or `notice` changed."""
        if mode != self._mode:
            self._anew = True
        self._mode = mode
        self._changed = changed

    def rings_on(self, now_ns: int) -> None:
        """Another engine has played until now, and the room has not forgotten it yet."""
        self._last_sound_ns = now_ns

    def between(self, output: str, input: str, restarts: int) -> None:
        """The devices in use; with another one room, delay and clocks are not known any more."""
        before = self._devices
        self._devices = (output or before[0], input or before[1], restarts)
        if self._devices != before:
            self._anew = True

    def load(self) -> None:
        """Load the canceller if the mode wants it; returns at once.  Call when streams run."""
        if self._mode not in ("auto", "on") or self._processor is not None or self._loading:
            return
        self._loading = True
        threading.Thread(target=self._load, name="echo-load", daemon=True).start()

    def _load(self) -> None:
        try:
            import numpy
            from pywebrtc_audio import AudioProcessor

            from engine.echo_watch import EchoWatch
            from engine.guard import Guard
            from engine.reference import Reference
        except (ImportError, OSError) as error:
            sys.stderr.write(f"echo cancellation cannot load: {error}\n")
            self._problem = UNAVAILABLE
            self._changed()
            return
        self._numpy = numpy
        self._reference = Reference(self._timeline)
        self._watch = EchoWatch()
        self._guard = Guard(self._watch)
        self._suppressor, self._processor = (
            AudioProcessor(
                sample_rate=RATE_HZ,
                num_channels=1,
                echo_cancellation=cancels,
                noise_suppression=True,
                ns_level=NOISE_SUPPRESSION_LEVEL,
            )
            for cancels in (False, True)
        )
        self._changed()

    def process(self, near: memoryview[int], adc_ns: int) -> bytes | memoryview[int]:
        """One block of 10 ms: what the microphone would have heard without the loudspeaker."""
        self.unheld = b""
        self.residue = None
        if self._mode in ("off", "headphones"):
            return near
        if self._processor is not None and self._mode in ("auto", "on"):
            if self._anew:
                self._begin_anew()
            return self._cancelled(near, adc_ns)
        return _ZEROS if self._half_duplex(adc_ns) else near

    def _half_duplex(self, adc_ns: int) -> bool:
        """Whether the loudspeaker sounds, or did a moment ago."""
        frame = self._timeline.stream_frame_at(adc_ns)
        if frame is not None and self._timeline.sounds(int(frame), BLOCK_FRAMES):
            self._last_sound_ns = adc_ns
        return self._sounded(adc_ns)

    def _sounded(self, adc_ns: int) -> bool:
        return bool(self._last_sound_ns) and adc_ns - self._last_sound_ns < HALF_DUPLEX_TAIL_NS

    def _begin_anew(self) -> None:
        self._anew = False
        self._reference.reset()
        self._processor.reset()
        self._watch.reset()
        self._learned_blocks = 0
        self._quiet_looks_wanted = QUIET_LOOKS_TO_RETURN
        self._fall_back(False)

    def _cancelled(self, block: memoryview[int], adc_ns: int) -> bytes:
        far, sound = self._reference.block(adc_ns)
        near = self._numpy.frombuffer(block, "<i2")
        # A canceller that has nothing to learn from takes voices for echo.
        alone = self._watch.echo is False
        clean = self._suppressor.process(near) if alone else self._processor.process(near, far)
        sounded, sounds = self._sounded(adc_ns), self._half_duplex(adc_ns)
        new_stream = self._epoch != self._timeline.epoch
        if new_stream:
            self._epoch = self._timeline.epoch
            self._listened_blocks = 0
            self._watch.new_stream()
            self._guard.nothing_but_echo()
        if self._jumps != self._timeline.jumps or (new_stream and sounded):
            self._jumps = self._timeline.jumps
            self._guard.stumbled()
        if not sounds:
            return bytes(clean.tobytes())
        audible = bool(sound and far.max() > AUDIBLE)
        echo = self._watch.feed(near, far, clean, audible)
        if echo is not None:
            if self._reference.follow(echo.delay_ms):
                self._watch.new_stream()
                self._guard.stumbled()
            if alone:
                self._processor.reset()
                self._learned_blocks = 0
        self._judge()
        if alone:
            return bytes(clean.tobytes())
        buried, converges = self._is_buried(near, clean), sound and self._converges(audible)
        silent = self._fell_back or converges
        self._listened_blocks = 0 if silent else self._listened_blocks + 1
        if self._watch.echo:
            taken_db = 10 * math.log10((self._near_power + 1) / (self._clean_power + 1))
            young = self._listened_blocks < NEW_STREAM_BLOCKS
            self.residue = Residue(taken_db, young, self._watch.is_echo)
        if silent or buried:
            self._guard.nothing_but_echo()
            return _ZEROS
        gain = self._guard.gain()
        if gain == 1:
            return bytes(clean.tobytes())
        self.unheld = bytes(clean.tobytes())
        return bytes((clean * gain).astype("<i2").tobytes())

    def _converges(self, audible: bool) -> bool:
        """Whether the canceller has still to learn what it hears of the loudspeaker."""
        learned = self._learned_blocks
        if learned >= LONGEST_CONVERGING_BLOCKS:
            return False
        self._learned_blocks += audible
        return learned < CONVERGING_BLOCKS or self._watch.reduction_db < CONVERGED_DB

    def _is_buried(self, near: Any, clean: Any) -> bool:
        self._near_power += RESIDUE_STEADY * (_power(near) - self._near_power)
        self._clean_power += RESIDUE_STEADY * (_power(clean) - self._clean_power)
        return self._near_power > RESIDUE_RATIO * self._clean_power

    def _judge(self) -> None:
        """Whether cancellation is good enough to listen while the loudspeaker sounds."""
        watch = self._watch
        if self._mode != "auto":
            return
        if not self._fell_back and sum(watch.leaks) >= LEAKS_TO_FALL_BACK:
            self._fall_back(True)
        elif self._fell_back and watch.quiet_looks >= self._quiet_looks_wanted:
            self._quiet_looks_wanted *= 2
            self._fall_back(False)

    def _fall_back(self, on: bool) -> None:
        if on != self._fell_back:
            self._fell_back = on
            self._watch.leaks.clear()
            self._watch.quiet_looks = 0
            self._changed()


def _power(samples: Any) -> float:
    wide = samples.astype("f4")
    return float(wide @ wide)
