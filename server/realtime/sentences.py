"""Cutting an answer into sentences and audio into deltas, each with its words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from server.realtime.conversation import Word
from server.speech.pcm import Pcm

_SENTENCE = re.compile(r".+?(?:[.!?]+[\"')\]]*(?=\s|$)|[。！？]+|\n+|$)", re.DOTALL)
_NO_SPACES = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")
_SHORT = 24  # characters: shorter sentences are said together with the next one


def sentences(text: str) -> list[str]:
    """The answer in pieces that can be spoken one by one."""
    pieces = [piece.strip() for piece in _SENTENCE.findall(text) if piece.strip()]
    joined: list[str] = []
    for piece in pieces:
        if len(joined) > 1 and len(joined[-1]) < _SHORT:
            joined[-1] += " " + piece
        else:
            joined.append(piece)
    return joined


def words_of(sentence: str, start_ms: float, length_ms: float) -> list[Word]:
    """Each word with the time it begins: proportional to the letters before it."""
    words = sentence.split()
    glued = _NO_SPACES.search(sentence) is not None
    if glued:
        words = [piece for piece in re.split(r"(?<=[、。！？])", sentence) if piece]
    letters = sum(len(word) + 1 for word in words) or 1
    timed: list[Word] = []
    before = 0
    for word in words:
        timed.append(Word(word, start_ms + length_ms * before / letters, glued))
        before += len(word) + 1
    return timed


@dataclass(frozen=True, slots=True)
class Piece:
    """One delta's worth."""

    words: list[Word]
    audio: Pcm
    audio_ms: float


def pieces(
    words: list[Word], audio: Pcm, rate_hz: int, start_ms: float, delta_ms: int
) -> Iterator[Piece]:
    """The audio in deltas; each word travels with (just before) the audio it begins in."""
    step = max(1, rate_hz * delta_ms // 1000)
    waiting = list(words)
    for start in range(0, max(audio.size, 1), step):
        part = audio[start : start + step]
        end_ms = start_ms + (start + part.size) * 1000 / rate_hz
        last = start + step >= audio.size
        begun = [word for word in waiting if last or word.start_ms < end_ms]
        waiting = waiting[len(begun) :]
        yield Piece(begun, part, part.size * 1000 / rate_hz)
