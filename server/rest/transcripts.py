"""A transcript with times: segments and words, captions."""

from __future__ import annotations

import zlib
from typing import Any

from server.realtime.sentences import sentences, words_of

SILENT_RMS = 0.01  # below: what a model "hears" is its own invention


def _timed(text: str, length_s: float) -> list[tuple[float, float, str]]:
    """Each sentence from when to when: proportional to its letters."""
    spoken = sentences(text)
    letters = sum(map(len, spoken)) or 1
    found, begin_s = [], 0.0
    for sentence in spoken:
        end_s = begin_s + length_s * len(sentence) / letters
        found.append((begin_s, end_s, sentence))
        begin_s = end_s
    return found


def verbose(
    text: str, length_s: float, language: str, loudness: float, *, by_word: bool
) -> dict[str, Any]:
    """Whisper's verbose_json; what was heard in silence is marked as doubtful."""
    silent = loudness < SILENT_RMS
    data = text.encode()
    segments = [
        {
            "id": index,
            "seek": 0,
            "start": round(begin_s, 2),
            "end": round(end_s, 2),
            "text": f" {sentence}",
            "tokens": [50364 + index],
            "temperature": 0.0,
            "avg_logprob": -1.2 if silent else -0.25,
            "compression_ratio": round(len(data) / len(zlib.compress(data)), 2),
            "no_speech_prob": 0.93 if silent else 0.02,
        }
        for index, (begin_s, end_s, sentence) in enumerate(_timed(text, length_s))
    ]
    answer: dict[str, Any] = {
        "task": "transcribe",
        "language": language,
        "duration": round(length_s, 2),
        "text": text,
        "segments": segments,
        "usage": {"type": "duration", "seconds": round(length_s, 2)},
    }
    if by_word:
        words = words_of(text, 0, length_s * 1000)
        ends_ms = [word.start_ms for word in words[1:]] + [length_s * 1000]
        answer["words"] = [
            {
                "word": word.text,
                "start": round(word.start_ms / 1000, 2),
                "end": round(end_ms / 1000, 2),
            }
            for word, end_ms in zip(words, ends_ms, strict=True)
        ]
    return answer


def captions(text: str, length_s: float, kind: str) -> str:
    """srt or vtt."""
    comma = "," if kind == "srt" else "."

    def clock(at_s: float) -> str:
        ms = round(at_s * 1000)
        whole_s = ms // 1000
        return (
            f"{whole_s // 3600:02}:{whole_s // 60 % 60:02}:{whole_s % 60:02}{comma}{ms % 1000:03}"
        )

    lines = ["WEBVTT", ""] if kind == "vtt" else []
    for number, (begin_s, end_s, sentence) in enumerate(_timed(text, length_s), 1):
        if kind == "srt":
            lines.append(str(number))
        lines += [f"{clock(begin_s)} --> {clock(end_s)}", sentence, ""]
    return "\n".join(lines) + "\n"
