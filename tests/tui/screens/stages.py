"""The real screens over a scripted call and a real record, one after the other, for pictures."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any, Final

from textual.app import App
from textual.pilot import Pilot
from textual.widgets import Static

from tests.tui.conversation import OPENING, TALK
from tests.tui.screens.test_devices import Choice
from tests.tui.screens.test_history import FakeService, Kept
from tests.tui.screens.test_usage import SPENT
from tests.tui.scripted import ScriptedCall
from tests.tui.store.scenes import exchange, record
from tests.tui.usage.books import viewer
from tests.waiting import async_wait_until
from tui import language
from tui.app import VoicetuiApp
from tui.beginning import Beginning
from tui.call_events import CallEvent
from tui.commands.screen import KeptHistory
from tui.screens.history import HistoryScreen
from tui.screens.setup import SetupApp
from tui.setting_up import Wishes
from tui.store.store import Store

LOOKS: Final = {
    "dark": ("voicetui", "en"),
    "light": ("voicetui-light", "en"),
    "no-colour": ("", "en"),
    "japanese": ("voicetui", "ja"),
}
"""Theme and language of each."""
SAID: Final = (
    ("How far is it to the moon?", "About 384,400 km, a little more than one light second."),
    ("東京の明日の天気を教えてください。", "明日の東京は晴れ、最高気温は十八度の見込みです。"),
    ("Why is the sky blue?", "Air scatters blue light more than red light."),
    (
        "日本語で自己紹介の練習をしたいので、長い題名でも崩れないか見てください。",
        "はい、始めましょう。",
    ),
    ("Is there sound on the moon?", "No: there is no air that could carry it."),
)


class QuietSetup(SetupApp):
    """Opens no device."""

    def _open_devices(self) -> None:
        return


def environment(look: str, folder: Path) -> dict[str, str]:
    """What to set before the screens are made."""
    own = {"VOICETUI_STATE_DIR": str(folder / "state"), "OPENAI_API_KEY": "sk-none"}
    return own | ({"NO_COLOR": "1"} if look == "no-colour" else {})


async def settled(pilot: Pilot[Any]) -> None:
    """Nothing is painted any more."""
    same, before = 0, ""
    for _ in range(200):
        await pilot.pause(0.02)
        now = "".join(strip.text for strip in pilot.app.screen._compositor.render_strips())
        same, before = (same + 1 if now == before else 0), now
        if same >= 3:
            return


async def screens(
    look: str, size: tuple[int, int], folder: Path
) -> AsyncIterator[tuple[str, App[Any]]]:
    """Each screen's name, with the app that shows it."""
    theme, tongue = LOOKS[look]
    language.use(tongue)
    store = Store.open(folder / "record")
    for number, (said, answer) in enumerate(SAID):
        record(store, exchange(number, said, answer))
    try:
        async for shown in _in_a_call(theme, size, folder, store):
            yield shown
    finally:
        assert store.close(30)
    setup = QuietSetup(Wishes(), Choice(folder).listing, theme=theme)
    async with setup.run_test(size=size) as pilot:
        await settled(pilot)
        yield "setup", setup


async def _in_a_call(
    theme: str, size: tuple[int, int], folder: Path, store: Store
) -> AsyncIterator[tuple[str, App[Any]]]:
    calls: list[ScriptedCall] = []

    def make(on_event: Callable[[CallEvent], None], _: Beginning) -> ScriptedCall:
        calls.append(ScriptedCall(on_event, *OPENING, *TALK, SPENT))
        return calls[0]

    app = VoicetuiApp(
        make,
        history=lambda: KeptHistory(Kept(store), FakeService()),  # type: ignore[arg-type]
        usage=viewer(23).view,
        devices=Choice(folder),
        title="somewhere, model",
        ssh=False,
        push_to_talk=False,
        voice="marin",
        theme=theme,
    )
    async with app.run_test(size=size) as pilot:
        await async_wait_until(lambda: calls and calls[0].started.is_set(), 10, "the call")
        await async_wait_until(lambda: "Twenty" in app.talk.conversation.plain, 10, "the talk")
        meter = app.talk.levels.out
        await async_wait_until(lambda: meter.lit or not meter.size, 10, "the level")
        await pilot.press("k")  # one turn is selected
        await settled(pilot)
        yield "talk", app
        await pilot.press("question_mark")
        await settled(pilot)
        yield "help", app
        await pilot.press("escape", "h")
        await async_wait_until(lambda: isinstance(app.screen, HistoryScreen), 10, "the history")
        history = app.screen
        assert isinstance(history, HistoryScreen)
        await async_wait_until(lambda: "carry it" in history.preview.plain, 10, "the preview")
        history.rows.show_costs({row.id: "$0.0123" for row in history.rows._rows})
        await settled(pilot)
        yield "history", app
        await pilot.press("escape", "u")
        await async_wait_until(lambda: app.screen.query("#usage-text"), 10, "usage")
        figures = app.screen.query_one("#usage-text", Static)
        await async_wait_until(lambda: "$" in str(figures.content), 10, "figures")
        await settled(pilot)
        yield "usage", app
        await pilot.press("escape", "d")
        await async_wait_until(lambda: app.screen.query("#devices-list"), 10, "devices")
        await settled(pilot)
        yield "devices", app
