"""The one door for printed lines: data to stdout, narration to stderr, nothing unsanitised."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from typing import TextIO

from tui.errors import VoicetuiError


def data(*fields: str) -> None:
    """A line of what was asked for, flushed: a pipe may wait for it.  Raises VoicetuiError.

    Several fields have tabs between them, which no text from outside keeps.
    """
    _print(*fields, prose=False)


def say(text: str) -> None:
    """The same of words to be read: a terminal gets them broken between words."""
    _print(text, prose=True)


def _print(*fields: str, prose: bool) -> None:
    try:
        _write(sys.stdout, *fields, prose=prose)
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
        _write(sys.stderr, text, prose=True)


def prompt(text: str) -> None:
    """A question on stderr; the answer is typed behind it."""
    sys.stderr.write(text)
    sys.stderr.flush()


def _write(stream: TextIO, *fields: str, prose: bool) -> None:
    from tui.masking import mask
    from tui.text import clean

    line = "\t".join(mask(clean(field)) for field in fields)
    if prose and stream.isatty():
        line = _broken(line, stream)
    line += "\n"
    encoding = stream.encoding or "utf-8"
    # A terminal that cannot show a letter gets a question mark, not a traceback.
    stream.write(line.encode(encoding, "replace").decode(encoding, "replace"))
    stream.flush()


def _broken(text: str, stream: TextIO) -> str:
    """In lines as long as the terminal is wide now."""
    from tui.text import wrap_cells

    try:
        columns = os.get_terminal_size(stream.fileno()).columns
    except OSError:
        return text
    return "\n".join(wrap_cells(text, columns, whole_words=True)) if columns else text


def _discard_rest() -> None:
    """What could not be written would be tried again, and complained about, at the exit."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
