"""G.711 (mu-law and A-law, 8 kHz) to and from PCM16 24 kHz, in chunks without clicks.

`audioop` is gone in Python 3.13.  Both resamplers keep their filter's state between chunks, so the
result does not depend on where the chunks were cut.
"""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

Law = Literal["pcmu", "pcma"]

FACTOR: Final = 3
"""24 kHz to 8 kHz."""
_TAPS: Final = 72
"""Length of the low-pass at 24 kHz; delays by 1.5 ms."""
_CUTOFF_HZ: Final = 3_600.0
_RATE_HZ: Final = 24_000.0

Samples = NDArray[np.float64]


def _low_pass() -> Samples:
    """Windowed sinc with unit gain at 0 Hz."""
    place = np.arange(_TAPS) - (_TAPS - 1) / 2
    taps = np.sinc(2 * _CUTOFF_HZ / _RATE_HZ * place) * np.kaiser(_TAPS, 7.0)
    return np.asarray(taps / taps.sum(), dtype=np.float64)


_LOW_PASS: Final = _low_pass()


def _mu_law_table() -> NDArray[np.int16]:
    code = ~np.arange(256, dtype=np.int32) & 0xFF
    exponent, mantissa = (code >> 4) & 7, code & 15
    magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84
    return np.where(code & 0x80, -magnitude, magnitude).astype(np.int16)


def _a_law_table() -> NDArray[np.int16]:
    code = np.arange(256, dtype=np.int32) ^ 0x55
    exponent, mantissa = (code >> 4) & 7, code & 15
    low = (mantissa << 4) + 8
    magnitude = np.where(exponent > 0, (low + 0x100) << np.maximum(exponent - 1, 0), low)
    return np.where(code & 0x80, magnitude, -magnitude).astype(np.int16)


def _inverse(table: NDArray[np.int16]) -> NDArray[np.uint8]:
    """The nearest code for each of the 65,536 samples, by sample + 32768."""
    order = np.argsort(table, kind="stable")
    levels = table[order].astype(np.int32)
    # Two codes of mu-law mean zero: the borders between equal levels collapse harmlessly.
    borders = (levels[:-1] + levels[1:] + 1) // 2
    samples = np.arange(-32768, 32768, dtype=np.int32)
    return np.asarray(order[np.searchsorted(borders, samples, side="right")], dtype=np.uint8)


_TO_LINEAR: Final[dict[Law, NDArray[np.int16]]] = {"pcmu": _mu_law_table(), "pcma": _a_law_table()}
_FROM_LINEAR: Final[dict[Law, NDArray[np.uint8]]] = {
    law: _inverse(table) for law, table in _TO_LINEAR.items()
}


def _to_int16(samples: Samples) -> NDArray[np.int16]:
    return np.clip(np.rint(samples), -32768, 32767).astype("<i2")


class Encoder:
    """PCM16 24 kHz to G.711; one byte for three frames, the remainder is held over."""

    def __init__(self, law: Law) -> None:
        self._codes = _FROM_LINEAR[law]
        self._tail: Samples = np.zeros(_TAPS - 1)
        self._phase = 0
        """Frames to skip in the next chunk until the next output sample."""

    def encode(self, pcm: bytes) -> bytes:
        """`pcm` must hold whole frames."""
        fresh = np.frombuffer(pcm, dtype="<i2").astype(np.float64)
        if not len(fresh):
            return b""
        history = np.concatenate((self._tail, fresh))
        self._tail = history[len(history) - (_TAPS - 1) :]
        smooth = np.convolve(history, _LOW_PASS, mode="valid")[self._phase :: FACTOR]
        self._phase = (self._phase - len(fresh)) % FACTOR
        return self._codes[_to_int16(smooth).astype(np.int32) + 32768].tobytes()

    def reset(self) -> None:
        """Begin again from silence."""
        self._tail = np.zeros(_TAPS - 1)
        self._phase = 0


class Decoder:
    """G.711 to PCM16 24 kHz: exactly three frames per byte."""

    def __init__(self, law: Law) -> None:
        self._levels = _TO_LINEAR[law]
        self._tail: Samples = np.zeros(_TAPS - 1)

    def decode(self, wire: bytes) -> bytes:
        """Every byte is a whole sample."""
        if not wire:
            return b""
        samples = self._levels[np.frombuffer(wire, dtype=np.uint8)].astype(np.float64)
        sparse = np.zeros(len(samples) * FACTOR)
        sparse[::FACTOR] = samples * FACTOR
        history = np.concatenate((self._tail, sparse))
        self._tail = history[len(history) - (_TAPS - 1) :]
        return _to_int16(np.convolve(history, _LOW_PASS, mode="valid")).tobytes()
