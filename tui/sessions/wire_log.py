"""What a log of the wire may hold: every message, without keys and without sound."""

from __future__ import annotations

import re
from typing import Final, Literal, Protocol

import msgspec

from tui.masking import MASK, mask
from tui.sessions.realtime.message import clean, excessive

Way = Literal["sent", "received", "note"]


class WireLog(Protocol):
    """Takes what goes over the wire, as it goes; it masks later, on a thread of its own."""

    def __call__(self, way: Way, body: object, kind: str = "", over: str = "") -> None:
        """`body`: JSON as bytes, or a plain value; `over`: which connection or request.

        Called on a session's loop; returns at once and never raises.
        """
        ...


LONG_CHARS: Final = 256
"""Base64 without a gap that is longer is sound, or something else that nobody reads."""
_BASE64: Final = re.compile(rf"[A-Za-z0-9+/_-]{{{LONG_CHARS},}}={{0,2}}")
_SECRET: Final = r"authorization|api[-_]?key|access[-_]?key|secret|token|password|cookie"
_SECRET_WORDS: Final = ("auth", "key", "secret", "token", "password", "cookie")
_SECRET_NAME: Final = re.compile(rf"(?i)(?:.*[-_])?(?:{_SECRET})")
_SECRET_WITHIN: Final = re.compile(
    rf"(?i)((?:{_SECRET})[\\\"']{{0,4}}\s{{0,3}}[:=]\s{{0,3}}[\\\"']{{0,4}})"
    r"((?:(?:bearer|basic)\s+)?[^\s\\\"',;&}]{4,})"
)
"""A name with its value, in a text: what a function printed, arguments as JSON."""
_DEEPEST: Final = 60
_LARGEST: Final = 1 << 63
_UNSEEN: Final = re.compile(
    "[\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff]"
)
"""What a terminal would act upon, beside what JSON escapes anyway."""


def masked(body: object) -> object:
    """A message as it may be written down, as plain values; JSON that cannot be read stays text."""
    if isinstance(body, bytes | str):
        raw = body if isinstance(body, bytes) else body.encode("utf-8", "replace")
        if excessive(raw):
            return f"<{len(raw)} bytes in too many parts>"
        try:
            body = msgspec.json.decode(raw)
        except (msgspec.DecodeError, ValueError, RecursionError):
            return _text(raw.decode("utf-8", "replace"))
    return _value(body, "", "", 0)


def to_line(entry: dict[str, object]) -> bytes:
    """One line of the log, of a value that `masked` made."""
    text = msgspec.json.encode(entry).decode()
    return (_UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", text) + "\n").encode()


def _value(value: object, name: str, above: str, depth: int) -> object:
    """`name`: of the field it stands in; `above`: of the field around that."""
    if depth > _DEEPEST:
        return "<too deep>"
    match value:
        case bool() | float() | None:
            return value
        case int():
            return value if abs(value) < _LARGEST else str(value)
        case str():
            if _SECRET_NAME.fullmatch(above if name == "value" else name):
                return MASK
            sounds = name == "audio" or (name == "data" and above in ("audio", "input_audio"))
            return _sound(value) if sounds else _text(value)
        case bytes() | bytearray() | memoryview():
            return f"<{len(value)} bytes>"
        case dict():
            kind = value.get("type")
            heard = isinstance(kind, str) and kind.endswith("audio.delta")
            return {
                _text(str(key)): (
                    _sound(entry)
                    if heard and key == "delta" and isinstance(entry, str)
                    else _value(entry, str(key), name, depth + 1)
                )
                for key, entry in value.items()
            }
        case list() | tuple():
            return [_value(entry, name, above, depth + 1) for entry in value]
        case _:
            return f"<{type(value).__name__}>"


def _sound(text: str) -> str:
    size_bytes = max(0, len(text) * 3 // 4 - text.count("=", -2))
    return f"<{size_bytes} bytes of sound>"


def _text(text: str) -> str:
    text = clean(text)
    if len(text) >= LONG_CHARS:
        text = _BASE64.sub(lambda found: f"<{len(found[0])} characters>", text)
    lower = text.lower()
    if any(word in lower for word in _SECRET_WORDS):  # the pattern is slow
        text = _SECRET_WITHIN.sub(lambda found: found[1] + MASK, text)
    return mask(text)
