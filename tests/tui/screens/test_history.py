"""The history over a real record in a real file."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from concurrent.futures import Future
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from tests.terminal.hostile import CORPUS
from tests.tui.scripted import ScriptedCall
from tests.tui.store.scenes import exchange, got, record
from tests.waiting import async_wait_until
from tui.app import VoicetuiApp
from tui.beginning import Beginning, Kind
from tui.call_events import (
    Ask,
    CallEvent,
    ConversationKept,
    HangUp,
    PlayClip,
    Present,
    StateChanged,
    Stop,
)
from tui.commands.screen import KeptHistory
from tui.screens.help import HelpScreen
from tui.screens.history import HistoryScreen
from tui.screens.log import LogScreen
from tui.screens.talk import TalkScreen
from tui.sessions.events import SessionEnded, SessionStarted, TranscriptFinal, TurnStarted, WayOn
from tui.store.store import Store
from tui.text import clean

OPEN: tuple[CallEvent, ...] = (SessionStarted("m", "marin"), StateChanged("listening"))


@dataclass
class Kept:
    """A record for `KeptHistory`, as the program's own."""

    store: Store


@dataclass
class FakeService:
    """Where ids that are imported belong to."""

    kind: str = "openai"
    base_url: str = "https://api.openai.com/v1"


@dataclass
class Stage:
    """An app with a record; `begun` are the calls it has made."""

    pilot: Pilot[int]
    app: VoicetuiApp
    store: Store
    calls: list[ScriptedCall]
    begun: list[Beginning] = field(default_factory=list)

    @property
    def history(self) -> HistoryScreen:
        screen = self.app.screen
        assert isinstance(screen, HistoryScreen), screen
        return screen

    @property
    def titles(self) -> str:
        return self.history.rows.plain

    @property
    def asked(self) -> list[Ask]:
        """What the first call was asked; that a key was pressed is no question."""
        return [ask for ask in self.calls[0].asked if not isinstance(ask, Present)]

    def line(self, name: str) -> str:
        return self.history.line(name).plain

    async def press(self, *keys: str) -> None:
        await self.pilot.press(*keys)
        await self.pilot.pause()

    async def write(self, text: str) -> None:
        """Type into the field, as an input method hands it over too."""
        for char in text:
            self.history.search.insert_text_at_cursor(char)
            await self.pilot.pause()

    async def until(self, condition: Callable[[], object], what: str = "") -> None:
        await async_wait_until(condition, 10, what)
        await self.pilot.pause()

    async def open(self) -> None:
        await self.press("h")
        await self.until(lambda: isinstance(self.app.screen, HistoryScreen), "the history")
        await self.until(lambda: self.titles or "No conversation" in self.line("word"), "a list")


@asynccontextmanager
async def stage(
    folder: Path,
    *conversations: tuple[str, str],
    script: tuple[CallEvent, ...] = OPEN,
    size: tuple[int, int] = (120, 40),
    begin: int | None = None,
    sound: bool = False,
    label: str = "api.openai.com · m",
) -> AsyncIterator[Stage]:
    """`begin`: the number of the conversation that is taken up at the start."""
    store = Store.open(folder)
    ids = [
        record(store, exchange(number, said, answer, sound=sound), label=label)
        for number, (said, answer) in enumerate(conversations)
    ]
    calls: list[ScriptedCall] = []
    begun: list[Beginning] = []

    def make(on_event: Callable[[CallEvent], None], beginning: Beginning) -> ScriptedCall:
        begun.append(beginning)
        kept = ConversationKept(beginning.conversation_id or f"new{len(calls)}")
        calls.append(ScriptedCall(on_event, kept, *script))
        return calls[-1]

    app = VoicetuiApp(
        make,
        title="somewhere",
        ssh=False,
        push_to_talk=False,
        history=lambda: KeptHistory(Kept(store), FakeService()),  # type: ignore[arg-type]
        beginning=Beginning(ids[begin]) if begin is not None else None,
    )
    try:
        async with app.run_test(size=size) as pilot:
            await async_wait_until(lambda: calls and calls[0].started.is_set(), 10, "the call")
            await pilot.pause(0.1)
            yield Stage(pilot, app, store, calls, begun)
    finally:
        assert store.close(30)


TALKS = (
    ("How do I boil an egg?", "Seven minutes, then cold water."),
    ("東京の天気を教えてください。", "東京は晴れです。"),
    ("Tell me about the moon.", "It has no air."),
)


