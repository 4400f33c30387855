"""`voicetui --plain`: a conversation as lines that are only ever appended."""

from __future__ import annotations

import queue
import sys
import time
from typing import Final

from tui.call_events import HangUp, Mute, Present, RaiseBudget, Spent, Stop, Talk, Type
from tui.commands.counted import Counting
from tui.commands.demo import demo_for
from tui.commands.ends import end_when_told
from tui.commands.lines import Ended, Line, read_lines
from tui.commands.output import data, narrate
from tui.commands.record import Record
from tui.commands.report import cost_line, usage_line
from tui.commands.spoken_lines import SpokenLines
from tui.commands.tool_lines import ToolLines
from tui.errors import ExitCode
from tui.log import engine_log
from tui.model_remarks import model_remarks
from tui.resolution import Resolution
from tui.service_choice import ServiceChoice
from tui.settings import call_settings
from tui.usage.watch import WatchedCall

HELP: Final = (
    "Type a line to say it. Letters with Enter: t talk, m mute, . interrupt, c tokens and cost, "
    "b raise the budget, ? help, q quit. A space before it sends a single letter as text."
)
POLL_S: Final = 0.1


def hold_plainly(settings: Resolution, service: ServiceChoice, record: Record) -> int:
    """Talk until told to quit, or until stdin ends and the last answer is over."""
    end_when_told()
    if service.kind == "demo":
        narrate("Starting the embedded service ...")
    with demo_for(service) as demo_url, engine_log() as log:
        kind = record.kind_for(record.resumption)
        made = record.resumed(call_settings(settings, service, demo_url=demo_url, kind=kind))
        inbox: queue.SimpleQueue[object] = queue.SimpleQueue()
        for remark in model_remarks(made):
            narrate(remark)
        narrate(f"Calling {made.endpoint.label}.")
        narrate(HELP)
        call = Counting(settings, record).call(made, inbox.put, engine_log=log)
        call.start()
        try:
            read_lines(inbox.put)
            return _Conversation(call, inbox, typed_live=sys.stdin.isatty()).hold()
        finally:
            call.stop()


class _Conversation:
    """Lines of the person and events of the call, in one queue, on one thread."""

    def __init__(
        self, call: WatchedCall, inbox: queue.SimpleQueue[object], *, typed_live: bool
    ) -> None:
        self._call = call
        self._inbox = inbox
        self._live = typed_live
        self._spoken = SpokenLines(echo_typed=not typed_live)
        self._tools = ToolLines()
        self._waiting: list[str] = []
        """Lines from a pipe, each for after the answer to the one before."""
        self._no_more = False
        self._spent: Spent | None = None

    def hold(self) -> int:
        """Until the end; returns the exit code."""
        while True:
            try:
                thing = self._inbox.get(timeout=POLL_S)
            except queue.Empty:
                thing = None
            now_s = time.monotonic()
            match thing:
                case None:
                    pass
                case Line(text=text):
                    self._waiting.append(text)
                    self._call.submit(Present())
                case Spent():
                    self._spent = thing
                case Ended():
                    self._no_more = True
                case _:
                    self._spoken.hear(thing, now_s)  # type: ignore[arg-type]
                    for line in self._tools.hear(thing):  # type: ignore[arg-type]
                        data(line)
            for line in (*self._spoken.due(now_s), *self._tools.due(now_s)):
                data(line)
            if self._spoken.ended is not None:
                return self._farewell()
            self._act(now_s)

    def _act(self, now_s: float) -> None:
        if self._tools.asking and not self._answer_question(now_s):
            return
        while self._waiting:
            # A person may interrupt; a pipe must not cut off the answer to its own last line.
            if not self._live and self._waiting[0].strip() != "." and self._spoken.busy(now_s):
                return
            self._do(self._waiting.pop(0), now_s)
        if self._no_more and not self._spoken.busy(now_s):
            self._call.submit(HangUp())

    def _answer_question(self, now_s: float) -> bool:
        """Whether other lines may be done now."""
        if self._live and not self._no_more:
            return True  # a person may talk about something else meanwhile
        # Whoever wrote the lines of a pipe knew what is asked, or the answer is no.
        if self._waiting and self._waiting[0].strip().lower() in ("y", "n"):
            answer = self._tools.answer(self._waiting[0], now_s)
            if answer is None:
                return False
            self._waiting.pop(0)
        elif self._waiting or self._no_more:
            answer = self._tools.refuse()
        else:
            return False
        if answer is not None:
            self._call.submit(answer)
        return False

    def _do(self, line: str, now_s: float) -> None:
        answer = self._tools.answer(line, now_s) if self._live else None
        if answer is not None:
            self._call.submit(answer)
            return
        if self._tools.asking and line.strip().lower() in ("y", "n"):
            return  # typed before the question could be read
        match line.rstrip():
            case "":
                return
            case "q":
                self._call.submit(HangUp())
            case "t":
                self._spoken.pressed(now_s)
                self._call.submit(Talk())
            case "m":
                self._spoken.pressed(now_s)
                self._call.submit(Mute())
            case ".":
                self._call.submit(Stop())
            case "c":
                data(f"[{usage_line(self._spoken.usage)}]")
                if cost := cost_line(self._spent):
                    data(f"[{cost}]")
            case "b":
                self._call.submit(RaiseBudget())
            case "?":
                narrate(HELP)
            case text:
                self._spoken.typed(text.strip(), now_s)
                self._call.submit(Type(text.strip()))

    def _farewell(self) -> int:
        ended = self._spoken.ended
        assert ended is not None
        narrate(usage_line(self._spoken.usage))
        if cost := cost_line(self._spent):
            narrate(cost)
        if ended.asked:
            return self._call.exit_code
        narrate(f"The call has ended: {ended.reason}")
        return ExitCode.REFUSED if ended.fatal else ExitCode.NETWORK
