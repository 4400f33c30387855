"""A room without hardware: an answer leaves a loudspeaker, its echo and a voice reach a microphone.

Device times, delays and clocks are made up; echo control, voice activity and rings are the real
ones.  Runs as fast as the machine can.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

import numpy as np
import numpy.typing as npt
import soxr

from engine.echo import BLOCK_FRAMES, Echo
from engine.timeline import Timeline
from engine.voice import Heard, VoiceActivity
from server.speech.espeak import Espeak, Voice
from shared.messages import EchoMode
from shared.pcm import FRAME_BYTES, RATE_HZ, ms_to_frames
from shared.ring import SEGMENT_BYTES, AudioRings
from tests.rig.signal import Samples
from tests.waiting import wait_until

Signal = npt.NDArray[np.float64]

FAR_DBFS: Final = -20.0
NEAR_DBFS: Final = -24.0
NOISE_DBFS: Final = -65.0
BLOCK_NS: Final = 10_000_000
DEVICE_BLOCKS: Final = 10
"""The loudspeaker's device is filled 100 ms ahead, as in the product."""
JITTER_NS: Final = 3_000_000
REVERBERATION_MS: Final = 300
"""Until the room has become 60 dB quieter."""

SENTENCES: Final = (
    "The harbour was quiet that morning, and only two boats had gone out before the rain.",
    "You can boil the rice for twelve minutes, then leave it under a cloth for another ten.",
    "Most of the letters were written in pencil, so nobody could tell when they were changed.",
    "If the light stays red, hold the button for five seconds and wait until it blinks.",
    "Tokyo has grown around several centres, and each of them has a character of its own.",
    "She counted the chairs twice, found one missing, and went to look in the garden.",
    "A good answer is short, but it should never leave out the thing that was asked.",
    "The train leaves at a quarter past nine and arrives shortly before the museum opens.",
)
INTERRUPTIONS: Final = (
    "Wait, that is not what I meant.",
    "Stop please, tell me about something else.",
    "Hold on, what was the first step again?",
    "No, I was asking about tomorrow.",
    "Could you say that more slowly?",
    "Okay, thank you, that is enough.",
)


@cache
def _espeak() -> Espeak:
    return Espeak()


@cache
def spoken(text: str, voice: str, dbfs: float) -> Samples:
    """A sentence by a synthetic voice, its active part at `dbfs`."""
    espeak = _espeak()
    samples = espeak.speak(text, Voice(voice)).astype(np.float64)
    samples = soxr.resample(samples, espeak.rate_hz, RATE_HZ)
    loud = np.flatnonzero(np.abs(samples) > 300)
    samples = samples[loud[0] : loud[-1] + 1]
    active = samples[np.abs(samples) > 100]
    samples *= 32768 * 10 ** (dbfs / 20) / np.sqrt(np.mean(active**2))
    result: Samples = samples.clip(-32768, 32767).astype("<i2")
    return result


def answer(
    seconds: float, voice: str = "en-us+f3", first: int = 0, dbfs: float = FAR_DBFS
) -> Samples:
    """Sentences one after the other, as an assistant speaks them."""
    pieces: list[Samples] = []
    frames = int(seconds * RATE_HZ)
    number = first
    while sum(map(len, pieces)) < frames:
        pieces.append(spoken(SENTENCES[number % len(SENTENCES)], voice, dbfs))
        pieces.append(np.zeros(ms_to_frames(250), "<i2"))
        number += 1
    return np.concatenate(pieces)[:frames]


@dataclass(frozen=True)
class Path:
    """From the loudspeaker to the microphone."""

    delay_ms: float = 40.0
    """Of which the devices know nothing."""
    gain_db: float = -6.0
    drift_ppm: float = 0.0
    """The microphone's clock is so much faster."""
    direct_db: float = 0.0
    """The direct sound over all the reflections."""
    distorts: bool = False
    """A small loudspeaker driven too hard."""
    times_jitter_ns: int = JITTER_NS

    def echo(self, played: Signal) -> Signal:
        """What of `played` arrives at the microphone, on its clock."""
        if self.distorts:
            played = np.tanh(played / 8000) * 8000
        chance = np.random.default_rng(5)
        taps = np.arange(ms_to_frames(REVERBERATION_MS))
        room = chance.standard_normal(len(taps)) * 10 ** (-3 * taps / len(taps))
        room[: ms_to_frames(2)] = 0
        room *= 10 ** (-self.direct_db / 20) / np.sqrt(np.sum(room**2))
        room[0] = 1.0
        room *= 10 ** (self.gain_db / 20) / np.sqrt(np.sum(room**2))
        size = 1 << int(np.ceil(np.log2(len(played) + len(room))))
        heard = np.fft.irfft(np.fft.rfft(played, size) * np.fft.rfft(room, size), size)
        delayed = np.concatenate([np.zeros(ms_to_frames(self.delay_ms)), heard])[: len(played)]
        if self.drift_ppm:
            delayed = soxr.resample(delayed, RATE_HZ, RATE_HZ * (1 + self.drift_ppm * 1e-6))
        return np.asarray(delayed)


