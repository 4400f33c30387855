"""WAV files in memory, and which sound files a service takes."""

from __future__ import annotations

import struct
from typing import Final, Literal

from shared.pcm import FRAME_BYTES, RATE_HZ

LARGEST_BYTES: Final = 25 * 1024 * 1024
"""Of a sound file in a request."""
SoundFormat = Literal["wav", "mp3"]

_OTHERS: Final = (
    (b"fLaC", 0, "FLAC"),
    (b"OggS", 0, "Ogg"),
    (b"ftyp", 4, "MP4"),
    (b"\x1aE\xdf\xa3", 0, "WebM"),
    (b"FORM", 0, "AIFF"),
    (b"caff", 0, "CAF"),
    (b"#!AMR", 0, "AMR"),
)


def pcm_of(data: bytes) -> bytes:
    """The sound of a WAV file in our own form; empty where it is in another."""
    import io
    import wave

    try:
        with wave.open(io.BytesIO(data)) as file:
            form = (file.getnchannels(), file.getsampwidth(), file.getframerate())
            # A streamed file may claim any length: there is never more than what came.
            frames = min(file.getnframes(), len(data))
            return file.readframes(frames) if form == (1, FRAME_BYTES, RATE_HZ) else b""
    except (wave.Error, EOFError, struct.error):
        return b""


class SoundError(ValueError):
    """This sound cannot be sent; the message says why and what can."""


def wav(pcm: bytes) -> bytes:
    """PCM16 mono 24 kHz as a WAV file."""
    pcm = pcm[: len(pcm) // FRAME_BYTES * FRAME_BYTES]
    header = b"RIFF" + struct.pack("<I", 36 + len(pcm)) + b"WAVEfmt "
    header += struct.pack("<IHHIIHH", 16, 1, 1, RATE_HZ, RATE_HZ * FRAME_BYTES, FRAME_BYTES, 16)
    return header + b"data" + struct.pack("<I", len(pcm)) + pcm


def sound_format(data: bytes) -> SoundFormat:
    """What kind of file this is, by its content.  Raises SoundError in words."""
    if not data:
        raise SoundError("The sound file is empty.")
    if len(data) > LARGEST_BYTES:
        raise SoundError(
            f"The sound file has {len(data) / 1e6:.0f} MB; services take"
            f" {LARGEST_BYTES >> 20} MB at most. Cut it into pieces."
        )
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        if data.find(b"data", 12) + 8 >= len(data):
            raise SoundError("There is no sound in the WAV file.")
        return "wav"
    frame = data[:2]
    if data[:3] == b"ID3" or (len(frame) == 2 and frame[0] == 0xFF and frame[1] & 0xE6 == 0xE2):
        return "mp3"
    kind = next((name for mark, at, name in _OTHERS if data[at : at + len(mark)] == mark), "")
    what = f"is {kind}" if kind else "is of an unknown kind"
    raise SoundError(f"The sound file {what}; WAV and MP3 can be sent. Convert it first.")
