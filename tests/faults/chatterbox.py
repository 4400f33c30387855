"""A program that saves turn after turn and says so only when they are committed; made to be killed.

python -m tests.faults.chatterbox FOLDER NAME [SECONDS]
"""

from __future__ import annotations

import itertools
import sys
import time
from pathlib import Path

from tests.tui.store.scenes import exchange
from tui.store.recorder import Recorder
from tui.store.store import Store


def main() -> None:
    folder, name = Path(sys.argv[1]), sys.argv[2]
    until_s = time.monotonic() + float(sys.argv[3] if len(sys.argv) > 3 else 60)
    store = Store.open(folder)
    store.listen(on_problem=lambda text: say("PROBLEM", text))
    for call in itertools.count():
        recorder = Recorder(store, kind="realtime", service="demo", model="m")
        for number in range(6):
            said = f"{name} call {call} question {number} 天気予報"
            answer = f"{name} call {call} answer {number} " + "word " * 50
            for event in exchange(number, said, answer, sound=True):
                recorder.on_event(event)
            # Everything handed in before this query is committed when it is answered.
            store.count().result(30)
            say("SAVED", f"{recorder.conversation_id} {said}")
            say("SAVED", f"{recorder.conversation_id} {answer}")
        recorder.close()
        if time.monotonic() > until_s:
            break
    store.close()
    say("DONE", "")


def say(word: str, text: str) -> None:
    sys.stdout.write(f"{word} {text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
