"""The screens in Japanese: nothing is left in English, and everything stands in its column."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.tui.conversation import OPENING, TALK
from tests.tui.screens.test_history import TALKS
from tests.tui.screens.test_history import stage as history_stage
from tests.tui.screens.test_pictures import SIZES, compare, shown, text_of
from tests.tui.screens.test_usage import SPENT
from tests.tui.usage.books import viewer
from tui import keys, language
from tui.app import VoicetuiApp
from tui.call_events import Latency, StateChanged
from tui.commands.history import row_line
from tui.panes.spending import spending
from tui.panes.words import latency_lines, tokens_table
from tui.screens.help import help_text
from tui.sessions.events import TokenUsage
from tui.store.rows import ConversationRow
from tui.text import cells

ALLOWED = re.compile(
    r"\b(voicetui|Markdown|JSON|WAV|ID|Responses|OpenAI|Azure|gpt-[\w.-]+|whisper-1|marin|USB|"
    r"microphone|Built-in|Audio|Analog|Stereo|somewhere|model|realtime|responses|by|"
    r"space|escape|enter|end|home|up|down|pgup|pgdown|ctrl|delete|kind|before|after|fg|[\w~/.]*prices.toml|tts|local|"
    r"F\d|ms|kHz|Hz|s|k|M|[a-zA-Z])\b"
)
"""Names, keys, units."""


@pytest.fixture(autouse=True)
def _japanese() -> Iterator[None]:
    language.use("ja")
    yield
    language.use("en")


def english_in(text: str) -> list[str]:
    """What a Japanese reader cannot read."""
    return re.findall(r"[A-Za-z]{2,}", ALLOWED.sub("", text))


@pytest.mark.parametrize("size", SIZES)
async def test_a_call(size: tuple[int, int]) -> None:
    async with shown(*OPENING, *TALK, SPENT, size=size) as pilot:
        assert isinstance(pilot.app, VoicetuiApp)
        text = text_of(pilot.app)
        compare(f"call-{size[0]}x{size[1]}-ja", text)
        around = "\n".join(text.splitlines()[-6:])
        assert not english_in(around if size != (40, 12) else text.splitlines()[-1])


async def test_the_end_of_a_call() -> None:
    over = StateChanged("ended", "The service closed the connection.")
    async with shown(*OPENING, over, size=(80, 24)) as pilot:
        assert isinstance(pilot.app, VoicetuiApp)
        assert not english_in(text_of(pilot.app).partition("\n")[2])


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_the_history(tmp_path: Path, size: tuple[int, int]) -> None:
    async with history_stage(tmp_path, *TALKS, size=size) as on:
        await on.open()
        await on.until(lambda: "no air" in on.history.preview.plain, "the preview")
        on.history.rows.show_costs({row.id: "$0.0123" for row in on.history.rows._rows})
        await on.pilot.pause(0.2)
        rows = [on.history.rows.header(), *on.history.rows.plain.splitlines()]
        assert len({cells(row) for row in rows[1:]}) == 1
        assert not english_in(rows[0])
        for name in ("heading", "keys"):
            assert not english_in(on.line(name))
            assert cells(on.line(name)) <= size[0]


@pytest.mark.parametrize("scope", ["call", "history", "usage", "devices", "links"])
def test_the_help(scope: keys.Scope) -> None:
    assert not english_in(help_text(scope).plain)


@pytest.mark.parametrize("scope", [*dict.fromkeys(key.scope for key in keys.KEYS), "over"])
@pytest.mark.parametrize("width", [38, 78, 118])
def test_the_footer_fits(scope: keys.Scope, width: int) -> None:
    pairs = keys.footer(scope, width)
    assert sum(cells(key) + 1 + cells(label) for key, label in pairs) + 3 * (len(pairs) - 1) <= (
        width
    )
    if scope == "call" and width == 78:
        assert len(pairs) >= 7


@pytest.mark.parametrize("width", [38, 78, 118])
def test_the_usage(width: int) -> None:
    lines = spending(viewer(23).view(), width).plain.splitlines()
    assert max(map(cells, lines)) <= width
    assert not english_in("\n".join(lines))
    if width == 78:
        table = [line for line in lines[:6] if line.strip()]
        assert len({cells(line) for line in table}) == 1


def test_tables_beside_the_call_line_up() -> None:
    usage = TokenUsage(text_in=118, audio_in=640, text_out=58, audio_out=12_345)
    assert len({cells(line) for line in tokens_table(usage, usage)}) == 1
    for latency in (Latency("a", 280.0, 390.0), Latency("a", 280.0, 390.0, network_ms=40.0)):
        assert len({cells(line) for line in latency_lines(latency)}) == 1


def test_the_list_in_the_shell_lines_up() -> None:
    lines = [
        row_line(row(turns, title), 100)
        for turns, title in (
            (1, "x" * 90),
            (2, "東京の天気を教えてください。" * 9),
            (123, "あ" * 90),
        )
    ]
    assert {cells(line) for line in lines} <= {99, 100}


def row(turns: int, title: str) -> ConversationRow:
    """One of the list."""
    return ConversationRow(
        id="0123456789abcdef",
        kind="realtime",
        service="openai",
        label="api.openai.com",
        model="gpt-realtime-2.1",
        title=title,
        created_at_s=1_700_000_000,
        updated_at_s=1_700_000_000,
        turns=turns,
        tokens=12_345,
        remote_id="",
        deleted=False,
    )


async def test_the_commands() -> None:
    async with shown(*OPENING, size=(80, 24)) as pilot:
        assert isinstance(pilot.app, VoicetuiApp)
        await pilot.press("colon")
        await pilot.pause(0.5)
        text = text_of(pilot.app)
        assert "コマンドを検索" in text
        assert not english_in(text)
