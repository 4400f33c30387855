"""Calls as their events, and the store's answers without waiting for ever."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from concurrent.futures import Future
from typing import TypeVar

from tui.call_events import CallEvent, Clip, TurnHeard
from tui.sessions.events import (
    ResponseEnded,
    ResponseStarted,
    SessionStarted,
    TokenUsage,
    TranscriptDelta,
    TranscriptFinal,
    TurnEnded,
    TurnStarted,
    UsageReported,
)
from tui.store.recorder import Recorder
from tui.store.rows import SavedConversation
from tui.store.store import Store

T = TypeVar("T")


def got(future: Future[T]) -> T:
    return future.result(30)


def exchange(
    number: int, said: str, answer: str, *, after: str | None = None, sound: bool = False
) -> Iterator[CallEvent]:
    """A spoken turn and its answer, in the order a Realtime service tells them."""
    user, assistant = f"user_{number}", f"answer_{number}"
    if sound:
        yield Clip(user, "user", b"\x01\x00" * 2400)
    yield TurnStarted(user, "user", after)
    yield TurnEnded(user)
    yield ResponseStarted(f"resp_{number}")
    yield TurnStarted(assistant, "assistant", user)
    yield TranscriptDelta(assistant, answer[: len(answer) // 2])
    yield TranscriptFinal(user, said)
    yield TranscriptFinal(assistant, answer)
    if sound:
        yield Clip(assistant, "assistant", b"\x02\x00" * 4800)
    yield UsageReported(TokenUsage(text_in=10, audio_in=20, audio_out=30), "response", f"r{number}")
    yield TurnEnded(assistant)
    yield ResponseEnded(f"resp_{number}", "completed")
    yield TurnHeard(assistant, 1000)


def record(store: Store, events: Iterable[CallEvent], **options: object) -> str:
    """Write one call down; returns the conversation's id."""
    given = {"kind": "realtime", "service": "demo", "label": "demo · m", "model": "m"} | options
    recorder = Recorder(store, **given)  # type: ignore[arg-type]
    recorder.on_event(SessionStarted("m"))
    for event in events:
        recorder.on_event(event)
    recorder.close()
    return recorder.conversation_id


def said(conversation: SavedConversation) -> list[tuple[str, str]]:
    return [(turn.role, turn.text) for turn in conversation.turns]
