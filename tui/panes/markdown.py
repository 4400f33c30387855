"""Markdown as lines of a terminal, made while the text is still coming.

Only what spoken answers hold: headings, lists, quotes, code, tables, emphasis and links.  A line
that has ended is laid out once; a link always shows where it leads.
"""

from __future__ import annotations

import re

from tui.panes.lines import Part, Span, TextLine, wrap_spans
from tui.text import cells, wrap_cells

INDENT = "  "
LONGEST_STYLED = 2_000
"""Characters of a line; in a longer one signs stay signs, so that no text can cost time."""
RULE_CELLS = 24

_FENCE = re.compile(r" {0,3}(```+|~~~+)[^`]*$")
_HEADING = re.compile(r" {0,3}#{1,6} +(\S.*)")
_RULE = re.compile(r" {0,3}([-*_])(?: *\1){2,} *$")
_ITEM = re.compile(r"( *)([-*+]|\d{1,4}[.)]) +(?=\S)")
_QUOTE = re.compile(r" {0,3}> ?")
_TABLE_ROW = re.compile(r" {0,3}\|")
_TABLE_RULE = re.compile(r" {0,3}\|? *:?-+:? *(?:\| *:?-+:? *)*\|? *$")
_INLINE = re.compile(
    r"\\(?P<escaped>[\\`*_{}\[\]()#+.!|>~-])"
    r"|(?P<ticks>`{1,3})(?!`)(?P<code>[^`]{1,400}?)(?P=ticks)(?!`)"
    r"|!?\[(?P<label>[^\[\]]{1,300})\]\((?P<target>[^()\s]{1,500})(?: +\"[^\"]{0,200}\")?\)"
    r"|\*\*(?=\S)(?P<strong>[^*]{1,400}?)(?<=\S)\*\*"
    r"|(?<!\w)__(?=\S)(?P<strong2>[^_]{1,400}?)(?<=\S)__(?!\w)"
    r"|\*(?=[^\s*])(?P<emphasis>[^*]{1,400}?)(?<=[^\s*])\*"
    r"|(?<![\w_])_(?=[^\s_])(?P<emphasis2>[^_]{1,400}?)(?<=[^\s_])_(?![\w_])"
)


