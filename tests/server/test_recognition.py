"""How well speech is understood: espeak voices, questions of the demo and everyday talk."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from server.speech.espeak import Espeak, Voice
from server.speech.pcm import SESSION_RATE_HZ, Pcm, resample
from server.speech.recognise import Recogniser

VOICES = ("en-us", "en-us+m3", "en-us+f3", "en-gb-x-rp")
BUNDLED = (
    "What is the capital of Japan?",
    "What time is it?",
    "Can you hear me?",
    "What is my name?",
)
"""The recorded question of the client first, then others that voices usually get across."""
TOPICS = (
    "What is the capital of Italy?",
    "Tell me a story about the sea.",
    "Tell me a joke.",
    "What is seven times eight?",
    "How are you today?",
    "What did I just say?",
    "My name is Peter.",
    "What day is it today?",
    "Count to ten please.",
    "Please continue.",
    "I live in London.",
    "Thank you very much.",
    "What can you do?",
    "Good morning, how are you?",
    "How many questions have I asked?",
)
EVERYDAY = (
    "I would like to go to the beach with my friends.",
    "The train leaves at nine o'clock.",
    "Please open the window.",
    "Do you have any brothers or sisters?",
    "I think it is going to rain tomorrow.",
    "My sister bought a red bicycle.",
    "The children are playing in the snow.",
    "Where did you put the car keys?",
    "We should call the doctor tomorrow morning.",
    "There is nothing good on television tonight.",
    "He has been working here for twenty years.",
    "I lost my umbrella on the bus.",
)
"""Partly like the phrases of the language model, partly not at all."""


@pytest.fixture(scope="module")
def recogniser() -> Recogniser:
    return Recogniser()


@pytest.fixture(scope="module")
def espeak() -> Espeak:
    return Espeak()


def spoken(espeak: Espeak, text: str, voice: str, noise_db: float | None = None) -> Pcm:
    clip = resample(espeak.speak(text, Voice(voice, 155)), espeak.rate_hz, SESSION_RATE_HZ)
    pad = np.zeros(6_000, dtype=np.int16)
    clip = np.concatenate([pad, clip, pad])
    if noise_db is not None:
        level = np.sqrt(np.mean(clip.astype(float) ** 2)) * 10 ** (-noise_db / 20)
        noise = np.random.default_rng(9).normal(0, level, clip.size)
        clip = np.clip(clip + noise, -32768, 32767).astype(np.int16)
    return clip


def words(text: str) -> list[str]:
    return "".join(letter for letter in text.lower() if letter not in ".,?!").split()


def word_errors(wanted: Sequence[str], heard: Sequence[str]) -> int:
    """Edit distance."""
    row = list(range(len(heard) + 1))
    for count, word in enumerate(wanted, 1):
        above, row = row, [count]
        for index, other in enumerate(heard, 1):
            row.append(min(above[index] + 1, row[-1] + 1, above[index - 1] + (word != other)))
    return row[-1]


def error_rate(
    recogniser: Recogniser, espeak: Espeak, texts: Sequence[str], voices: Sequence[str]
) -> float:
    errors = total = 0
    for voice in voices:
        for text in texts:
            heard = recogniser.hypothesis(spoken(espeak, text, voice)).words.split()
            wrong = word_errors(words(text), heard)
            if wrong:
                print(f"{voice}: {text} -> {' '.join(heard)}")
            errors += wrong
            total += len(words(text))
    print(f"{errors} of {total} words wrong: {errors / total:.1%}")
    return errors / total


@pytest.mark.parametrize("voice", VOICES)
def test_the_bundled_question_is_understood_in_every_voice(
    recogniser: Recogniser, espeak: Espeak, voice: str
) -> None:
    understood = [
        (recogniser.recognise(spoken(espeak, text, voice)) or "").split() == words(text)
        for text in BUNDLED
    ]
    assert understood[0]  # the one that comes with the client
    # Once, on a busy machine, one of the others was not; why is not known.
    assert sum(understood) >= len(BUNDLED) - 1


@pytest.mark.slow
def test_questions_of_the_demo(recogniser: Recogniser, espeak: Espeak) -> None:
    assert error_rate(recogniser, espeak, TOPICS, VOICES[:2]) <= 0.10
    assert error_rate(recogniser, espeak, TOPICS, VOICES[2:]) <= 0.15


@pytest.mark.slow
def test_everyday_talk(recogniser: Recogniser, espeak: Espeak) -> None:
    assert error_rate(recogniser, espeak, EVERYDAY, VOICES[:2]) <= 0.45


def test_some_noise_does_no_harm(recogniser: Recogniser, espeak: Espeak) -> None:
    for noise_db in (30, 20):
        heard = recogniser.recognise(spoken(espeak, BUNDLED[0], "en-us", noise_db))
        assert heard == "what is the capital of japan"


@pytest.mark.parametrize(
    ("voice", "text"),
    [
        ("de", "Ich hätte gern zwei Brötchen und einen Kaffee."),
        ("it", "Vorrei prenotare una camera per due persone."),
        ("de", "Guten Morgen, können Sie mir bitte den Weg zum Bahnhof zeigen?"),
    ],
)
def test_what_is_not_understood_is_not_made_up(
    recogniser: Recogniser, espeak: Espeak, voice: str, text: str
) -> None:
    assert recogniser.recognise(spoken(espeak, text, voice)) is None


def test_silence_and_noise_are_no_words(recogniser: Recogniser) -> None:
    noise = np.random.default_rng(2).normal(0, 900, 48_000).astype(np.int16)
    for clip in (np.zeros(0, dtype=np.int16), np.zeros(24_000, dtype=np.int16), noise):
        assert recogniser.recognise(clip) is None


def test_the_same_clip_gives_the_same_words(recogniser: Recogniser, espeak: Espeak) -> None:
    clip = spoken(espeak, "The children are playing in the snow.", "en-us")
    first = recogniser.hypothesis(clip)
    recogniser.hypothesis(spoken(espeak, "Hello there.", "en-us+f3"))
    assert recogniser.hypothesis(clip) == first
