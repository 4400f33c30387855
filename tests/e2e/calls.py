"""A real call for tests: embedded service, engine, sound; events collected."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeVar

from tests.waiting import wait_until
from tui.call import Call
from tui.call_events import CallEvent, StateChanged
from tui.sessions.events import TranscriptFinal, TurnStarted
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.options import Dialect, Endpoint, RealtimeOptions, TextOptions
from tui.settings import CallSettings

QUESTION = Path(__file__).resolve().parents[2] / "tui" / "assets" / "question.wav"

E = TypeVar("E")


class Log:
    """Events of a call in the order in which they came."""

    def __init__(self) -> None:
        self._events: list[CallEvent] = []
        self._lock = threading.Lock()

    def add(self, event: CallEvent) -> None:
        with self._lock:
            self._events.append(event)

    def all(self, kind: type[E]) -> list[E]:
        with self._lock:
            return [event for event in self._events if isinstance(event, kind)]

    def last(self, kind: type[E]) -> E | None:
        events = self.all(kind)
        return events[-1] if events else None

    @property
    def states(self) -> list[str]:
        return [event.state for event in self.all(StateChanged)]

    @property
    def state(self) -> str:
        return self.states[-1] if self.states else ""

    def texts(self, role: str) -> list[str]:
        """Final transcripts of one side."""
        roles = {turn.item_id: turn.role for turn in self.all(TurnStarted)}
        return [t.text for t in self.all(TranscriptFinal) if roles.get(t.item_id) == role]

    def wait_state(self, state: str, timeout_s: float = 10) -> None:
        wait_until(lambda: self.state == state, timeout_s, f"state {state}")

    def wait_any(self, kind: type[E], count: int = 1, timeout_s: float = 10) -> E:
        wait_until(lambda: len(self.all(kind)) >= count, timeout_s, f"{count} {kind.__name__}")
        return self.all(kind)[count - 1]


def settings(base_url: str, *, dialect: Dialect = "ga", **changes: Any) -> CallSettings:
    """Settings for the embedded service; options and call settings by their names."""
    url = base_url.replace("http://", "ws://") + "/realtime?model=demo"
    headers = {"Authorization": "Bearer demo"}
    if dialect == "beta":
        headers["OpenAI-Beta"] = "realtime=v1"
    options = {name: changes.pop(name) for name in list(changes) if name in OPTION_NAMES}
    options.setdefault("transcription_model", "whisper-1")
    return CallSettings(
        Endpoint(url, headers, dialect, "demo", "demo service · demo"),
        RealtimeOptions("demo", **options),
        question=str(QUESTION),
        **changes,
    )


def text_settings(base_url: str, kind: str, *, options: Any = None, **changes: Any) -> CallSettings:
    """Settings for a kind over HTTP; `options` changes TextOptions."""
    chosen = TextOptions(kind=kind, model="demo", transcription_model="whisper-1")  # type: ignore[arg-type]
    return CallSettings(
        HttpEndpoint(base_url, "demo", "demo", "demo service · demo"),
        replace(chosen, **(options or {})),
        question=str(QUESTION),
        **changes,
    )


OPTION_NAMES = set(RealtimeOptions.__slots__) - {"output"}


@contextmanager
def running_call(call_settings: CallSettings, log_path: Path) -> Iterator[tuple[Call, Log]]:
    """A call from start to stop."""
    log = Log()
    with log_path.open("wb") as engine_log:
        call = Call(call_settings, log.add, engine_log=engine_log)
        call.start()
        try:
            yield call, log
        finally:
            call.stop()
            assert not call._thread.is_alive()
    text = log_path.read_text(errors="replace")
    assert "Traceback" not in text, text
