"""Looks whether the microphone hears the loudspeaker, and whether cancellation holds that down.

The loudspeaker's sound is searched for in half a second of the microphone by phase correlation:
found before cancellation it is echo, found behind it at a level that matters it is a leak.  A
moment that sounds like a voice is looked at once more, by a room (`engine.room`) that knows nothing
of the canceller's.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from engine.room import TAPS, unexplained

DECIMATION: Final = 3
WATCH_RATE_HZ: Final = 8_000
BLOCK_SAMPLES: Final = 80
WINDOW: Final = 4096
LONGEST_DELAY: Final = 4096
"""Half a second, as the window: Bluetooth is slow."""
SIZE: Final = WINDOW + LONGEST_DELAY
"""Of the transforms: as far as any delay reaches, nothing comes around its end."""
BAND_HZ: Final = (150, 3600)
FOUND: Final = 8.0
"""Peak over root mean square.  Voices that have nothing to do with each other reach 6.5..."""
FOUND_AGAIN: Final = 6.0
"""...and less where only one place is looked at."""
AROUND: Final = 320
"""Samples, 40 ms: before and behind where the echo is."""
AUDIBLE_DBFS: Final = -50.0
"""What is left of the echo below this wakes nobody."""

LOOK_BLOCKS: Final = 50
"""Audible blocks between two looks..."""
FIRST_LOOKS_BLOCKS: Final = 10
"""...and while nothing is known yet."""
KNOWN_BLOCKS: Final = 60
"""Audible blocks after which an echo would have been found."""
NO_ECHO_DB: Final = 25
"""So much quieter than the loudspeaker's own signal the microphone is with headphones."""
LOOKS_TO_FORGET: Final = 10
"""An echo that is not there for so long was that of another loudspeaker."""
SETTLED_BLOCKS: Final = 220
"""Audible blocks after which the canceller should hold the echo down."""
LEAKS_KEPT: Final = 12
LEVELS_KEPT: Final = 10

FIT_WINDOW: Final = 14_000
"""The last 1.75 s is what a room is looked for in, less where the stream is younger."""
FIT_SHORTEST: Final = 6_000
FIT_BEFORE: Final = 40
"""Samples, 5 ms: the echo's delay is that of its loudest reflection."""
FIT_LAST: Final = 400
"""50 ms: what voice activity heard last lies in it."""
EXPLAINED_DB: Final = 9.0
"""So much of it is the loudspeaker's; of a voice that begins, in one moment of eight."""
BETTER_DB: Final = 6.0
"""So much less than the canceller left: it has lost its place for a moment."""
HEARD: Final = 1_600
HEARD_CLEARLY: Final = 7.0
"""Peak over root mean square in so much, where the echo is or was; of voices, two in a hundred."""
SILENT_DB: Final = -20.0
"""Under the echo: only what follows on such a moment in whoever listens."""

Pcm = npt.NDArray[np.int16]
Signal = npt.NDArray[np.float32]


class Found(NamedTuple):
    """The loudspeaker's sound in the microphone's: how late, and how clearly."""

    delay_ms: float
    strength: float


def find(
    near: npt.NDArray[np.floating], far: npt.NDArray[np.floating], at_ms: float | None = None
) -> Found:
    """Search `far` in `near`, both at 8 kHz; `far` begins LONGEST_DELAY samples earlier.

    `at_ms`: only around this delay.
    """
    spectrum = np.conj(np.fft.rfft(near, SIZE)) * np.fft.rfft(far, SIZE)
    hz = np.fft.rfftfreq(SIZE, 1 / WATCH_RATE_HZ)
    spectrum[(hz < BAND_HZ[0]) | (hz > BAND_HZ[1])] = 0
    spectrum /= np.abs(spectrum) + 1e-9
    correlation = np.abs(np.fft.irfft(spectrum)[: LONGEST_DELAY + 1])
    mean = float(np.sqrt(np.mean(correlation**2))) or 1.0
    low, high = 0, len(correlation)
    if at_ms is not None:
        at = LONGEST_DELAY - int(at_ms * WATCH_RATE_HZ / 1000)
        low, high = max(0, at - AROUND), at + AROUND
    peak = low + int(np.argmax(correlation[low:high]))
    delay_ms = (LONGEST_DELAY - peak - _between(correlation, peak)) * 1000 / WATCH_RATE_HZ
    return Found(delay_ms, float(correlation[peak]) / mean)


def _between(correlation: npt.NDArray[np.floating], peak: int) -> float:
    """How far from its sample the true peak lies: the middle of a parabola."""
    if not 0 < peak < len(correlation) - 1:
        return 0.0
    before, at, after = (float(value) for value in correlation[peak - 1 : peak + 2])
    bend = before - 2 * at + after
    return 0.5 * (before - after) / bend if bend else 0.0


