"""A session in a process of its own, and how much memory the service can make it take.

    python -m tests.faults.attacked KIND BASE_URL ATTACKS   prints one JSON object

The first answer is honest and shows what a session costs; each of the others is asked to be an
attack.  A session that ends is followed by a new one, as a call does it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any

from tui.sessions.build import Session, build_session
from tui.sessions.endpoint import realtime_endpoint
from tui.sessions.events import (
    AnswerTool,
    AudioDelta,
    Event,
    FlushPlayback,
    Heard,
    HeardItem,
    Notice,
    ResponseEnded,
    Say,
    SessionEnded,
    ToolCalled,
    TranscriptFinal,
)
from tui.sessions.http.endpoint import http_endpoint
from tui.sessions.options import RealtimeOptions, TextOptions

HONEST = "Still here."
WITHIN_S = 400.0


class Victim:
    """One session after another with the same service."""

    def __init__(self, kind: str, url: str) -> None:
        self._kind, self._url = kind, url
        self.told: list[str] = []
        self.ends: list[SessionEnded] = []
        self._playing = ""
        self._news = asyncio.Event()
        self.honest = False
        self.session: Session

    def _on_event(self, event: Event) -> None:
        match event:
            case Notice(text=text):
                self.told.append(text)
            case AudioDelta(item_id=item_id):
                self._playing = item_id
            case FlushPlayback():
                heard = Heard((HeardItem(self._playing, 0, 1, 1),))
                asyncio.get_running_loop().call_soon(self.session.intend, heard)
            case TranscriptFinal(text=text):
                self.honest = self.honest or text == HONEST
            case ResponseEnded(status=status):
                if self.honest or (self._kind != "realtime" and status != "interrupted"):
                    self._news.set()
            case ToolCalled(call_id=call_id):
                answer = AnswerTool(call_id, "done")
                asyncio.get_running_loop().call_soon(self.session.intend, answer)
            case SessionEnded():
                self.ends.append(event)
                self._news.set()
            case _:
                pass

    def begin(self) -> asyncio.Task[SessionEnded]:
        """A new session."""
        if self._kind == "realtime":
            self.session = build_session(
                realtime_endpoint("compatible", self._url, "key", "m"),
                RealtimeOptions("m", turn_detection="none"),
                self._on_event,
            )
        else:
            self.session = build_session(
                http_endpoint("compatible", self._url, "key", "m"),
                TextOptions(self._kind, "m", transcription_model="", speak=self._kind == "audio"),  # type: ignore[arg-type]
                self._on_event,
            )
        return asyncio.create_task(self.session.run())

    async def ask(self, words: str) -> None:
        """One question; returns when it was answered or the session has ended."""
        self.honest = False
        self._news.clear()
        self.session.intend(Say(words))
        await asyncio.wait_for(self._news.wait(), WITHIN_S)


def memory_kb(name: str) -> int:
    """A line of this process's status: VmRSS, VmHWM."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition(f"{name}:")[2].split()[0])


async def main(kind: str, url: str, attacks: int) -> dict[str, Any]:
    victim = Victim(kind, url)
    running = victim.begin()
    await victim.ask("Hello?")
    assert victim.honest, (victim.told, victim.ends)
    before_kb = memory_kb("VmRSS")
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
    found = []
    for number in range(attacks):
        began_s = time.monotonic()
        victim.told.clear()
        victim.ends.clear()
        await victim.ask(f"Attack {number}.")
        ended = bool(victim.ends)
        if ended:
            await running
            running = victim.begin()
        await victim.ask("And now?")
        found.append(
            {
                "grown_mb": round((memory_kb("VmHWM") - before_kb) / 1024, 1),
                "took_s": round(time.monotonic() - began_s, 1),
                "goes_on": victim.honest,
                "ended": [end.reason for end in victim.ends] if ended else [],
                "fatal": any(end.fatal for end in victim.ends),
                "told": victim.told[:5],
                "told_times": len(victim.told),
            }
        )
    await victim.session.close()
    await running
    return {"grown_mb": max(attack["grown_mb"] for attack in found), "attacks": found}


if __name__ == "__main__":
    kind, url, attacks = sys.argv[1:]
    print(json.dumps(asyncio.run(main(kind, url, int(attacks)))))
