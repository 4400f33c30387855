"""Arithmetic, asked in words or digits (words.normalise has made digits of both)."""

from __future__ import annotations

import math
import re

from server.brain.words import in_words

_NUMBER = r"(-?\d+(?:\.\d+)?)"
_OPERATORS = {
    "plus": "+",
    "and": "+",
    "+": "+",
    "minus": "-",
    "less": "-",
    "-": "-",
    "times": "*",
    "multiplied by": "*",
    "x": "*",
    "*": "*",
    "\u00d7": "*",
    "divided by": "/",
    "over": "/",
    "/": "/",
    "\u00f7": "/",
    "to the power of": "^",
}
_SPOKEN = {"+": "plus", "-": "minus", "*": "times", "/": "divided by", "^": "to the power of"}
_OPERATOR = "|".join(re.escape(name) for name in sorted(_OPERATORS, key=len, reverse=True))
_FIRST = re.compile(rf"{_NUMBER} ({_OPERATOR}) {_NUMBER}")
_MORE = re.compile(rf" ({_OPERATOR}) {_NUMBER}")
LARGEST = 1e15


def _number(text: str) -> float:
    return float(text)


def _spoken(value: float) -> str:
    if value == int(value) and abs(value) < LARGEST:
        return in_words(int(value))
    return f"{value:.4g}" if abs(value) < 1e6 else f"{value:.3e}"


def _apply(left: float, operator: str, right: float) -> float | None:
    if operator == "+":
        return left + right
    if operator == "-":
        return left - right
    if operator == "*":
        return left * right
    if operator == "^":
        return left**right if abs(left) <= 1000 and abs(right) <= 10 else None
    return left / right if right else None


def _special(said: str) -> str | None:
    root = re.search(rf"square root of {_NUMBER}", said)
    if root:
        value = _number(root[1])
        return f"The square root of {_spoken(value)} is {_spoken(math.sqrt(value))}."
    for pattern, sentence, factor in (
        (r"half of ", "Half of {} is {}.", 0.5),
        (r"(?:double|twice) ", "Twice {} is {}.", 2.0),
        (r"a third of ", "A third of {} is {}.", 1 / 3),
        (r"a quarter of ", "A quarter of {} is {}.", 0.25),
    ):
        found = re.search(pattern + _NUMBER, said)
        if found:
            value = _number(found[1])
            return sentence.format(_spoken(value), _spoken(value * factor))
    square = re.search(rf"{_NUMBER} squared|square of {_NUMBER}", said)
    if square:
        value = _number(square[1] or square[2])
        return f"{_spoken(value).capitalize()} squared is {_spoken(value * value)}."
    percent = re.search(rf"{_NUMBER} (?:percent|per cent) of {_NUMBER}", said)
    if percent:
        share, whole = _number(percent[1]), _number(percent[2])
        result = _spoken(share * whole / 100)
        return f"{_spoken(share).capitalize()} percent of {_spoken(whole)} is {result}."
    return None


def answer(said: str) -> str | None:
    """The sum as a sentence; None where nothing is to be calculated."""
    special = _special(said)
    if special is not None:
        return special
    first = _FIRST.search(said)
    if first is None:
        return None
    if first[2] == "and" and not re.search(r"\b(add|sum|plus|together)\b", said):
        return None
    value = _number(first[1])
    spoken = _spoken(value)
    rest = f" {first[2]} {first[3]}{said[first.end() :]}"
    # From left to right, as it was spoken.
    while found := _MORE.match(rest):
        operator = _OPERATORS[found[1]]
        right = _number(found[2])
        result = _apply(value, operator, right)
        spoken += f" {_SPOKEN[operator]} {_spoken(right)}"
        if result is None:
            if operator == "/":
                return "Dividing by zero is the one thing I refuse to do."
            return "That is more than I can calculate in my head."
        value = result
        rest = rest[found.end() :]
    return f"{spoken[0].upper()}{spoken[1:]} is {_spoken(value)}."
