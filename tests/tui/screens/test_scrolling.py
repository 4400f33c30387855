"""The keys of less and vi go through everything that is longer than the screen."""

from __future__ import annotations

from textual.containers import VerticalScroll

from tests.tui.conversation import OPENING
from tests.tui.screens.test_talk import stage
from tui.call_events import CallEvent
from tui.sessions.events import TranscriptFinal, TurnStarted


async def test_a_text_scrolls_by_lines_and_pages() -> None:
    async with stage(*OPENING, size=(80, 10)) as on:
        await on.press("question_mark")
        await on.until(lambda: bool(on.app.screen.query(VerticalScroll)))
        text = on.app.screen.query_one(VerticalScroll)
        await on.until(lambda: text.max_scroll_y > 0)
        await on.press("j", "j", "k")
        await on.until(lambda: text.scroll_target_y == 1)
        await on.press("G")
        await on.until(lambda: text.scroll_target_y == text.max_scroll_y)
        await on.press("g")
        await on.until(lambda: text.scroll_target_y == 0)
        await on.press("ctrl+d")
        await on.until(lambda: text.scroll_target_y > 1)
        await on.press("ctrl+u")
        await on.until(lambda: text.scroll_target_y == 0)


async def test_the_conversation_scrolls_by_the_same_keys() -> None:
    turns: list[CallEvent] = []
    for n in range(40):
        turns += [TurnStarted(f"t{n}", "user"), TranscriptFinal(f"t{n}", f"words {n}")]
    async with stage(*OPENING, *turns) as on:
        pane = on.screen.conversation
        await on.until(lambda: pane.max_scroll_y > 20)
        await on.press("g")
        await on.until(lambda: pane.scroll_target_y == 0)
        await on.press("ctrl+d")
        await on.until(lambda: pane.scroll_target_y > 5)
        await on.press("ctrl+u")
        await on.until(lambda: pane.scroll_target_y == 0)
        await on.press("G")
        await on.until(lambda: pane.following)


async def test_the_conversation_scrolls_while_somebody_types() -> None:
    turns: list[CallEvent] = []
    for n in range(40):
        turns += [TurnStarted(f"t{n}", "user"), TranscriptFinal(f"t{n}", f"words {n}")]
    async with stage(*OPENING, *turns) as on:
        pane = on.screen.conversation
        await on.until(lambda: pane.max_scroll_y > 20)
        await on.press("i", *"half")
        await on.until(lambda: pane.following)
        await on.press("pageup", "pageup")
        await on.until(lambda: "more below: pgdown" in on.line("state"))
        await on.press("pagedown", "pagedown", "pagedown")
        await on.until(lambda: pane.following)
        assert on.screen.composer.text == "half"
        await on.press("escape", "pageup")
        await on.until(lambda: "more below: end" in on.line("state"))
