"""Audio files: read into samples, written from samples."""

from __future__ import annotations

import io
import struct
from pathlib import PurePath

import numpy as np
import soundfile

from server.rest.problems import Problem
from server.speech.pcm import SESSION_RATE_HZ, Pcm, resample, to_bytes

SUPPORTED = ("flac", "m4a", "mp3", "mp4", "mpeg", "mpga", "oga", "ogg", "wav", "webm")
LARGEST_FILE_BYTES = 25 * 1024 * 1024
MEDIA_TYPES = {
    "pcm": "audio/pcm",
    "wav": "audio/wav",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "opus": "audio/ogg",
}
_UNKNOWN_LENGTH = 0xFFFFFFFF


def check_name(name: str, param: str = "file") -> None:
    """Raises Problem for a file that is not called as one of the supported kinds."""
    if PurePath(name).suffix.removeprefix(".").lower() not in SUPPORTED:
        kinds = ", ".join(f"'{kind}'" for kind in SUPPORTED)
        raise Problem(f"Invalid file format. Supported formats: [{kinds}]", param=param)


def read(data: bytes, param: str = "file") -> Pcm:
    """Any rate, any number of channels, as mono at 24 kHz. Raises Problem."""
    try:
        samples, rate_hz = soundfile.read(io.BytesIO(data), dtype="float32", always_2d=True)
    except (soundfile.LibsndfileError, RuntimeError):
        raise Problem(
            "Audio file might be corrupted or unsupported", code="invalid_value", param=param
        ) from None
    mono = np.clip(samples.mean(axis=1) * 32768, -32768, 32767).astype(np.int16)
    return resample(mono, int(rate_hz), SESSION_RATE_HZ)


def wav_header(size_bytes: int | None) -> bytes:
    """24 kHz mono; None: nobody knows yet how long it becomes."""
    data_bytes = _UNKNOWN_LENGTH if size_bytes is None else size_bytes
    riff_bytes = _UNKNOWN_LENGTH if size_bytes is None else 36 + size_bytes
    rate = SESSION_RATE_HZ
    format_chunk = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    riff = struct.pack("<4sI4s", b"RIFF", riff_bytes, b"WAVE")
    return riff + format_chunk + struct.pack("<4sI", b"data", data_bytes)


def write(samples: Pcm, kind: str) -> bytes:
    """A whole file of 24 kHz: pcm, wav, mp3, flac or opus."""
    if kind == "pcm":
        return to_bytes(samples)
    if kind == "wav":
        data = to_bytes(samples)
        return wav_header(len(data)) + data
    container, subtype = {
        "mp3": ("MP3", "MPEG_LAYER_III"),
        "flac": ("FLAC", "PCM_16"),
        "opus": ("OGG", "OPUS"),
    }[kind]
    out = io.BytesIO()
    soundfile.write(out, samples, SESSION_RATE_HZ, format=container, subtype=subtype)
    return out.getvalue()
