"""Functions the model calls: who may run them, when they run, and what goes back to the model.

Lives on the call's thread, without a screen: a person decides through `AllowTool`, wherever that
person is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Final

from tui.call_events import ToolAsked, ToolEnded, ToolOutcome, ToolStarted
from tui.sessions.events import ToolCalled
from tui.sessions.options import FunctionTool
from tui.tools import REFUSED, UNKNOWN, ToolResult

log = logging.getLogger(__name__)

DECISION_S: Final = 120.0
"""So long a person may think; services give up on a function after minutes."""

NOBODY: Final = "Nobody answered the question whether the function may run; it was not run."
WITHDRAWN: Final = "The user went on before this function was run; it was not run."
FAULT: Final = "The function could not be run: an internal error of the client."


Run = Callable[[FunctionTool, str], Awaitable[ToolResult]]
"""Runs a function with its arguments as JSON; its limits are its own."""


@dataclass(slots=True)
class _Open:
    """A call that has no answer yet."""

    tool: FunctionTool
    arguments: str
    decided: asyncio.Future[bool]
    task: asyncio.Task[None] | None = None
    running: bool = False


class ToolDesk:
    """Takes calls one by one and answers each exactly once."""

    def __init__(
        self,
        tools: Sequence[FunctionTool],
        run: Run,
        tell: Callable[[ToolAsked | ToolStarted | ToolEnded], None],
        answer: Callable[[str, str], None],
        *,
        decision_s: float = DECISION_S,
    ) -> None:
        self._tools = {tool.name: tool for tool in tools}
        self._run = run
        self._tell = tell
        self._answer = answer
        self._decision_s = decision_s
        self._open: dict[str, _Open] = {}

    @property
    def busy(self) -> bool:
        """A call waits for a person or for its result."""
        return bool(self._open)

    def called(self, event: ToolCalled) -> None:
        """The model wants this run."""
        if event.call_id in self._open:
            return
        tool = self._tools.get(event.name)
        if tool is None:
            self._end(event.call_id, "failed", UNKNOWN)
            return
        loop = asyncio.get_running_loop()
        waiting = _Open(tool, event.arguments, loop.create_future())
        self._open[event.call_id] = waiting
        if tool.allowed:
            waiting.decided.set_result(True)
        else:
            self._tell(ToolAsked(event.call_id, event.name, event.arguments))
        waiting.task = loop.create_task(self._serve(event.call_id, waiting))

    def decide(self, call_id: str, allow: bool) -> None:
        """A person's answer; the first one counts."""
        waiting = self._open.get(call_id)
        if waiting is not None and not waiting.decided.done():
            waiting.decided.set_result(allow)

    def withdraw(self) -> None:
        """The person went on: questions fall away.  What runs already runs to its end."""
        for call_id, waiting in list(self._open.items()):
            if not waiting.running:
                self._drop(waiting)
                self._end(call_id, "withdrawn", WITHDRAWN)

    def forget(self) -> None:
        """The session is gone, and with it whoever wanted an answer."""
        for call_id, waiting in list(self._open.items()):
            self._drop(waiting)
            self._open.pop(call_id, None)
            self._tell(ToolEnded(call_id, "withdrawn", ""))

    async def close(self) -> None:
        """Stop what runs, and wait until it has."""
        tasks = [waiting.task for waiting in self._open.values() if waiting.task is not None]
        self.forget()
        for task in tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task

    @staticmethod
    def _drop(waiting: _Open) -> None:
        if waiting.task is not None:
            waiting.task.cancel()

    async def _serve(self, call_id: str, waiting: _Open) -> None:
        try:
            allow = await asyncio.wait_for(waiting.decided, self._decision_s)
        except TimeoutError:
            self._end(call_id, "refused", NOBODY)
            return
        if not allow:
            self._end(call_id, "refused", REFUSED)
            return
        waiting.running = True
        self._tell(ToolStarted(call_id))
        try:
            result = await self._run(waiting.tool, waiting.arguments)
        except Exception:
            # The model must get an answer whatever happens, or the conversation hangs.
            log.exception("a function could not be run: %s", waiting.tool.name)
            self._end(call_id, "failed", FAULT)
            return
        self._end(call_id, "done" if result.ok else "failed", result.output)

    def _end(self, call_id: str, outcome: ToolOutcome, output: str) -> None:
        self._open.pop(call_id, None)
        self._tell(ToolEnded(call_id, outcome, output))
        self._answer(call_id, output)
