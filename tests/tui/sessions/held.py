"""A session of any kind with the embedded service, and the rules its events obey."""

from __future__ import annotations

import asyncio
import json
import urllib.request
import wave
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar

from tests.waiting import async_wait_until
from tui.sessions.build import Session, build_session
from tui.sessions.endpoint import realtime_endpoint
from tui.sessions.events import (
    AudioDelta,
    AudioEnded,
    Close,
    Event,
    FlushPlayback,
    Heard,
    HeardItem,
    Intent,
    PastTurn,
    ResponseEnded,
    ResponseStarted,
    SessionEnded,
    SessionStarted,
    TranscriptDelta,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
)
from tui.sessions.http.endpoint import http_endpoint
from tui.sessions.options import RealtimeOptions, TextOptions

KINDS = ("realtime", "assistants", "responses", "audio")
QUESTION = Path(__file__).resolve().parents[3] / "tui" / "assets" / "question.wav"
WITHIN_S = 20.0

E = TypeVar("E")


def question() -> bytes:
    """Somebody asks for the capital of Japan."""
    with wave.open(str(QUESTION)) as file:
        return file.readframes(file.getnframes())


def turn_knobs(base_url: str, **knobs: Any) -> None:
    """Everything that is not named goes back to its default."""
    address = base_url.removesuffix("/v1") + "/knobs"
    request = urllib.request.Request(address, json.dumps(knobs).encode(), method="POST")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    opener.open(request, timeout=10).close()


class Held:
    """A session, its events, and a loudspeaker that plays nothing but keeps count."""

    def __init__(self, heard_ms: int) -> None:
        self.session: Session
        self.events: list[Event] = []
        self.heard_ms = heard_ms
        """So much of everything has been heard when playback is flushed."""
        self._received: dict[str, int] = {}

    def on_event(self, event: Event) -> None:
        self.events.append(event)
        if isinstance(event, AudioDelta):
            self._received.setdefault(event.item_id, 0)
            self._received[event.item_id] += len(event.pcm) // 48
        elif isinstance(event, FlushPlayback):
            items = tuple(
                HeardItem(item_id, 0, min(self.heard_ms, received_ms), received_ms)
                for item_id, received_ms in self._received.items()
            )
            self._received.clear()
            # The engine answers a little later, never from inside the event.
            asyncio.get_running_loop().call_soon(self.session.intend, Heard(items))

    def play_out(self) -> None:
        """Everything received was heard to its end."""
        items = tuple(HeardItem(name, 0, ms, ms) for name, ms in self._received.items())
        self._received.clear()
        self.session.intend(Heard(items))

    def intend(self, *intents: Intent) -> None:
        for intent in intents:
            self.session.intend(intent)

    def of(self, kind: type[E]) -> list[E]:
        return [event for event in self.events if isinstance(event, kind)]

    async def until(self, predicate: Callable[[], object], what: str) -> None:
        try:
            await async_wait_until(predicate, WITHIN_S, what)
        except TimeoutError as problem:
            last = [e for e in self.events if not isinstance(e, AudioDelta)][-12:]
            problem.add_note(f"last events but sound: {last}")
            raise

    async def until_any(self, kind: type[E], count: int = 1) -> E:
        await self.until(lambda: len(self.of(kind)) >= count, f"{count} {kind.__name__}")
        return self.of(kind)[count - 1]

    async def until_answered(self, count: int = 1) -> None:
        """So many answers have ended."""
        await self.until(
            lambda: sum(1 for e in self.of(ResponseEnded) if e.response_id) >= count,
            f"{count} answers",
        )

    def texts(self, role: str, *, final: bool = True) -> list[str]:
        """What this side said, turn by turn, as far as final."""
        roles = {turn.item_id: turn.role for turn in self.of(TurnStarted)}
        said: dict[str, str] = {}
        for event in self.events:
            if isinstance(event, TranscriptDelta) and not final:
                said[event.item_id] = said.get(event.item_id, "") + event.text
            elif isinstance(event, TranscriptFinal):
                said[event.item_id] = event.text
        return [said[name] for name in roles if roles[name] == role and name in said]

    def statuses(self, role: str) -> list[str]:
        roles = {turn.item_id: turn.role for turn in self.of(TurnStarted)}
        return [end.status for end in self.of(TurnEnded) if roles[end.item_id] == role]


