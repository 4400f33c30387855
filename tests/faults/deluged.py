"""A whole call in a process of its own, and how much memory sound without end can make it take.

python -m tests.faults.deluged KIND BASE_URL   prints one JSON object
"""

from __future__ import annotations

import json
import sys
import threading
import time
from pathlib import Path
from typing import Any

from tests.faults.attacked import HONEST, memory_kb
from tui.call import Call
from tui.call_events import CallEvent, Type
from tui.sessions.endpoint import realtime_endpoint
from tui.sessions.events import (
    AudioDelta,
    Notice,
    ResponseEnded,
    SessionEnded,
    SessionStarted,
    TranscriptFinal,
)
from tui.sessions.http.endpoint import http_endpoint
from tui.sessions.options import RealtimeOptions, TextOptions
from tui.settings import CallSettings

WITHIN_S = 400.0


def settings(kind: str, url: str) -> CallSettings:
    if kind == "realtime":
        where = realtime_endpoint("compatible", url, "key", "m")
        options: Any = RealtimeOptions("m", turn_detection="none")
        return CallSettings(where, options, input="silent", output="silent")
    return CallSettings(
        http_endpoint("compatible", url, "key", "m"),
        TextOptions("audio", "m", transcription_model="", hands_free=False),
        input="silent",
        output="silent",
    )


def main(kind: str, url: str) -> dict[str, Any]:
    told: list[str] = []
    ended: list[str] = []
    begun, honest, answered, over = (threading.Event() for _ in range(4))

    def on_event(event: CallEvent) -> None:
        assert not isinstance(event, AudioDelta)
        match event:
            case SessionStarted():
                begun.set()
            case TranscriptFinal(text=text) if text == HONEST:
                honest.set()
            case ResponseEnded(status=status):
                ended.append(status)
                answered.set()
            case Notice(text=text):
                told.append(text)
            case SessionEnded():
                over.set()
            case _:
                pass

    def ask(call: Call, words: str) -> None:
        answered.clear()
        call.submit(Type(words))
        assert answered.wait(WITHIN_S), told

    call = Call(settings(kind, url), on_event)
    call.start()
    assert begun.wait(60)
    ask(call, "Hello?")
    assert honest.wait(60)
    before_kb = memory_kb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")
    began_s = time.monotonic()
    ask(call, "Attack 0.")
    honest.clear()
    ask(call, "And now?")
    goes_on = honest.wait(WITHIN_S)
    is_over = over.is_set()
    took_s = time.monotonic() - began_s
    grown_mb = (memory_kb("VmHWM") - before_kb) / 1024
    call.stop()
    return {
        "grown_mb": round(grown_mb, 1),
        "took_s": round(took_s, 1),
        "goes_on": goes_on,
        "over": is_over,
        "told": told,
        "ended": ended,
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))
