"""How the screens look, as text, against what is kept in pictures/; and their colours.

After a change that is meant: VOICETUI_PICTURES=write python -m pytest THIS_FILE, and look at the
difference.
"""

from __future__ import annotations

import os
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from rich.color import Color as RichColor
from textual.color import Color
from textual.pilot import Pilot

from tests.tui.conversation import OPENING, TALK
from tests.tui.screens.test_history import TALKS
from tests.tui.screens.test_history import stage as history_stage
from tests.tui.scripted import ScriptedCall
from tests.waiting import async_wait_until
from tui.app import VoicetuiApp
from tui.call_events import CallEvent, StateChanged, ToolAsked
from tui.panes.themes import OWN, TERMINAL, choose, complaint
from tui.panes.words import STATE_WORDS
from tui.sessions.events import ToolCalled, TranscriptFinal, TurnEnded, TurnStarted

PICTURES = Path(__file__).parent / "pictures"
SIZES = [(80, 24), (120, 40), (40, 12)]
MARKDOWN = """# A plan

1. **Read** the line, *aloud*
2. Sing it: `do re mi`

| day | lines |
|-----|-------|
| 1   | four  |
"""
WRITTEN: tuple[CallEvent, ...] = (
    TurnStarted("a4", "assistant", "a3"),
    TranscriptFinal("a4", MARKDOWN),
    TurnEnded("a4"),
)


def text_of(app: VoicetuiApp) -> str:
    """The terminal without what is another one every day."""
    rows = [strip.text.rstrip() for strip in app.screen._compositor.render_strips()]
    text = re.sub(r"\b\d\d:\d\d\b", "12:00", "\n".join(rows) + "\n")
    return re.sub(r"\b20\d\d-\d\d-\d\d\b", "2026-11-20", text)


def compare(name: str, text: str) -> None:
    """With the picture that is kept, or keep this one."""
    file = PICTURES / f"{name}.txt"
    if os.environ.get("VOICETUI_PICTURES") == "write":
        file.write_text(text, encoding="utf-8")
    assert text.splitlines() == file.read_text(encoding="utf-8").splitlines(), name


@asynccontextmanager
async def shown(
    *script: CallEvent, size: tuple[int, int], **options: object
) -> AsyncIterator[Pilot[int]]:
    calls: list[ScriptedCall] = []

    def make(on_event: object, _: object) -> ScriptedCall:
        calls.append(ScriptedCall(on_event, *script))  # type: ignore[arg-type]
        return calls[0]

    given = {"theme": "voicetui", "voice": "marin"} | options
    app = VoicetuiApp(make, title="somewhere, model", ssh=False, push_to_talk=False, **given)  # type: ignore[arg-type]
    async with app.run_test(size=size) as pilot:
        await async_wait_until(lambda: calls and calls[0].started.is_set(), 10)
        # Levels and text come ten times a second.
        same, before = 0, ""
        while same < 8:
            await pilot.pause(0.05)
            now = text_of(pilot.app)
            same, before = (same + 1 if now == before else 0), now
        yield pilot


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("ascii_only", [False, True])
async def test_a_call(size: tuple[int, int], ascii_only: bool) -> None:
    async with shown(*OPENING, *TALK, *WRITTEN, size=size, ascii_only=ascii_only) as pilot:
        assert isinstance(pilot.app, VoicetuiApp)
        text = text_of(pilot.app)
        compare(f"call-{size[0]}x{size[1]}{'-ascii' if ascii_only else ''}", text)
        if ascii_only:
            said = r"[\u3000-\u9fff\uff00-\uffef]"  # not drawn by us
            assert re.sub(said, "", text).isascii()