class EchoWatch:
    """Feed it every block while the loudspeaker sounds; everything it found stands in it."""

    def __init__(self) -> None:
        self._near: deque[Pcm] = deque(maxlen=_blocks(FIT_WINDOW))
        self._clean: deque[Pcm] = deque(maxlen=_blocks(WINDOW))
        self._far: deque[Pcm] = deque(maxlen=_blocks(FIT_WINDOW + TAPS + LONGEST_DELAY))
        self.reset()

    def reset(self) -> None:
        """Another device, another room: nothing is known."""
        for blocks in (self._near, self._clean, self._far):
            blocks.clear()
        self.echo: bool | None = None
        """Whether the microphone hears the loudspeaker; None: not known yet."""
        self.delay_ms = 0.0
        """Beyond what the devices themselves tell."""
        self.reduction_db = 0.0
        """By the last look at an echo."""
        self.leaks: deque[bool] = deque(maxlen=LEAKS_KEPT)
        """Of the last looks at an echo, whether it came through."""
        self.quiet_looks = 0
        """Looks since the last leak."""
        self.echo_dbfs = 0.0
        """Before the canceller, median of late, where there is an echo."""
        self._levels_dbfs: deque[tuple[float, float]] = deque(maxlen=LEVELS_KEPT)
        self._audible = 0
        self._since_look = 0
        self._looks_without = 0
        self._stream_blocks = 0

    def new_stream(self) -> None:
        """The reference begins anew, a little beside where the last one was."""
        self._stream_blocks = 0

    @property
    def levels_dbfs(self) -> tuple[float, float] | None:
        """The echo before and behind the canceller, medians of late; None: nothing was heard.

        Without an echo it is what else the microphone hears.
        """
        if not self._levels_dbfs:
            return None
        before, after = np.median(self._levels_dbfs, axis=0)
        return float(before), float(after)

    def feed(
        self,
        near: Pcm,
        far: Pcm,
        clean: Pcm,
        audible: bool,
    ) -> Found | None:
        """One block before and behind the canceller; `audible`: the reference is no silence.

        Returns where the echo is when it was looked for now, and found.
        """
        self._near.append(near.copy())  # the device's memory is written anew
        self._clean.append(clean)
        self._far.append(far)
        self._stream_blocks += 1
        if not audible:
            return None
        self._audible += 1
        self._since_look += 1
        every = LOOK_BLOCKS if self._audible > 2 * KNOWN_BLOCKS else FIRST_LOOKS_BLOCKS
        if self._since_look >= every and len(self._clean) == self._clean.maxlen:
            self._since_look = 0
            return self._look()
        return None

    def is_echo(self) -> bool:
        """Whether what came through the canceller in the last 50 ms is the loudspeaker's sound.

        Takes some milliseconds.
        """
        if not self.echo:
            return False
        clean_dbfs = _dbfs(_decimated(self._clean, FIT_LAST))
        if clean_dbfs < self.echo_dbfs + SILENT_DB:
            return True
        return self.is_found() or self._is_explained(clean_dbfs)

    def is_found(self) -> bool:
        """Whether the echo, near to where it was, is in what came through in the last 200 ms."""
        heard, played = _decimated(self._clean, HEARD), _decimated(self._far, HEARD + LONGEST_DELAY)
        if len(played) < HEARD + LONGEST_DELAY:
            return False
        return find(heard, played, self.delay_ms).strength >= HEARD_CLEARLY

    def _is_explained(self, clean_dbfs: float) -> bool:
        later = max(0, round(self.delay_ms * WATCH_RATE_HZ / 1000) - FIT_BEFORE)
        window = min(max(self._stream_blocks * BLOCK_SAMPLES, FIT_SHORTEST), FIT_WINDOW)
        length = window + TAPS - 1
        if len(self._far) < _blocks(length + later):
            return False
        near = _decimated(self._near, window)
        far = _decimated(self._far, length + later)[:length]
        left_dbfs = _dbfs(unexplained(near, far)[-FIT_LAST:])
        near_dbfs = _dbfs(near[-FIT_LAST:])
        return near_dbfs - left_dbfs >= EXPLAINED_DB or clean_dbfs - left_dbfs >= BETTER_DB

    def _look(self) -> Found | None:
        near, clean = _decimated(self._near, WINDOW), _decimated(self._clean, WINDOW)
        far = np.zeros(WINDOW + LONGEST_DELAY, np.float32)
        known = _decimated(self._far, len(far))
        far[-len(known) :] = known
        echo = find(near, far)
        before_dbfs, after_dbfs = _dbfs(near), _dbfs(clean)
        if echo.strength < FOUND:
            if not self.echo:
                self._levels_dbfs.append((before_dbfs, after_dbfs))
            self._not_found(before_dbfs, _dbfs(far[LONGEST_DELAY:]))
            return None
        self._looks_without = 0
        if not self.echo:
            self._levels_dbfs.clear()
        if self.echo is False:
            self._audible = 0
        self.echo = True
        self.delay_ms = echo.delay_ms
        leaks = (
            after_dbfs > AUDIBLE_DBFS and find(clean, far, echo.delay_ms).strength >= FOUND_AGAIN
        )
        self._levels_dbfs.append((before_dbfs, after_dbfs))
        self.echo_dbfs = float(np.median([before for before, _ in self._levels_dbfs]))
        self.reduction_db = before_dbfs - after_dbfs
        if self._audible >= SETTLED_BLOCKS:
            self.leaks.append(leaks)
            self.quiet_looks = 0 if leaks else self.quiet_looks + 1
        return echo

    def _not_found(self, near_dbfs: float, far_dbfs: float) -> None:
        """No echo only where it is quiet beside the loudspeaker: reverberation is hard to find."""
        if self._audible < KNOWN_BLOCKS or near_dbfs > far_dbfs - NO_ECHO_DB:
            return
        self._looks_without += 1
        if self.echo is None or self._looks_without >= LOOKS_TO_FORGET:
            self.echo = False


def _blocks(samples: int) -> int:
    return -(-samples // BLOCK_SAMPLES)


def _decimated(blocks: deque[Pcm], samples: int) -> Signal:
    """The last so many samples of 8 kHz, fewer where there are fewer."""
    last = tuple(blocks)[-_blocks(samples) :]
    triples = np.concatenate(last).reshape(-1, DECIMATION)
    means: Signal = triples.mean(axis=1, dtype=np.float32)[-samples:]
    return means


def _dbfs(samples: npt.NDArray[np.floating]) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) / 32768**2 + 1e-12))
