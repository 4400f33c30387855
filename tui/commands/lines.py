"""Lines typed or piped into stdin, read on a thread."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

LONGEST_LINE_BYTES: Final = 400_000


@dataclass(frozen=True, slots=True)
class Line:
    """One line, without its end."""

    text: str


@dataclass(frozen=True, slots=True)
class Ended:
    """stdin has ended."""


def read_lines(put: Callable[[Line | Ended], None]) -> None:
    """Start to read; the thread ends with stdin or with the process."""
    threading.Thread(target=_read, args=(put,), name="stdin", daemon=True).start()


def _read(put: Callable[[Line | Ended], None]) -> None:
    # os.read, not sys.stdin: a thread that waits inside a buffered file cannot be left behind.
    descriptor = sys.stdin.fileno()
    kept = b""
    while True:
        try:
            piece = os.read(descriptor, 65536)
        except OSError:
            piece = b""
        if not piece:
            break
        *lines, kept = (kept + piece).split(b"\n")
        for line in lines:
            put(Line(_text(line)))
        kept = kept[:LONGEST_LINE_BYTES]
    if kept:
        put(Line(_text(kept)))
    put(Ended())


def _text(line: bytes) -> str:
    return line.rstrip(b"\r")[:LONGEST_LINE_BYTES].decode("utf-8", "replace")
