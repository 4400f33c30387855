"""A call that is asked for a long answer while faults happen to its connection."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.e2e.calls import Log, running_call, settings
from tests.e2e.proxy import Proxy, proxied
from tests.waiting import wait_until
from tui.call import Call
from tui.call_events import Type
from tui.sessions.events import (
    ResponseEnded,
    ResponseStarted,
    SessionStarted,
    TranscriptDelta,
    TranscriptFinal,
    TurnStarted,
)

SENTENCES = 8
ANSWER = " ".join(f"This is sentence number {n} of a long answer." for n in range(1, SENTENCES + 1))
SILENT = {"input": "silent", "output": "silent"}
WITHIN_S = 30.0


class CutCall:
    """One call through a proxy; `answer` is what the service says to everything."""

    def __init__(self, call: Call, log: Log, proxy: Proxy) -> None:
        self.call = call
        self.log = log
        self.proxy = proxy

    def ask(self, text: str = "Talk to me.") -> None:
        """Type something and return at once."""
        self.call.submit(Type(text))

    @property
    def sessions(self) -> int:
        return len(self.log.all(SessionStarted))

    def wait_sessions(self, count: int, timeout_s: float = WITHIN_S) -> float:
        """Seconds until there have been so many sessions."""
        began_s = time.monotonic()
        self.log.wait_any(SessionStarted, count, timeout_s)
        return time.monotonic() - began_s

    def wait_words(self, deltas: int = 6) -> None:
        """Wait until something of the answer has come."""
        self.log.wait_any(TranscriptDelta, deltas, WITHIN_S)

    def wait_answered(self, timeout_s: float = WITHIN_S) -> None:
        """Wait until the answer is whole: nothing of it is still to come."""
        wait_until(lambda: self.is_answered, timeout_s, "the whole answer")

    @property
    def is_answered(self) -> bool:
        """Whether nothing of the answer is still to come."""
        ended = [event for event in self.log.all(ResponseEnded) if event.status == "completed"]
        running = len(self.log.all(ResponseStarted)) - len(self.log.all(ResponseEnded))
        return bool(ended) and running == 0

    def said(self, role: str) -> list[str]:
        """What one side said, turn by turn, as the transcript has it."""
        texts: dict[str, str] = {}
        for turn in self.log.all(TurnStarted):
            if turn.role == role:
                texts.setdefault(turn.item_id, "")
        for item_id in texts:
            turn_now = self.call._transcript.get(item_id)
            texts[item_id] = turn_now.text_heard.strip() if turn_now else ""
        finals = {event.item_id for event in self.log.all(TranscriptFinal)}
        return [text for item_id, text in texts.items() if text or item_id in finals]


@contextmanager
def cut_call(direct: str, log_path: Path, **changes: Any) -> Iterator[CutCall]:
    """A call that has begun."""
    with (
        proxied(direct) as (proxy, url),
        running_call(settings(url, **{**SILENT, **changes}), log_path) as (call, log),
    ):
        log.wait_any(SessionStarted, timeout_s=WITHIN_S)
        yield CutCall(call, log, proxy)


def words_lost_and_doubled(said: list[str], whole: str) -> tuple[int, int]:
    """How many words of `whole` are missing in what was said piece by piece, and are too many.

    The pieces belong behind each other; each is matched where it fits nearest behind the last.
    """
    words = whole.split()
    at = lost = doubled = 0
    for piece in said:
        own = piece.split()
        where = _place(words, own, at)
        lost += max(0, where - at)
        doubled += max(0, at - where)
        at = where + len(own)
    return lost + max(0, len(words) - at), doubled


def _place(words: list[str], own: list[str], expected: int) -> int:
    fits = [
        start
        for start in range(len(words) - len(own) + 1)
        if words[start : start + len(own)] == own
    ]
    return min(fits, key=lambda start: abs(start - expected), default=expected)
