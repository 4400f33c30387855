"""Runs the real screen over a scripted call; started in a pseudo-terminal by the tests.

Usage: python -m tests.terminal.scripted_app SCENARIO [--ssh] [--ptt] [--state DIR]
"""

from __future__ import annotations

import argparse
import math
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from shared.messages import Level, State
from tests.terminal.hostile import CORPUS
from tests.tui.conversation import OPENING, TALK
from tests.tui.scripted import ScriptedCall
from tui.app import VoicetuiApp
from tui.beginning import Beginning
from tui.call_events import Ask, CallEvent, HangUp, HoldTalk, StateChanged, Stop, Talk, Type
from tui.log import start_log
from tui.paths import log_file
from tui.sessions.events import (
    Notice,
    SessionStarted,
    TranscriptDelta,
    TranscriptFinal,
    TurnEnded,
    TurnStarted,
)

CANARY = "canary-" + "4f1c" * 4


class EchoingCall(ScriptedCall):
    """Shows what it was asked as turns, so that a test can read it from the screen."""

    def submit(self, ask: Ask) -> None:
        """Put the ask into the conversation."""
        super().submit(ask)
        number = len(self.asked)
        match ask:
            case Talk():
                self.tell(StateChanged("paused" if number % 2 else "listening"))
            case HoldTalk(on):
                self.tell(StateChanged("recording" if on else "paused"))
            case Stop():
                self.tell(Notice("interrupted"))
            case Type(text):
                self.tell(
                    TurnStarted(f"t{number}", "user", spoken=False),
                    TranscriptFinal(f"t{number}", text),
                )
            case HangUp():
                pass


class TalkingCall(EchoingCall):
    """Speaks for ever: levels twenty times a second, words about as fast as a person talks."""

    def start(self) -> None:
        """Begin to talk on a thread."""
        super().start()
        threading.Thread(target=self._talk, daemon=True).start()

    def _talk(self) -> None:
        self.on_event(TurnStarted("a9", "assistant"))
        self.on_event(StateChanged("speaking"))
        words = [
            "and",
            "then",
            "the",
            "river",
            "turned",
            "to",
            "the",
            "north,",
            "where",
            "hills",
            "are",
        ]
        number = 0
        while not self.stopped.wait(0.05):
            number += 1
            level = round(-30 + 22 * math.sin(number * 1.7))
            self.on_event(Level(-60 + number % 7, level))
            if number % 7 == 0:
                self.on_event(TranscriptDelta("a9", words[number // 7 % len(words)] + " "))


class HostileCall(EchoingCall):
    """Every text a call can tell is hostile."""

    def start(self) -> None:
        """Say the corpus through every kind of event."""
        super().start()
        for number, text in enumerate(CORPUS):
            self.tell(
                TurnStarted(f"h{number}", "assistant" if number % 2 else "user"),
                *(TranscriptDelta(f"h{number}", char) for char in text[:40]),
                TranscriptFinal(f"h{number}", text, problem=text if number % 3 else ""),
                TurnEnded(f"h{number}", "failed", text),
                Notice(text, "warning"),
                State(output=text, input=text, notice=text if number % 5 == 0 else ""),
                SessionStarted("m", voice=text),
                StateChanged("listening", text),
            )
        self.tell(
            State(),
            SessionStarted("m", "marin"),
            TurnStarted("end", "user"),
            TranscriptFinal("end", "survived"),
        )


class Poison:
    """No text at all, and its repr is the secret: a printed local variable would show it."""

    def __repr__(self) -> str:
        return "sk-" + CANARY


class CrashingCall(EchoingCall):
    """Tells the screen something that breaks it."""

    def submit(self, ask: Ask) -> None:
        """The talk key does it."""
        super().submit(ask)
        if isinstance(ask, Talk):
            self.tell(Notice(Poison()))  # type: ignore[arg-type]


def refuse(on_event: Callable[[CallEvent], None], _: Beginning) -> ScriptedCall:
    """A call that cannot be made; the secret is in its message and in a local variable."""
    key = "sk-" + CANARY
    raise ValueError(f"the key {key} is not good")


def scenario(name: str) -> Callable[[Callable[[CallEvent], None], Beginning], ScriptedCall]:
    """The call of a name."""
    match name:
        case "talk":
            return lambda on_event, _: EchoingCall(on_event, *OPENING, *TALK)
        case "talking":
            return lambda on_event, _: TalkingCall(on_event, *OPENING)
        case "hostile":
            return lambda on_event, _: HostileCall(on_event, *OPENING)
        case "crash":
            return lambda on_event, _: CrashingCall(on_event, *OPENING)
        case "no-call":
            return refuse
        case "wrong-key":
            return lambda on_event, _: EchoingCall(
                on_event,
                StateChanged("ended", "The service refused the key; set another one."),
            )
        case _:
            return lambda on_event, _: EchoingCall(on_event, *OPENING)


def main() -> int:
    """Run until the person quits."""
    parser = argparse.ArgumentParser()
    parser.add_argument("scenario")
    parser.add_argument("--ssh", action="store_true")
    parser.add_argument("--state", type=Path)
    parser.add_argument("--ptt", action="store_true")
    parser.add_argument("--hold", action="store_true")
    arguments = parser.parse_args()
    start_log(verbose=True)  # under XDG_STATE_HOME
    return VoicetuiApp(
        scenario(arguments.scenario),
        title="example.invalid, gpt-realtime-2",
        push_to_talk=arguments.ptt or arguments.hold,
        hold=arguments.hold,
        voice="marin",
        ssh=arguments.ssh,
        state_dir=arguments.state,
        log_path=log_file(),
    ).hold_calls()


if __name__ == "__main__":
    sys.exit(main())
