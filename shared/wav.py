"""WAV as we write it: PCM16, 24 kHz, one channel or two."""

from __future__ import annotations

import struct
from typing import Final

from shared.pcm import FRAME_BYTES, RATE_HZ

HEADER_BYTES: Final = 44
LONGEST_BYTES: Final = 0xFFFFFFFF - HEADER_BYTES
"""What the format can count."""


def wav_header(data_bytes: int, channels: int = 1) -> bytes:
    """The header in front of `data_bytes` of PCM16 24 kHz."""
    frame_bytes = FRAME_BYTES * channels
    return struct.pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        data_bytes + HEADER_BYTES - 8,
        b"WAVE",
        b"fmt ",
        16,
        1,
        channels,
        RATE_HZ,
        RATE_HZ * frame_bytes,
        frame_bytes,
        16,
        b"data",
        data_bytes,
    )


def pcm_of(wav: bytes) -> bytes:
    """The sound of a file that `wav_header` begins, also where its end is missing.

    Raises ValueError.
    """
    if len(wav) < HEADER_BYTES or wav[:4] != b"RIFF" or wav[36:40] != b"data":
        raise ValueError("no WAV of ours")
    pcm = wav[HEADER_BYTES:]
    return pcm[: len(pcm) - len(pcm) % FRAME_BYTES]
