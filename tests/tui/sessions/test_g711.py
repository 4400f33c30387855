"""G.711 against the recommendation's own formulas, and resampling without clicks."""

from __future__ import annotations

import numpy as np
import pytest

from tui.sessions.g711 import Decoder, Encoder

RATE = 24_000


def mu_law(code: int) -> int:
    """G.711 mu-law expansion, sample by sample."""
    code = ~code & 0xFF
    magnitude = ((((code & 0x0F) << 3) + 132) << ((code & 0x70) >> 4)) - 132
    return -magnitude if code & 0x80 else magnitude


def a_law(code: int) -> int:
    """G.711 A-law expansion, sample by sample."""
    code ^= 0x55
    segment, magnitude = (code & 0x70) >> 4, (code & 0x0F) << 4
    magnitude += 8 if segment == 0 else 0x108
    if segment > 1:
        magnitude <<= segment - 1
    return magnitude if code & 0x80 else -magnitude


def tone(hz: float, seconds: float, amplitude: float = 12_000) -> bytes:
    time_s = np.arange(int(seconds * RATE)) / RATE
    return (amplitude * np.sin(2 * np.pi * hz * time_s)).astype("<i2").tobytes()


def samples(pcm: bytes) -> np.ndarray:
    return np.frombuffer(pcm, "<i2").astype(float)


@pytest.mark.parametrize(("law", "expand"), [("pcmu", mu_law), ("pcma", a_law)])
def test_every_code_expands_as_recommended(law, expand) -> None:
    for code in range(256):
        # A constant long enough that the filter has settled.
        pcm = samples(Decoder(law).decode(bytes([code]) * 64))
        assert abs(pcm[120:].mean() - expand(code)) <= 1, code


@pytest.mark.parametrize(("law", "expand"), [("pcmu", mu_law), ("pcma", a_law)])
def test_every_level_becomes_the_nearest_code(law, expand) -> None:
    levels = sorted({expand(code) for code in range(256)})
    for value in range(-32768, 32768, 257):
        pcm = np.full(300, value, "<i2").tobytes()
        found = expand(Encoder(law).encode(pcm)[-1])
        assert abs(found - value) <= min(abs(level - value) for level in levels) + 1


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
@pytest.mark.parametrize("hz", [300, 1000, 2500])
def test_a_tone_comes_back_as_the_same_tone(law, hz) -> None:
    wire = Encoder(law).encode(tone(hz, 0.5))
    assert len(wire) == 4000
    back = samples(Decoder(law).decode(wire))
    assert len(back) == 12_000
    middle = back[2400:9600]
    spectrum = np.abs(np.fft.rfft(middle * np.hanning(len(middle)))) ** 2
    peak = int(spectrum.argmax())
    assert abs(peak * RATE / len(middle) - hz) < 4
    signal = spectrum[peak - 3 : peak + 4].sum()
    noise = spectrum.sum() - signal
    assert 10 * np.log10(signal / noise) > 30  # G.711 itself allows some 38 dB
    assert abs(np.abs(middle).max() / 12_000 - 1) < 0.1


def test_what_does_not_fit_into_8_khz_is_filtered_away() -> None:
    wire = Encoder("pcmu").encode(tone(5000, 0.3))  # would fold to 3 kHz
    back = samples(Decoder("pcmu").decode(wire))
    assert np.abs(back[1000:]).max() < 12_000 * 0.02


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_where_the_chunks_are_cut_does_not_matter(law) -> None:
    pcm = tone(700, 0.2)
    whole = Encoder(law).encode(pcm)
    encoder, decoder = Encoder(law), Decoder(law)
    wire = back = b""
    start = 0
    for size in (1, 2, 3, 5, 7, 480, 1000) * 4:
        wire += encoder.encode(pcm[start * 2 : (start + size) * 2])
        start += size
    wire += encoder.encode(pcm[start * 2 :])
    assert wire == whole
    for start in range(0, len(whole), 37):
        back += decoder.decode(whole[start : start + 37])
    assert back == Decoder(law).decode(whole)


def test_empty_chunks_are_nothing() -> None:
    assert Encoder("pcmu").encode(b"") == b""
    assert Decoder("pcma").decode(b"") == b""
