"""`voicetui --plain`: a conversation as lines that are only ever appended."""

from __future__ import annotations

import queue
import sys
import time
from dataclasses import dataclass
from typing import Final

from tui.beginning import Beginning
from tui.call_events import (
    AnyCall,
    Ask,
    CallEvent,
    HangUp,
    Mute,
    Present,
    RaiseBudget,
    Spent,
    Stop,
    Talk,
    Type,
)
from tui.commands.calls import Calls
from tui.commands.ends import end_when_told
from tui.commands.lines import Ended, Line, read_lines
from tui.commands.output import narrate, say
from tui.commands.plain_desk import Desk
from tui.commands.plain_words import BEGINNING, Word, help_lines, parse
from tui.commands.record import Record
from tui.commands.report import cost_line, usage_line
from tui.commands.spoken_lines import SpokenLines
from tui.commands.tool_lines import ToolLines
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.resolution import Resolution
from tui.service_choice import ServiceChoice

POLL_S: Final = 0.1


@dataclass(frozen=True, slots=True)
class _Told:
    """An event, and the number of the call it comes from."""

    call: int
    event: CallEvent


@dataclass(slots=True)
class _Typed:
    """What was typed and not done yet; it outlives a call."""

    live: bool
    """By a person, who may interrupt; or lines of a pipe, each for after the answer before."""
    waiting: list[str]
    no_more: bool = False


def hold_plainly(settings: Resolution, service: ServiceChoice, record: Record) -> int:
    """Talk until told to quit, or until stdin ends and the last answer is over."""
    end_when_told()
    calls = Calls(settings, service, record, on_screen=False)
    inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
    typed = _Typed(sys.stdin.isatty(), [])
    desk = Desk(record, service, say)
    if service.kind == "demo":
        narrate(tr("Starting the embedded service ..."))
    narrate(tr("Calling {service}.", service=calls.preview.endpoint.label))
    narrate(tr(BEGINNING))
    began = record.resumption
    next_up: int | Beginning = Beginning(began.conversation_id) if began else Beginning()
    number = 0
    try:
        while isinstance(next_up, Beginning):
            number += 1
            desk.begin()
            call = calls.make(lambda event, of=number: inbox.put(_Told(of, event)), next_up)  # type: ignore[misc]
            call.start()
            try:
                if number == 1:
                    read_lines(inbox.put)
                next_up = _Conversation(call, number, inbox, typed, desk).hold()
            finally:
                call.stop()
    finally:
        calls.close()
    for line in calls.farewell.resume_lines():
        narrate(line)
    return next_up or calls.counting.exit_code


class _Conversation:
    """Lines of the person and events of one call, in one queue, on one thread."""

    def __init__(
        self,
        call: AnyCall,
        number: int,
        inbox: queue.SimpleQueue[object],
        typed: _Typed,
        desk: Desk,
    ) -> None:
        self._call = call
        self._number = number
        self._inbox = inbox
        self._typed = typed
        self._desk = desk
        self._spoken = SpokenLines(echo_typed=not typed.live)
        self._tools = ToolLines()
        self._spent: Spent | None = None
        self._next: Beginning | None = None

    def hold(self) -> int | Beginning:
        """Until the end; returns the exit code, or what the next call is to begin with."""
        while True:
            try:
                thing = self._inbox.get(timeout=POLL_S)
            except queue.Empty:
                thing = None
            now_s = time.monotonic()
            match thing:
                case Line(text=text):
                    self._typed.waiting.append(text)
                    self._call.submit(Present())
                case Ended():
                    self._typed.no_more = True
                case _Told(call=self._number, event=event):
                    self._hear(event, now_s)
                case _:
                    pass
            for line in (*self._spoken.due(now_s), *self._tools.due(now_s)):
                say(line)
            if self._spoken.ended is not None:
                return self._next if self._next is not None else self._farewell()
            self._act(now_s)

    def _hear(self, event: CallEvent, now_s: float) -> None:
        if isinstance(event, Spent):
            self._spent = event
        self._desk.hear(event)
        self._spoken.hear(event, now_s)
        for line in self._tools.hear(event):
            say(line)

    def _act(self, now_s: float) -> None:
        typed = self._typed
        if self._next is not None or (self._tools.asking and not self._answer_question(now_s)):
            return
        while typed.waiting:
            # A person may interrupt; a pipe must not cut off the answer to its own last line.
            stopping = typed.waiting[0].strip() in (".", "/stop")
            if not typed.live and not stopping and self._spoken.busy(now_s):
                return
            self._do(typed.waiting.pop(0), now_s)
            if self._next is not None:
                return
        if typed.no_more and not self._spoken.busy(now_s):
            self._call.submit(HangUp())

    def _answer_question(self, now_s: float) -> bool:
        """Whether other lines may be done now."""
        typed = self._typed
        if typed.live and not typed.no_more:
            return True  # a person may talk about something else meanwhile
        # Whoever wrote the lines of a pipe knew what is asked, or the answer is no.
        if typed.waiting and typed.waiting[0].strip().lower() in ("y", "n"):
            answer = self._tools.answer(typed.waiting[0], now_s)
            if answer is None:
                return False
            typed.waiting.pop(0)
        elif typed.waiting or typed.no_more:
            answer = self._tools.refuse()
        else:
            return False
        if answer is not None:
            self._call.submit(answer)
        return False

    def _do(self, line: str, now_s: float) -> None:
        answer = self._tools.answer(line, now_s) if self._typed.live else None
        if answer is not None:
            self._call.submit(answer)
            return
        if self._tools.asking and line.strip().lower() in ("y", "n"):
            return  # typed before the question could be read
        try:
            wanted = parse(line)
            if isinstance(wanted, str):
                self._say(wanted, now_s)
            else:
                self._obey(*wanted, now_s)
        except TimeoutError:
            say(f"[{tr('the history does not answer')}]")
        except (ValueError, VoicetuiError) as problem:
            say(f"[{told(str(problem))}]")

    def _say(self, text: str, now_s: float) -> None:
        if text:
            self._spoken.typed(text, now_s)
            self._call.submit(Type(text))

    def _obey(self, word: Word, argument: str, now_s: float) -> None:
        match word.name:
            case "quit":
                self._call.submit(HangUp())
            case "talk" | "mute":
                self._spoken.pressed(now_s)
                self._call.submit(_ASKS[word.name])
            case "stop" | "budget":
                self._call.submit(_ASKS[word.name])
            case "cost":
                say(f"[{usage_line(self._spoken.usage)}]")
                if cost := cost_line(self._spent):
                    say(f"[{cost}]")
            case "repeat":
                say(self._spoken.last_answer or f"[{tr('no answer yet')}]")
            case "help":
                for line in help_lines():
                    narrate(line)
            case "new":
                self._leave_for(Beginning())
            case "resume":
                self._leave_for(self._desk.beginning(argument))
            case name:
                self._desk.tell(name, argument)

    def _leave_for(self, beginning: Beginning) -> None:
        self._next = beginning
        self._call.submit(HangUp())

    def _farewell(self) -> int:
        ended = self._spoken.ended
        assert ended is not None
        narrate(usage_line(self._spoken.usage))
        if cost := cost_line(self._spent):
            narrate(cost)
        if ended.asked:
            return ExitCode.OK
        narrate(tr("The call has ended: {why}", why=told(ended.reason)))
        return ExitCode.REFUSED if ended.fatal else ExitCode.NETWORK


_ASKS: Final[dict[str, Ask]] = {
    "talk": Talk(),
    "mute": Mute(),
    "stop": Stop(),
    "budget": RaiseBudget(),
}
