"""What can be typed in plain mode: a letter or a word behind a slash, each with Enter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui.language import tr


@dataclass(frozen=True, slots=True)
class Word:
    """One command of plain mode."""

    name: str
    """Typed as /name."""
    what: str
    letter: str = ""
    """Typed alone does the same."""
    argument: str = ""
    """What follows it; empty: nothing does."""


WORDS: Final = (
    Word("talk", "pause or resume listening; push-to-talk: start, then send", "t"),
    Word("mute", "mute and unmute the microphone", "m"),
    Word("stop", "interrupt the answer", "."),
    Word("repeat", "write the last answer again", "r"),
    Word("state", "say what is going on, and with which devices", "s"),
    Word("level", "say how loud it is", "l"),
    Word("cost", "tokens and cost", "c"),
    Word("budget", "raise the budget by its first amount", "b"),
    Word("history", "list the newest conversations", "h"),
    Word("search", "find where something was said", argument="TEXT"),
    Word("show", "write out an old conversation", argument="ID"),
    Word("resume", "go on with an old conversation", argument="ID"),
    Word("new", "begin a new conversation"),
    Word("devices", "list microphones and loudspeakers", "d"),
    Word("help", "this list", "?"),
    Word("quit", "hang up and quit", "q"),
)

BEGINNING: Final = (
    "Type a line and press Enter to say it. Letters with Enter: t talk, m mute, . interrupt, "
    "? all commands, q quit."
)
ANSWERS: Final = "y, n: when a function asks to run: allow, refuse"
AS_TEXT: Final = "A space before a line sends it as text."

_BY_TYPED: Final = {typed: word for word in WORDS for typed in (word.letter, f"/{word.name}")}


def parse(line: str) -> tuple[Word, str] | str:
    """The command and its argument; or the text that is to be said, empty for none.

    Raises ValueError, in words.
    """
    if line.startswith(" "):
        return line.strip()
    first, _, rest = line.strip().partition(" ")
    word = _BY_TYPED.get(first.lower()) if first else None
    if word is not None and (first.startswith("/") or not rest):
        rest = rest.strip()
        if rest and not word.argument:
            raise ValueError(
                f"{tr('/{name} takes nothing behind it.', name=word.name)} {tr(AS_TEXT)}"
            )
        if word.argument and not rest:
            raise ValueError(tr("/{name} needs {what}", name=word.name, what=word.argument))
        return word, rest
    if first.startswith("/") and first[1:].isalpha():
        raise ValueError(f"{_unknown(first)} {tr(AS_TEXT)}")
    return line.strip()


def help_lines() -> list[str]:
    """One command per line."""
    lines = []
    for word in WORDS:
        typed = f"/{word.name}"
        if word.letter:
            typed = tr("{first} or {others}", first=word.letter, others=typed)
        lines.append(f"{typed} {word.argument}".rstrip() + f": {tr(word.what)}")
    return [*lines, tr(ANSWERS), tr(AS_TEXT)]


def _unknown(typed: str) -> str:
    import difflib

    near = difflib.get_close_matches(typed, [f"/{word.name}" for word in WORDS], n=1, cutoff=0.6)
    if near:
        return tr("{typed} is no command; did you mean {near}.", typed=typed, near=near[0])
    return tr("{typed} is no command; ? lists all.", typed=typed)
