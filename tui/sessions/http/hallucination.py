"""Text that transcription models invent where nobody spoke."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

from tui.sessions.loudness import Loudness
from tui.sessions.realtime.message import Message, number, parts

_SILENT_SEGMENT: Final = 0.8
"""no_speech_prob above this in every segment: nobody spoke."""
_REPEATS: Final = 3

_PHRASES: Final = (
    # What subtitles of videos end with; the models learnt from them.
    "thank you",
    "thanks",
    "thank you very much",
    "thank you so much",
    "thanks for watching",
    "thank you for watching",
    "thank you so much for watching",
    "thank you very much for watching",
    "thanks for watching and I'll see you in the next video",
    "thank you for watching please subscribe",
    "please subscribe",
    "please like and subscribe",
    "please subscribe to my channel",
    "don't forget to like and subscribe",
    "like and subscribe",
    "see you in the next video",
    "see you next time",
    "I'll see you next time",
    "see you later",
    "bye",
    "bye bye",
    "goodbye",
    "you",
    "so",
    "the end",
    "music",
    "applause",
    "silence",
    "transcription by CastingWords",
    "transcribed by otter.ai",
    "www.mooji.org",
    "vielen Dank fürs Zuschauen",
    "merci d'avoir regardé cette vidéo",
    "ご視聴ありがとうございました",
    "ご視聴ありがとうございます",
    "ご清聴ありがとうございました",
    "最後までご視聴ありがとうございました",
    "最後までご視聴いただきありがとうございます",
    "ご覧いただきありがとうございます",
    "ご覧いただきありがとうございました",
    "見てくれてありがとう",
    "ありがとうございました",
    "ありがとうございます",
    "どうもありがとうございました",
    "チャンネル登録をお願いいたします",
    "チャンネル登録お願いします",
    "チャンネル登録よろしくお願いします",
    "チャンネル登録と高評価をお願いします",
    "高評価とチャンネル登録をお願いします",
    "次の動画でお会いしましょう",
    "また次の動画でお会いしましょう",
    "次回もお楽しみに",
    "おやすみなさい",
    "字幕視聴ありがとうございました",
    "字幕作成者",
    "提供",
    "終わり",
    "ん",
    "はい",
)


_APOSTROPHES: Final = "'’`ー゛"


def _key(text: str) -> str:
    """Only letters and digits, in one form: what two ways of writing a phrase share."""
    folded = unicodedata.normalize("NFKC", text).casefold()
    words = "".join(
        char if char.isalnum() else "" if char in _APOSTROPHES else " " for char in folded
    )
    return " ".join(words.split())


_KNOWN: Final = frozenset(_key(phrase) for phrase in _PHRASES)
_CREDIT: Final = re.compile(
    r"amara\s*\.?\s*org|untertitel(?:ung)? |sous-?titr|subtitles? (?:by|created)"
    r"|字幕(?:作成|制作|by)",
    re.IGNORECASE,
)
_PIECES: Final = re.compile(r"[.!?。！？\n]+")


def invented(text: str, loudness: Loudness, segments: Message | None = None) -> bool:
    """Whether the text is more likely the model's than the user's.

    `segments`: a verbose_json answer, where there is one.  Clear speech is always believed, except
    where the model itself says that nobody spoke, or stutters without end.
    """
    pieces = [key for piece in _PIECES.split(text) if (key := _key(piece))]
    if not pieces:
        return True
    if segments is not None and _nobody_spoke(segments):
        return True
    if _stutters(text, loudness):
        return True
    if not loudness.doubtful:
        return False
    return all(piece in _KNOWN for piece in pieces) or bool(_CREDIT.search(text))


def _nobody_spoke(answer: Message) -> bool:
    """The model's own word, per segment."""
    found = parts(answer, "segments")
    return bool(found) and all(number(part, "no_speech_prob") > _SILENT_SEGMENT for part in found)


def _stutters(text: str, loudness: Loudness) -> bool:
    """One word or syllable over and over: more than anybody says in that time."""
    key = _key(text)
    words = key.split()
    least = _REPEATS if loudness.doubtful else 8
    if len(words) >= least and len(set(words)) == 1:
        return True
    glued = "".join(words)
    repeated = re.fullmatch(rf"(.{{1,12}}?)\1{{{least - 1},}}", glued)
    if repeated is None or (repeated[1].isascii() and len(words) < least):
        return False
    return loudness.doubtful or len(glued) > loudness.speech_ms / 40
