"""A person's own keys: the table [keys] of config.toml, checked before the screen starts.

    [keys]
    mute = "x"
    talk = "space f5"        # several keys, with blanks between them

Only keys that every terminal, tmux and SSH pass on are taken.
"""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Iterator, Mapping
from typing import Final

from tui import keys

SECTION: Final = "keys"
NAMED: Final = (
    *("space", "enter", "tab", "escape", "backspace", "delete", "insert"),
    *("up", "down", "left", "right", "home", "end", "pageup", "pagedown"),
    *(f"f{number}" for number in range(1, 13)),
)
SWALLOWED: Final = {
    "ctrl+h": "is Backspace in a terminal",
    "ctrl+i": "is Tab in a terminal",
    "ctrl+m": "is Enter in a terminal",
    "ctrl+a": "belongs to screen",
    "ctrl+b": "belongs to tmux",
    "ctrl+s": "stops the output of many terminals",
    "ctrl+z": "suspends programs",
    "ctrl+c": "copies and quits",
    "ctrl+p": "opens the commands",
}
TOGETHER: Final[tuple[tuple[keys.Scope, ...], ...]] = (
    ("call", "conversation", "scrolling", "anywhere"),
    ("history", "scrolling", "anywhere"),
    *((scope, "lines", "scrolling", "anywhere") for scope in ("reading", "usage")),
    *((scope, "anywhere") for scope in ("composer", "question", "devices", "links")),
)
"""Scopes that are there at the same time: one key must not mean two things in them."""
IN_THE_FIELD: Final = ("resume", "back-history")
"""Keys of the history that act while somebody types into its field."""
_TEXTUAL_NAMES: Final = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
_CTRL = re.compile(r"ctrl\+[a-z]$")


def chord(word: str) -> tuple[str, str]:
    """Textual's name of a key as a person writes it, and why it cannot be used (or empty)."""
    if len(word) == 1:
        if not word.isprintable() or not word.isascii():
            return "", "is not on every keyboard; take a letter, a digit or a sign of ASCII"
        if word.isalnum():
            return word, ""
        name = unicodedata.name(word).lower().replace("-", "_").replace(" ", "_")
        return _TEXTUAL_NAMES.get(name, name), ""
    low = word.lower()
    if low in NAMED:
        return low, ""
    if low in SWALLOWED:
        return "", SWALLOWED[low]
    if _CTRL.match(low):
        return low, ""
    if low.startswith(("ctrl+", "alt+", "shift+", "meta+", "super+")):
        return "", "does not arrive through every terminal; take ctrl with a letter, or F1 to F12"
    by_name = {key for one in keys.KEYS for key in one.key.split(",")}
    if low in by_name:  # full_stop, question_mark
        return low, ""
    near = difflib.get_close_matches(low, (*NAMED, *by_name), n=1, cutoff=0.6)
    return "", f"is no key{f'; did you mean {near[0]}?' if near else ''}"


def shown(chords: str) -> str:
    """Keys as a person writes them."""
    signs = {key.key: key.shown for key in keys.KEYS if len(key.shown) == 1}
    signs |= {"full_stop": "."}

    def word(one: str) -> str:
        if one in signs:
            return signs[one]
        return one.upper() if re.fullmatch(r"f\d+", one) else one

    return " or ".join(word(one) for one in chords.split(","))


def check(table: Mapping[str, object]) -> tuple[dict[str, str], list[tuple[str, str]]]:
    """Chords by the id of what they do; and (id, what is wrong with it) in words."""
    found: dict[str, str] = {}
    wrong: list[tuple[str, str]] = []
    for name, value in table.items():
        key = keys.BY_ID.get(name)
        if key is None:
            near = difflib.get_close_matches(name, keys.BY_ID, n=1, cutoff=0.5)
            hint = f'; did you mean "{near[0]}"?' if near else "; voicetui's help (?) names them"
            wrong.append((name, f'there is no key "{name}" in [keys]{hint}'))
        elif not isinstance(value, str) or not value.split():
            wrong.append((name, f'{name} in [keys] must be a text such as "x" or "space f5"'))
        else:
            chords = [chord(word) for word in value.split()]
            problems = [
                f'{name} in [keys]: "{word}" {problem}'
                for word, (_, problem) in zip(value.split(), chords, strict=True)
                if problem
            ] or list(_text_keys(key, value.split(), [one for one, _ in chords]))
            wrong += [(name, problem) for problem in problems]
            if not problems:
                found[name] = ",".join(dict.fromkeys(one for one, _ in chords))
    wrong += _clashes(found)
    return {} if wrong else found, wrong


def _text_keys(key: keys.Key, words: list[str], chords: list[str]) -> Iterator[str]:
    if key.scope not in ("composer", "anywhere") and key.id not in IN_THE_FIELD:
        return
    for word, one in zip(words, chords, strict=True):
        if len(word) == 1 or one in ("space", "backspace", "tab"):
            yield f'{key.id} in [keys]: "{word}" is text while you type; take ctrl or F1 to F12'


def _clashes(found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    told = set()
    for scopes in TOGETHER:
        owners: dict[str, str] = {}
        for key in keys.of(*scopes, own=found):
            for one in key.key.split(","):
                other = owners.setdefault(one, key.id)
                if other == key.id or (other, key.id) in told:
                    continue
                told.add((other, key.id))
                name, rival = (key.id, other) if key.id in found else (other, key.id)
                taken = f'{name} in [keys]: "{shown(one)}" is {rival} already; '
                if rival in found:
                    yield name, f"{taken}give one of both another key"
                else:
                    yield name, f"{taken}take another key, or give {rival} one too"
