"""The one sanitiser for text from outside, and widths in terminal cells.

Model text, transcripts, error messages, device names and pasted text are hostile: a terminal obeys
escape sequences inside of them, bidi controls turn lines around, and a million combining marks on
one letter stop the program.  Everything goes through `clean` before a widget or a printed line sees
it.  Pure `str`: no textual, no rich.
"""

from __future__ import annotations

import re
from functools import lru_cache
from unicodedata import category, east_asian_width

MARKS_PER_BASE = 6
"""Vietnamese needs 2, Hebrew with cantillation about 4; more only paints over other lines."""

TAB = "    "

# A string sequence (OSC, DCS, APC, PM, SOS) with its terminator, or unterminated: to the line's
# end.  The body stops at every ESC and C1, so a long run of introducers stays linear.
_SEQUENCE = re.compile(
    r"(?:\x1b[\]PX^_]|[\x90\x98\x9d-\x9f])"
    r"(?:[^\x07\x18\x1a\x1b\x80-\x9f]*(?:\x07|\x1b\\|\x9c|\x18|\x1a)|[^\n\x07\x1b\x80-\x9f]*)"
    r"|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]?"  # CSI, whole or broken off
    r"|\x1b[ -/]*[0-~]?"  # two-character escapes and a lone ESC
)
_LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# What needs no look at all; everything else is looked at one character at a time.
_UNSURE = re.compile(
    "[^\n\x20-\x7e\xa0-\xac\xae-\u02ff\u0370-\u0482\u048a-\u058f"
    "\u2010-\u2027\u2030-\u205f\u2070-\u20cf\u2100-\u2cee"
    "\u3000-\u3029\u3030-\u3098\u309b-\u3163\u3165-\ua66e\uac00-\ud7a3"
    "\uf900-\ufad9\uff01-\uff9f\U0001f300-\U0001f64f\U0001f680-\U0001f6ff\U00020000-\U0002fa1d]+"
)
_BLANK = re.compile(r"\s+")
# Visible although they are format characters (Arabic and Syriac number signs, Kaithi).
_VISIBLE_FORMAT = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2")
# Letters by category, but nothing to see.
_FILLERS = frozenset("\u115f\u1160\u3164\uffa0\u2800\U0001d159")
_ZWNJ, _ZWJ = "\u200c", "\u200d"
REPLACEMENT = "\ufffd"


def clean(text: str, *, single_line: bool = False) -> str:
    """Return `text` with nothing in it that a terminal obeys and a reader cannot see.

    Line ends become `\\n`, tabs spaces; `single_line` makes every run of blanks one space.
    Cleaning twice changes nothing.
    """
    if _UNSURE.search(text) is not None:
        text = _SEQUENCE.sub("", text)
        text = _LINE_END.sub("\n", text)
        text = _UNSURE.sub(_look, text)
    if single_line:
        text = _BLANK.sub(" ", text).strip()
    return text


def _look(match: re.Match[str]) -> str:
    """One run of characters that are not plainly harmless."""
    text, start, end = match.string, match.start(), match.end()
    before = text[start - 1] if start else "\n"
    kept: list[str] = []
    marks = 0
    for at in range(start, end):
        char = text[at]
        code = ord(char)
        kind = category(char)
        if 0xFE00 <= code <= 0xFE0F:  # variation selectors: only the two that emoji need
            if code < 0xFE0E or not (_is_emoji(before) or before in "0123456789#*"):
                continue
        elif kind in ("Mn", "Me") or 0x1161 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FB:
            if before == "\n" or marks == MARKS_PER_BASE or code >= 0xE0100 or code == 0x34F:
                continue
            marks += 1
        elif char == "\t":
            kept.append(TAB)
            before, marks = " ", 0
            continue
        elif char in (_ZWJ, _ZWNJ):
            after = text[at + 1] if at + 1 < len(text) else "\n"
            if not _joins(before, char, after):
                continue
        elif kind == "Cs":
            char = REPLACEMENT
            marks = 0
        elif kind == "Cf":
            if char not in _VISIBLE_FORMAT:
                continue
            marks = 0
        elif kind in ("Cc", "Zl", "Zp") or char in _FILLERS or _never_shown(code, kind):
            continue
        else:
            marks = 0
        kept.append(char)
        before = char
    return "".join(kept)


def _never_shown(code: int, kind: str) -> bool:
    """Noncharacters and the code points that Unicode keeps for invisible ones."""
    return kind == "Cn" and (
        code & 0xFFFE == 0xFFFE
        or 0xFDD0 <= code <= 0xFDEF
        or code == 0x2065
        or 0xFFF0 <= code <= 0xFFF8
        or 0xE0000 <= code <= 0xE0FFF
    )


def _is_emoji(char: str) -> bool:
    code = ord(char)
    return (
        0x1F000 <= code <= 0x1FAFF
        or 0x2190 <= code <= 0x21FF
        or 0x2300 <= code <= 0x23FF
        or 0x25A0 <= code <= 0x27BF
        or 0x2B00 <= code <= 0x2BFF
        or code in (0xA9, 0xAE, 0x203C, 0x2049, 0x2122, 0x3030, 0x303D, 0x3297, 0x3299)
    )


