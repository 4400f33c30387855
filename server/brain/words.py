"""Reading what was said: one spelling for everything, numbers as digits."""

from __future__ import annotations

import re
import zlib
from collections.abc import Sequence

_EXPANSIONS = (
    (r"\bwhat's\b", "what is"),
    (r"\bwho's\b", "who is"),
    (r"\bhow's\b", "how is"),
    (r"\bwhere's\b", "where is"),
    (r"\bthat's\b", "that is"),
    (r"\bthere's\b", "there is"),
    (r"\bit's\b", "it is"),
    (r"\blet's\b", "let us"),
    (r"\bname's\b", "name is"),
    (r"\btoday's\b", "today"),
    (r"\bcan't\b", "can not"),
    (r"\bcannot\b", "can not"),
    (r"\bwon't\b", "will not"),
    (r"n't\b", " not"),
    (r"'m\b", " am"),
    (r"'re\b", " are"),
    (r"'ll\b", " will"),
    (r"'ve\b", " have"),
    (r"'d\b", " would"),
    (r"\bfavourite\b", "favorite"),
    (r"\bcolour\b", "color"),
)
_UNITS_TEXT = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen
sixteen seventeen eighteen nineteen
"""
_UNITS = _UNITS_TEXT.split()
_TENS_TEXT = """
zero ten twenty thirty forty fifty sixty seventy eighty ninety
"""
_TENS = _TENS_TEXT.split()
_SMALL = {word: value for value, word in enumerate(_UNITS)} | {
    word: value * 10 for value, word in enumerate(_TENS) if value > 1
}
_LARGE = {"hundred": 100, "thousand": 1000, "million": 1_000_000}


def normalise(text: str) -> str:
    """Lower case, no punctuation, contractions written out, number words as digits."""
    said = text.lower().replace("\u2019", "'")
    for pattern, expansion in _EXPANSIONS:
        said = re.sub(pattern, expansion, said)
    said = re.sub(r"(?<=\d),(?=\d{3})", "", said)
    said = re.sub(r"(\d)\s*([-+*/x\u00d7\u00f7])\s*(?=\d)", r"\1 \2 ", said)
    said = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", said)
    said = re.sub(r"[^\w\s'.+*/\u00d7\u00f7-]|\.(?!\d)|(?<!\d)\.(?=\D|$)", " ", said)
    return _digits(said.split())


def _digits(words: Sequence[str]) -> str:
    out: list[str] = []
    index = 0
    while index < len(words):
        value, used = _number(words[index:])
        if used:
            out.append(str(value))
            index += used
        else:
            out.append(words[index])
            index += 1
    return " ".join(out)


def _number(words: Sequence[str]) -> tuple[int, int]:
    """The number at the beginning and how many words it takes; (0, 0) if there is none."""
    total = current = used = 0
    seen = False
    for position, word in enumerate(words):
        if word in _SMALL:
            value = _SMALL[word]
            # "one two three" are three numbers, "twenty one" is one.
            joins = not seen or current % 100 == 0 or (current % 10 == 0 and 0 < value < 10)
            if seen and (not joins or (current == 0 and total == 0)):
                break
            current += value
        elif word in _LARGE and (seen or (position == 1 and words[0] == "a")):
            scale = _LARGE[word]
            if scale == 100:
                current = max(current, 1) * 100
            else:
                total, current = total + max(current, 1) * scale, 0
        elif word == "a" and position == 0 and len(words) > 1 and words[1] in _LARGE:
            continue
        elif word == "and" and seen and current % 100 == 0 and words[position + 1 : position + 2]:
            if words[position + 1] not in _SMALL:
                break
            continue
        else:
            break
        seen = True
        used = position + 1
    return (total + current, used) if seen else (0, 0)


def in_words(number: int) -> str:
    """42 as "forty-two"; large numbers stay digits."""
    if number < 0:
        return "minus " + in_words(-number)
    if number < 20:
        return _UNITS[number]
    if number < 100:
        tens, unit = divmod(number, 10)
        return _TENS[tens] + (f"-{_UNITS[unit]}" if unit else "")
    if number < 1000 and number % 100 == 0:
        return f"{_UNITS[number // 100]} hundred"
    return f"{number:,}"


def pick(choices: Sequence[str], *seed: object) -> str:
    """One of them; the same for the same seed, on every machine."""
    return choices[zlib.crc32(repr(seed).encode()) % len(choices)]


def listed(things: Sequence[str]) -> str:
    """a, b and c."""
    if len(things) < 2:
        return "".join(things)
    return ", ".join(things[:-1]) + " and " + things[-1]
