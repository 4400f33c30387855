"""Copying: to the clipboard of the terminal, and to a file."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tui.errors import VoicetuiError
from tui.language import tr
from tui.paths import CLIPBOARD, open_private, private_dir, shown

LARGEST_BYTES = 55_000
"""Terminals take about 74 kB of base64."""


def copy(text: str, send: Callable[[str], None], state_dir: Path | None) -> str:
    """What was done, in words.  The terminal does not say whether it took it: hence the file."""
    sent = len(text.encode()) <= LARGEST_BYTES
    if sent:
        send(text)
    to_terminal = [tr("sent to terminal")] if sent else []
    if state_dir is None:
        done = to_terminal or [tr("too long for the terminal")]
    else:
        file = state_dir / CLIPBOARD
        try:
            _write(text, private_dir(state_dir) / CLIPBOARD)
            words = "sent to terminal and to {file}" if sent else "written to {file}"
            done = [tr(words, file=shown(file))]
        except VoicetuiError as error:
            done = [*to_terminal, tr("not written: {why}", why=error.message)]
        except OSError as error:
            why = tr("not written to {file}: {why}", file=shown(file), why=error.strerror)
            done = [*to_terminal, why]
    return tr("{count:,} characters: {what}", count=len(text), what=", ".join(done))


def _write(text: str, file: Path) -> None:
    descriptor = open_private(file, os.O_WRONLY)
    os.truncate(descriptor, 0)
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        out.write(text)
