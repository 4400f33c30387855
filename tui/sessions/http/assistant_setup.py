"""Before an Assistants conversation can begin: the assistant and the thread, found or made."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.sessions.events import PastTurn, SessionEnded
from tui.sessions.http.desk import Desk
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.http.service import Ends
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import Message, part, parts, text

OURS: Final = "voicetui"
"""Name of the assistant made where none was chosen; made once, then found again."""
FIRST_MESSAGES: Final = 32
"""So many may come with a new thread; the rest is added one by one."""

SWITCHED_OFF: Final = (
    "api.openai.com switched the Assistants API off on 2026-08-26. The conversation can go on"
    " with Responses."
)
NO_API: Final = (
    "There is no Assistants API at this address. The conversation can go on with Responses."
)


async def find_assistant(desk: Desk, endpoint: HttpEndpoint, options: TextOptions) -> str:
    """The id of the assistant to use.  Raises Ends, Refused, TimeUp."""
    try:
        if options.assistant_id:
            ids: Message = {"assistant_id": options.assistant_id}
            await desk.ask("assistants.retrieve", ids, again=True)
            return options.assistant_id
        return await _ours(desk, options)
    except Refused as refused:
        end = _no_api(refused.trouble, endpoint, options)
        if end is None:
            raise
        raise Ends(end) from refused


async def _ours(desk: Desk, options: TextOptions) -> str:
    known = await desk.ask("assistants.list", {"limit": 100}, again=True)
    for assistant in parts(known, "data"):
        if text(assistant, "name") == OURS and part(assistant, "metadata").get(OURS) == "1":
            return text(assistant, "id")  # model and instructions go with every run
    body: Message = {"model": options.model, "name": OURS, "metadata": {OURS: "1"}}
    if options.instructions:
        body["instructions"] = options.instructions
    return text(await desk.ask("assistants.create", body), "id")


def _no_api(trouble: Trouble, endpoint: HttpEndpoint, options: TextOptions) -> SessionEnded | None:
    if trouble.status not in (404, 405, 410):
        return None
    if endpoint.is_openai:
        return SessionEnded(SWITCHED_OFF, fatal=True, way_on="responses")
    if options.assistant_id and "assistant" in trouble.said.lower():
        words = f"The service does not know the assistant {options.assistant_id}."
        return SessionEnded(words, fatal=True)
    return SessionEnded(NO_API, fatal=True, way_on="responses")


async def find_thread(desk: Desk, thread_id: str) -> str:
    """Look whether the service still knows a thread.  Raises Ends, Refused, TimeUp."""
    try:
        await desk.ask("threads.retrieve", {"thread_id": thread_id}, again=True)
    except Refused as refused:
        if refused.trouble.status != 404:
            raise
        raise Ends(lost(thread_id)) from refused
    return thread_id


async def make_thread(desk: Desk, past: Sequence[PastTurn]) -> str:
    """A new thread with what was said before.  Raises Refused, TimeUp."""
    messages = [
        {"role": turn.role, "content": turn.text}
        for turn in past
        if turn.role != "system" and turn.text.strip()
    ]
    body: Message = {"messages": messages[:FIRST_MESSAGES]} if messages else {}
    thread_id = text(await desk.ask("threads.create", body), "id")
    for message in messages[FIRST_MESSAGES:]:
        await desk.ask("messages.create", {"thread_id": thread_id, **message})
    return thread_id


def lost(thread_id: str) -> SessionEnded:
    """The end of a session whose thread is gone."""
    words = (
        f"The service does not know the thread {thread_id} (any more)."
        " The conversation can go on from its local text."
    )
    return SessionEnded(words, fatal=True, way_on="replay")
