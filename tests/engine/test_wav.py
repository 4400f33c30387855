"""WAV files as people have them."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest

from engine.devices.port import DeviceProblem
from engine.devices.wav import WavWriter, read_wav
from shared.pcm import RATE_HZ


def riff(
    tag: int, channels: int, rate_hz: int, bits: int, data: bytes, *, ext: bool = False
) -> bytes:
    frame = channels * bits // 8
    body = struct.pack(
        "<HHIIHH", 0xFFFE if ext else tag, channels, rate_hz, rate_hz * frame, frame, bits
    )
    if ext:
        body += (
            struct.pack("<HHIH", 22, bits, 0, tag)
            + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x00\x38\x9b\x71"
        )
    chunks = b"fmt " + struct.pack("<I", len(body)) + body
    chunks += b"LIST" + struct.pack("<I", 3) + b"abc\0"  # an odd chunk, padded
    chunks += b"data" + struct.pack("<I", len(data)) + data
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


def tone(rate_hz: int, seconds: float = 0.5, hz: float = 440.0) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * hz * np.arange(int(rate_hz * seconds)) / rate_hz)


def encode(samples: np.ndarray, tag: int, bits: int) -> bytes:
    if tag == 3:
        return samples.astype("<f4" if bits == 32 else "<f8").tobytes()
    if bits == 8:
        return (samples * 127 + 128).round().astype(np.uint8).tobytes()
    whole = (samples * (2 ** (bits - 1) - 1)).round().astype("<i8")
    if bits == 24:
        return b"".join(int(v).to_bytes(3, "little", signed=True) for v in whole)
    return whole.astype(f"<i{bits // 8}").tobytes()


def frequency(pcm: bytes) -> float:
    samples = np.frombuffer(pcm, "<i2").astype(float)
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples))))
    return float(spectrum.argmax() * RATE_HZ / len(samples))


@pytest.mark.parametrize("ext", [False, True])
@pytest.mark.parametrize("rate_hz", [8000, 24000, 44100, 48000])
@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize(("tag", "bits"), [(1, 8), (1, 16), (1, 24), (1, 32), (3, 32), (3, 64)])
def test_every_usual_format_sounds_the_same(
    tmp_path: Path, tag: int, bits: int, channels: int, rate_hz: int, ext: bool
) -> None:
    samples = np.repeat(tone(rate_hz), channels)
    path = tmp_path / "in.wav"
    path.write_bytes(riff(tag, channels, rate_hz, bits, encode(samples, tag, bits), ext=ext))
    pcm = read_wav(str(path))
    assert abs(len(pcm) / 2 - RATE_HZ / 2) <= 2
    assert abs(frequency(pcm) - 440) < 4
    peak = np.abs(np.frombuffer(pcm, "<i2").astype(int)).max()
    assert 15_500 < peak < 17_300


def test_our_own_format_is_not_touched(tmp_path: Path) -> None:
    pcm = bytes(range(256)) * 4
    path = tmp_path / "in.wav"
    path.write_bytes(riff(1, 1, RATE_HZ, 16, pcm))
    assert read_wav(str(path)) == pcm


def test_a_stream_without_a_length_is_read_to_its_end(tmp_path: Path) -> None:
    whole = riff(1, 1, RATE_HZ, 16, b"\1\2" * 50)
    at = whole.index(b"data") + 4
    for size in (0, 0xFFFFFFFF):
        path = tmp_path / "in.wav"
        path.write_bytes(whole[:at] + struct.pack("<I", size) + whole[at + 4 :])
        assert read_wav(str(path)) == b"\1\2" * 50


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "is empty"),
        (b"hello, this is text", "is not a WAV file"),
        (riff(1, 1, RATE_HZ, 16, b""), "holds no sound"),
        (riff(1, 1, RATE_HZ, 16, b"\1"), "holds no sound"),
        (riff(0x55, 1, RATE_HZ, 16, b"abcd"), "with MP3 inside; PCM and float are supported"),
        (riff(7, 1, 8000, 8, b"abcd"), "with mu-law inside"),
        (riff(1, 1, RATE_HZ, 12, b"abcd"), "12-bit samples; 8, 16, 24 and 32"),
        (riff(1, 0, RATE_HZ, 16, b"abcd"), "0 channels"),
        (riff(1, 1, RATE_HZ, 16, b"abcd")[:30], "is not a WAV file"),
        (b"RIFF\0\0\0\0WAVEdata\4\0\0\0abcd", "sound before its format"),
    ],
)
def test_what_cannot_be_read_is_said_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    path = tmp_path / "in.wav"
    path.write_bytes(data)
    with pytest.raises(DeviceProblem) as problem:
        read_wav(str(path))
    assert words in str(problem.value)
    assert str(problem.value).startswith(f"{path}: ")


def test_missing_and_unreadable_files_are_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(DeviceProblem, match="No such file"):
        read_wav(str(tmp_path / "none.wav"))
    with pytest.raises(DeviceProblem, match="directory"):
        read_wav(str(tmp_path))


def test_a_written_file_is_whole_after_every_write(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    writer = WavWriter(str(path))
    for count in range(1, 4):
        writer.write(memoryview(b"\1\2" * 100))
        with wave.open(io.BytesIO(path.read_bytes())) as reader:
            assert reader.getnframes() == 100 * count
    writer.close()


def test_a_place_that_cannot_be_written_is_said_in_words(tmp_path: Path) -> None:
    with pytest.raises(DeviceProblem, match="No such file"):
        WavWriter(str(tmp_path / "none" / "out.wav"))


def test_a_writer_goes_on_behind_what_one_that_died_left(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    WavWriter(str(path)).write(memoryview(b"\1\2" * 100))
    with path.open("ab") as file:
        file.write(b"\3\4\5")  # the header did not count it yet
    writer = WavWriter(str(path), go_on=True)
    writer.write(memoryview(b"\5\6"))
    assert read_wav(str(path)) == b"\1\2" * 100 + b"\3\4\5\6"
    writer.close()
    for held in (b"", b"RIFF"):
        path.write_bytes(held)
        writer = WavWriter(str(path), go_on=True)
        writer.write(memoryview(b"\5\6"))
        assert read_wav(str(path)) == b"\5\6"
    writer = WavWriter(str(path))
    writer.write(memoryview(b"\7\10"))
    assert read_wav(str(path)) == b"\7\10"


def test_a_writer_stops_at_what_the_format_can_count(tmp_path: Path) -> None:
    path = tmp_path / "out.wav"
    with path.open("wb") as file:
        file.truncate(2**32 - 100)
    writer = WavWriter(str(path), go_on=True)
    with pytest.raises(OSError, match="cannot be longer"):
        writer.write(memoryview(bytes(200)))
    writer.close()
