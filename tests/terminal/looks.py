"""Draws every screen in every look and size, to be looked at.

Usage: python -m tests.terminal.looks FOLDER [LOOK ...]
"""

from __future__ import annotations

import asyncio
import os
import sys
import tempfile
from pathlib import Path

from tests.terminal.picture import tidy
from tests.tui.screens import stages
from tests.tui.screens.test_looks import SIZES


async def _draw(folder: Path, look: str, size: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as own:
        os.environ.pop("NO_COLOR", None)
        os.environ.update(stages.environment(look, Path(own)))
        async for name, app in stages.screens(look, size, Path(own)):
            file = folder / f"{look}-{name}-{size[0]}x{size[1]}.svg"
            file.write_text(tidy(app.export_screenshot(title=file.stem)), encoding="utf-8")


def main() -> None:
    """Write the pictures."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for look in sys.argv[2:] or stages.LOOKS:
        for size in SIZES:
            asyncio.run(_draw(folder, look, size))


if __name__ == "__main__":
    main()
