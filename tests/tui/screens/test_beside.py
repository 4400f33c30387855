"""History and usage beside the conversation, in its place, and through every size."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.tui.screens.test_history import TALKS, stage
from tests.tui.store.scenes import exchange, record
from tui.call_events import AllowTool, ToolAsked
from tui.panes.question import VISIBLE_S
from tui.screens.history import HistoryScreen
from tui.sessions.events import SessionStarted, ToolCalled, TranscriptFinal, TurnStarted
from tui.store.store import Store
from tui.usage.prices import load_prices


async def test_on_a_wide_terminal_the_call_stays_in_sight(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, size=(120, 30)) as on:
        await on.open()
        assert on.history.has_class("-beside")
        assert on.history.rows.region.x == 61
        assert on.app.talk.conversation.region.right <= 60
        on.calls[0].tell(TurnStarted("u1", "user"), TranscriptFinal("u1", "said meanwhile"))
        await on.until(lambda: "said meanwhile" in on.app.talk.conversation.plain, "the turn")
        await on.press("h")
        await on.until(lambda: on.app.screen is on.app.talk, "the call")
        assert on.app.talk.conversation.region.right > 70


async def test_through_every_size_and_back(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, size=(130, 30)) as on:
        await on.press("i", *"half a")
        await on.press("escape")
        await on.open()
        await on.press("slash", *"mo")
        for size in ((80, 24), (40, 12), (120, 40), (20, 6), (200, 50), (80, 24)):
            await on.pilot.resize_terminal(*size)
            await on.pilot.pause()
            assert on.history.has_class("-beside") == (size[0] >= 120)
            assert on.history.search.value == "mo"
            assert on.history.rows.region.right <= size[0]
            assert len(on.line("heading")) <= size[0]
            talk = on.app.talk
            assert talk.compact == (size[0] < 60 or size[1] < 20)
        await on.press("escape")
        await on.until(lambda: len(on.titles.splitlines()) == 3, "all of them again")
        await on.press("q")
        await on.until(lambda: on.app.screen is on.app.talk, "the call")
        assert on.app.talk.composer.text == "half a"
        assert on.app.talk.conversation.region.right > 70


async def test_a_question_is_answered_in_the_history(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, size=(80, 24)) as on:
        await on.open()
        on.calls[0].tell(ToolCalled("c1", "weather", "{}"), ToolAsked("c1", "weather", "{}"))
        await on.until(lambda: on.line("question").startswith("Run weather?"), "the question")
        await on.until(lambda: "y yes" in on.line("keys"), "the footer")
        await asyncio.sleep(VISIBLE_S + 0.1)
        await on.press("slash", *"yn")
        assert on.history.search.value == "yn"
        assert not on.asked
        await on.press("escape")
        assert isinstance(on.app.screen, HistoryScreen)
        await on.press("y")
        assert on.asked == [AllowTool("c1", True)]
        await on.until(lambda: "enter resume" in on.line("keys"), "the footer of the history")


async def test_functions_stand_in_the_preview(tmp_path: Path) -> None:
    store = Store.open(tmp_path)
    events = list(exchange(0, "What is the weather?", "It rains."))
    called = ToolCalled("c1", "weather", '{"city": "Tokyo"}', "answer_0")
    record(store, [*events[:-1], called, events[-1]])
    assert store.close(30)
    async with stage(tmp_path, size=(100, 40)) as on:
        await on.open()
        await on.until(lambda: "It rains." in on.history.preview.plain, "the preview")
        await on.until(lambda: 'weather {"city": "Tokyo"}' in on.history.preview.plain, "it")
        assert "Function" in on.history.preview.plain


@pytest.mark.parametrize("size", [(80, 24), (130, 30)])
async def test_costs_stand_in_the_list(tmp_path: Path, size: tuple[int, int]) -> None:
    store = Store.open(tmp_path)
    for number, model in enumerate(("gpt-realtime-2.1", "somebody's")):
        events = [SessionStarted(model), *exchange(number, model, "yes")]
        record(store, events, service="openai")
    assert store.close(30)
    async with stage(tmp_path, size=size) as on:
        on.app.history._prices = load_prices  # type: ignore[attr-defined]
        await on.open()
        await on.until(lambda: "no price" in on.titles, "the costs")
        unknown, dear = on.titles.splitlines()
        assert "no price" in unknown
        assert "$0.00" in dear
        assert "est. cost" in on.line("columns")


async def test_only_the_side_with_the_keys_has_a_footer(tmp_path: Path) -> None:
    async with stage(tmp_path, *TALKS, size=(120, 30)) as on:
        assert on.app.talk.line("keys").visible
        await on.open()
        assert not on.app.talk.line("keys").visible
        await on.press("r")
        await on.until(lambda: "enter take it" in on.line("keys"), "the footer of a question")
        await on.press("escape")
        await on.until(lambda: "enter resume" in on.line("keys"), "the footer of the history")
        await on.press("h")
        await on.until(lambda: on.app.screen is on.app.talk, "the call")
        assert on.app.talk.line("keys").visible
