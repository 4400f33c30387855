"""All HTTP surfaces, put together: at OpenAI's addresses and at Azure's."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from starlette.requests import HTTPConnection
from starlette.responses import Response
from starlette.routing import Route

from server.knobs import KnobBoard
from server.rest.assistants import Assistants
from server.rest.chat import Chat
from server.rest.conversations import Conversations
from server.rest.door import Door
from server.rest.faults import Faults
from server.rest.responses import Responses
from server.rest.runs import Runs
from server.rest.shelf import Shelf
from server.rest.sounding import Sounding
from server.rest.speech import Speech
from server.rest.thinking import Thinking
from server.rest.threads import Threads
from server.rest.transcriptions import Transcriptions
from server.speech.work import SpeechWork

BASES = ("/v1", "/openai/v1", "/openai")  # the last one: Azure with api-version
DEPLOYMENT = "/openai/deployments/{deployment}"


class RestService:
    """`state`: the folder of its file; None keeps everything in memory."""

    def __init__(
        self,
        *,
        key_refusal: Callable[[HTTPConnection], Response | None],
        board: KnobBoard,
        work: SpeechWork,
        state: Path | None,
        wall_clock: Callable[[], datetime],
    ) -> None:
        faults = Faults(board)
        thinking = Thinking(faults, wall_clock)
        sounding = Sounding(work, faults)
        self._shelf = Shelf(state)
        self._door = Door(key_refusal, faults)
        self._conversations = Conversations(self._shelf, thinking)
        self._responses = Responses(self._shelf, thinking, self._conversations)
        self._assistants = Assistants(self._shelf, thinking)
        self._threads = Threads(self._shelf, thinking)
        self._runs = Runs(self._shelf, thinking, self._assistants, self._threads)
        self._speech = Speech(thinking, sounding)
        self._chat = Chat(self._shelf, thinking, sounding)
        self._transcriptions = Transcriptions(thinking, sounding)

    def routes(self) -> list[Route]:
        door, guard = self._door, self._assistants.guard
        found: list[Route] = []
        for base in BASES:
            found += self._conversations.routes(door, base)
            found += self._responses.routes(door, base)
            found += self._assistants.routes(door, base)
            # Before the threads: /threads/runs is not a thread called "runs".
            found += self._runs.routes(door, base, guard)
            found += self._threads.routes(door, base, guard)
        for base in (*BASES, DEPLOYMENT):
            found += self._speech.routes(door, base)
            found += self._transcriptions.routes(door, base)
            found += self._chat.routes(door, base)
        return found

    def close(self) -> None:
        self._shelf.close()
