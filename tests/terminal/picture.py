"""Draws the picture of the running screen that the README shows.

Usage: python -m tests.terminal.picture [FILE.svg] [--size 100x30] [--keys k,k] [--theme NAME]
"""

from __future__ import annotations

import argparse
import asyncio
import re
from collections.abc import Sequence
from pathlib import Path

from tests.tui.conversation import OPENING, TALK
from tests.tui.scripted import ScriptedCall
from tui.app import VoicetuiApp
from tui.call_events import CallEvent

CELL = 12.2  # width of one cell in the picture, as Rich draws it
DEFAULT = Path(__file__).resolve().parents[2] / "docs" / "screen.svg"


def tidy(svg: str) -> str:
    """Blanks at the beginning of a text become a shift: some viewers drop them."""

    def one(match: re.Match[str]) -> str:
        attributes, text = match[1], match[2].replace(" ", "&#160;")
        blanks = 0
        while text.startswith("&#160;"):
            text, blanks = text[6:], blanks + 1
        shift = CELL * blanks
        attributes = re.sub(
            r' x="([\d.]+)"', lambda found: f' x="{float(found[1]) + shift:.1f}"', attributes
        )
        attributes = re.sub(
            r'textLength="([\d.]+)"',
            lambda found: f'textLength="{max(0.0, float(found[1]) - shift):.1f}"',
            attributes,
        )
        return f"<text{attributes}>{text}"

    svg = re.sub(r"<text([^>]*)>([^<]*)", one, svg)
    # No fonts from elsewhere: the viewer's own monospace font serves as well.
    return re.sub(r"@font-face\s*\{[^}]*\}", "", svg).replace("Fira Code", "ui-monospace")


async def draw(
    size: tuple[int, int],
    *script: CallEvent,
    keys: Sequence[str] = (),
    title: str = "voicetui",
    theme: str = "voicetui",
) -> str:
    """The screen of a scripted call as SVG."""
    app = VoicetuiApp(
        lambda on_event, _: ScriptedCall(on_event, *script),
        title="a scripted call, gpt-realtime-2.1, marin",
        ssh=False,
        push_to_talk=False,
        voice="marin",
        theme=theme,
    )
    async with app.run_test(size=size) as pilot:
        await pilot.pause(0.3)
        await pilot.press(*keys)
        await pilot.pause(0.3)
        return tidy(app.export_screenshot(title=title))


def main() -> None:
    """Write the picture."""
    parser = argparse.ArgumentParser()
    parser.add_argument("file", type=Path, nargs="?", default=DEFAULT)
    parser.add_argument("--size", default="96x30")
    parser.add_argument("--keys", default="")
    parser.add_argument("--theme", default="voicetui")
    arguments = parser.parse_args()
    width, height = map(int, arguments.size.split("x"))
    keys = [key for key in arguments.keys.split(",") if key]
    svg = asyncio.run(draw((width, height), *OPENING, *TALK, keys=keys, theme=arguments.theme))
    arguments.file.parent.mkdir(exist_ok=True)
    arguments.file.write_text(svg, encoding="utf-8")


if __name__ == "__main__":
    main()
