"""WAV files in and out.

Reading takes what recorders write: PCM of 8, 16, 24 and 32 bits, 32 and 64 bit float, any rate and
number of channels; the result is always PCM16 mono 24 kHz.  The standard library's `wave` is not
used for reading: it refuses float and, before Python 3.12, extensible headers.
"""

from __future__ import annotations

import errno
import os
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from engine.devices.port import DeviceProblem
from shared.pcm import FRAME_BYTES, RATE_HZ
from shared.wav import HEADER_BYTES, LONGEST_BYTES, wav_header

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_BYTES: Final = 512 * 1024 * 1024

_PCM: Final = 1
_FLOAT: Final = 3
_EXTENSIBLE: Final = 0xFFFE
_OTHER_FORMATS: Final = {2: "ADPCM", 6: "A-law", 7: "mu-law", 0x55: "MP3", 0xFF: "AAC"}


@dataclass(frozen=True, slots=True)
class _Format:
    tag: int
    channels: int
    rate_hz: int
    bits: int


def read_wav(path: str) -> bytes:
    """The file as PCM16 mono 24 kHz.  Raises DeviceProblem with the reason in words."""
    file = Path(path)
    try:
        if file.stat().st_size > MAX_BYTES:
            raise DeviceProblem(f"{path}: larger than {MAX_BYTES // 1024 // 1024} MB")
        data = file.read_bytes()
    except OSError as error:
        raise DeviceProblem(f"{path}: {error.strerror or error}") from error
    try:
        return _convert(data)
    except DeviceProblem as problem:
        raise DeviceProblem(f"{path}: {problem}") from None


def _convert(data: bytes) -> bytes:
    wav_format, body = _chunks(data)
    frame_bytes = wav_format.channels * wav_format.bits // 8
    if frame_bytes == 0 or len(body) < frame_bytes:
        raise DeviceProblem("holds no sound")
    body = body[: len(body) // frame_bytes * frame_bytes]
    if (wav_format.tag, wav_format.bits, wav_format.channels, wav_format.rate_hz) == (
        _PCM,
        16,
        1,
        RATE_HZ,
    ):
        return bytes(body)
    import numpy as np  # 0.1 s: only for files that need it

    samples = _samples(wav_format, body).reshape(-1, wav_format.channels).mean(axis=1)
    if wav_format.rate_hz != RATE_HZ:
        import soxr

        samples = soxr.resample(samples, wav_format.rate_hz, RATE_HZ)
    whole = np.clip(np.rint(np.nan_to_num(samples) * 32768), -32768, 32767)
    return bytes(whole.astype("<i2").tobytes())


def _chunks(data: bytes) -> tuple[_Format, memoryview]:
    """The format and the samples of a RIFF file."""
    if not data:
        raise DeviceProblem("is empty")
    if len(data) < 12 or data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        raise DeviceProblem("is not a WAV file")
    view = memoryview(data)
    wav_format: _Format | None = None
    position = 12
    while position + 8 <= len(data):
        name = data[position : position + 4]
        (size,) = struct.unpack_from("<I", data, position + 4)
        # Streams that could not be rewound carry 0 or 0xFFFFFFFF here: take what there is.
        body = view[position + 8 : position + 8 + size]
        if name == b"fmt ":
            wav_format = _read_format(bytes(body))
        elif name == b"data":
            if wav_format is None:
                raise DeviceProblem("is not a WAV file (sound before its format)")
            if size == 0:
                body = view[position + 8 :]
            return wav_format, body
        position += 8 + size + size % 2
    raise DeviceProblem("holds no sound")


def _read_format(body: bytes) -> _Format:
    if len(body) < 16:
        raise DeviceProblem("is not a WAV file (short header)")
    tag, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", body)
    if tag == _EXTENSIBLE and len(body) >= 26:
        (tag,) = struct.unpack_from("<H", body, 24)
    known = {_PCM: (8, 16, 24, 32), _FLOAT: (32, 64)}
    if tag not in known:
        name = _OTHER_FORMATS.get(tag, f"format {tag:#x}")
        raise DeviceProblem(f"is a WAV file with {name} inside; PCM and float are supported")
    if bits not in known[tag]:
        raise DeviceProblem(f"has {bits}-bit samples; 8, 16, 24 and 32 are supported")
    if not 1 <= channels <= 64 or not 1000 <= rate_hz <= 768_000:
        raise DeviceProblem(f"has {channels} channels at {rate_hz} Hz: is it damaged?")
    return _Format(tag, channels, rate_hz, bits)


def _samples(wav_format: _Format, body: memoryview) -> NDArray[np.float64]:
    """Samples between -1 and 1."""
    import numpy as np

    raw: Any
    if wav_format.tag == _FLOAT:
        raw = np.frombuffer(body, "<f4" if wav_format.bits == 32 else "<f8")
        floats: NDArray[np.float64] = raw.astype(np.float64)
        return floats
    if wav_format.bits == 8:
        return (np.frombuffer(body, np.uint8).astype(np.float64) - 128) / 128
    if wav_format.bits == 24:
        triples = np.frombuffer(body, np.uint8).reshape(-1, 3).astype(np.int32)
        raw = triples[:, 0] << 8 | triples[:, 1] << 16 | triples[:, 2] << 24
    else:
        raw = np.frombuffer(body, f"<i{wav_format.bits // 8}")
    full_scale = 2.0 ** (max(wav_format.bits, 32 if wav_format.bits == 24 else 0) - 1)
    scaled: NDArray[np.float64] = raw.astype(np.float64) / full_scale
    return scaled


def _private(path: str) -> int:
    """A file with somebody's voice: not through a link, no pipe, a new one for its owner alone."""
    flags = os.O_WRONLY | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    descriptor = os.open(path, flags | getattr(os, "O_BINARY", 0), 0o600)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError(errno.EINVAL, "it is no file")
    return descriptor


class WavWriter:
    """A WAV file that is valid after every write, whenever the process ends."""

    def __init__(self, path: str, *, go_on: bool = False) -> None:
        """`go_on`: behind what is in it, where a process that died left off."""
        try:
            self._file = open(_private(path), "wb", buffering=0)  # noqa: SIM115 - as the device
            held_bytes = os.fstat(self._file.fileno()).st_size - HEADER_BYTES if go_on else 0
            self._data_bytes = max(0, held_bytes // FRAME_BYTES * FRAME_BYTES)
            self._file.truncate(self._data_bytes and HEADER_BYTES + self._data_bytes)
            self._put(0, wav_header(self._data_bytes))
        except OSError as error:
            raise DeviceProblem(f"{path}: {error.strerror or error}") from error

    def write(self, pcm: memoryview) -> None:
        """Append, and mend the header.  Raises OSError; what was written before stays."""
        if self._data_bytes + len(pcm) > LONGEST_BYTES:
            raise OSError(errno.EFBIG, "a WAV file cannot be longer (24 hours)")
        self._put(HEADER_BYTES + self._data_bytes, pcm)
        self._data_bytes += len(pcm)
        self._put(0, wav_header(self._data_bytes))

    def _put(self, at: int, data: bytes | memoryview) -> None:
        self._file.seek(at)
        rest = memoryview(data)
        while rest:
            rest = rest[self._file.write(rest) :]

    def close(self) -> None:
        """Close the file.  Raises OSError where a disk says only now that it is full."""
        self._file.close()
