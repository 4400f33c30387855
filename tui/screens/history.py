"""The history: every conversation that was kept; search, look into it, take it up again."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.timer import Timer

from tui import keys
from tui.beginning import Beginning, Kind
from tui.language import tr
from tui.language.sentences import told
from tui.panes.bindings import bindings
from tui.panes.conversation import ConversationPane
from tui.panes.field import Field
from tui.panes.glyphs import Glyphs
from tui.panes.history_list import HistoryList
from tui.panes.line import Line
from tui.panes.notice import in_rows
from tui.panes.preview import Preview
from tui.panes.question import QuestionLine, Questions
from tui.panes.status import keys_line
from tui.screens.answers import AnswersScreen
from tui.screens.beside import right_cells, stand_beside
from tui.screens.listing import Listing
from tui.screens.record import History
from tui.store.filters import mistake
from tui.store.rows import KINDS, ConversationRow, SavedConversation
from tui.text import cells, clean, cut_cells

PREVIEW_TURNS = 40
SEARCHED_TURNS = 400
"""Loaded where the turn that was found must be shown."""
PREVIEW_AFTER_S = 0.08
"""So long the cursor must rest before its conversation is loaded..."""
TYPING_PREVIEW_AFTER_S = 0.3
"""...and so long while somebody types: the finds go before the preview."""
FORMS = ("md", "json", "wav")
BYTES_PER_S = 48_000
WORD_ROWS = 4


class HistoryScreen(AnswersScreen[Beginning | None]):
    """Ends with how the next call is to begin, or None."""

    CSS_PATH = "history.tcss"
    AUTO_FOCUS = "#list"
    SCOPE: ClassVar[keys.Scope] = "history"
    # With priority: see TalkScreen.
    BINDINGS: ClassVar[list[BindingType]] = bindings(*keys.of("history"), priority=True)
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-low"), (16, "-high")]  # noqa: RUF012

    def __init__(
        self,
        history: History,
        glyphs: Glyphs,
        *,
        play: Callable[[bytes], bool],
        stop: Callable[[], None],
        tell: Callable[[str], None],
        current_id: str = "",
        questions: Questions | None = None,
    ) -> None:
        """`play`: False when there is no call to play it; `current_id`: of the call going on.

        `tell` puts what must be found again among the messages.
        """
        super().__init__()
        self._history = history
        self._record = history.record
        self._glyphs = glyphs
        self._play = play
        self._stop = stop
        self._tell = tell
        self._current_id = current_id
        self._listing = Listing(history.record, self.when_done)
        self._count = 0
        self._questions = questions if questions is not None else Questions()
        self._preview_timer: Timer | None = None
        self._deleted: list[tuple[str, str]] = []
        self._warned_of = ""
        """The conversation of which was said that its words would go elsewhere."""
        self._word = ("", False)

    def compose(self) -> ComposeResult:
        """A field to search in, the list, and what is in the conversation under the cursor."""
        yield Line(id="heading")
        yield Field(tr("{key} searches everything said", key=keys.first("search")), id="search")
        with Horizontal(id="both"):
            with Vertical(id="left"):
                yield Line(id="columns")
                yield HistoryList(self._glyphs, self._current_id, id="list")
            yield Preview(self._glyphs, id="right")
        yield Line(id="word")
        yield QuestionLine(self._questions, self._glyphs, id="question")
        yield Line(id="keys")

    # ------------------------------------------------------------ children

    @property
    def search(self) -> Field:
        """The field to search in; also asks for titles and ids."""
        return self.query_one("#search", Field)

    @property
    def rows(self) -> HistoryList:
        """The conversations."""
        return self.query_one("#list", HistoryList)

    @property
    def looking_into(self) -> Preview:
        """The one under the cursor."""
        return self.query_one("#right", Preview)

    @property
    def preview(self) -> ConversationPane:
        """What was said in it."""
        return self.looking_into.pane

    def line(self, name: str) -> Line:
        """One of heading, columns, about, word, keys."""
        return self.query_one(f"#{name}", Line)

    @property
    def chosen(self) -> ConversationRow | None:
        """The conversation under the cursor."""
        return self.rows.chosen

    # ------------------------------------------------------------ loading

    def on_resize(self, event: events.Resize) -> None:
        """Beside the call or in its place."""
        stand_beside(self, event.size.width)
        self.call_after_refresh(self._show_lines)

    def on_screen_resume(self) -> None:
        """In sight again: a question that came meanwhile is new to the person."""
        self._questions.hidden()

    def on_mount(self) -> None:
        """The newest conversations."""
        stand_beside(self, self.app.size.width)
        self._show_heading()
        self._show_keys()
        self._list()
        self._fetch_count()

    def _fetch_count(self) -> None:
        def take(count: int) -> None:
            self._count = count
            self._show_heading()

        self.when_done(self._record.count(), take)

    def _list(self, then: Callable[[], None] | None = None) -> None:
        """From the newest on; `then`: after a change, the cursor stays where it is."""

        def show(rows: list[ConversationRow]) -> None:
            keep = self.chosen.id if self.chosen and then is not None else ""
            self.rows.show(rows, keep=keep)
            self._show_heading()
            self.line("columns").show(Content.styled(self.rows.header(), "$foreground-muted"))
            if then is not None:
                then()
            elif not rows:
                searched = bool(self._listing.query)
                self.say(tr("Nothing found.") if searched else tr("No conversation was kept yet."))
            else:
                self.say("")

        self._listing.begin(show, again=then is not None)

    def _refresh_list(self, word: str) -> None:
        """Something has changed; say so when it can be seen."""
        self._list(lambda: self.say(word))
        self._fetch_count()

    def on_history_list_wanted(self) -> None:
        """The cursor comes near the end."""
        self._listing.go_on(self.rows.add)

    def on_history_list_moved(self) -> None:
        """Look into the conversation under the cursor, when the cursor rests."""
        if self._preview_timer is not None:
            self._preview_timer.stop()
        after_s = TYPING_PREVIEW_AFTER_S if self.typing else PREVIEW_AFTER_S
        self._preview_timer = self.set_timer(after_s, self._load_preview)

    def on_history_list_opened(self) -> None:
        """A double click."""
        self._resume()

    # ------------------------------------------------------------ the preview

    def _load_preview(self) -> None:
        row = self.chosen
        if row is None:
            self.looking_into.show(None)
            return
        limit = SEARCHED_TURNS if self._listing.query else PREVIEW_TURNS
        self.when_done(self._record.load(row.id, limit), self._take_preview)
        self._fetch_costs()

    def _take_preview(self, saved: SavedConversation) -> None:
        conversation_id = saved.row.id
        if self.chosen is None or conversation_id != self.chosen.id:
            return
        self.looking_into.show(saved, self._listing.query)
        self.when_done(
            self._record.tool_calls(conversation_id),
            lambda tools: self.looking_into.show_tools(conversation_id, tools),
        )

    def _fetch_costs(self) -> None:
        """Of what is in sight."""
        ids = self.rows.without_cost
        if ids:
            self.when_done(self._history.costs(ids), self.rows.show_costs)

    def on_conversation_pane_resized(self) -> None:
        """Another size: everything is cut anew."""
        self.looking_into.renew()
        self._show_lines()

    def _show_lines(self) -> None:
        for line in self.query(QuestionLine):
            line.renew()
        self._show_keys()
        self._show_heading()
        self.line("columns").show(Content.styled(self.rows.header(), "$foreground-muted"))
        self.say(*self._word[:1], problem=self._word[1])

    # ------------------------------------------------------------ lines

    def _show_heading(self) -> None:
        width = max(right_cells(self.size.width) - 2, 10)
        one = self._count == 1
        right = tr("1 conversation") if one else tr("{count:,} conversations", count=self._count)
        name = tr("History")
        wrong = mistake(self._listing.query, typing=self.typing)
        if wrong:
            words = told(clean(wrong, single_line=True))
            right = cut_cells(words, width - cells(name) - 2, self._glyphs.ellipsis)
        elif self._listing.query:
            right = (
                tr("{count:,} found", count=self._listing.known)
                if self._listing.complete
                else tr("{count:,} or more found", count=self._listing.known)
            )
        gap = " " * max(1, width - cells(name) - cells(right))
        style = "bold $text-error" if wrong else "$foreground-muted"
        self.line("heading").show(Content.assemble(" ", (name, "bold"), gap, (right, style)))

    def say(self, text: str, *, problem: bool = False) -> None:
        """A message to the person; a path is to be read whole."""
        self._word = (text, problem)
        text = told(clean(text, single_line=True))
        width = max(10, right_cells(self.size.width) - 2)
        rows, rest = in_rows(text, width, WORD_ROWS)
        rows.append(cut_cells(rest, width, self._glyphs.ellipsis))
        line = self.line("word")
        line.styles.height = len(rows)
        shown = "\n".join(f" {row}" for row in rows)
        line.show(Content.styled(shown, "bold $text-error" if problem else "$foreground"))

    def _show_keys(self) -> None:
        scope: keys.Scope = "question" if self._questions else "history"
        pairs = keys.footer(scope, max(right_cells(self.size.width) - 2, 20))
        if self.typing:
            field = _ANSWER_KEYS if self.search.asks else _FIELD_KEYS
            pairs = [(keys.first(name), tr(label)) for name, label in field]
        line = keys_line(pairs)
        self.line("keys").show(Content(" ") + line)

    def on_question_line_changed(self) -> None:
        """The footer tells of yes and no."""
        self._show_keys()

    # ------------------------------------------------------------ the field

    def on_input_changed(self, event: Field.Changed) -> None:
        """Search as you type."""
        if not self.search.asks:
            self._search(self.search.value)  # not the event's: it can be an old one

    def _search(self, query: str) -> None:
        if query != self._listing.query:
            self._listing.query = query
            self.rows.to_top()
            self._list()

    async def _submit(self) -> None:
        """Enter: the answer to a question, or on to what was found."""
        await self.search.settle()
        if not self.search.asks:
            self._search(self.search.value)
            self.set_focus(self.rows)
            return
        answer = self.search.value.strip()
        complaint = self.search.answer(answer) if answer else ""
        if complaint:
            self.say(f"{complaint}  {self._question}", problem=True)
        else:
            self._close_question(quiet=bool(answer))

    def _ask(self, question: str, value: str, then: Callable[[str], str]) -> None:
        """Use the field for a question; `then` gives back what is wrong with an answer."""
        self.search.ask(question, value, then)
        self.set_focus(self.search)  # at once: the next key is text
        self.say(self._question)
        self._show_keys()

    @property
    def _question(self) -> str:
        return tr(
            "{question}; {enter} takes it, {escape} leaves it",
            question=self.search.placeholder,
            enter=keys.first("resume"),
            escape=keys.first("back-history"),
        )

    def _close_question(self, *, quiet: bool = False) -> None:
        self.search.leave_question()
        self.set_focus(self.rows)
        if not quiet:
            self.say("")

    # ------------------------------------------------------------ keys

    @property
    def typing(self) -> bool:
        """The field has the keys (`has_focus` is told later than that)."""
        return self.focused is self.search

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In the field, letters are letters."""
        return not self.typing or action not in _ACTIONS or action in ("back", "resume")

    def on_descendant_focus(self) -> None:
        """Keys mean something else now, and a word of the search grows no more."""
        self._show_keys()
        self._show_heading()

    async def action_back(self) -> None:
        """From a question to the list, from a search to everything, from here to the call."""
        if self.typing:
            await self.search.settle()
        if self.search.asks:
            self._close_question()
        elif self._listing.query:
            self.search.value = ""
            self._search("")
            self.set_focus(self.rows)
        elif self.typing:
            self.set_focus(self.rows)
        else:
            self.action_leave()

    def action_leave(self) -> None:
        """Back to the call."""
        self.dismiss(None)

    def action_help(self) -> None:
        """All keys of the history."""
        from tui.screens.help import HelpScreen

        self.app.push_screen(HelpScreen("history"))

    def action_search(self) -> None:
        """To the field."""
        self.set_focus(self.search)

    def action_next_row(self) -> None:
        """Down."""
        self.rows.move(1)

    def action_previous_row(self) -> None:
        """Up."""
        self.rows.move(-1)

    def action_move_rows(self, step: int) -> None:
        """From the field."""
        self.rows.move(step)

    def action_begin(self) -> None:
        """A new conversation."""
        self.dismiss(Beginning())

    async def action_resume(self) -> None:
        """Enter: what is in the field, or the conversation under the cursor."""
        if self.typing:
            await self._submit()
        else:
            self._resume()

    def _resume(self) -> None:
        row = self.chosen
        if row is not None:
            # The one that is going on needs no other call.
            if row.id == self._current_id:
                self.dismiss(None)
            elif self._may_move(row):
                self.dismiss(Beginning(row.id))

    def _may_move(self, row: ConversationRow) -> bool:
        """Where its words would go to another service, only when asked twice."""
        words = self._history.move(row)
        if not words or self._warned_of == row.id:
            return True
        self._warned_of = row.id
        self.say(f"{words} {tr('The same once more goes on.')}", problem=True)
        return False

    def action_elsewhere(self) -> None:
        """Go on with another kind of session, from its text."""
        row = self.chosen
        if row is None or not self._may_move(row):
            return

        def begin(answer: str) -> str:
            kinds = [kind for kind in KINDS if kind.startswith(answer.lower())]
            if len(kinds) != 1:
                found = tr(" or ").join(kinds) or tr("nothing")
                return tr("{answer!r} could be {found}.", answer=answer, found=found)
            self.dismiss(Beginning(row.id, kinds[0], by_text=True))
            return ""

        self._ask(tr("go on as ({kinds})", kinds=", ".join(KINDS)), "", begin)

    def action_rename(self) -> None:
        """Another title."""
        row = self.chosen
        if row is None:
            return

        def rename(title: str) -> str:
            done = self._record.rename(row.id, title)
            self.when_done(done, lambda _: self._refresh_list(tr("renamed")))
            return ""

        self._ask(tr("title"), row.title, rename)

    def action_delete(self) -> None:
        """Out of the list; u brings it back."""
        row = self.chosen
        if row is None:
            return
        if row.id == self._current_id:
            self.say(tr("this conversation is going on"), problem=True)
            return
        title = row.title or tr("a conversation without words")

        def done(_: None) -> None:
            self._deleted.append((row.id, title))
            self._refresh_list(
                tr(
                    "deleted, {key} brings it back: {title}",
                    key=keys.first("undelete"),
                    title=title,
                )
            )

        self.rows.take_out(row.id)
        # What was not deleted comes back into the list.
        self.when_done(self._record.delete(row.id), done, lambda: self._list(lambda: None))

    def action_undelete(self) -> None:
        """Bring back what was deleted last."""
        if not self._deleted:
            self.say(tr("nothing was deleted here"))
            return
        conversation_id, title = self._deleted.pop()
        self.when_done(
            self._record.undelete(conversation_id),
            lambda _: self._refresh_list(tr("back: {title}", title=title)),
        )

    def action_import(self) -> None:
        """Remember a thread or conversation of the service by its id."""

        def take(remote_id: str) -> str:
            if not remote_id.startswith(("thread_", "conv_")):
                return tr("An id begins with thread_ or conv_.")
            kind: Kind = "assistants" if remote_id.startswith("thread_") else "responses"
            done = self._record.import_remote(
                kind, remote_id, self._history.service, label=self._history.label
            )
            self.when_done(done, lambda _: self._refresh_list(added))
            self.rows.to_top()
            return ""

        added = tr("added; {key} takes it up", key=keys.first("resume"))
        self._ask(tr("id of a thread or conversation"), "", take)

    def action_export(self) -> None:
        """Write it to a file."""
        row = self.chosen
        if row is None:
            return

        def written(path: str) -> None:
            words = tr("written: {path}", path=path)
            self.say(words)
            self._tell(words)

        def write(answer: str) -> str:
            forms = [form for form in FORMS if form.startswith(answer.lower())]
            if len(forms) != 1:
                return tr("Take md, json or wav.")
            self.say(tr("writing ..."))
            done = self._history.export(row.id, forms[0])
            self.when_done(done, written)
            return ""

        self._ask(tr("export as (md, json, wav)"), "md", write)
        self.search.action_select_all()  # a letter goes in its place

    def action_turn(self, step: int) -> None:
        """Choose a turn of the conversation under the cursor."""
        if step < 0:
            self.preview.action_previous_turn()
        else:
            self.preview.action_next_turn()

    def action_play(self) -> None:
        """Play the sound of the chosen turn; without a choice, of the last that has any."""
        saved, selected = self.looking_into.saved, self.preview.selected
        if saved is None:
            return
        turn = self.looking_into.turn_with_sound()
        if turn is None:
            none = tr("no sound was kept of this turn") if selected else tr("no sound was kept")
            self.say(none)
            return
        self.preview.select(turn.item_id)

        def play(pcm: bytes | None) -> None:
            if pcm is None:
                self.say(tr("its sound was removed to keep within the limit"))
            elif self._play(pcm):
                self.say(
                    tr(
                        "playing {s:.1f} s; {key} stops",
                        s=len(pcm) / BYTES_PER_S,
                        key=keys.first("stop-clip"),
                    )
                )
            else:
                self.say(
                    tr(
                        "there is no call that could play it: {key} begins one",
                        key=keys.first("begin"),
                    ),
                    problem=True,
                )

        self.when_done(self._record.clip(saved.row.id, turn.item_id), play)

    def action_stop(self) -> None:
        """Silence."""
        self._stop()
        self.say("")


# Rows are moved by the field itself while it has the keys.
_ACTIONS = frozenset(key.action.partition("(")[0] for key in keys.of("history"))
_FIELD_KEYS = (("resume", "to the list"), ("back-history", "back"))
_ANSWER_KEYS = (("resume", "take it"), ("back-history", "leave it"))
