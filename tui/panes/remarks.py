"""What stands between the turns: headings, and functions the model called."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from tui.language import tr
from tui.store.rows import ToolRow
from tui.text import clean
from tui.transcript import Turn

ToolState = Literal["waiting", "asked", "running", "done", "failed", "refused", "withdrawn"]

SHOWN_ARGUMENTS = 400
SHOWN_OUTPUT = 600
"""Characters; all of them are in the record."""

STATE_WORDS: dict[ToolState, str] = {
    "waiting": "",
    "asked": "waits for your answer",
    "running": "running",
    "done": "",
    "failed": "failed",
    "refused": "not run",
    "withdrawn": "not run",
}


@dataclass(frozen=True, slots=True)
class Heading:
    """One dimmed line; it cannot be selected."""

    item_id: str
    text: str
    """Clean."""


@dataclass(slots=True)
class ToolRemark:
    """One call of a function."""

    item_id: str
    name: str
    """This, the arguments and the output are clean."""
    arguments: str
    at_s: float
    state: ToolState = "waiting"
    output: str = ""

    @property
    def call(self) -> str:
        """Name and arguments in one line."""
        return f"{self.name} {self.arguments}".rstrip()

    @property
    def text(self) -> str:
        """Everything, for the clipboard."""
        return "\n".join(filter(None, (self.call, self.output)))


def tool_remark(
    call_id: str, name: str, arguments: str, at_s: float, state: ToolState = "waiting"
) -> ToolRemark:
    """From what the model sent."""
    shown = clean(arguments, single_line=True)
    return ToolRemark(
        tool_id(call_id),
        clean(name, single_line=True)[:100] or tr("(no name)"),
        "" if shown == "{}" else shown,
        at_s,
        state,
    )


def tool_id(call_id: str) -> str:
    """Under this name it stands among the turns."""
    return f"function:{call_id}"


def cut(text: str, length: int) -> str:
    """The beginning, and how much is left out."""
    left = len(text) - length
    if left <= 0:
        return text
    return f"{text[:length]} [{tr('{count:,} more characters', count=left)}]"


def with_tools(turns: Iterable[Turn], tools: Iterable[ToolRow]) -> Iterator[Turn | ToolRemark]:
    """Saved turns, each followed by the functions that were called in it."""
    after: dict[str, list[ToolRemark]] = {}
    for row in tools:
        state: ToolState = "withdrawn" if row.output is None else "done"
        remark = tool_remark(row.call_id, row.name, row.arguments, row.at_s, state)
        remark.output = clean(row.output or "")
        after.setdefault(row.item_id, []).append(remark)
    for turn in turns:
        yield turn
        yield from after.pop(turn.item_id, ())
    for lost in after.values():  # their turn is not among these
        yield from lost
