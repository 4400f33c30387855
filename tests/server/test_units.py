"""Small parts: G.711, sentences, usage, shapes."""

from __future__ import annotations

import numpy as np
import pytest

from server.realtime.conversation import joined
from server.realtime.sentences import pieces, sentences, words_of
from server.speech import g711
from server.speech.pcm import StreamResampler, resample
from server.usage import (
    Tokens,
    cached_tokens,
    response_usage,
    text_tokens,
    transcription_usage,
)


@pytest.mark.parametrize(
    ("law", "codes"),
    [
        # From the tables of ITU-T G.711: code, value on the 16-bit scale.
        ("audio/pcmu", {0xFF: 0, 0x7F: 0, 0x80: 32124, 0x00: -32124, 0xF0: 120, 0x70: -120}),
        ("audio/pcma", {0xD5: 8, 0x55: -8, 0xAA: 32256, 0x2A: -32256, 0xC5: 264, 0x80: 5504}),
    ],
)
def test_g711_known_values(law: str, codes: dict[int, int]) -> None:
    decoded = g711.decode(bytes(codes), law)
    assert decoded.tolist() == list(codes.values())


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
def test_g711_is_stable_and_close(law: str) -> None:
    every = bytes(range(256))
    again = g711.encode(g711.decode(every, law), law)
    assert np.array_equal(g711.decode(again, law), g711.decode(every, law))
    samples = np.arange(-32_000, 32_000, 7, dtype=np.int16)
    error = np.abs(g711.decode(g711.encode(samples, law), law).astype(int) - samples)
    assert np.all(error <= np.maximum(np.abs(samples.astype(int)) * 0.04, 10))


def test_resampling_in_pieces_is_resampling() -> None:
    tone = (10_000 * np.sin(np.arange(24_000) * 2 * np.pi * 300 / 24_000)).astype(np.int16)
    stream = StreamResampler(24_000, 16_000)
    parts = [stream.push(tone[start : start + 480]) for start in range(0, tone.size, 480)]
    pieced = np.concatenate(parts)
    whole = resample(tone, 24_000, 16_000)
    assert pieced.size > 15_000
    assert np.abs(pieced[100:14_000].astype(int) - whole[100:14_000]).max() < 60


def test_sentences() -> None:
    assert sentences("Hello. I have told you all of that before. Have I not? Good.") == [
        "Hello.",
        "I have told you all of that before.",
        "Have I not? Good.",
    ]
    assert sentences("It costs 3.50 dollars.") == ["It costs 3.50 dollars."]
    assert sentences("こんにちは。おげんきですか。") == ["こんにちは。", "おげんきですか。"]
    assert sentences("") == []


def test_words_travel_with_their_audio() -> None:
    audio = np.zeros(24_000, dtype=np.int16)
    words = words_of("one two three four", 500, 1_000)
    assert [round(word.start_ms) for word in words] == [500, 711, 921, 1237]
    parts = list(pieces(words, audio, 24_000, 500, 200))
    assert [joined(part.words) for part in parts] == [" one", " two", " three", " four", ""]
    assert sum(part.audio.size for part in parts) == audio.size


def test_tokens() -> None:
    assert text_tokens("") == 0
    assert text_tokens("12345678") == 2
    assert text_tokens("こんにちは") == 5
    before = {"s": Tokens(10), "a": Tokens(5, 20), "b": Tokens(3)}
    now = {"s": Tokens(10), "a": Tokens(5, 20), "c": Tokens(3)}
    assert cached_tokens(before, now) == Tokens(15, 20)
    assert cached_tokens(before, {"t": Tokens(10), "a": Tokens(5, 20)}) == Tokens()
    usage = response_usage(Tokens(15, 20), Tokens(15, 0), Tokens(4, 40))
    assert usage["total_tokens"] == 79
    assert usage["input_token_details"]["cached_tokens"] == 15
    seconds = transcription_usage("whisper-1", 2_340, "hello")
    assert seconds == {"type": "duration", "seconds": 2.34}
    assert transcription_usage("gpt-transcribe", 2_340, "hello")["input_tokens"] == 24


def test_a_synthesiser_that_is_gone_leaves_the_others_speaking() -> None:
    import gc

    from server.speech.espeak import Espeak, Voice

    one = Espeak()
    other = Espeak()
    other.speak("Hello.", Voice("en-us"))
    del other
    gc.collect()
    assert one.speak("Hello.", Voice("en-us")).size > one.rate_hz // 4
