"""What becomes of functions the model calls, in lines, and the question that waits for y or n."""

from __future__ import annotations

from typing import Final

from tui.call_events import AllowTool, CallEvent, ToolAsked, ToolEnded, ToolStarted
from tui.language import tr
from tui.panes.remarks import SHOWN_ARGUMENTS, SHOWN_OUTPUT, ToolRemark, cut, tool_remark
from tui.sessions.events import ToolCalled
from tui.text import clean

VISIBLE_S: Final = 0.3
"""A line that was typed before the question could be read is no answer to it."""
_WORDS: Final = {"refused": "not run", "withdrawn": "not run"}


class ToolLines:
    """Takes events and gives lines; one question at a time."""

    def __init__(self) -> None:
        self._called: dict[str, ToolRemark] = {}
        self._asked: list[str] = []
        """Open questions."""
        self._told = ""
        self._told_at_s = 0.0

    @property
    def asking(self) -> bool:
        """A person is to say y or n."""
        return bool(self._asked)

    def hear(self, event: CallEvent) -> list[str]:
        """Lines to write for this event."""
        match event:
            case ToolCalled():
                remark = tool_remark(event.call_id, event.name, event.arguments, 0)
                self._called[event.call_id] = remark
            case ToolAsked(call_id=call_id):
                self._asked.append(call_id)
            case ToolStarted(call_id=call_id):
                self._forget(call_id)
                return [f"[{tr('running {call}', call=self._call(call_id))}]"]
            case ToolEnded(call_id=call_id, outcome=outcome, output=output):
                self._forget(call_id)
                name = self._called[call_id].name if call_id in self._called else tr("function")
                said = cut(clean(output, single_line=True), SHOWN_OUTPUT)
                words = tr(_WORDS[outcome]) if outcome in _WORDS else said
                return [f"[{name}: {words}]"]
            case _:
                pass
        return []

    def due(self, now_s: float) -> list[str]:
        """The question, when it is a new one."""
        first = self._asked[0] if self._asked else ""
        if first == self._told:
            return []
        self._told, self._told_at_s = first, now_s
        return [f"[{tr('run {call}? y or n', call=self._call(first))}]"] if first else []

    def answer(self, line: str, now_s: float) -> AllowTool | None:
        """The answer to the question, if the line is one."""
        said = line.strip().lower()
        if not self._told or said not in ("y", "n") or now_s - self._told_at_s < VISIBLE_S:
            return None
        return self._answer(said == "y")

    def refuse(self) -> AllowTool | None:
        """Where there is nobody to ask."""
        return self._answer(False) if self._asked else None

    def _answer(self, allow: bool) -> AllowTool:
        return AllowTool(self._asked.pop(0), allow)

    def _forget(self, call_id: str) -> None:
        if call_id in self._asked:
            self._asked.remove(call_id)

    def _call(self, call_id: str) -> str:
        remark = self._called.get(call_id)
        return cut(remark.call, SHOWN_ARGUMENTS) if remark is not None else tr("a function")
