"""Reading one server message without trusting any of it."""

from __future__ import annotations

import json
import math
from typing import Final, cast

import msgspec

Message = dict[str, object]

MOST_PARTS: Final = 50_000
"""Values in one message.  A value of three bytes costs seventy in memory; an honest message has a
few hundred, and as many commas as its words have."""
_SHORT_BYTES: Final = 1 << 15
"""Holds no more parts than that, whatever is in it."""

_decoder = msgspec.json.Decoder()


class Malformed(ValueError):
    """What arrived is not a JSON object with a type."""


def excessive(raw: bytes) -> bool:
    """Whether a message would become far larger when it is read."""
    if len(raw) <= _SHORT_BYTES:
        return False
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{") > MOST_PARTS


def decode(raw: str | bytes) -> Message:
    """The JSON object in a frame.  Raises `Malformed`."""
    if excessive(raw.encode("utf-8", "replace") if isinstance(raw, str) else raw):
        raise Malformed("too many parts")
    try:
        value = _decoder.decode(raw)
    except RecursionError:
        raise Malformed("nested too deeply") from None
    except (msgspec.DecodeError, ValueError):
        value = _decode_leniently(raw)
    if not isinstance(value, dict) or not isinstance(value.get("type"), str):
        raise Malformed("not an object with a type")
    return cast(Message, value)


def _decode_leniently(raw: str | bytes) -> object:
    """What strict JSON refuses but servers have been seen to send: lone surrogates, NaN."""
    try:
        text = raw if isinstance(raw, str) else raw.decode("utf-8", "replace")
        return json.loads(text)
    except (ValueError, RecursionError):
        raise Malformed("not JSON") from None


def clean(value: str) -> str:
    """The text with lone surrogates replaced, so that it can be encoded anywhere later."""
    if value.isascii():
        return value
    return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def text(message: Message, key: str) -> str:
    """A string field; empty when missing or of another type."""
    value = message.get(key)
    return clean(value) if isinstance(value, str) else ""


def part(message: Message, key: str) -> Message:
    """An object field; empty when missing or of another type."""
    value = message.get(key)
    return cast(Message, value) if isinstance(value, dict) else {}


def parts(message: Message, key: str) -> list[Message]:
    """The objects in a list field."""
    value = message.get(key)
    if not isinstance(value, list):
        return []
    return [cast(Message, entry) for entry in value if isinstance(entry, dict)]


def number(message: Message, key: str) -> float:
    """A finite number that is not negative; 0 otherwise."""
    value = message.get(key)
    if isinstance(value, bool) or not isinstance(value, int | float):
        return 0.0
    try:
        result = float(value)
    except OverflowError:
        return 0.0
    return result if math.isfinite(result) and result > 0 else 0.0


def count(message: Message, key: str) -> int:
    """`number` as a whole number."""
    return int(number(message, key))
