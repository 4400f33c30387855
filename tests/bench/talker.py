"""A real call without a screen, as a process that says when the parts of a turn happened.

One JSON object per line on stdout; a line on stdin stops the answer that plays, the end of stdin
hangs up.  Times are CLOCK_MONOTONIC.
"""

from __future__ import annotations

import argparse
import json
import sys
import time

from tests.e2e.calls import text_settings
from tui.call import Call
from tui.call_events import CallEvent, Latency, StateChanged, Stop
from tui.sessions.events import (
    InputCommitted,
    Notice,
    ResponseStarted,
    TranscriptDelta,
    TranscriptFinal,
)


class Teller:
    """Writes what happens to the call."""

    def __init__(self, first_sentence: str) -> None:
        self._first_sentence = first_sentence
        self._turn_ended_s = 0.0
        self._user_item = ""
        self._answer = ""

    def on_event(self, event: CallEvent) -> None:
        """On the call's thread."""
        now_s = time.monotonic()
        match event:
            case StateChanged(state=state):
                _tell("listening" if state == "listening" else "not_listening", now_s)
            case InputCommitted(item_id=item_id):
                self._user_item, self._turn_ended_s = item_id, now_s
                _tell("turn_ended", now_s)
            case TranscriptFinal(item_id=item_id) if item_id == self._user_item:
                _tell("transcribed", now_s)
            case ResponseStarted():
                self._answer = ""
            case TranscriptDelta(item_id=item_id, text=text) if item_id != self._user_item:
                before, self._answer = self._answer, self._answer + text
                if not before:
                    _tell("first_token", now_s)
                if len(before) < len(self._first_sentence) <= len(self._answer):
                    _tell("first_sentence", now_s)
            case Latency(first_byte_ms=first_byte_ms):
                _tell("first_byte", self._turn_ended_s + first_byte_ms / 1000)
            case Notice(text=text, level="error" | "warning"):
                sys.stderr.write(f"{text}\n")
            case _:
                pass


def _tell(event: str, at_s: float) -> None:
    print(json.dumps({"event": event, "at_s": at_s}), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="base URL of the service, with /v1")
    parser.add_argument("--kind", required=True, choices=("assistants", "responses"))
    parser.add_argument("--first-sentence", default="", help="how the answer begins")
    options = parser.parse_args()
    teller = Teller(options.first_sentence)
    call = Call(
        text_settings(options.url, options.kind), teller.on_event, engine_log=sys.stderr.buffer
    )
    call.start()
    for _ in sys.stdin:
        call.submit(Stop())
    call.stop()


if __name__ == "__main__":
    main()
