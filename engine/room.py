"""What a room makes of the loudspeaker's sound, found anew from a second or two of both.

The room is that of least squares.  Its equations are Toeplitz, so they are solved by conjugate
gradients, whose steps are two short transforms each: 4 ms in all, for a judge who is asked rarely.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

TAPS: Final = 1_600
"""200 ms at 8 kHz: it makes most of an echo, and little of anything else."""
STEPS: Final = 40
STIFFNESS: Final = 1e-3
"""Of the power: keeps what a voice's few tones leave open small."""

Signal = npt.NDArray[np.floating]


def unexplained(near: Signal, far: Signal) -> npt.NDArray[np.float64]:
    """What is left of `near` without what the likeliest room makes of `far`, both at 8 kHz.

    `far` begins TAPS - 1 samples earlier.
    """
    size = 1 << (len(far) + TAPS - 1).bit_length()
    played = np.fft.rfft(far, size)
    heard = np.conj(played) * np.fft.rfft(np.pad(near, (TAPS - 1, 0)), size)
    alike = np.fft.irfft(np.conj(played) * played)[:TAPS]
    alike[0] += STIFFNESS * alike[0] + 1
    around = 1 << (2 * TAPS - 1).bit_length()
    between = np.zeros(around - 2 * TAPS + 1)
    toeplitz = np.fft.rfft(np.concatenate((alike, between, alike[:0:-1])))
    room = np.zeros(TAPS)
    rest = step = np.fft.irfft(heard)[:TAPS]
    power = float(rest @ rest)
    for _ in range(STEPS):
        if power <= 0:
            break
        moved = np.fft.irfft(toeplitz * np.fft.rfft(step, around))[:TAPS]
        length = power / float(step @ moved)
        room = room + length * step
        rest = rest - length * moved
        before, power = power, float(rest @ rest)
        step = rest + power / before * step
    made = np.fft.irfft(played * np.fft.rfft(room, size))
    return near - made[TAPS - 1 : TAPS - 1 + len(near)]
