"""The one door for printed lines: data to stdout, narration to stderr, nothing unsanitised."""

from __future__ import annotations

import json
import sys
from typing import TextIO


def data(text: str) -> None:
    """A line of what was asked for; flushed, since a pipe may wait for it."""
    _write(sys.stdout, text)


def data_json(value: object) -> None:
    """One JSON object on one line."""
    _write(sys.stdout, json.dumps(value, ensure_ascii=False))


def narrate(text: str) -> None:
    """A line about what is going on."""
    _write(sys.stderr, text)


def prompt(text: str) -> None:
    """A question on stderr; the answer is typed behind it."""
    sys.stderr.write(text)
    sys.stderr.flush()


def _write(stream: TextIO, text: str) -> None:
    from tui.masking import mask
    from tui.text import clean

    line = mask(clean(text)) + "\n"
    encoding = stream.encoding or "utf-8"
    # A terminal that cannot show a letter gets a question mark, not a traceback.
    stream.write(line.encode(encoding, "replace").decode(encoding, "replace"))
    stream.flush()
