"""The brain's answer to a conversation, in tokens, in time."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request

from server.brain import answer
from server.brain.prompt import Prompt, Reply, Turn
from server.knobs import Knobs
from server.rest.faults import Faults
from server.rest.problems import unknown_model
from server.usage import text_tokens

# A short word is one token, longer ones are cut; a kana or kanji is one.
_WIDE = "\u2e80-\uffff"
_TOKEN = re.compile(rf"\s*(?:[{_WIDE}]|[^\s{_WIDE}]{{1,8}})|\s+$")
_MODELS = (
    "demo",
    "gpt-",
    "o1",
    "o3",
    "o4",
    "chatgpt-",
    "whisper-",
    "tts-",
)


def tokens_of(text: str) -> list[str]:
    """Joined they are the text."""
    return _TOKEN.findall(text)


class Thinking:
    """What every endpoint that answers in words shares."""

    def __init__(self, faults: Faults, wall_clock: Callable[[], datetime]) -> None:
        self.faults = faults
        self._wall_clock = wall_clock

    @property
    def knobs(self) -> Knobs:
        return self.faults.knobs

    def now_s(self) -> int:
        """Unix time, as the service writes it."""
        return int(self._wall_clock().timestamp())

    def reply(
        self,
        turns: Sequence[Turn],
        instructions: str,
        tools: Sequence[dict[str, Any]],
        tool_choice: Any,
    ) -> Reply:
        """`tools`: flat function tools (name, description, parameters)."""
        prompt = Prompt(
            turns=turns,
            now=self._wall_clock(),
            instructions=instructions,
            tools=tools,
            tool_choice=tool_choice,
        )
        return answer(prompt, self.knobs.fixed_answer)

    def check_model(self, name: str, request: Request, *prefixes: str) -> None:
        """Raises Problem for a model that nobody has; `prefixes` narrow what is served."""
        # At Azure's addresses it is the name of a deployment: anything.
        azure = request.url.path.startswith("/openai/")
        if azure or not self.knobs.refuse_unknown_model:
            return
        if not name.startswith(prefixes or _MODELS):
            raise unknown_model(name)

    async def first(self, since_s: float) -> None:
        """Wait until the first token is due; `since_s`: when the request came (monotonic)."""
        await sleep_until(since_s + self.knobs.first_token_ms / 1000)

    async def flow(self, text: str, limit: float = float("inf")) -> AsyncGenerator[str, None]:
        """The text token by token, the first one at once; less of it where `limit` tokens
        (of about four characters, as they are billed) do not hold it."""
        written = ""
        start_s = time.monotonic()
        for index, token in enumerate(tokens_of(text)):
            rate = self.knobs.tokens_per_s
            if index and rate > 0:
                await sleep_until(start_s + index / rate)
            written += token
            if text_tokens(written) > limit:
                return
            yield token


async def sleep_until(due_s: float) -> None:
    """`due_s` on the monotonic clock."""
    wait_s = due_s - time.monotonic()
    if wait_s > 0:
        await asyncio.sleep(wait_s)
