"""The usage screen over a scripted call, and the cost on the screen of the call."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal

import pytest
from textual.containers import VerticalScroll
from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.conversation import OPENING, TALK
from tests.tui.scripted import ScriptedCall
from tests.tui.usage.books import viewer
from tui.app import VoicetuiApp
from tui.beginning import Beginning
from tui.call_events import CallEvent, RaiseBudget, Spent, StateChanged
from tui.screens.usage import UsageScreen
from tui.usage.cost import Cost
from tui.usage.view import UsageView

SPENT = Spent(
    Cost({"audio out": Decimal("0.0134")}),
    Cost({"audio out": Decimal("0.0421")}),
    "prices of 2026-11-20",
    "$0.0421 of $1.00 for the conversation",
)


class Stage:
    """An app, its call, and what is on the usage screen."""

    def __init__(self, pilot: Pilot[int], app: VoicetuiApp, calls: list[ScriptedCall]) -> None:
        self.pilot, self.app, self.calls = pilot, app, calls

    @property
    def text(self) -> str:
        return str(self.app.screen.query_one("#usage-text", Static).content)

    async def until(self, condition: Callable[[], object], what: str) -> None:
        for _ in range(300):
            if condition():
                return
            await self.pilot.pause(0.02)
        raise AssertionError(what)

    async def open(self) -> UsageScreen:
        await self.pilot.press("u")
        await self.until(lambda: isinstance(self.app.screen, UsageScreen), "open")
        await self.until(lambda: "est. cost" in self.text, "figures")
        assert isinstance(self.app.screen, UsageScreen)
        return self.app.screen


@asynccontextmanager
async def stage(
    *script: CallEvent,
    size: tuple[int, int] = (80, 24),
    view: Callable[[], UsageView] | None = None,
    ascii_only: bool = False,
) -> AsyncIterator[Stage]:
    calls: list[ScriptedCall] = []

    def make(on_event: Callable[[CallEvent], None], _beginning: Beginning) -> ScriptedCall:
        calls.append(ScriptedCall(on_event, *script))
        return calls[-1]

    app = VoicetuiApp(
        make,
        title="somewhere, model",
        ssh=False,
        push_to_talk=False,
        usage=view or viewer(23).view,
        ascii_only=ascii_only,
    )
    async with app.run_test(size=size) as pilot:
        on = Stage(pilot, app, calls)
        await on.until(lambda: calls and calls[0].started.is_set(), "started")
        await pilot.pause(0.1)
        yield on


@pytest.mark.parametrize("size", [(80, 24), (120, 40), (40, 12), (20, 5)])
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_it_opens_and_closes_in_any_size(size: tuple[int, int], ascii_only: bool) -> None:
    async with stage(*OPENING, *TALK, size=size, ascii_only=ascii_only) as on:
        screen = await on.open()
        assert max(len(line) for line in on.text.split("\n")) <= size[0]
        title = screen.query_one("#usage-title").plain  # type: ignore[attr-defined]
        if size[0] >= 40:
            assert "est., prices of 2026-11-20" in title
        for key in ("pagedown", "end", "home", "down", "up"):
            await on.pilot.press(key)
        await on.pilot.press("u")
        await on.until(lambda: on.app.screen is on.app.talk, "back")


@pytest.mark.parametrize("key", ["escape", "q", "u"])
async def test_keys_lead_back_and_never_out(key: str) -> None:
    async with stage(*OPENING) as on:
        await on.open()
        await on.pilot.press(key)
        await on.until(lambda: on.app.screen is on.app.talk, "back")
        assert on.app.is_running
        assert not on.calls[0].asked


async def test_a_small_screen_scrolls() -> None:
    async with stage(*OPENING, size=(40, 12)) as on:
        screen = await on.open()
        await on.pilot.press("end")
        await on.until(lambda: screen.query_one(VerticalScroll).scroll_y > 5, "scrolled")


async def test_it_follows_what_is_spent() -> None:
    views = [viewer(3).view(), viewer(9).view()]
    now = [0]
    async with stage(*OPENING, view=lambda: views[now[0]]) as on:
        await on.open()
        before = on.text
        now[0] = 1
        await on.until(lambda: on.text != before, "the new figures")
        assert "9 turns" in on.text


async def test_b_raises_the_budget_here_too_and_after_the_end() -> None:
    async with stage(*OPENING) as on:
        await on.open()
        await on.pilot.press("b")
        await on.until(lambda: on.calls[0].asked == [RaiseBudget()], "asked")
        await on.pilot.press("escape")
        on.calls[0].tell(StateChanged("ended", "Budget used up"))
        await on.pilot.pause(0.1)
        await on.pilot.press("b")
        await on.until(lambda: on.calls[0].asked == [RaiseBudget()] * 2, "asked again")


async def test_letters_in_the_composer_are_letters() -> None:
    async with stage(*OPENING) as on:
        await on.pilot.press("i", *"ubu")
        await on.pilot.pause()
        assert on.app.talk.composer.text == "ubu"
        assert on.calls[0].keys_seen >= 1  # and somebody is there


@pytest.mark.parametrize("width", [60, 80, 100])
async def test_the_cost_stands_before_the_tokens(width: int) -> None:
    async with stage(*OPENING, *TALK, SPENT, size=(width, 24)) as on:
        line = on.app.talk.line("tokens").plain
        assert line.startswith("est. turn $0.0134, call $0.0421 (prices of 2026-11-20)")
        assert len(line) <= width - 2
        if width > 60:
            assert "854 tokens in, 670 out" in line


async def test_the_cost_stands_in_the_side_pane() -> None:
    async with stage(*OPENING, *TALK, SPENT, size=(120, 40)) as on:
        side = on.app.talk.query_one("#side").plain  # type: ignore[attr-defined]
        assert "Cost, est.\nthis turn              $0.0134\nconversation           $0.0421" in side
        assert "$0.0421 of $1.00" in side
        assert "prices of 2026-11-20" in side


async def test_another_call_begins_without_the_cost_of_the_last() -> None:
    async with stage(*OPENING, *TALK, SPENT) as on:
        on.app.begin(Beginning())
        await on.until(lambda: len(on.calls) == 2, "another call")
        assert "$" not in on.app.talk.line("tokens").plain or SPENT in on.calls[1]._script


async def test_beside_the_call_today_is_there_too() -> None:
    async with stage(*OPENING, *TALK, size=(120, 40)) as on:
        await on.open()
        heads = on.text.split("\n")[0].split()
        assert heads == ["turn", "call", "today", "month"]