class Markdown:
    """One growing text at one width."""

    def __init__(self, width: int, part: Part = "body", *, in_code: bool = False) -> None:
        """`part` other than `body` colours everything; `in_code`: it begins within a code block."""
        self._width = max(2, width - len(INDENT))
        self._part = part
        self._begins_in_code = in_code
        self._begin()

    def _begin(self) -> None:
        self._taken = ""
        self._lines: list[TextLine] = []
        self._table: list[str] = []
        self._fence = "```" if self._begins_in_code else ""

    @property
    def in_code(self) -> bool:
        """The text so far ends within a code block."""
        return bool(self._fence)

    def lines(self, text: str) -> list[TextLine]:
        """All of `text`; what was there the last time is not looked at again."""
        if not text.startswith(self._taken):
            self._begin()
        end = text.rfind("\n") + 1
        if end > len(self._taken):
            for line in text[len(self._taken) : end - 1].split("\n"):
                self._take(line)
            self._taken = text[:end]
        # The rest may still grow: it is laid out for now and not kept.
        kept, table, fence = list(self._lines), list(self._table), self._fence
        if text[end:]:
            self._take(text[end:])
        self._end_table()
        shown, self._lines = self._lines, kept
        self._table, self._fence = table, fence
        return shown

    # ------------------------------------------------------------ lines of text

    def _take(self, line: str) -> None:
        if self._fence:
            if line.strip().startswith(self._fence) and not line.strip().strip(self._fence[0]):
                self._fence = ""
            else:
                self._add_code(line)
            return
        if _TABLE_ROW.match(line):
            self._table.append(line)
            return
        self._end_table()
        if not line.strip():
            self._lines.append(TextLine(((INDENT, self._part),)))
        elif found := _FENCE.match(line):
            self._fence = found[1]
        elif found := _HEADING.match(line):
            self._add(_without_hashes(found[1]), heading=True)
        elif _RULE.match(line):
            rule = "-" * min(RULE_CELLS, self._width)
            self._lines.append(TextLine(((INDENT + rule, self._or("aside")),)))
        elif found := _ITEM.match(line):
            depth = min(len(found[1].expandtabs(4)) // 2, 4)
            mark = found[2] if found[2][-1] in ".)" else "-"
            self._add(line[found.end() :], first=f"{INDENT * depth}{mark} ")
        elif found := _QUOTE.match(line):
            self._add(line[found.end() :], first="| ", following="| ")
        else:
            self._add(line)

    def _or(self, part: Part) -> Part:
        return part if self._part == "body" else self._part

    def _add(
        self, text: str, *, first: str = "", following: str = "", heading: bool = False
    ) -> None:
        """A paragraph, with something before its first and its other lines."""
        following = following or " " * len(first)
        spans = [(piece, self._or(part)) for piece, part in inline(text)]
        if heading:
            spans = [(piece, self._or("heading") if p == "body" else p) for piece, p in spans]
        room = max(2, self._width - len(first))
        for number, parts in enumerate(wrap_spans(spans, room)):
            before = following if number else first
            lead: tuple[Span, ...] = ((INDENT + before, self._or("aside")),) if before else ()
            if not before and parts:
                parts = ((INDENT + parts[0][0], parts[0][1]), *parts[1:])
            self._lines.append(TextLine((*lead, *parts)))

    def _add_code(self, line: str) -> None:
        room = max(2, self._width - len(INDENT))
        self._lines += [
            TextLine(((2 * INDENT + piece, self._or("code")),)) for piece in wrap_cells(line, room)
        ]

    # ------------------------------------------------------------ tables

    def _end_table(self) -> None:
        rows, self._table = self._table, []
        if not rows:
            return
        if len(rows) < 2 or not _TABLE_RULE.match(rows[1]):
            for line in rows:
                self._add(line)
            return
        table = [
            ["".join(text for text, _ in inline(cell)) for cell in _cells_of(row)]
            for row in (rows[0], *rows[2:])
        ]
        columns = range(max(map(len, table)))
        widths = [max(cells(row[c]) for row in table if c < len(row)) for c in columns]
        if sum(widths) + 2 * (len(columns) - 1) > self._width:
            # Too wide for columns: one line for each cell, under the name of its column.
            self._add_records(table)
            return
        for number, row in enumerate(table):
            line = "  ".join(
                cell + " " * (widths[c] - cells(cell)) for c, cell in enumerate(row)
            ).rstrip()
            part = self._or("strong" if number == 0 else "body")
            self._lines.append(TextLine(((INDENT + line, part),)))

    def _add_records(self, table: list[list[str]]) -> None:
        names = table[0]
        for row in table[1:]:
            for c, cell in enumerate(row):
                name = names[c] if c < len(names) else ""
                self._add(f"{name}: {cell}" if name else cell, first="  " if c else "- ")


def _without_hashes(text: str) -> str:
    text = text.rstrip()
    bare = text.rstrip("#")
    return bare.rstrip() if bare.endswith(" ") else text


def _cells_of(row: str) -> list[str]:
    inner = row.strip().removeprefix("|").removesuffix("|")
    return [cell.strip() for cell in re.split(r"(?<!\\)\|", inner)]


def inline(text: str) -> list[Span]:
    """One line as pieces of a style; never empty."""
    if len(text) > LONGEST_STYLED or not any(sign in text for sign in "*_`[\\"):
        return [(text, "body")]
    spans: list[Span] = []
    at = 0
    for found in _INLINE.finditer(text):
        if found.start() > at:
            spans.append((text[at : found.start()], "body"))
        at = found.end()
        spans += _styled(found)
    if at < len(text) or not spans:
        spans.append((text[at:], "body"))
    return spans


def _styled(found: re.Match[str]) -> list[Span]:
    if found["escaped"]:
        return [(found["escaped"], "body")]
    if found["code"]:
        return [(found["code"], "code")]
    if found["label"]:
        label, target = found["label"], found["target"]
        shown: list[Span] = [(target, "aside")] if label == target else []
        return shown or [(label, "body"), (f" ({target})", "aside")]
    strong = found["strong"] or found["strong2"]
    inner = strong or found["emphasis"] or found["emphasis2"] or ""
    part: Part = "strong" if strong else "emphasis"
    return [(text, part if own == "body" else own) for text, own in inline(inner)]
