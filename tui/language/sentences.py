"""Finished sentences in the language in use: what sessions, the engine and the record say.

They are made in English, with their figures in them: they are logged and saved so, and tests and
bug reports speak of them so.  Here they are recognised by the same table that `tr` uses.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Final

from tui import language

LEAST_LETTERS: Final = 4
"""Beside its placeholders, in a text by which a sentence is recognised."""
LONGEST: Final = 2000
"""Characters; no sentence of ours is longer."""
MOST_PARTS: Final = 3
"""Of what looks like several sentences and is one."""
_FIELD = re.compile(r"\{(\w+)[^{}]*\}")
_SENTENCE_END = re.compile(r"(?<=[.?!;])(?<!est\.) (?=\S)")
_ENDS = {".": "。", ";": "、"}
_FREE = frozenset({"how", "problem", "reason", "said", "what", "why", "words"})
"""Placeholders in which several sentences may stand."""


def told(sentence: str) -> str:
    """One or several English sentences in the language in use; what is not known stays."""
    table = language.table()
    if not table or len(sentence) > LONGEST or not sentence.strip():
        return sentence
    return _told(sentence, table)


def _told(sentence: str, table: Mapping[str, str]) -> str:
    known = _known(sentence, table)
    if known is not None:
        return known
    shown = ""
    parts = _SENTENCE_END.split(sentence)
    while parts:
        words, used = _longest(parts, table)
        # No blank behind a Japanese full stop or comma.
        shown += "" if not shown or shown.endswith(("。", "、")) else " "
        shown += words
        parts = parts[used:]
    return shown


def _longest(parts: list[str], table: Mapping[str, str]) -> tuple[str, int]:
    """What the first parts are as one sentence, as many as possible, and how many."""
    for used in range(min(len(parts), MOST_PARTS), 0, -1):
        sentence = " ".join(parts[:used])
        words = _known(sentence, table) or _known_of(sentence, table)
        if words is not None:
            return words, used
    return parts[0], 1


def _known_of(sentence: str, table: Mapping[str, str]) -> str | None:
    """Where what it is about stands in front: `config.toml: Permission denied`."""
    about, colon, rest = sentence.partition(": ")
    if not colon or not rest or _SENTENCE_END.search(about):
        return None
    known = _known(rest, table) or _known_of(rest, table)
    if known is None:
        return None
    return f"{_known(about, table) or about}: {known}"


def _known(sentence: str, table: Mapping[str, str]) -> str | None:
    """From the table, with another end too; None: not there."""
    found = _found(sentence, table) if sentence[-1:] != ";" else None
    if found is None:
        # As a part of another sentence it has lost its full stop.
        found = _found(f"{sentence}.", table) if sentence[-1:] not in _ENDS else None
        if found is not None:
            return found.removesuffix("。")
        bare, end = sentence[:-1], sentence[-1:]
        found = _found(bare, table) if bare and end in _ENDS else None
        if found is not None:
            found += _ENDS[end]
    return found


def _found(sentence: str, table: Mapping[str, str]) -> str | None:
    """As it stands in the table, or with something in its placeholders."""
    if sentence in table:
        return table[sentence]
    for english, fixed in _forms(id(table)):
        # Far cheaper than the form itself, which is made when it is first needed.
        if not all(map(sentence.__contains__, fixed)):
            continue
        match = _form(english).fullmatch(sentence)
        if match is not None:
            values = {name: _told(value, table) for name, value in match.groupdict().items()}
            return _filled(table[english], values)
    return None


def _filled(text: str, values: Mapping[str, str]) -> str:
    return _FIELD.sub(lambda field: values[field[1]], text)


@lru_cache(maxsize=4)
def _forms(table_id: int) -> list[tuple[str, list[str]]]:
    """The texts with placeholders and what stands between these; most letters first."""
    found = [english for english in language.table() if "{" in english]
    found = [english for english in found if _letters(english) >= LEAST_LETTERS]
    found.sort(key=_letters, reverse=True)
    return [(english, _FIELD.sub("\0", english).split("\0")) for english in found]


def _letters(english: str) -> int:
    return sum(map(str.isalpha, _FIELD.sub("", english)))


@cache
def _form(english: str) -> re.Pattern[str]:
    pattern, at = "", 0
    for field in _FIELD.finditer(english):
        known = f"(?P<{field[1]}>" in pattern
        pattern += re.escape(english[at : field.start()])
        value = ".+?" if field[1] in _FREE else "(?:(?![.?!;] ).)+?(?<![.;])"
        pattern += f"(?P={field[1]})" if known else f"(?P<{field[1]}>{value})"
        at = field.end()
    return re.compile(pattern + re.escape(english[at:]), re.DOTALL)
