"""What is not sent, and what is not believed."""

from __future__ import annotations

import math
import random
import struct
import wave
from pathlib import Path

import pytest

from tests.tui.sessions.http.driver import tone
from tui.sessions.http.hallucination import invented
from tui.sessions.loudness import Loudness, measure

QUESTION = Path(__file__).resolve().parents[4] / "tui" / "assets" / "question.wav"
CLEAR = Loudness(length_ms=3000, speech_ms=2000, loudest_dbfs=-12)
FAINT = Loudness(length_ms=3000, speech_ms=120, loudest_dbfs=-38)


def noise(ms: int, level: float, seed: int = 1) -> bytes:
    random.seed(seed)
    return b"".join(struct.pack("<h", round(random.gauss(0, level))) for _ in range(ms * 24))


def question() -> bytes:
    with wave.open(str(QUESTION)) as file:
        return file.readframes(file.getnframes())


@pytest.mark.parametrize(
    "pcm",
    [
        b"",
        bytes(48_000),
        noise(2000, 20),  # a quiet room
        noise(2000, 80),
        bytes(24_000) + tone(20, 20_000) + bytes(24_000),  # a click
    ],
)
def test_silence(pcm: bytes) -> None:
    assert measure(pcm).silent


@pytest.mark.parametrize("gain", [1.0, 0.3, 0.1])
@pytest.mark.parametrize("around", [bytes(48_000), noise(1000, 30)])
def test_speech_is_heard_also_when_soft_and_among_noise(gain: float, around: bytes) -> None:
    samples = struct.unpack(f"<{len(question()) // 2}h", question())
    soft = struct.pack(f"<{len(samples)}h", *(round(s * gain) for s in samples))
    loudness = measure(around + soft + around)
    assert not loudness.silent
    assert loudness.speech_ms > 500
    assert not loudness.doubtful


def test_levels() -> None:
    assert math.isclose(measure(tone(500, 16384)).loudest_dbfs, -6.02, abs_tol=0.1)
    assert measure(tone(500)).length_ms == 500


@pytest.mark.parametrize(
    "text",
    [
        "Thank you.",
        "Thanks for watching!",
        " Thank you for watching! Please subscribe!",
        "Bye. Bye-bye.",
        "Subtitles by the Amara.org community",
        "you",
        "ご視聴ありがとうございました",
        "ご視聴ありがとうございました。",
        "ご清聴ありがとうございました。チャンネル登録お願いします！",
        "最後までご視聴いただきありがとうございます。",
        "字幕作成者 XYZ",
        "おやすみなさい。",
        "the the the",
        "はいはいはいはい",
        "Untertitel im Auftrag des ZDF für funk, 2017",
    ],
)
def test_phrases_of_near_silence_are_dropped_there_and_believed_elsewhere(text: str) -> None:
    assert invented(text, FAINT)
    assert not invented(text, CLEAR)


@pytest.mark.parametrize(
    "text",
    [
        "What is the capital of Japan?",
        "Thank you for the recipe, what comes next?",
        "Yes.",
        "日本の首都はどこですか。",
        "ありがとう、次は何ですか。",
        "Stop!",
        "no no",
        "1 1 2",
    ],
)
def test_real_words_are_believed_even_when_faint(text: str) -> None:
    assert not invented(text, FAINT)
    assert not invented(text, CLEAR)


@pytest.mark.parametrize("text", ["la " * 40, "ん" * 200, "ありがとう" * 60, "1 " * 50])
def test_endless_repetition_is_never_believed(text: str) -> None:
    assert invented(text, CLEAR)


def test_what_the_model_itself_calls_silence() -> None:
    silent = {"segments": [{"no_speech_prob": 0.93}, {"no_speech_prob": 0.88}]}
    mixed = {"segments": [{"no_speech_prob": 0.93}, {"no_speech_prob": 0.02}]}
    assert invented("I will be right back.", CLEAR, silent)
    assert not invented("I will be right back.", CLEAR, mixed)


@pytest.mark.parametrize("text", ["", "...", " \n", "♪ ♪", "。"])
def test_nothing_is_nothing(text: str) -> None:
    assert invented(text, CLEAR)