@pytest.mark.parametrize("size", SIZES)
async def test_the_history(tmp_path: Path, size: tuple[int, int]) -> None:
    async with history_stage(tmp_path, *TALKS, size=size) as on:
        await on.open()
        await on.until(lambda: "no air" in on.history.preview.plain, "the preview")
        on.history.rows.show_costs({row.id: "$0.0123" for row in on.history.rows._rows})
        await on.pilot.pause(0.2)
        right = on.history.rows.region.x - 1
        rows = [line[max(0, right) :] for line in text_of(on.app).splitlines()]
        compare(f"history-{size[0]}x{size[1]}", "\n".join(line.rstrip() for line in rows) + "\n")


async def test_help_and_a_question() -> None:
    asked = (ToolCalled("c1", "weather", '{"city": "東京"}'), ToolAsked("c1", "weather", "{}"))
    async with shown(*OPENING, *TALK, *asked, size=(80, 24)) as pilot:
        assert isinstance(pilot.app, VoicetuiApp)
        compare("question-80x24", text_of(pilot.app))
        await pilot.press("f1")
        await pilot.pause(0.2)
        assert "In the conversation" in text_of(pilot.app)


# ---------------------------------------------------------------- colours


def colours(app: VoicetuiApp) -> list[tuple[str, Color, Color]]:
    """Every piece of text with its colour and what is behind it, for themes in full colour."""
    found = []
    for strip in app.screen._compositor.render_strips():
        for text, style, _ in strip:
            if text.strip() and style and style.color and style.bgcolor:
                front, back = style.color, style.bgcolor
                if isinstance(front, RichColor) and front.triplet and back.triplet:
                    found.append((text, Color(*front.triplet), Color(*back.triplet)))
    return found


def contrast(one: Color, other: Color) -> float:
    """As the guidelines for accessible contents (WCAG) have it, from 1 to 21."""

    def luminance(color: Color) -> float:
        parts = [part / 255 for part in (color.r, color.g, color.b)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", [theme.name for theme in OWN])
async def test_our_colours_can_be_read(theme: str) -> None:
    async with shown(*OPENING, *TALK, *WRITTEN, size=(120, 40), theme=theme) as pilot:
        assert isinstance(pilot.app, VoicetuiApp)
        await pilot.press("k")
        await pilot.pause(0.2)
        pieces = colours(pilot.app)
        assert len(pieces) > 40
        for text, front, back in pieces:
            if set(text.strip()) <= set("⠤⣿⢸-"):
                continue  # meters and marks, no words
            least = 2.4 if "いつでも" in text or "たとえば" in text else 4.5  # not heard: dimmed
            assert contrast(front, back) >= least, (text, front.hex, back.hex)


@pytest.mark.parametrize("theme", [*(theme.name for theme in OWN), *TERMINAL, "nord"])
@pytest.mark.parametrize("state", ["listening", "recording", "speaking", "ended"])
async def test_states_are_words_in_every_theme(theme: str, state: str) -> None:
    told = StateChanged(state)  # type: ignore[arg-type]
    async with shown(*OPENING, told, size=(80, 24), theme=theme) as pilot:
        assert isinstance(pilot.app, VoicetuiApp)
        assert pilot.app.theme == theme
        assert STATE_WORDS[state] in text_of(pilot.app)  # type: ignore[index]


@pytest.mark.parametrize(
    ("environment", "theme"),
    [
        ({"TERM": "xterm-256color"}, "voicetui"),
        ({"TERM": "xterm-256color", "COLORFGBG": "0;15"}, "voicetui-light"),
        ({"TERM": "linux"}, "ansi-dark"),
        ({"TERM": "xterm", "COLORFGBG": "0;default;15"}, "ansi-light"),
        ({"TERM": "xterm", "COLORTERM": "truecolor"}, "voicetui"),
    ],
)
def test_the_theme_for_a_terminal(environment: dict[str, str], theme: str) -> None:
    assert choose("", environment) == theme
    assert choose("nord", environment) == "nord"


def test_an_unknown_theme_is_named() -> None:
    known = [theme.name for theme in OWN]
    assert complaint("voicetui", known) == ""
    assert "did you mean voicetui-light?" in complaint("voicetui-lite", known)
