"""Audio as clients send it: base64 of PCM or G.711."""

from __future__ import annotations

import base64
import binascii

from server.realtime.shapes import Violation
from server.speech import g711
from server.speech.pcm import (
    SESSION_RATE_HZ,
    TELEPHONE_RATE_HZ,
    Pcm,
    StreamResampler,
    from_bytes,
    resample,
)

LARGEST_APPEND_BYTES = 15 * 1024 * 1024
_EXPECTED = {
    "audio/pcm": "base64-encoded audio bytes (mono PCM16 at 24kHz)",
    "audio/pcmu": "base64-encoded audio bytes (G.711 u-law at 8kHz)",
    "audio/pcma": "base64-encoded audio bytes (G.711 A-law at 8kHz)",
}


def decode_bytes(encoded: str, law: str, param: str = "audio") -> bytes:
    """Raises Violation: not base64, half a sample, too much."""
    try:
        data = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError):
        data = None
    if data is None or (law == "audio/pcm" and len(data) % 2):
        raise Violation(
            "invalid_value",
            f"Invalid 'audio'. Expected {_EXPECTED[law]} but got an invalid value.",
            param,
        )
    if len(data) > LARGEST_APPEND_BYTES:
        raise Violation(
            "string_above_max_length",
            f"Invalid 'audio': at most {LARGEST_APPEND_BYTES} bytes fit in one event, "
            f"got {len(data)}.",
            param,
        )
    return data


def decode_clip(encoded: str, law: str, param: str) -> Pcm:
    """A whole clip, at 24 kHz."""
    data = decode_bytes(encoded, law, param)
    if law == "audio/pcm":
        return from_bytes(data)
    return resample(g711.decode(data, law), TELEPHONE_RATE_HZ, SESSION_RATE_HZ)


class AppendedAudio:
    """The pieces of input_audio_buffer.append, at 24 kHz."""

    def __init__(self) -> None:
        self._from_telephone = StreamResampler(TELEPHONE_RATE_HZ, SESSION_RATE_HZ)

    def decode(self, encoded: str, law: str) -> Pcm:
        data = decode_bytes(encoded, law)
        if law == "audio/pcm":
            return from_bytes(data)
        return self._from_telephone.push(g711.decode(data, law))