@dataclass
class Result:
    """What came of it."""

    clean: Samples
    voices: list[tuple[float, Heard]] = field(default_factory=list)
    """When it was told, in seconds of the microphone's clock, and what."""


class Room:
    """One loudspeaker, one microphone."""

    def __init__(self, mode: EchoMode, path: Path, *, voice: bool = True) -> None:
        self.path = path
        self.rings = AudioRings(memoryview(bytearray(SEGMENT_BYTES)))
        self.timeline = Timeline()
        self.echo = Echo(self.timeline)
        self.echo.use(mode, lambda: None)
        self.echo.load()
        if mode in ("auto", "on"):
            wait_until(lambda: self.echo._processor is not None or self.echo.notice, 10)
        self.voice: VoiceActivity | None = None
        self.captured: Samples = np.zeros(0, "<i2")
        """What the microphone heard in the last run."""
        self._told: list[tuple[float, Heard]] = []
        self._now_s = 0.0
        self._begin_ns = 1_000_000_000_000
        if voice:
            self.voice = VoiceActivity(lambda heard: self._told.append((self._now_s, heard)))
            self.voice.use(500)
            self.voice.load()
            wait_until(lambda: self.voice is None or self.voice._detector is not None, 10)

    def run(self, answers: Sequence[tuple[float, Samples]], near: Signal) -> Result:
        """Answers begin at their seconds; `near` is what is said and rustles in the room."""
        frames = len(near)
        played = np.zeros(frames)
        starts = []
        for at_s, pcm in answers:
            start = int(at_s * RATE_HZ) // BLOCK_FRAMES * BLOCK_FRAMES
            pcm = pcm[: (frames - start) // BLOCK_FRAMES * BLOCK_FRAMES]
            pcm = pcm[: len(pcm) // BLOCK_FRAMES * BLOCK_FRAMES]
            played[start : start + len(pcm)] = pcm
            starts.append((start // BLOCK_FRAMES, pcm))
        chance = np.random.default_rng(9)
        hiss = chance.standard_normal(frames) * 32768 * 10 ** (NOISE_DBFS / 20)
        echo = self.path.echo(played)[:frames]
        microphone = near + hiss
        microphone[: len(echo)] += echo
        self.captured = microphone.clip(-32768, 32767).astype("<i2")
        return self._feed(self.captured, starts)

    def _feed(self, captured: Samples, starts: list[tuple[int, Samples]]) -> Result:
        self._told.clear()
        chance = np.random.default_rng(3)
        rate = 1 + self.path.drift_ppm * 1e-6
        begin_ns = self._begin_ns
        self._begin_ns += len(captured) * 1_000_000_000 // RATE_HZ
        waiting = list(starts)
        now: tuple[int, Samples] | None = None
        handed = 0
        out = []
        for number in range(len(captured) // BLOCK_FRAMES):
            real_block = number / rate
            # The stream starts when the answer does, is filled ahead, and stops behind it.
            if now is not None and real_block > now[0] + len(now[1]) // BLOCK_FRAMES + 5:
                now = None
                self.timeline.clear(begin_ns + int(real_block * BLOCK_NS))
            if now is None and waiting and waiting[0][0] <= real_block:
                now = waiting.pop(0)
                handed = 0
                self.timeline.clear(begin_ns + int(real_block * BLOCK_NS))
            if now is not None:
                ahead = int(real_block) - now[0] + DEVICE_BLOCKS
                while handed < ahead:
                    piece = now[1][handed * BLOCK_FRAMES : (handed + 1) * BLOCK_FRAMES]
                    self._hand_over(begin_ns, now[0] + handed, piece, chance)
                    handed += 1
            jitter = int(chance.integers(0, self.path.times_jitter_ns + 1))
            adc_ns = begin_ns + int(real_block * BLOCK_NS) + jitter
            block = memoryview(
                captured[number * BLOCK_FRAMES : (number + 1) * BLOCK_FRAMES].tobytes()
            )
            self._now_s = (number + 1) * BLOCK_NS / 1e9
            clean = self.echo.process(block, adc_ns)
            out.append(bytes(clean))
            if self.voice is not None:
                end = (number + 1) * BLOCK_FRAMES
                heard = self.echo.unheld or clean
                self.voice.process(heard, end, self.echo.residue)
        return Result(np.frombuffer(b"".join(out), "<i2"), list(self._told))

    def _hand_over(
        self, begin_ns: int, block: int, piece: Samples, chance: np.random.Generator
    ) -> None:
        ring = self.rings.playback
        position = ring.written
        count = ring.write(piece.tobytes())
        ring.read = ring.written
        jitter = int(chance.integers(0, self.path.times_jitter_ns + 1))
        dac_ns = begin_ns + block * BLOCK_NS + jitter
        played = piece.tobytes().ljust(BLOCK_FRAMES * FRAME_BYTES, b"\0")
        self.timeline.note(dac_ns, position, 0, count, memoryview(played))


def power_db(samples: npt.NDArray[np.generic]) -> float:
    """Mean power in dB, of whatever unit."""
    return float(10 * np.log10(np.mean(np.asarray(samples, float) ** 2) + 1e-3))
