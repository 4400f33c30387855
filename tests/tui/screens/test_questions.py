"""Functions on the screen: shown without their tricks, asked about, never allowed by accident."""

from __future__ import annotations

import asyncio

import pytest

from tests.terminal.hostile import CORPUS
from tests.tui.conversation import OPENING, TALK
from tests.tui.screens.test_talk import Stage, stage
from tui import keys
from tui.call_events import (
    AllowTool,
    Ask,
    CallEvent,
    Present,
    StateChanged,
    ToolAsked,
    ToolEnded,
    ToolStarted,
)
from tui.panes.question import VISIBLE_S
from tui.screens.help import HelpScreen
from tui.screens.talk import TalkScreen
from tui.sessions.events import ToolCalled, TranscriptFinal, TurnStarted
from tui.text import clean

SEEN_S = VISIBLE_S + 0.1


def asked(
    call_id: str = "c1", name: str = "weather", arguments: str = '{"city": "Tokyo"}'
) -> tuple[CallEvent, ...]:
    return ToolCalled(call_id, name, arguments), ToolAsked(call_id, name, arguments)


def answers(on: Stage) -> list[Ask]:
    return [ask for ask in on.call.asked if not isinstance(ask, Present)]


@pytest.mark.parametrize(("key", "allow"), [("y", True), ("n", False)])
async def test_y_and_n_answer(key: str, allow: bool) -> None:
    async with stage(*OPENING) as on:
        await on.tell(*asked())
        assert on.line("question").startswith('Run weather {"city": "Tokyo"}?')
        assert on.line("keys") == "y yes   n no"
        await asyncio.sleep(SEEN_S)
        await on.press(key, key)
        assert answers(on) == [AllowTool("c1", allow)]
        assert not on.screen.line("question").display
        assert "space" in on.line("keys")


async def test_a_letter_on_its_way_is_no_answer() -> None:
    async with stage(*OPENING, *TALK) as on:
        on.call.tell(*asked())
        await on.until(lambda: on.screen.line("question").display)
        await on.press("y", "n", "y")
        assert not answers(on)
        assert not on.app.clipboard  # it was not taken for a copy either
        assert on.screen.line("question").display
        await asyncio.sleep(SEEN_S)
        await on.press("y")
        assert answers(on) == [AllowTool("c1", True)]


async def test_typing_never_answers() -> None:
    async with stage(*OPENING) as on:
        await on.press("i")
        await on.tell(*asked())
        await asyncio.sleep(SEEN_S)
        await on.press(*"yes no")
        assert on.screen.composer.text == "yes no"
        assert not answers(on)
        assert "escape, then y runs it, n refuses" in on.line("question")
        await on.press("escape", "n")
        assert answers(on) == [AllowTool("c1", False)]


async def test_the_keys_that_are_bound_are_named() -> None:
    async with stage(*OPENING) as on:
        keys.use({"allow": "a", "refuse": "z"})
        try:
            await on.tell(*asked())
            assert "a runs it, z refuses" in on.line("question")
        finally:
            keys.use({})


async def test_a_question_behind_another_screen_waits() -> None:
    async with stage(*OPENING) as on:
        await on.press("question_mark")
        await on.tell(*asked())
        assert isinstance(on.app.screen, HelpScreen)
        await asyncio.sleep(SEEN_S)
        await on.press("y", "n")
        assert not answers(on)
        await on.press("escape")
        await on.until(lambda: isinstance(on.app.screen, TalkScreen))
        await on.press("y")  # it has only just come into sight
        assert not answers(on)
        await asyncio.sleep(SEEN_S)
        await on.press("y")
        assert answers(on) == [AllowTool("c1", True)]


async def test_one_question_after_the_other() -> None:
    async with stage(*OPENING) as on:
        await on.tell(*asked(), *asked("c2", "send_mail", "{}"))
        assert "(2 waiting)" in on.line("question")
        await asyncio.sleep(SEEN_S)
        await on.press("y", "y")
        assert answers(on) == [AllowTool("c1", True)]
        assert on.line("question").startswith("Run send_mail?")
        await asyncio.sleep(SEEN_S)
        await on.press("n")
        assert answers(on)[1:] == [AllowTool("c2", False)]


async def test_a_question_that_is_withdrawn_goes_away() -> None:
    async with stage(*OPENING) as on:
        await on.tell(*asked(), ToolEnded("c1", "withdrawn", "no"))
        assert not on.screen.line("question").display
        assert "not run" in on.screen.conversation.plain
        await on.tell(*asked("c2"), StateChanged("ended", "gone"))
        assert not on.screen.line("question").display


async def test_a_function_stands_where_it_was_called_and_its_result_is_shown() -> None:
    async with stage(*OPENING, *TALK, size=(100, 60)) as on:
        await on.tell(
            *asked(),
            ToolStarted("c1"),
            TurnStarted("a9", "assistant", "a3"),
            TranscriptFinal("a9", "It is dry."),
        )
        text = on.screen.conversation.plain
        assert text.index("Twenty minutes") < text.index("weather {") < text.index("It is dry.")
        assert "running" in text
        await on.tell(ToolEnded("c1", "done", "19 degrees\x1b[31m"))
        assert "19 degrees" in on.screen.conversation.plain
        assert "running" not in on.screen.conversation.plain
        await on.press("k", "k", "y")
        await on.until(lambda: "19 degrees" in on.app.clipboard)
        assert on.app.clipboard == 'weather {"city": "Tokyo"}\n19 degrees'


@pytest.mark.parametrize("size", [(80, 24), (40, 12), (20, 6)])
async def test_hostile_names_arguments_and_results(size: tuple[int, int]) -> None:
    async with stage(*OPENING, size=size) as on:
        for number, text in enumerate(CORPUS[:25]):
            await on.tell(*asked(f"h{number}", text, text))
            line = on.line("question")
            assert clean(line) == line
            assert line.endswith("n refuses" if size[0] > 50 else "y/n")
            on.call.tell(ToolStarted(f"h{number}"), ToolEnded(f"h{number}", "failed", text * 50))
        await on.tell()
        assert clean(on.screen.conversation.plain) == on.screen.conversation.plain
