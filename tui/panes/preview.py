"""What was said in a conversation of the history."""

from __future__ import annotations

from collections.abc import Sequence
from time import localtime, strftime

from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content

from tui.language import tr
from tui.panes.conversation import ConversationPane
from tui.panes.glyphs import Glyphs
from tui.panes.line import Line
from tui.panes.remarks import with_tools
from tui.past import past_turns
from tui.store.folding import fold, words_of
from tui.store.rows import SavedConversation, SavedTurn, ToolRow
from tui.text import clean, cut_cells
from tui.transcript import Turn


class Preview(Vertical):
    """A line about the conversation, and its turns."""

    def __init__(self, glyphs: Glyphs, *, id: str) -> None:
        super().__init__(id=id)
        self._glyphs = glyphs
        self.saved: SavedConversation | None = None
        self._turns: list[Turn] = []
        self._tools: Sequence[ToolRow] = ()

    def compose(self) -> ComposeResult:
        """Top to bottom."""
        yield Line(id="about")
        pane = ConversationPane(self._glyphs, tr("Assistant"), id="preview")
        pane.can_focus = False
        yield pane

    @property
    def pane(self) -> ConversationPane:
        """The turns."""
        return self.query_one("#preview", ConversationPane)

    def show(self, saved: SavedConversation | None, query: str = "") -> None:
        """Look into this one; the turn in which everything searched for was said is selected."""
        same = self.same(saved)
        selected = self.pane.selected if same else None
        self.saved = saved
        self._turns = past_turns(saved.turns) if saved is not None else []
        self._tools = self._tools if same else ()
        self.renew()
        self.pane.select(self._found(query) or selected)

    def turn_with_sound(self) -> SavedTurn | None:
        """The turn that is selected, or the last one, if its sound was kept."""
        selected = self.pane.selected
        turns = [turn for turn in self.saved.turns if turn.has_clip] if self.saved else []
        if selected is not None:
            turns = [turn for turn in turns if turn.item_id == selected]
        return turns[-1] if turns else None

    def same(self, saved: SavedConversation | None) -> bool:
        """It is the one that is shown."""
        return self.saved is not None and saved is not None and self.saved.row.id == saved.row.id

    def show_tools(self, conversation_id: str, tools: Sequence[ToolRow]) -> None:
        """The functions that were called in it."""
        if self.saved is not None and self.saved.row.id == conversation_id and tools:
            self._tools = tools
            self.renew()

    def _found(self, query: str) -> str | None:
        words = words_of(query)
        for turn in reversed(self._turns) if words else ():
            folded = fold(turn.text)
            if all(word in folded for word in words):
                return turn.item_id
        return None

    def renew(self) -> None:
        """Everything again, for another size too."""
        self.pane.show(with_tools(self._turns, self._tools))
        saved = self.saved
        parts = []
        if saved is not None:
            sounds = sum(turn.has_clip for turn in saved.turns)
            parts = [
                _moment(saved.row.updated_at_s),
                tr("sound of {count}", count=sounds) if sounds else tr("no sound"),
                clean(saved.row.label or saved.row.model, single_line=True),
            ]
        width = max(10, self.pane.size.width - 2)
        text = cut_cells(", ".join(filter(None, parts)), width, self._glyphs.ellipsis)
        about = self.query_one("#about", Line)
        about.show(Content.styled(" " + text, "$foreground-muted"))


def _moment(at_s: float) -> str:
    try:
        return strftime("%Y-%m-%d %H:%M", localtime(at_s))
    except (ValueError, OverflowError, OSError):
        return tr("unknown time")
