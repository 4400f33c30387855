"""The one door for printed lines: data to stdout, narration to stderr, nothing unsanitised."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TextIO

from tui.errors import VoicetuiError


def data(text: str) -> None:
    """A line of what was asked for, flushed: a pipe may wait for it.  Raises VoicetuiError."""
    try:
        _write(sys.stdout, text)
    except BrokenPipeError:
        raise
    except OSError as error:
        _discard_rest()
        raise VoicetuiError("The output cannot be written", f"{error.strerror}.") from error


def data_json(value: object) -> None:
    """One JSON object on one line."""
    data(json.dumps(value, ensure_ascii=False))


def narrate(text: str) -> None:
    """A line about what is going on."""
    with contextlib.suppress(OSError):  # whoever closed stderr does not want to be told
        _write(sys.stderr, text)


def prompt(text: str) -> None:
    """A question on stderr; the answer is typed behind it."""
    sys.stderr.write(text)
    sys.stderr.flush()


def _write(stream: TextIO | None, text: str) -> None:
    from tui.masking import mask
    from tui.text import clean

    if stream is None:
        return  # started with this stream closed
    line = mask(clean(text)) + "\n"
    encoding = stream.encoding or "utf-8"
    # A terminal that cannot show a letter gets a question mark, not a traceback.
    stream.write(line.encode(encoding, "replace").decode(encoding, "replace"))
    stream.flush()


def _discard_rest() -> None:
    """What could not be written would be tried again, and complained about, at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
