"""Cutting text that is still being written into pieces that can be spoken one by one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST_CHARS: Final = 4096
"""What a speech request may hold."""
COMFORTABLE_CHARS: Final = 400
"""A sentence longer than this is cut at a comma or a space: sound must not wait for its end."""
SHORT_CHARS: Final = 40
"""Sentences shorter than this are said together with the next one; the first one never waits."""

_WIDE_ENDS: Final = "。！？｡"
_CLOSERS: Final = "\"'”’)]}»」』】）〉》"
_ABBREVIATIONS: Final = frozenset(
    re.findall(
        r"\S+",
        "mr mrs ms dr prof sr jr st vs etc e.g i.e eg ie cf approx dept est fig gen gov inc ltd co"
        " corp no nos vol pp ed eds rev hon capt col lt sgt mt ave blvd rd jan feb mar apr jun jul"
        " aug sep sept oct nov dec mon tue wed thu fri sat sun a.m p.m am pm u.s u.k ph.d b.c a.d"
        " z.b d.h bzw ca nr bd m mme mlle",
    )
)
_NEVER_LAST: Final = frozenset(
    re.findall(r"\S+", "mr mrs ms dr prof st e.g i.e eg ie cf vs fig approx z.b d.h")
)
"""Abbreviations after which a sentence goes on even before a capital letter."""
_WORD_BEFORE: Final = re.compile(r"(\S+)$")
_LIST_NUMBER: Final = re.compile(r"(?:^|\n)\s*(?:\d{1,3}|[A-Za-z])$")
_SOFT: Final = re.compile(r"[、，；：]|[,;:](?=\s)|\s[–—-]\s")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A piece of the text, with the place where it ends in the whole."""

    text: str
    start: int
    end: int
    """Characters of the whole text up to here."""


class Sentences:
    """Feed it text as it comes; it gives each sentence once, as soon as it is certain."""

    def __init__(self, *, longest: int = COMFORTABLE_CHARS) -> None:
        self._longest = min(longest, LONGEST_CHARS)
        self._text = ""
        """What has not been given yet."""
        self._given = 0
        self._scanned = 0
        self._first = True

    def feed(self, text: str) -> list[Sentence]:
        """More text: the sentences that are complete now."""
        self._text += text
        found: list[Sentence] = []
        while (end := self._complete()) is not None:
            self._give(end, found)
        return found

    def close(self) -> list[Sentence]:
        """There is no more text: what is left."""
        found: list[Sentence] = []
        while len(self._text) > self._longest:
            self._give(self._soft_end(self._longest), found)
        self._give(len(self._text), found)
        return found

    def _give(self, end: int, found: list[Sentence]) -> None:
        piece, self._text = self._text[:end], self._text[end:]
        start, self._given = self._given, self._given + len(piece)
        self._scanned = 0
        if piece.strip():
            self._first = False
            found.append(Sentence(piece.strip(), start, self._given))

    def _complete(self) -> int | None:
        """Where the first piece ends that can be spoken now; None: not yet."""
        shortest = 1 if self._first else SHORT_CHARS
        at = self._scanned
        while at < len(self._text):
            end = self._ends_at(at)
            if end is None:
                self._scanned = at  # undecided: the next characters tell
                break
            if end and len(self._text[:end].strip()) >= shortest:
                return end
            at += 1
            self._scanned = at
        if len(self._text) > self._longest:
            return self._soft_end(self._longest)
        return None

    def _ends_at(self, at: int) -> int | None:
        """The end of a sentence whose mark stands at `at`; 0: none there; None: undecided."""
        text = self._text
        char = text[at]
        if char == "\n":
            return at + 1 if text[:at].strip() else 0
        if char not in ".!?…" and char not in _WIDE_ENDS:
            return 0
        if char in ".!?…" and at and text[at - 1] in ".!?…":
            return 0  # looked at with the first mark of the row
        end = at + 1
        while end < len(text) and (text[end] in ".!?…" or text[end] in _WIDE_ENDS):
            end += 1
        while end < len(text) and text[end] in _CLOSERS:
            end += 1
        if char in _WIDE_ENDS:
            # A bracket that closes belongs to it: wait for what follows.
            return end if end < len(text) or text[end - 1] in _CLOSERS else self._at_tail(end)
        if end == len(text):
            return None
        if not text[end].isspace():
            # 3.14, example.com, file.py; but also a missing space before Japanese.
            return end if ord(text[end]) >= 0x2E80 else 0
        if char == "." and end == at + 1:
            return self._after_dot(at, end)
        if char in ".…" and self._goes_on(end) is not False:
            return 0 if self._goes_on(end) else None
        return end

    def _goes_on(self, end: int) -> bool | None:
        """Whether a small letter follows; None: not known yet."""
        rest = self._text[end:].lstrip()
        return rest[0].islower() if rest else None

    def _at_tail(self, end: int) -> int | None:
        """A wide mark at the very end: certain, unless a quotation is open."""
        text = self._text[:end]
        opened = sum(text.count(mark) for mark in "「『（")
        closed = sum(text.count(mark) for mark in "」』）")
        return None if opened > closed else end

    def _after_dot(self, at: int, end: int) -> int | None:
        """A single full stop before a blank: the end, or an abbreviation, a number, an initial."""
        before = self._text[:at]
        found = _WORD_BEFORE.search(before)
        word = found[1].strip("\"'“‘([").lower() if found else ""
        if _LIST_NUMBER.search(before):
            return 0  # "1. First"
        if len(word) == 1 and word.isalpha() and word != "i":
            return 0  # an initial
        if word in _NEVER_LAST:
            return 0
        if word in _ABBREVIATIONS:
            rest = self._text[end:].lstrip()
            if not rest:
                return None
            return end if rest[0].isupper() else 0
        if "/" in word and self._goes_on(end) is not False:  # the dot belongs to an address
            return 0 if self._goes_on(end) else None
        return end

    def _soft_end(self, longest: int) -> int:
        """The best place to breathe within `longest` characters."""
        window = self._text[:longest]
        for pattern in (_SOFT, re.compile(r"\s")):
            ends = [found.end() for found in pattern.finditer(window)]
            good = [end for end in ends if end >= longest // 3]
            if good:
                return good[-1]
        return len(window)
