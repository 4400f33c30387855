"""The history: every conversation that was kept; search, look into it, take it up again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass
from time import localtime, strftime
from typing import ClassVar, Protocol, TypeVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from tui import keys
from tui.beginning import Beginning, Kind
from tui.panes.bindings import bindings
from tui.panes.line import Line
from tui.store.rows import KINDS, ConversationRow, SavedConversation, SavedTurn
from tui.text import cells, clean, cut_cells

PAGE = 100
"""Conversations fetched at a time; the next page comes when the end is near."""
PREVIEW_TURNS = 40
PREVIEW_AFTER_S = 0.08
"""So long the highlight must rest before its conversation is loaded."""

T = TypeVar("T")


class Record(Protocol):
    """What this screen needs of the store; every answer comes later."""

    def list(
        self, limit: int = 50, offset: int = 0, query: str = ""
    ) -> Future[list[ConversationRow]]:
        """Newest first."""

    def load(self, conversation_id: str, limit: int | None = None) -> Future[SavedConversation]:
        """With its last turns."""

    def clip(self, conversation_id: str, item_id: str) -> Future[bytes | None]:
        """Sound of a turn."""

    def rename(self, conversation_id: str, title: str) -> Future[None]:
        """Give it another title."""

    def delete(self, conversation_id: str) -> Future[None]:
        """Take it out of the list."""

    def undelete(self, conversation_id: str) -> Future[None]:
        """Bring it back."""

    def import_remote(
        self, kind: Kind, remote_id: str, service: str, label: str = "", title: str = ""
    ) -> Future[str]:
        """Remember a conversation that a service keeps."""


@dataclass(frozen=True, slots=True)
class Doings:
    """What the program does for this screen."""

    service: str
    """Of the settings: imported ids belong to it."""
    play: Callable[[str, bytes], bool]
    """Play a clip (title, PCM); False when there is no call to play it."""
    export: Callable[[str, str], Future[str]]
    """Write a conversation (id, md, json or wav); gives the path."""


class HistoryScreen(Screen[Beginning | None]):
    """Ends with how the next call is to begin, or None."""

    CSS_PATH = "history.tcss"
    AUTO_FOCUS = "#list"
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("history"))
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    class Loaded(Message):
        """An answer of the record is there."""

        def __init__(self, show: Callable[[], None]) -> None:
            super().__init__()
            self.show = show

    def __init__(self, record: Record, doings: Doings, current_id: str = "") -> None:
        super().__init__()
        self._record = record
        self._doings = doings
        self._current_id = current_id
        self._rows: list[ConversationRow] = []
        self._complete = False
        self._query = ""
        self._listing: Future[list[ConversationRow]] | None = None
        self._preview: SavedConversation | None = None
        self._preview_timer: Timer | None = None
        self._turn = -1
        self._deleted: list[str] = []
        self._asking: Callable[[str], None] | None = None

    def compose(self) -> ComposeResult:
        """A field to search in, the list, and what is in the conversation under the cursor."""
        yield Line(id="heading")
        yield Input(placeholder="/ searches everything said", id="search", compact=True)
        with Horizontal(id="both"):
            yield OptionList(id="list", compact=True, markup=False)
            with VerticalScroll(id="preview", can_focus=False):
                yield Static(id="turns", markup=False)
        yield Line(id="word")
        yield Line(id="keys")

    # ------------------------------------------------------------ children

    @property
    def search(self) -> Input:
        """The field to search in; also asks for titles and ids."""
        return self.query_one("#search", Input)

    @property
    def rows(self) -> OptionList:
        """The conversations."""
        return self.query_one("#list", OptionList)

    @property
    def chosen(self) -> ConversationRow | None:
        """The conversation under the cursor."""
        index = self.rows.highlighted
        return self._rows[index] if index is not None and index < len(self._rows) else None

    # ------------------------------------------------------------ loading

    def on_mount(self) -> None:
        """The newest conversations."""
        self.search.cursor_blink = False
        self.query_one("#heading", Line).show(Content.styled(" History", "bold"))
        self._show_keys()
        self._fetch(0)

    def _when_done(self, future: Future[T], show: Callable[[T], None]) -> None:
        """Show the answer on this loop, when it comes and if the screen is still there."""

        def done(finished: Future[T]) -> None:
            if finished.cancelled():
                return
            self.post_message(self.Loaded(lambda: self._show_answer(finished, show)))

        future.add_done_callback(done)

    def _show_answer(self, future: Future[T], show: Callable[[T], None]) -> None:
        try:
            answer = future.result()
        except CancelledError:
            return
        except Exception as error:
            # The record speaks in words; whatever it was, the history stays usable.
            self.say(str(error), problem=True)
            return
        show(answer)

    def on_history_screen_loaded(self, message: Loaded) -> None:
        """An answer came."""
        message.show()

    def _fetch(self, offset: int) -> None:
        if self._listing is not None:
            self._listing.cancel()
        listing = self._record.list(PAGE, offset, self._query)
        self._listing = listing
        self._when_done(listing, lambda rows: self._add(offset, rows, listing))

    def _add(
        self, offset: int, rows: Sequence[ConversationRow], listing: Future[list[ConversationRow]]
    ) -> None:
        if listing is not self._listing:
            return  # an answer to an earlier key
        self._listing = None
        chosen = self.chosen.id if self.chosen else ""
        if offset == 0:
            self._rows = []
            self.rows.clear_options()
        self._rows += rows
        self._complete = len(rows) < PAGE
        width = max(20, self.rows.size.width - 3)
        self.rows.add_options(Option(_line(row, width, row.id == self._current_id)) for row in rows)
        if offset == 0:
            index = next((i for i, row in enumerate(self._rows) if row.id == chosen), 0)
            self.rows.highlighted = index if self._rows else None
            if not self._rows:
                self._preview = None
                self._show_preview()
                found = "Nothing found." if self._query else "No conversation was kept yet."
                self.say(found)
            else:
                self.say("")

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Look into the conversation under the cursor, when the cursor rests."""
        if (
            not self._complete
            and self._listing is None
            and event.option_index > len(self._rows) - 20
        ):
            self._fetch(len(self._rows))
        if self._preview_timer is not None:
            self._preview_timer.stop()
        self._preview_timer = self.set_timer(PREVIEW_AFTER_S, self._load_preview)

    def _load_preview(self) -> None:
        row = self.chosen
        if row is not None:
            self._when_done(self._record.load(row.id, PREVIEW_TURNS), self._take_preview)

    def _take_preview(self, saved: SavedConversation) -> None:
        if self.chosen is not None and saved.row.id == self.chosen.id:
            self._preview = saved
            self._turn = -1
            self._show_preview()

    def _show_preview(self) -> None:
        preview = self._preview
        parts: list[str | tuple[str, str]] = []
        for index, turn in enumerate(preview.turns if preview else ()):
            parts += _turn_parts(turn, selected=index == self._turn)
        self.query_one("#turns", Static).update(Content.assemble(*parts))
        box = self.query_one("#preview", VerticalScroll)
        if self._turn < 0:
            box.scroll_end(animate=False)

    def say(self, text: str, *, problem: bool = False) -> None:
        """One line to the person."""
        text = cut_cells(clean(text, single_line=True), max(10, self.size.width - 2))
        self.query_one("#word", Line).show(
            Content.styled(" " + text, "bold $text-error" if problem else "$foreground-muted")
        )

    def _show_keys(self) -> None:
        parts: list[str | tuple[str, str]] = [" "]
        for key, label in keys.footer("history", max(self.size.width - 2, 20)):
            parts += ["  " if len(parts) > 1 else "", (key, "bold $foreground"), f" {label}"]
        self.query_one("#keys", Line).show(Content.assemble(*parts))

    def on_resize(self) -> None:
        """Titles are cut to the width."""
        if self._rows:
            width = max(20, self.rows.size.width - 3)
            for index, row in enumerate(self._rows):
                self.rows.replace_option_prompt_at_index(
                    index, _line(row, width, row.id == self._current_id)
                )
        self._show_keys()

    # ------------------------------------------------------------ the field

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search as you type."""
        if self._asking is None and event.value != self._query:
            self._query = event.value
            self._fetch(0)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter: the answer to a question, or on to what was found."""
        asking, self._asking = self._asking, None
        self.rows.focus()
        if asking is not None:
            value = event.value.strip()
            self._restore_search()
            if value:
                asking(value)

    def _ask(self, question: str, value: str, then: Callable[[str], None]) -> None:
        """Use the field for a question."""
        self._asking = then
        self.search.placeholder = question
        self.search.value = value
        self.search.focus()
        self.say(f"{question}; enter takes it, escape leaves it")

    def _restore_search(self) -> None:
        self.search.placeholder = "/ searches everything said"
        self.search.value = self._query
        self.say("")

    # ------------------------------------------------------------ keys

    def action_back(self) -> None:
        """From a question to the list, from a search to everything, from here to the call."""
        if self._asking is not None:
            self._asking = None
            self._restore_search()
            self.rows.focus()
        elif self.search.has_focus or self._query:
            self.search.value = ""
            self.rows.focus()
        else:
            self.dismiss(None)

    def action_search(self) -> None:
        """To the field."""
        self.search.focus()

    def on_option_list_option_selected(self) -> None:
        """Enter on a conversation: take it up again."""
        self.action_resume()

    def action_resume(self) -> None:
        """Take it up again where it was."""
        row = self.chosen
        if row is not None:
            self.dismiss(Beginning(row.id))

    def action_elsewhere(self) -> None:
        """Go on with another kind of session, from its text."""
        row = self.chosen
        if row is None:
            return

        def begin(answer: str) -> None:
            kinds = [kind for kind in KINDS if kind.startswith(answer.lower())]
            if len(kinds) == 1:
                self.dismiss(Beginning(row.id, kinds[0], by_text=True))
            else:
                self.say(f"no kind of session begins with {answer!r}", problem=True)

        self._ask(f"go on as ({', '.join(KINDS)})", "", begin)

    def action_rename(self) -> None:
        """Another title."""
        row = self.chosen
        if row is None:
            return

        def rename(title: str) -> None:
            self._when_done(self._record.rename(row.id, title), lambda _: self._fetch(0))

        self._ask("title", row.title, rename)

    def action_delete(self) -> None:
        """Out of the list; u brings it back."""
        row = self.chosen
        if row is None:
            return
        if row.id == self._current_id:
            self.say("this conversation is going on", problem=True)
            return

        def done(_: None) -> None:
            self._deleted.append(row.id)
            self._fetch(0)
            self.set_timer(0.05, lambda: self.say(f"deleted: {row.title}  (u brings it back)"))

        self._when_done(self._record.delete(row.id), done)

    def action_undelete(self) -> None:
        """Bring back what was deleted last."""
        if not self._deleted:
            self.say("nothing was deleted here")
            return
        self._when_done(self._record.undelete(self._deleted.pop()), lambda _: self._fetch(0))

    def action_import(self) -> None:
        """Remember a thread or conversation of the service by its id."""

        def take(remote_id: str) -> None:
            kind: Kind = "assistants" if remote_id.startswith("thread_") else "responses"
            if not remote_id.startswith(("thread_", "conv_")):
                self.say("an id begins with thread_ or conv_", problem=True)
                return
            done = self._record.import_remote(kind, remote_id, self._doings.service)
            self._when_done(done, lambda _: self._fetch(0))

        self._ask("id of a thread or conversation", "", take)

    def action_export(self) -> None:
        """Write it to a file."""
        row = self.chosen
        if row is None:
            return

        def write(answer: str) -> None:
            forms = [form for form in ("md", "json", "wav") if form.startswith(answer.lower())]
            if len(forms) != 1:
                self.say("md, json or wav", problem=True)
                return
            done = self._doings.export(row.id, forms[0])
            self._when_done(done, lambda path: self.say(f"written to {path}"))

        self._ask("export as (md, json, wav)", "md", write)

    def action_turn(self, step: int) -> None:
        """Choose a turn of the conversation under the cursor."""
        if self._preview is None or not self._preview.turns:
            return
        count = len(self._preview.turns)
        start = count if self._turn < 0 and step < 0 else self._turn
        self._turn = max(0, min(count - 1, start + step))
        self._show_preview()
        parts = [part for t in self._preview.turns[: self._turn] for part in _turn_parts(t)]
        text = "".join(part if isinstance(part, str) else part[0] for part in parts)
        width = max(10, self.query_one("#turns", Static).size.width)
        above = sum(max(1, -(-cells(line) // width)) for line in text.split("\n")) - 1
        self.query_one("#preview", VerticalScroll).scroll_to(y=max(0, above), animate=False)

    def action_play(self) -> None:
        """Play the sound of the chosen turn; without a choice, of the last that has any."""
        preview = self._preview
        if preview is None:
            return
        turns = [t for t in preview.turns if t.has_clip]
        if self._turn >= 0:
            turns = [preview.turns[self._turn]] if preview.turns[self._turn].has_clip else []
        if not turns:
            self.say("no sound was kept of this turn" if self._turn >= 0 else "no sound was kept")
            return
        turn = turns[-1]

        def play(pcm: bytes | None) -> None:
            if pcm is None:
                self.say("its sound was removed to keep within the limit")
            elif self._doings.play(turn.item_id, pcm):
                self.say(f"playing {len(pcm) / 48000:.1f} s")
            else:
                self.say("there is no call that could play it", problem=True)

        self._when_done(self._record.clip(preview.row.id, turn.item_id), play)


def _line(row: ConversationRow, width: int, current: bool) -> Content:
    """One conversation in one line: when, what kind, how long, its title."""
    when = strftime("%Y-%m-%d %H:%M", localtime(row.updated_at_s))
    head = f"{when}  {row.kind:<10} {row.turns:>4}  "
    mark = "* " if current else ""
    title = cut_cells(mark + (row.title or "(nothing said)"), max(8, width - len(head)))
    return Content.assemble((head, "$foreground-muted"), title)


def _turn_parts(turn: SavedTurn, *, selected: bool = False) -> list[str | tuple[str, str]]:
    who = "You" if turn.role == "user" else "Assistant" if turn.role == "assistant" else "System"
    style = "bold $secondary" if turn.role == "user" else "bold $primary"
    sound = "  [sound]" if turn.has_clip else ""
    mark = "> " if selected else "  "
    parts: list[str | tuple[str, str]] = [
        (f"{mark}{who}", style),
        (f"{sound}\n", "$foreground-muted"),
    ]
    heard = clean(turn.text_heard if turn.cut else turn.text) or clean(turn.problem) or "(nothing)"
    parts.append(f"{heard}")
    if turn.cut:
        parts.append((" | heard up to here", "$foreground-muted"))
    parts.append("\n\n")
    return parts
