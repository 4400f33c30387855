"""The conversation pane, mounted with plain turns."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult
from textual.pilot import Pilot

from tests.terminal.hostile import CORPUS
from tui.panes.conversation import ConversationPane
from tui.panes.glyphs import UNICODE
from tui.panes.turn_lines import SHOWN_CHARACTERS, turn_lines
from tui.sessions.events import (
    TranscriptDelta,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
)
from tui.text import cells
from tui.transcript import Transcript


def said(*texts: str) -> Transcript:
    """A transcript of alternating turns."""
    transcript = Transcript()
    for number, text in enumerate(texts):
        role = "assistant" if number % 2 else "user"
        transcript.apply(TurnStarted(f"i{number}", role))  # type: ignore[arg-type]
        transcript.apply(TranscriptFinal(f"i{number}", text))
    return transcript


def lines(transcript: Transcript, width: int = 60) -> list[str]:
    return [line.plain for turn in transcript for line in turn_lines(turn, "marin", width)]


def test_sides_differ_without_colour() -> None:
    shown = lines(said("Hello", "Hi"))
    assert shown == ["You  ", "  Hello", "", "marin  ", "  Hi", ""]


def test_the_cut_is_marked_in_words() -> None:
    transcript = said("Q", "one two three four five six")
    transcript.apply(TurnCut("i1", 1_500, 3_000))
    transcript.apply(TurnEnded("i1", "interrupted"))
    assert lines(transcript, 70)[4:] == [
        "  one two three",
        "  -- you interrupted here after 1.5 s; the rest was not heard --",
        "  four five six",
        "",
    ]


@pytest.mark.parametrize(
    ("status", "detail", "wanted"),
    [
        ("failed", "quota exceeded", "  [failed: quota exceeded]"),
        ("incomplete", "token limit", "  [incomplete: token limit]"),
        ("interrupted", "", "  [interrupted]"),
    ],
)
def test_a_bad_end_is_told(status: str, detail: str, wanted: str) -> None:
    transcript = said("Q", "half")
    transcript.apply(TurnEnded("i1", status, detail))  # type: ignore[arg-type]
    assert wanted in lines(transcript)


def test_no_markup_and_no_line_too_wide() -> None:
    transcript = said(*CORPUS)
    for width in (20, 41, 76):
        for line in lines(transcript, width):
            assert cells(line) <= width
    assert "  [bold red]markup[/]" in "\n".join(lines(transcript, 76))


def test_a_giant_turn_shows_its_end() -> None:
    transcript = said("word " * 300_000)
    shown = lines(transcript)
    assert "earlier characters are not shown" in shown[1]
    assert sum(map(len, shown)) < 2 * SHOWN_CHARACTERS


class PaneApp(App[None]):
    def compose(self) -> ComposeResult:
        yield ConversationPane(UNICODE, "marin")


def pane_of(pilot: Pilot[None]) -> ConversationPane:
    return pilot.app.query_one(ConversationPane)


async def test_follows_the_end_until_scrolled_back() -> None:
    transcript = said(*(f"turn {number}" for number in range(20)))
    async with PaneApp().run_test(size=(40, 10)) as pilot:
        pane = pane_of(pilot)
        pane.show(transcript)
        await pilot.pause()
        assert pane.scroll_offset.y == pane.max_scroll_y > 0
        await pilot.press("pageup")
        await pilot.pause()
        assert not pane.following
        top = pane.scroll_offset.y
        transcript.apply(TurnStarted("new", "user"))
        transcript.apply(TranscriptDelta("new", "more\n" * 5))
        pane.show(transcript, {"new"})
        await pilot.pause()
        assert pane.scroll_offset.y == top
        await pilot.press("end")
        await pilot.pause()
        assert pane.following
        transcript.apply(TranscriptDelta("new", "more\n" * 5))
        pane.show(transcript, {"new"})
        await pilot.pause()
        assert pane.scroll_offset.y == pane.max_scroll_y


async def test_turns_are_selected_by_key() -> None:
    transcript = said(*(f"turn {number}" for number in range(20)))
    async with PaneApp().run_test(size=(40, 10)) as pilot:
        pane = pane_of(pilot)
        pane.show(transcript)
        pane.focus()
        await pilot.press("k")
        assert pane.selected == "i19"
        await pilot.press("k", "up", "up")
        assert pane.selected == "i16"
        await pilot.press("j")
        assert pane.selected == "i17"
        transcript.apply(TurnRemoved("i17"))
        pane.show(transcript, {"i17"})
        assert pane.selected is None
        await pilot.press(*["k"] * 30)
        assert pane.selected == "i0"
        assert pane.scroll_offset.y == 0
        await pilot.press(*["down"] * 30)
        assert pane.selected is None
        assert pane.following


async def test_selected_lines_bear_a_sign() -> None:
    transcript = said("one", "two")
    async with PaneApp().run_test(size=(40, 10)) as pilot:
        pane = pane_of(pilot)
        pane.show(transcript)
        pane.focus()
        await pilot.press("k")
        rows = ["".join(part.text for part in pane.render_line(y)) for y in range(6)]
        assert [row[0] for row in rows] == [" ", " ", " ", "⢸", "⢸", " "]


async def test_only_changed_lines_are_painted() -> None:
    transcript = said("question", "first words")
    async with PaneApp().run_test(size=(40, 10)) as pilot:
        pane = pane_of(pilot)
        pane.show(transcript)
        await pilot.pause()
        painted: list[int] = []
        original = pane.render_line
        pane.render_line = lambda y: painted.append(y) or original(y)  # type: ignore[method-assign,func-returns-value]
        transcript.apply(TurnStarted("i1", "assistant"))
        turn = transcript.get("i1")
        assert turn is not None
        turn.set_text("first words and more")
        pane.show(transcript, {"i1"})
        await pilot.pause()
        assert painted == [4]


async def test_marked_text_is_what_was_shown() -> None:
    transcript = said("日本語 [b]x", "two")
    async with PaneApp().run_test(size=(40, 10)) as pilot:
        pane = pane_of(pilot)
        pane.show(transcript)
        await pilot.pause()
        await pilot.mouse_down(pane, offset=(0, 0))
        await pilot.hover(pane, offset=(30, 1))
        await pilot.mouse_up(pane, offset=(30, 1))
        await pilot.pause()
        assert "日本語 [b]x" in (pilot.app.screen.get_selected_text() or "")
