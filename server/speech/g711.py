"""G.711 (telephone) coding by tables: mu-law and A-law, one byte per sample at 8 kHz."""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

from server.speech.pcm import Pcm

_MU_BIAS = 0x84  # G.711 mu-law: added before the segment is found


def _decode_mulaw(code: int) -> int:
    code = ~code & 0xFF
    magnitude = (((code & 0x0F) << 3) + _MU_BIAS) << ((code & 0x70) >> 4)
    value = magnitude - _MU_BIAS
    return -value if code & 0x80 else value


def _decode_alaw(code: int) -> int:
    code ^= 0x55
    segment = (code & 0x70) >> 4
    value = ((code & 0x0F) << 4) + 8
    if segment:
        value = (value + 0x100) << (segment - 1)
    return value if code & 0x80 else -value


@cache
def _decode_table(law: str) -> npt.NDArray[np.int16]:
    decode = _decode_mulaw if law == "audio/pcmu" else _decode_alaw
    return np.array([decode(code) for code in range(256)], dtype=np.int16)


@cache
def _encode_table(law: str) -> npt.NDArray[np.uint8]:
    """For each of the 65,536 samples (as uint16) the code whose value is nearest."""
    values = _decode_table(law).astype(np.int32)
    order = np.argsort(values, kind="stable")
    ordered = values[order]
    samples = np.arange(-32768, 32768, dtype=np.int32)
    right = np.clip(np.searchsorted(ordered, samples), 1, 255)
    left = right - 1
    nearer_left = samples - ordered[left] <= ordered[right] - samples
    codes = order[np.where(nearer_left, left, right)].astype(np.uint8)
    return np.roll(codes, 32768)  # index 0 is sample 0, index 65535 is sample -1


def decode(data: bytes, law: str) -> Pcm:
    """Samples at 8 kHz. `law` is the wire's format type, audio/pcmu or audio/pcma."""
    return _decode_table(law)[np.frombuffer(data, dtype=np.uint8)]


def encode(samples: Pcm, law: str) -> bytes:
    """One byte per sample; the samples must already be at 8 kHz."""
    return _encode_table(law)[samples.view(np.uint16)].tobytes()
