"""Everything the conversation pane shows, in order: earlier turns, this call's, and functions."""

from __future__ import annotations

from collections.abc import Iterator
from time import localtime, strftime

from tui.call_events import CallEvent, EarlierTurns, ToolAsked, ToolEnded, ToolStarted
from tui.language import tr
from tui.panes.remarks import Heading, ToolRemark, ToolState, tool_id, tool_remark
from tui.past import past_turns
from tui.sessions.events import ToolCalled
from tui.store.rows import SavedConversation
from tui.text import clean
from tui.transcript import Transcript, Turn

Entry = Turn | Heading | ToolRemark


class Entries:
    """The transcript of a call, with what it does not hold."""

    def __init__(self) -> None:
        self.transcript = Transcript()
        self._past: dict[str, Turn] = {}
        self._heading = ""
        self._tools: dict[str, ToolRemark] = {}
        self._after: dict[str, list[str]] = {}
        """Functions by the item they follow."""
        self.changed: set[str] = set()
        """What looks different since it was shown."""
        self.reordered = False
        """It stands in another order."""

    def apply(self, event: CallEvent, at_s: float) -> None:
        """Take one event."""
        match event:
            case EarlierTurns(saved):
                self._take_up(saved)
            case ToolCalled():
                self._called(event, at_s)
            case ToolAsked(call_id=call_id):
                self._tool(call_id, "asked")
            case ToolStarted(call_id=call_id):
                self._tool(call_id, "running")
            case ToolEnded(call_id=call_id, outcome=outcome, output=output):
                self._tool(call_id, outcome, clean(output))
            case _:
                changes = self.transcript.apply(event, at_s=at_s)
                self.changed.update(changes.changed, changes.removed)
                self.reordered |= bool(changes.reordered or changes.removed)

    def take_changes(self) -> tuple[set[str], bool]:
        """The ids of what looks different, and whether there is another order, once."""
        taken = self.changed, self.reordered
        self.changed, self.reordered = set(), False
        return taken

    def tool(self, call_id: str) -> ToolRemark | None:
        """A function that was called."""
        return self._tools.get(tool_id(call_id))

    def get(self, item_id: str) -> Turn | ToolRemark | None:
        """What stands under this id."""
        return self.transcript.get(item_id) or self._past.get(item_id) or self._tools.get(item_id)

    def text_of(self, item_id: str) -> str:
        """For the clipboard."""
        entry = self.get(item_id)
        return entry.text if entry is not None else ""

    def __iter__(self) -> Iterator[Entry]:
        known = self.transcript
        past = [turn for turn in self._past.values() if known.get(turn.item_id) is None]
        if past:
            yield Heading("heading:past", self._heading)
            yield from past
            yield Heading("heading:now", tr("now"))
        yield from self._functions("")
        for turn in known:
            yield turn
            yield from self._functions(turn.item_id)

    def _functions(self, item_id: str) -> Iterator[ToolRemark]:
        for name in self._after.get(item_id, ()):
            yield self._tools[name]

    def _take_up(self, saved: SavedConversation) -> None:
        """Turns of earlier calls, under a heading."""
        row, turns = saved.row, past_turns(saved.turns)
        when = strftime("%Y-%m-%d %H:%M", localtime(row.updated_at_s))
        self._heading = tr("earlier, until {when}", when=when)
        if row.turns > len(turns):
            self._heading = tr(
                "earlier, until {when}, the last {some:,} of {all:,} turns",
                when=when,
                some=len(turns),
                all=row.turns,
            )
        self._past = {turn.item_id: turn for turn in turns}
        self.changed.update(self._past)
        self.reordered = True

    def _called(self, event: ToolCalled, at_s: float) -> None:
        remark = tool_remark(event.call_id, event.name, event.arguments, at_s)
        if remark.item_id in self._tools:
            return
        self._tools[remark.item_id] = remark
        after = event.item_id
        if self.transcript.get(after) is None:
            turns = list(self.transcript)
            after = turns[-1].item_id if turns else ""
        self._after.setdefault(after, []).append(remark.item_id)
        self.changed.add(remark.item_id)
        self.reordered = True

    def _tool(self, call_id: str, state: ToolState, output: str = "") -> None:
        remark = self.tool(call_id)
        if remark is not None:
            remark.state, remark.output = state, output or remark.output
            self.changed.add(remark.item_id)
