"""Looks whether the microphone hears the loudspeaker, and whether cancellation holds that down.

The loudspeaker's sound is searched for in half a second of the microphone by phase correlation:
found before cancellation it is echo, found behind it at a level that matters it is a leak.
"""

from __future__ import annotations

from collections import deque
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

DECIMATION: Final = 3
WATCH_RATE_HZ: Final = 8_000
WINDOW: Final = 4096
LONGEST_DELAY: Final = 4096
"""Half a second, as the window: Bluetooth is slow."""
SIZE: Final = 8192
BAND_HZ: Final = (150, 3600)
FOUND: Final = 8.0
"""Peak over root mean square.  Voices that have nothing to do with each other reach 6.5."""
AUDIBLE_DBFS: Final = -50.0
"""What is left of the echo below this wakes nobody."""

LOOK_BLOCKS: Final = 50
"""Audible blocks between two looks..."""
FIRST_LOOKS_BLOCKS: Final = 10
"""...and while nothing is known yet."""
KNOWN_BLOCKS: Final = 60
"""Audible blocks after which an echo would have been found."""
LEAKS_KEPT: Final = 12
ERLE_KEPT: Final = 10

Signal = npt.NDArray[np.float32]


class Found(NamedTuple):
    """The loudspeaker's sound in the microphone's: how late, and how clearly."""

    delay_ms: float
    strength: float


def find(near: npt.NDArray[np.floating], far: npt.NDArray[np.floating]) -> Found:
    """Search `far` in `near`, both at 8 kHz; `far` begins LONGEST_DELAY samples earlier."""
    size = 2 * SIZE
    spectrum = np.conj(np.fft.rfft(near, size)) * np.fft.rfft(far, size)
    hz = np.fft.rfftfreq(size, 1 / WATCH_RATE_HZ)
    spectrum[(hz < BAND_HZ[0]) | (hz > BAND_HZ[1])] = 0
    spectrum /= np.abs(spectrum) + 1e-9
    correlation = np.abs(np.fft.irfft(spectrum)[: LONGEST_DELAY + 1])
    peak = int(np.argmax(correlation))
    mean = float(np.sqrt(np.mean(correlation**2))) or 1.0
    delay_ms = (LONGEST_DELAY - peak) * 1000 / WATCH_RATE_HZ
    return Found(delay_ms, float(correlation[peak]) / mean)


class EchoWatch:
    """Feed it every block while the loudspeaker sounds; everything it found stands in it."""

    def __init__(self) -> None:
        self._near: deque[Signal] = deque(maxlen=_blocks(WINDOW))
        self._clean: deque[Signal] = deque(maxlen=_blocks(WINDOW))
        self._far: deque[Signal] = deque(maxlen=_blocks(WINDOW + LONGEST_DELAY))
        self.reset()

    def reset(self) -> None:
        """Another device, another room: nothing is known."""
        for blocks in (self._near, self._clean, self._far):
            blocks.clear()
        self.echo: bool | None = None
        """Whether the microphone hears the loudspeaker; None: not known yet."""
        self.delay_ms = 0.0
        """Beyond what the devices themselves tell."""
        self.leaks: deque[bool] = deque(maxlen=LEAKS_KEPT)
        """Of the last looks at an echo, whether it came through."""
        self.quiet_looks = 0
        """Looks since the last leak."""
        self._erle_db: deque[float] = deque(maxlen=ERLE_KEPT)
        self._audible = 0
        self._since_look = 0

    @property
    def erle_db(self) -> float | None:
        """How much of the echo is taken out, the median of late; None: no echo was seen."""
        return float(np.median(self._erle_db)) if self._erle_db else None

    def feed(
        self,
        near: npt.NDArray[np.int16],
        far: npt.NDArray[np.int16],
        clean: npt.NDArray[np.int16],
        audible: bool,
    ) -> None:
        """One block before and behind the canceller; `audible`: the reference is no silence."""
        self._near.append(_decimated(near))
        self._clean.append(_decimated(clean))
        self._far.append(_decimated(far))
        if not audible:
            return
        self._audible += 1
        self._since_look += 1
        every = LOOK_BLOCKS if self._audible > 2 * KNOWN_BLOCKS else FIRST_LOOKS_BLOCKS
        if self._since_look >= every and len(self._near) == self._near.maxlen:
            self._since_look = 0
            self._look()

    def _look(self) -> None:
        near, clean = np.concatenate(self._near), np.concatenate(self._clean)
        far = np.zeros(len(near) + LONGEST_DELAY, np.float32)
        known = np.concatenate(self._far)[-len(far) :]
        far[-len(known) :] = known
        echo = find(near, far)
        if echo.strength < FOUND:
            if self.echo is None and self._audible >= KNOWN_BLOCKS:
                self.echo = False
            return
        self.echo = True
        self.delay_ms = echo.delay_ms
        before_dbfs, after_dbfs = _dbfs(near), _dbfs(clean)
        leaks = after_dbfs > AUDIBLE_DBFS and find(clean, far).strength >= FOUND
        self.leaks.append(leaks)
        self.quiet_looks = 0 if leaks else self.quiet_looks + 1
        self._erle_db.append(before_dbfs - after_dbfs)


def _blocks(samples: int) -> int:
    return -(-samples * DECIMATION // 240)


def _decimated(block: npt.NDArray[np.int16]) -> Signal:
    means: Signal = block.reshape(-1, DECIMATION).mean(axis=1, dtype=np.float32)
    return means


def _dbfs(samples: Signal) -> float:
    return float(10 * np.log10(np.mean(np.square(samples)) / 32768**2 + 1e-12))
