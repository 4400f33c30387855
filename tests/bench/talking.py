"""A front end that holds a conversation as fast as it can, and watches its own size.

Usage: python -m tests.bench.talking URL QUESTION TURNS FOLDER

Everything the program has is there: engine, file devices at full speed, session, record, counting,
black box.  One JSON line for each turn goes to stdout.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from dataclasses import replace
from pathlib import Path

from tui.call_events import AskAudio, CallEvent, Counted, CountStages, TurnHeard
from tui.commands.counted import Counting
from tui.commands.record import Record
from tui.service_choice import choose_service
from tui.settings import call_settings, load_settings

TURN_S = 30.0


class Progress:
    """What the conversation has come to."""

    def __init__(self) -> None:
        self.heard = threading.Semaphore(0)
        self.counted = threading.Semaphore(0)
        self.seconds = 0.0

    def take(self, event: CallEvent) -> None:
        """On the call's thread."""
        if isinstance(event, TurnHeard):
            self.heard.release()
        elif isinstance(event, Counted):
            frames = event.stages.played_frames + event.stages.captured_frames
            self.seconds = frames / 24_000
            self.counted.release()


def size(pid: int | str) -> dict[str, int]:
    """Memory of its own, descriptors and threads of a process."""
    folder = Path("/proc") / str(pid)
    found = dict(
        line.split(":", 1) for line in (folder / "status").read_text().splitlines() if ":" in line
    )
    return {
        "own_kb": int(found["RssAnon"].split()[0]),
        "all_kb": int(found["VmRSS"].split()[0]),
        "threads": int(found["Threads"]),
        "descriptors": len(list((folder / "fd").iterdir())),
    }


def children(pid: int) -> list[int]:
    """Child processes, dead ones among them."""
    tasks = (Path("/proc") / str(pid) / "task").iterdir()
    return [int(word) for task in tasks for word in (task / "children").read_text().split()]


def main() -> None:
    """Talk, and print."""
    url, question, turns, folder = sys.argv[1], sys.argv[2], int(sys.argv[3]), sys.argv[4]
    flags: dict[str, str | float] = {
        "service.base_url": url,
        "service.model": "gpt-realtime-2",
        "audio.input": "silent",
        "audio.output": f"file:{folder}/heard.wav",
        "audio.echo": "off",
        "session.turn": "push_to_talk",
    }
    settings = load_settings(flags, os.environ)
    progress = Progress()
    with Record(settings) as record, (Path(folder) / "engine.log").open("wb") as log:
        made = call_settings(settings, choose_service(settings, os.environ))
        made = replace(made, fast_files=True)
        call = Counting(settings, record).call(made, progress.take, engine_log=log)
        call.start()
        for turn in range(turns):
            call.submit(AskAudio(question))
            if not progress.heard.acquire(timeout=TURN_S):
                raise SystemExit(f"turn {turn}: no answer within {TURN_S:.0f} s")
            call.submit(CountStages())
            progress.counted.acquire(timeout=TURN_S)
            engine = next(iter(children(os.getpid())), 0)
            line = {
                "turn": turn,
                "seconds": progress.seconds,
                "front_end": size("self"),
                "engine": size(engine),
                "children": len(children(os.getpid())),
            }
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
        call.stop()


if __name__ == "__main__":
    main()
