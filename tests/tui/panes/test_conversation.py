"""The conversation pane, mounted with plain turns."""

from __future__ import annotations

import random
import time

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
from tui.transcript import Transcript, Turn


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


def long_talk(turns: int, seed: int = 3) -> Transcript:
    """Turns of very different lengths, in two scripts."""
    chance = random.Random(seed)
    words = ("word ", "日本語", "**bold** ", "a `code` ", "line\n")
    return said(
        *("".join(chance.choices(words, k=chance.randint(1, 60))) + "." for _ in range(turns))
    )


def window(pane: ConversationPane) -> list[str]:
    """The lines in view, as they are painted."""
    return [pane.render_line(y).text.rstrip() for y in range(pane.size.height)]


async def test_what_is_guessed_is_never_seen() -> None:
    """Whatever one does, the window shows a piece of the text as laid out as a whole."""
    transcript = long_talk(400)
    keys = ("pageup", "pageup", "up", "home", "pagedown", "down", "k", "j", "end", "pageup")
    chance = random.Random(5)
    async with PaneApp().run_test(size=(50, 12)) as pilot:
        pane = pane_of(pilot)
        pane.focus()
        pane.show(transcript)
        whole = [f" {line}".rstrip() for line in lines(transcript, pane.size.width - 2)]
        for number in range(60):
            await pilot.press(chance.choice(keys))
            shown = [line.replace(UNICODE.gutter, " ") for line in window(pane)]
            at = next((i for i in range(len(whole)) if whole[i : i + 12] == shown), None)
            assert at is not None or shown[-1] == "", (number, shown)
        assert len(pane._laid) < 400


async def test_scrolling_back_by_pages_misses_no_line() -> None:
    transcript = long_talk(200)
    async with PaneApp().run_test(size=(50, 12)) as pilot:
        pane = pane_of(pilot)
        pane.focus()
        pane.show(transcript)
        whole = [f" {line}".rstrip() for line in lines(transcript, pane.size.width - 2)][:-1]
        await pilot.pause()
        seen = window(pane)
        for _ in range(20):
            await pilot.press("pageup")
            assert pane.scroll_offset.y > 0
            page = window(pane)
            seen = page + seen
        assert seen == whole[-len(seen) :]


async def test_another_size_keeps_the_place() -> None:
    transcript = long_talk(300)
    async with PaneApp().run_test(size=(60, 14)) as pilot:
        pane = pane_of(pilot)
        pane.focus()
        pane.show(transcript)
        for _ in range(9):
            await pilot.press("pageup")
        top = pane._ids[pane._anchor[0]]
        for size in ((30, 8), (110, 40), (41, 11), (60, 14)):
            await pilot.resize_terminal(*size)
            await pilot.pause()
            assert not pane.following
            assert pane._ids[pane._anchor[0]] == top
        await pilot.press("end")
        await pilot.resize_terminal(33, 9)
        await pilot.pause()
        assert pane.following
        assert pane.scroll_offset.y == pane.max_scroll_y


async def test_what_comes_while_one_reads_above_is_news() -> None:
    transcript = long_talk(60)
    async with PaneApp().run_test(size=(50, 12)) as pilot:
        pane = pane_of(pilot)
        pane.focus()
        pane.show(transcript)
        await pilot.press("pageup")
        assert not pane.news
        before = window(pane)
        for _ in range(30):
            transcript.apply(TranscriptDelta("i59", "more and more of it "))
            turn = transcript.get("i59")
            assert turn is not None
            turn.complete = False
            turn.add_text("more ")
            pane.update_turns([turn])
            await pilot.pause()
            assert window(pane) == before
        assert pane.news
        await pilot.press("end")
        assert not pane.news


async def test_ten_thousand_turns_are_not_laid_out() -> None:
    turns = [Turn(f"i{number}", "user") for number in range(10_000)]
    for number, turn in enumerate(turns):
        turn.set_text(f"turn {number}")
    async with PaneApp().run_test(size=(80, 24)) as pilot:
        pane = pane_of(pilot)
        began_s = time.process_time()
        pane.show(turns)
        await pilot.pause()
        assert len(pane._laid) < 100
        for key in ("home", "pagedown", "end"):
            await pilot.press(key)
        assert len(pane._laid) < 300
        assert time.process_time() - began_s < 3.0
        assert "turn 9999" in "\n".join(window(pane))


@pytest.mark.parametrize("width", [12, 16, 20, 24])
async def test_nothing_is_cut_off_in_the_smallest_terminals(width: int) -> None:
    text = "The ship sounded its horn, once for the lighthouse, and was gone."
    async with PaneApp().run_test(size=(width, 30)) as pilot:
        pane = pane_of(pilot)
        pane.show(said("Tell me", text))
        await pilot.pause()
        rows = [pane.render_line(y).text for y in range(pane.size.height)]
        shown = "".join("".join(rows).split())
        assert text.replace(" ", "") in shown
