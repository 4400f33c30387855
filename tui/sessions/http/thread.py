"""A thread of the Assistants protocol and the run that works on it: waiting, cancelling, locks."""

from __future__ import annotations

import re
from typing import Final

from tui.sessions.http.desk import Desk, Stream
from tui.sessions.http.flow import TimeUp
from tui.sessions.http.trouble import Refused
from tui.sessions.realtime.message import Message, parts, text

LOCKED_WAIT_S: Final = 3.0
"""A run of somebody else may finish by itself; after this it is cancelled."""
CANCEL_WITHIN_S: Final = 10.0
POLL_S: Final = 0.4
_TRIES: Final = 3

STOPPED: Final = frozenset(
    {"completed", "incomplete", "failed", "cancelled", "expired", "requires_action"}
)
"""The run does nothing more by itself."""
_ACTIVE: Final = frozenset({"queued", "in_progress", "requires_action", "cancelling"})
"""The thread is locked."""
_LOCKED: Final = re.compile(r"while a run (run_\w+)? ?is active|already has an active run", re.I)


class Thread:
    """Where messages and runs go."""

    def __init__(self, desk: Desk, thread_id: str) -> None:
        self.id = thread_id
        self.run: Message = {}
        """What is known of the current run."""
        self._desk = desk

    @property
    def run_id(self) -> str:
        """Of the current run; empty: there is none, or its name has not come yet."""
        return text(self.run, "id")

    @property
    def status(self) -> str:
        """Of the current run."""
        return text(self.run, "status")

    @property
    def active(self) -> bool:
        """Whether the current run locks the thread."""
        return bool(self.run_id) and self.status in _ACTIVE

    async def wait(self, run_id: str, until_s: float) -> None:
        """Until the run does nothing more by itself.  Raises TimeUp, Refused."""
        ids: Message = {"thread_id": self.id, "run_id": run_id}
        while True:
            self.run = await self._desk.ask("runs.retrieve", ids, again=True)
            if self.status in STOPPED:
                return
            if self._desk.now_s >= until_s:
                raise TimeUp
            await self._desk.sleep(POLL_S)

    async def cancel(self, run_id: str) -> None:
        """Until the thread is free; a run that ended meanwhile is nobody's fault."""
        ids: Message = {"thread_id": self.id, "run_id": run_id}
        try:
            self.run = await self._desk.ask("runs.cancel", ids)
        except Refused as refused:
            if refused.trouble.status not in (400, 404, 409):
                raise
        if self.status in _ACTIVE:
            await self.wait(run_id, self._desk.now_s + CANCEL_WITHIN_S)

    async def begin(
        self, operation: str, body: Message, *, within_s: float | None = None
    ) -> Stream:
        """Do it; where another run is in the way, wait for that one, or cancel it.

        Raises Refused, TimeUp.
        """
        body = {"thread_id": self.id, **body}
        for _ in range(_TRIES):
            try:
                return await self._desk.begin(operation, body, within_s=within_s)
            except Refused as refused:
                if not _LOCKED.search(refused.trouble.said):
                    raise
            await self._free()
        return await self._desk.begin(operation, body, within_s=within_s)

    async def _free(self) -> None:
        ids: Message = {"thread_id": self.id, "limit": 20, "order": "desc"}
        found = await self._desk.ask("runs.list", ids, again=True)
        active = [run for run in parts(found, "data") if text(run, "status") in _ACTIVE]
        for run in active:
            await self._get_rid_of(text(run, "id"))
        if not active:
            await self._desk.sleep(POLL_S)  # it ends this very moment
        self.run = {}

    async def _get_rid_of(self, run_id: str) -> None:
        words = "Another answer is still being made in this thread: waiting for it."
        self._desk.notice_once("locked", words)
        try:
            await self.wait(run_id, self._desk.now_s + LOCKED_WAIT_S)
        except TimeUp:
            pass
        if self.status in _ACTIVE:
            await self.cancel(run_id)
