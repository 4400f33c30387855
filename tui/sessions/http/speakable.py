"""What of a written sentence can be said: no marks of Markdown, no code, no long addresses."""

from __future__ import annotations

import re
from typing import Final

_CITATION: Final = re.compile(r"【[^】]{0,80}†[^】]{0,200}】")
_IMAGE_OR_LINK: Final = re.compile(r"!?\[([^\]\n]{0,300})\]\([^)\s]{0,2000}\)")
_ADDRESS: Final = re.compile(r"\b(?:https?://|www\.)([^\s/<>\"')\]]+)[^\s<>\"')\]]*")
_HEADING: Final = re.compile(r"^\s{0,3}#{1,6}\s+", re.MULTILINE)
_BULLET: Final = re.compile(r"^\s*[-*+•]\s+", re.MULTILINE)
_QUOTE: Final = re.compile(r"^\s*>\s?", re.MULTILINE)
_RULE: Final = re.compile(r"^\s*(?:[-*_=|:]\s*){3,}$", re.MULTILINE)
_FENCE: Final = re.compile(r"^\s*(```|~~~).*$", re.MULTILINE)
_EMPHASIS: Final = re.compile(r"(?<!\w)(\*{1,3}|_{1,3}|~~)(?=\S)(.+?)(?<=\S)\1(?!\w)")
_WORD_OR_DIGIT: Final = re.compile(r"\w")


class Speakable:
    """Turns sentences into speech text; remembers an open block of code."""

    def __init__(self) -> None:
        self._in_code = False

    def text(self, sentence: str) -> str:
        """What to say; empty: nothing."""
        lines = []
        for line in sentence.split("\n"):
            if _FENCE.match(line):
                self._in_code = not self._in_code
            elif not self._in_code:
                lines.append(line)
        return plain("\n".join(lines))


def plain(text: str) -> str:
    """The text without marks that nobody says."""
    text = _CITATION.sub("", text)
    text = _IMAGE_OR_LINK.sub(r"\1", text)
    text = _ADDRESS.sub(lambda found: found[1].rstrip(".,;:!?"), text)
    for mark in (_RULE, _HEADING, _BULLET, _QUOTE):
        text = mark.sub("", text)
    for _ in range(3):
        text = _EMPHASIS.sub(r"\2", text)
    text = text.replace("`", "").replace("|", " ")
    text = " ".join(text.split())
    return text if _WORD_OR_DIGIT.search(text) else ""