def _joins(before: str, joiner: str, after: str) -> bool:
    """Whether a joiner shapes something here: an emoji sequence, Arabic, Indic, Mongolian."""
    if joiner == _ZWJ and (_is_emoji(before) or before == "\ufe0f") and _is_emoji(after):
        return True
    code = ord(before)
    shaped = 0x0600 <= code <= 0x0DFF or 0x1000 <= code <= 0x18AF
    return shaped and category(after)[0] in "LM"


# ---------------------------------------------------------------- cells


@lru_cache(maxsize=8192)
def _char_cells(char: str) -> int:
    code = ord(char)
    if code < 0x300:
        return 1
    if category(char) in ("Mn", "Me", "Cf") or 0x1160 <= code <= 0x11FF or 0xD7B0 <= code <= 0xD7FB:
        # VS16 can make a narrow symbol two cells wide.
        return 1 if code == 0xFE0F else 0
    return 2 if east_asian_width(char) in "WF" else 1


def cells(text: str) -> int:
    """Terminal cells of cleaned text; never less than a terminal draws.

    An emoji sequence counts as its parts, ambiguous widths as 1.
    """
    return len(text) if text.isascii() else sum(map(_char_cells, text))


def pad_cells(text: str, width: int, *, right: bool = False) -> str:
    """At least `width` cells of one line: blanks behind the text, or before it (`right`)."""
    blanks = " " * (width - cells(text))
    return blanks + text if right else text + blanks


def clusters(text: str) -> list[str]:
    """Pieces that must not be torn apart: a base with its marks and what is joined to it."""
    found: list[str] = []
    joined = flag = False
    for char in text:
        code = ord(char)
        is_flag = 0x1F1E6 <= code <= 0x1F1FF
        zero = code >= 0x300 and (_char_cells(char) == 0 or code == 0xFE0F)
        if found and (zero or joined or (is_flag and flag)):
            found[-1] += char
            flag = False
        else:
            found.append(char)
            flag = is_flag
        joined = char == _ZWJ
    return found


def cut_cells(text: str, width: int, mark: str = "…") -> str:
    """At most `width` cells of one line of cleaned text; `mark` shows that something is missing."""
    if cells(text) <= width:
        return text
    room = width - cells(mark)
    if room < 0:
        return ""
    kept: list[str] = []
    for cluster in clusters(text[: 8 * width + 64]):
        room -= cells(cluster)
        if room < 0:
            break
        kept.append(cluster)
    return "".join(kept).rstrip() + mark


# Japanese line breaking: these never begin a line, those never end one.
_NOT_FIRST = frozenset(
    "、。，．・：；？！）」』】〕］｝〉》〟’”…‥｡､｣ｰー々ゝゞヽヾ"
    "ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ"
)
_NOT_LAST = frozenset("（「『【〔［｛〈《〝‘“｢")
_ATOMS = re.compile(r" +|[^ ]+")


def wrap_cells(text: str, width: int, *, whole_words: bool = False) -> list[str]:
    """Cleaned text as lines of at most `width` cells; at least one line.

    Breaks at spaces, between ideographs, and inside a word only where it is too long for a line;
    with `whole_words` not even there: an address can be copied.
    """
    width = max(width, 2)
    lines: list[str] = []
    for paragraph in text.split("\n"):
        if cells(paragraph) <= width:
            lines.append(paragraph.rstrip(" "))
        else:
            lines.extend(_wrap_paragraph(paragraph, width, whole_words=whole_words))
    return lines


def _wrap_paragraph(paragraph: str, width: int, *, whole_words: bool) -> list[str]:
    lines: list[str] = []
    line, used = "", 0
    for atom in _atoms(paragraph):
        size = cells(atom)
        if used + size <= width:
            line += atom
            used += size
            continue
        if atom[0] == " ":  # blanks at a break vanish
            lines.append(line.rstrip(" "))
            line, used = "", 0
            continue
        if line.strip(" "):
            lines.append(line.rstrip(" "))
        line, used = "", 0
        for piece in clusters(atom) if size > width and not whole_words else [atom]:
            size = cells(piece)
            if used + size > width and line:
                lines.append(line)
                line, used = "", 0
            line += piece
            used += size
    if line.strip(" ") or not lines:
        lines.append(line.rstrip(" "))
    return lines


def _atoms(paragraph: str) -> list[str]:
    """What a line break must not tear: words, and single ideographs with their punctuation."""
    if paragraph.isascii():
        return _ATOMS.findall(paragraph)
    found: list[str] = []
    for atom in _ATOMS.findall(paragraph):
        if atom[0] == " " or atom.isascii():
            found.append(atom)
            continue
        fresh = True
        for cluster in clusters(atom):
            wide = _char_cells(cluster[0]) == 2
            if fresh or (
                cluster[0] not in _NOT_FIRST
                and found[-1][-1] not in _NOT_LAST
                and (wide or _char_cells(found[-1][0]) == 2)
            ):
                found.append(cluster)
            else:
                found[-1] += cluster
            fresh = False
    return found
