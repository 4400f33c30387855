"""`voicetui ask --session audio`: words and a recording together, other files, two answers."""

from __future__ import annotations

import json
import wave
from pathlib import Path

from tests.e2e.calls import QUESTION
from tests.e2e.program import Home


def ask(home: Home, *arguments: str) -> tuple[int, str, str]:
    done = home.run("ask", "--demo", "--session", "audio", *arguments)
    return done.code, done.out, done.err


def test_a_question_about_a_recording_is_answered_aloud(home: Home) -> None:
    out = home.folder / "a.wav"
    code, words, err = ask(
        home, "--audio", str(QUESTION), "--text", "Answer it, please.", "--out", str(out)
    )
    assert code == 0, err
    assert "Tokyo" in words
    with wave.open(str(out)) as reader:
        assert reader.getnframes() > 24_000


def test_words_alone_come_without_sound(home: Home) -> None:
    code, words, err = ask(home, "--audio", str(QUESTION), "--answer", "text", "--json")
    assert code == 0, err
    answer = json.loads(words)
    assert "Tokyo" in answer["answer"]
    assert answer["usage"]["audio_out"] == 0
    assert answer["usage"]["audio_in"] > 0


def test_the_service_makes_other_files(home: Home) -> None:
    out = home.folder / "a.mp3"
    code, _, err = ask(home, "Say hello.", "--out", str(out))
    assert code == 0, err
    head = out.read_bytes()[:3]
    assert head == b"ID3" or head[0] == 0xFF


def test_one_question_has_a_spoken_and_a_written_answer(home: Home) -> None:
    out = home.folder / "a.wav"
    code, words, err = ask(
        home, "What is the capital of Japan?", "--written", "as Markdown", "--out", str(out)
    )
    assert code == 0, err
    spoken, _, written = words.partition("\nWritten:\n")
    assert "Tokyo" in spoken
    assert "Tokyo" in written
    assert out.stat().st_size > 40_000


def test_the_written_answer_has_its_own_field(home: Home) -> None:
    asked = ("What is the capital of Japan?", "--written", "short", "--json")
    code, words, err = ask(home, *asked, "--out", str(home.folder / "a.wav"))
    assert code == 0, err
    answer = json.loads(words)
    assert answer["answer"].count("Tokyo") == 1
    assert "Tokyo" in answer["written"]


def test_what_only_audio_chat_can_do_is_refused_elsewhere(home: Home) -> None:
    done = home.run("ask", "--demo", "--audio", str(QUESTION), "--text", "hi")
    assert done.code == 2
    assert "--session audio" in done.err


def test_a_file_that_is_neither_wav_nor_mp3_is_refused_in_words(home: Home, tmp_path: Path) -> None:
    note = tmp_path / "note.txt"
    note.write_text("this is no sound")
    code, _, err = ask(home, "--audio", str(note), "--text", "What is said?")
    assert code != 0
    assert "WAV" in err