@asynccontextmanager
async def held(
    kind: str,
    base_url: str,
    *,
    key: str = "demo",
    past: Sequence[PastTurn] = (),
    continuing: bool = False,
    heard_ms: int = 300,
    **options: Any,
) -> AsyncIterator[Held]:
    """A running session; its rules are checked at the end."""
    talk = Held(heard_ms)
    options.setdefault("transcription_model", "whisper-1")
    if kind == "realtime":
        options.pop("speak", None)
        talk.session = build_session(
            realtime_endpoint("compatible", base_url, key, "demo"),
            RealtimeOptions("demo", turn_detection="none", **options),
            talk.on_event,
            past=past,
            continuing=continuing,
        )
    else:
        talk.session = build_session(
            http_endpoint("compatible", base_url, key, "demo"),
            TextOptions(kind, "demo", **options),  # type: ignore[arg-type]
            talk.on_event,
            past=past,
            continuing=continuing,
        )
    running = asyncio.create_task(talk.session.run())
    try:
        yield talk
    finally:
        await asyncio.wait_for(talk.session.close(), 10)
        end = await asyncio.wait_for(running, 10)
    assert end == talk.events[-1]
    check_rules(talk.events)
    talk.intend(Close())  # afterwards nothing matters any more
    assert end == talk.events[-1]


def check_rules(events: Sequence[Event]) -> None:
    """What holds for the events of every session, whatever happened in it."""
    ends = [event for event in events if isinstance(event, SessionEnded)]
    assert len(ends) == 1
    assert events[-1] is ends[0], "SessionEnded is not the last event"
    began = next((n for n, e in enumerate(events) if isinstance(e, SessionStarted)), None)
    started: set[str] = set()
    ended: set[str] = set()
    removed: set[str] = set()
    sounding: set[str] = set()
    sounded: set[str] = set()
    answers: list[str] = []
    for number, event in enumerate(events):
        name = getattr(event, "item_id", "")
        match event:
            case TurnStarted():
                # Without a session: what was wanted before is shown, as failed.
                assert began is None or number > began, "a turn before the session"
                started.add(name)
            case TranscriptDelta() | TranscriptFinal() | TurnCut():
                assert name in started, f"{event} of a turn that never began"
            case TurnEnded():
                assert name in started, f"{event} of a turn that never began"
                assert name not in ended, f"{name} ended twice"
                assert name not in sounding, f"{name} ended before its sound"
                ended.add(name)
            case TurnRemoved():
                assert name in started, f"{event} of a turn that never began"
                removed.add(name)
            case AudioDelta():
                assert name in started, "sound of a turn that never began"
                assert name not in ended, "sound after the turn's end"
                assert name not in sounded, "sound after AudioEnded"
                assert event.pcm, "an empty delta"
                assert len(event.pcm) % 2 == 0, "half a sample"
                sounding.add(name)
            case AudioEnded():
                assert name in sounding, "AudioEnded without sound, or twice"
                sounding.discard(name)
                sounded.add(name)
            case ResponseStarted():
                answers.append(event.response_id)
            case ResponseEnded():
                if event.response_id:
                    assert event.response_id in answers, "an answer ended that never began"
                    answers.remove(event.response_id)
            case _:
                pass
    assert not answers, f"answers without an end: {answers}"
    assert not sounding, f"sound without an end: {sounding}"
    assert started == ended | removed, f"turns without an end: {started - ended - removed}"