async def test_the_newest_is_first_and_its_turns_are_shown(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        rows = on.titles.splitlines()
        assert [row.split("  ")[0] for row in rows] == [said for said, _ in reversed(TALKS)]
        assert "3 conversations" in on.line("heading")
        await on.until(lambda: "It has no air." in on.history.preview.plain, "the preview")
        await on.press("down", "j")
        await on.until(lambda: "cold water" in on.history.preview.plain, "another preview")
        await on.press("k", "up")
        await on.until(lambda: "It has no air." in on.history.preview.plain, "the first again")


async def test_the_call_goes_on_behind_it_and_escape_goes_back(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        on.calls[0].tell(TurnStarted("u1", "user"), TranscriptFinal("u1", "still here"))
        await on.press("escape")
        assert on.app.screen is on.app.talk
        await on.until(lambda: "still here" in on.app.talk.conversation.plain, "what was said")
        assert not on.asked
        assert on.begun == [Beginning()]


@pytest.mark.parametrize(
    ("query", "found"),
    [("moon", "Tell me"), ("cold WATER", "How do I"), ("天気", "東京の"), ("晴れ", "東京の")],
)
async def test_search_as_you_type(tmp_path: Path, query: str, found: str) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        await on.press("slash")
        await on.write(query)
        await on.until(lambda: "1 found" in on.line("heading"), "one found")
        assert on.titles.startswith(found)
        await on.until(lambda: on.history.preview.selected, "the turn it was found in")
        await on.press("enter", "escape")
        await on.until(lambda: "3 conversations" in on.line("heading"), "all again")
        await on.press("slash")
        await on.write("no such words")
        await on.until(lambda: "Nothing found" in on.line("word"), "nothing found")


async def test_a_filter_that_is_wrong_is_said_where_the_count_stands(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, size=(80, 24)) as on:
        await on.open()
        await on.press("slash")
        await on.write("after:20")
        await on.until(lambda: "found" in on.line("heading"))
        await on.write("foo moon")
        await on.until(lambda: "moon" in on.titles and "egg" not in on.titles)
        assert "after:20foo is no date, such as 2026-11-20" in on.line("heading")
        on.history.search.value = "moon after:20"
        await on.until(lambda: "1 found" in on.line("heading"))
        await on.press("enter")
        await on.until(lambda: "after:20 is no date" in on.line("heading"))


async def test_letters_are_letters_in_the_field(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        await on.press("slash", *"xqnjpu", "left_square_bracket", "slash")
        assert on.history.search.value == "xqnjpu[/"
        assert got(on.store.count()) == 3
        await on.press("escape", "slash")
        await on.until(lambda: on.titles.count("\n") == 2, "all of them")
        first = on.history.chosen
        await on.press("down")
        assert on.history.chosen != first
        await on.press("up")
        assert on.history.chosen == first
        await on.press("escape", "escape")
        await on.until(lambda: isinstance(on.app.screen, TalkScreen), "the call's screen")


async def test_resume_hangs_up_and_shows_what_was_said(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        on.calls[0].tell(TurnStarted("u1", "user"), TranscriptFinal("u1", "of the call before"))
        await on.open()
        wanted = on.history.chosen
        assert wanted is not None
        await on.press("enter")
        await on.until(lambda: len(on.calls) == 2 and on.calls[1].started.is_set(), "another call")
        assert on.asked == [HangUp()]
        assert on.calls[0].stopped.is_set()
        assert on.begun[1] == Beginning(wanted.id)
        talk = on.app.talk
        assert on.app.screen is talk
        await on.until(lambda: "It has no air." in talk.conversation.plain, "the past")
        assert "earlier, until" in talk.conversation.plain
        assert "of the call before" not in talk.conversation.plain
        assert len(talk.transcript) == 0
        on.calls[0].tell(TurnStarted("u9", "user"), TranscriptFinal("u9", "late words"))
        on.calls[1].tell(TurnStarted("u2", "user"), TranscriptFinal("u2", "on we go"))
        await on.until(lambda: "on we go" in talk.conversation.plain, "the new turn")
        assert "late words" not in talk.conversation.plain
        text = talk.conversation.plain
        assert text.index("It has no air") < text.index("-- now --") < text.index("on we go")


async def test_past_turns_can_be_selected_and_copied(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, begin=1) as on:
        await on.until(lambda: "晴れ" in on.app.talk.conversation.plain, "the past")
        await on.press("k")
        await on.press("y")
        await on.until(lambda: on.app.clipboard == "東京は晴れです。", "the copy")
        await on.press("k", "k", "k", "y")  # there is nothing above the first
        await on.until(lambda: on.app.clipboard == TALKS[1][0], "the other copy")


async def test_the_conversation_that_goes_on_is_not_resumed(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, begin=0) as on:
        await on.open()
        await on.press("end")
        assert "now" in on.titles.splitlines()[-1]
        await on.press("x")
        assert "going on" in on.line("word")
        await on.press("enter")
        assert on.app.screen is on.app.talk
        assert len(on.calls) == 1


async def test_delete_and_undo(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        await on.press("x")
        await on.until(lambda: "u brings it back" in on.line("word"), "the word")
        assert "moon" not in on.titles
        await on.until(lambda: "2 conversations" in on.line("heading"), "the count")
        await on.press("delete")
        await on.until(lambda: len(on.titles.splitlines()) == 1, "another one gone")
        await on.press("u", "u")
        await on.until(lambda: len(on.titles.splitlines()) == 3, "both back")
        assert got(on.store.count()) == 3
        await on.press("u")
        assert "nothing was deleted" in on.line("word")


async def test_rename(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        await on.press("r")
        assert on.history.search.value == "Tell me about the moon."
        await on.press(*["backspace"] * 30)
        await on.write("月の話")
        await on.press("enter")
        await on.until(lambda: on.titles.startswith("月の話"), "the new title")
        assert "renamed" in on.line("word")
        await on.press("r", "escape")
        assert on.history.rows.has_focus
        assert on.history.search.value == ""


@pytest.mark.parametrize(
    ("remote_id", "kind"), [("thread_abc", "assistants"), ("conv_1", "responses")]
)
async def test_import_by_id(tmp_path: Path, remote_id: str, kind: Kind) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        await on.press("a")
        await on.write("nonsense")
        await on.press("enter")
        assert "begins with thread_ or conv_" in on.line("word")
        on.history.search.value = remote_id
        await on.press("enter")
        await on.until(lambda: "added" in on.line("word"), "the import")
        (row,) = [row for row in got(on.store.list()) if row.remote_id == remote_id]
        assert (row.kind, row.service, row.label) == (kind, "openai", "api.openai.com")


@pytest.mark.parametrize("form", ["md", "json"])
async def test_export(tmp_path: Path, form: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    async with stage(tmp_path / "history", *TALKS) as on:
        await on.open()
        await on.press("e")
        on.history.search.value = "pdf"
        await on.press("enter")
        assert "md, json or wav" in on.line("word")
        on.history.search.value = form
        await on.press("enter")
        await on.until(lambda: "written" in on.line("word"), "the export")
        (path,) = (tmp_path / "state" / "exports").iterdir()
        text = path.read_text()
        assert "It has no air." in text
        if form == "json":
            assert json.loads(text)["conversation"]["title"] == "Tell me about the moon."


async def test_the_form_of_an_export_is_typed_over_the_usual_one(tmp_path: Path) -> None:
    async with stage(tmp_path / "history", *TALKS) as on:
        await on.open()
        await on.press("e", *"json")
        assert on.history.search.value == "json"


@pytest.mark.parametrize("size", [(120, 40), (80, 24), (40, 12)])
async def test_where_an_export_was_written_can_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setattr("tui.commands.screen.EXPORTS", "conversations_written")
    async with stage(tmp_path / "history", *TALKS, size=size) as on:
        await on.open()
        await on.press("e", "enter")
        await on.until(lambda: "written" in on.line("word"), "the export")
        (path,) = (tmp_path / "state" / "conversations_written").iterdir()
        shown = "".join(row.strip() for row in on.line("word").splitlines())
        assert str(path) in shown or size[0] == 40
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, TalkScreen), "the call")
        await on.press("l")
        await on.until(lambda: isinstance(on.app.screen, LogScreen), "the log")
        assert str(path) in str(on.app.screen.query_one(Static).content)


async def test_an_export_without_sound_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    async with stage(tmp_path / "history", *TALKS) as on:
        await on.open()
        await on.press("e")
        on.history.search.value = "wav"
        await on.press("enter")
        await on.until(lambda: "No sound is kept" in on.line("word"), "the reason")


async def test_the_sound_of_a_turn_is_played_and_stopped(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, sound=True) as on:
        await on.open()
        await on.until(lambda: "sound of 2" in on.line("about"), "the preview")
        await on.press("p")
        await on.until(lambda: on.asked, "the clip")
        assert on.asked == [PlayClip(b"\x02\x00" * 4800)]
        await on.press("left_square_bracket", "p")
        await on.until(lambda: len(on.asked) == 2, "the other clip")
        assert on.asked[1] == PlayClip(b"\x01\x00" * 2400)
        await on.press("full_stop")
        assert on.asked[2] == Stop()


async def test_without_a_call_nothing_is_played(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, sound=True, script=(StateChanged("ended", "gone"),)) as on:
        await on.open()
        await on.until(lambda: "sound of 2" in on.line("about"), "the preview")
        await on.press("p")
        await on.until(lambda: "no call" in on.line("word"), "the reason")


async def test_continue_with_another_kind(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        wanted = on.history.chosen
        assert wanted is not None
        await on.press("c", *"a", "enter")
        assert "assistants or audio" in on.line("word")
        await on.press(*"ss", "enter")
        await on.until(lambda: len(on.begun) == 2, "another call")
        assert on.begun[1] == Beginning(wanted.id, "assistants", by_text=True)


async def test_a_new_conversation_from_the_history_and_from_the_call(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, begin=0) as on:
        await on.open()
        await on.press("n")
        await on.until(lambda: len(on.begun) == 2, "another call")
        assert on.begun[1] == Beginning()
        await on.until(lambda: on.app.talk.call_state == "listening", "the call")
        assert "earlier" not in on.app.talk.conversation.plain
        await on.press("n")
        assert "Press n again" in on.app.talk.line("notice").plain
        assert len(on.begun) == 2
        await on.press("n")
        await on.until(lambda: len(on.begun) == 3, "a third call")


@pytest.mark.parametrize(
    ("way_on", "words", "kind", "by_text"),
    [
        ("responses", "with Responses", "responses", True),
        ("replay", "kept here", None, True),
        ("", "call again", None, False),
    ],
)
async def test_the_end_offers_the_way_on(
    tmp_path: Path, way_on: WayOn, words: str, kind: Kind | None, by_text: bool
) -> None:
    ended = (SessionEnded("gone", fatal=True, way_on=way_on), StateChanged("ended", "gone"))
    async with stage(tmp_path, *TALKS, begin=2, script=ended) as on:
        talk = on.app.talk
        await on.until(lambda: words in talk.conversation.plain, "the offer")
        assert "c continue" in talk.line("keys").plain
        await on.press("c")
        await on.until(lambda: len(on.begun) == 2, "another call")
        assert on.begun[1] == Beginning(on.begun[0].conversation_id, kind, by_text)


async def test_c_does_nothing_while_the_call_goes_on(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.press("c")
        assert "going on" in on.app.talk.line("notice").plain
        assert len(on.begun) == 1


async def test_a_record_that_answers_with_an_error_is_said(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        failing: Future[bytes] = Future()
        failing.set_exception(OSError("the disk is gone"))
        on.history.when_done(failing, lambda _: None)
        await on.until(lambda: "the disk is gone" in on.line("word"), "the error")


async def test_an_empty_history(tmp_path: Path) -> None:
    async with stage(tmp_path) as on:
        await on.open()
        assert "No conversation was kept yet" in on.line("word")
        await on.press("enter", "x", "r", "e", "c", "p", "left_square_bracket", "end", "down")
        assert isinstance(on.app.screen, HistoryScreen)
        await on.press("q")
        await on.until(lambda: isinstance(on.app.screen, TalkScreen), "the call's screen")


async def test_help_of_the_history(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS) as on:
        await on.open()
        await on.press("question_mark")
        assert isinstance(on.app.screen, HelpScreen)
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, HistoryScreen), "the history")


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 12), (20, 6)])
async def test_hostile_titles_and_turns_in_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with stage(tmp_path, *((text, text[::-1]) for text in CORPUS[:30]), size=size) as on:
        await on.open()
        for text in on.titles, *(on.line(name) for name in ("heading", "columns", "word", "keys")):
            assert clean(text) == text
        before = got(on.store.count())
        assert before > 15  # what says nothing leaves nothing
        for _ in range(6):
            await on.press("down", "x")
        await on.until(lambda: got(on.store.count()) == before - 6, "gone")
        await on.press("u", "enter")
        await on.until(lambda: len(on.begun) == 2, "another call")


async def test_more_than_a_page(tmp_path: Path) -> None:
    talks = [(f"talk number {number}", "yes") for number in range(230)]
    async with stage(tmp_path, *talks) as on:
        await on.open()
        assert on.titles.count("\n") == 99
        await on.press("end")
        await on.until(lambda: on.titles.count("\n") == 199, "the second page")
        await on.press("end")
        await on.until(lambda: on.titles.count("\n") == 229, "the third page")
        await on.press("end")
        chosen = on.history.chosen
        assert chosen is not None
        assert chosen.title == "talk number 0"
        await on.press("x")
        await on.until(lambda: on.titles.count("\n") == 228, "one less")
        chosen = on.history.chosen
        assert chosen is not None
        assert chosen.title == "talk number 1"  # the cursor stays at the end


async def test_words_go_to_another_service_only_when_asked_twice(tmp_path: Path) -> None:
    async with stage(tmp_path, TALKS[0], label="127.0.0.1:8000 · m") as on:
        await on.open()
        await on.press("enter")
        words = on.line("word")
        assert "held with 127.0.0.1:8000" in words
        assert "api.openai.com" in words
        assert len(on.begun) == 1
        await on.press("enter")
        await on.until(lambda: len(on.begun) == 2, "another call")
