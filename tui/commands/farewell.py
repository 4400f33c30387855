"""What is left on the terminal when the screen has gone: why the call ended, and how to go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui.call_events import CallEvent, ConversationKept, SavingFails, Spent, StateChanged
from tui.errors import ExitCode
from tui.language import tr
from tui.language.sentences import told
from tui.paths import program
from tui.sessions.events import (
    SESSION_ENDED,
    ResponseEnded,
    SessionEnded,
    SessionStarted,
    TokenUsage,
    TurnRemoved,
    TurnStarted,
    UsageReported,
)

if TYPE_CHECKING:
    from collections.abc import Callable

SHOWN_ID = 8


class Farewell:
    """Watches the calls of one run of the screen; asked when they are over."""

    def __init__(self, flags: str) -> None:
        """`flags`: what a command needs to reach this service again."""
        self._flags = flags
        self._calls: list[_Story] = []

    def watch(self, on_event: Callable[[CallEvent], None]) -> Callable[[CallEvent], None]:
        """What the next call is to tell instead: it is noted, then passed on."""
        story = _Story()
        self._calls.append(story)

        def both(event: CallEvent) -> None:
            story.hear(event)
            on_event(event)

        return both

    @property
    def exit_code(self) -> ExitCode:
        """Of the last call: whether it was ended by somebody who had it."""
        return self._calls[-1].exit_code if self._calls else ExitCode.OK

    def lines(self) -> list[str]:
        """For the terminal; none after a call in which nothing happened."""
        if not self._calls:
            return []
        last = self._calls[-1]
        lines = []
        if last.exit_code:
            lines.append(tr("The call has ended: {why}", why=told(last.trouble)))
        talked = self._talked()
        if talked is not None:
            lines.append(talked.summary(self._flags))
        return lines

    def resume_lines(self) -> list[str]:
        """Only how to go on with the last conversation, if it was kept."""
        talked = self._talked()
        hint = talked.resume_hint(self._flags) if talked is not None else ""
        return [hint] if hint else []

    def _talked(self) -> _Story | None:
        return next((story for story in reversed(self._calls) if story.turns), None)


class _Story:
    def __init__(self) -> None:
        self.turns: set[str] = set()
        self.trouble = ""
        """Why there is no connection, in words."""
        self._usage = TokenUsage()
        self._untold = 0
        """Answers broken off with their session: what they used was never told."""
        self._spent: Spent | None = None
        self._conversation_id = ""
        self._unsaved = False
        self._started = False
        self._ended: SessionEnded | None = None

    def hear(self, event: CallEvent) -> None:
        """Take one event of the call, on its thread."""
        match event:
            case SessionStarted():
                self._started = True
            case ConversationKept(conversation_id=conversation_id):
                self._conversation_id = conversation_id
            case SavingFails(on):
                self._unsaved = on
            case TurnStarted(item_id=item_id, role="user" | "assistant"):
                self.turns.add(item_id)
            case TurnRemoved(item_id=item_id):
                self.turns.discard(item_id)
            case UsageReported(usage=usage):
                self._usage += usage
            case ResponseEnded(detail=detail) if detail == SESSION_ENDED:
                self._untold += 1
            case Spent():
                self._spent = event
            case StateChanged(state="connecting", detail=detail):
                self._on_connecting(detail)
            case SessionEnded(asked=False, reason=reason):
                self._ended, self.trouble = event, reason
            case _:
                pass

    def _on_connecting(self, detail: str) -> None:
        """The first time it names the service, later why that was not reached."""
        self.trouble = detail if " " in detail and " · " not in detail else ""

    @property
    def exit_code(self) -> ExitCode:
        if self._ended is not None:
            return ExitCode.REFUSED if self._ended.fatal else ExitCode.NETWORK
        return ExitCode.NETWORK if self.trouble and not self._started else ExitCode.OK

    def summary(self, flags: str) -> str:
        from tui.usage.money import cost_words

        count = len(self.turns)
        words = [tr("1 turn") if count == 1 else tr("{count} turns", count=count)]
        words.append(tr("{count} tokens", count=f"{self._usage.total:,}"))
        if self._untold == 1:
            words.append(tr("1 answer without figures"))
        elif self._untold:
            words.append(tr("{count} answers without figures", count=self._untold))
        if self._spent is not None and self._spent.conversation.known:
            words.append(tr("est. {amount}", amount=cost_words(self._spent.conversation)))
        return f"{', '.join(words)}{tr('. ')}{self.resume_hint(flags)}".rstrip()

    def resume_hint(self, flags: str) -> str:
        """The command that goes on with it; empty where it was not kept."""
        if not self._conversation_id or self._unsaved:
            return ""
        resume = f"{program()}{flags} --resume {self._conversation_id[:SHOWN_ID]}"
        return tr("Go on with: {command}", command=resume)
