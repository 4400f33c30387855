"""Function calls of the model: told once, answered together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.sessions.events import ToolCalled
from tui.sessions.http.desk import Desk
from tui.sessions.http.flow import Wait
from tui.sessions.options import FunctionTool
from tui.sessions.realtime.message import Message, clean

NOT_RUN: Final = "The user went on before this function was run; it was not run."


@dataclass(frozen=True, slots=True)
class ToolCall:
    """One call."""

    call_id: str
    name: str
    arguments: str

    @property
    def size(self) -> int:
        """Characters, and as many again for what it costs to keep it."""
        return len(self.call_id) + len(self.name) + len(self.arguments) + 100


class ToolCalls:
    """Waits for the results of the calls that were told."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._results: dict[str, str | None] = {}

    def answer(self, call_id: str, output: str) -> None:
        """A result; the first one counts."""
        if call_id in self._results and self._results[call_id] is None:
            self._results[call_id] = clean(output)

    async def collect(
        self, calls: Sequence[ToolCall], item_id: str, until_s: float | None = None
    ) -> dict[str, str]:
        """Tell the calls and wait for all results.  Raises TimeUp."""
        for call in calls:
            if call.call_id not in self._results:
                self._results[call.call_id] = None
                self._desk.emit(ToolCalled(call.call_id, call.name, call.arguments, item_id))
        wanted = [call.call_id for call in calls]
        await Wait(lambda: all(self._results[name] is not None for name in wanted), until_s)
        return {name: self._results[name] or "" for name in wanted}


def nested_tools(tools: Sequence[FunctionTool]) -> list[Message]:
    """As Assistants and Chat Completions write functions."""
    return [
        {
            "type": "function",
            "function": {
                "name": tool.name,
                "description": tool.description,
                "parameters": tool.schema,
            },
        }
        for tool in tools
    ]


def flat_tools(tools: Sequence[FunctionTool]) -> list[Message]:
    """As Responses writes functions."""
    return [
        {
            "type": "function",
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.schema,
            "strict": False,
        }
        for tool in tools
    ]
