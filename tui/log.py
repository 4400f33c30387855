"""The log file: rotating, 0600, without keys."""

from __future__ import annotations

import logging
import os
import traceback
from logging.handlers import RotatingFileHandler
from pathlib import Path
from types import TracebackType
from typing import IO

from tui.errors import VoicetuiError
from tui.masking import mask
from tui.paths import log_file, private_file, state_dir, use_stand_in

LOG_BYTES = 1_000_000
"""A log that is longer than this is put aside."""
LOG_FILES = 3

_ExcInfo = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]


class _MaskingFormatter(logging.Formatter):
    """Formats first and masks the whole line: a key may hide in an argument or a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))

    def formatException(self, ei: _ExcInfo) -> str:
        # Never locals: a header with the key may be among them.
        return "".join(traceback.format_exception(ei[1], chain=True)).rstrip() if ei[1] else ""


class _PrivateRotatingFile(RotatingFileHandler):
    def _open(self):  # type: ignore[no-untyped-def]
        private_file(log_file())
        return super()._open()


def start_log(*, verbose: bool) -> None:
    """Send `logging` to the log file; called once per process."""
    # On a full disk logging would print its own complaint, into the picture of the screen.
    logging.raiseExceptions = False
    try:
        private_file(log_file())
    except VoicetuiError:
        use_stand_in()
    handler = _PrivateRotatingFile(
        log_file(), maxBytes=LOG_BYTES, backupCount=LOG_FILES, encoding="utf-8", delay=True
    )
    handler.setFormatter(
        _MaskingFormatter(f"%(asctime)s {os.getpid()} %(levelname)s %(name)s: %(message)s")
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.DEBUG if verbose else logging.INFO)
    # These print what they send, the authorization header included, when asked to debug.
    for chatty in ("websockets", "httpx", "httpcore", "openai", "asyncio"):
        logging.getLogger(chatty).setLevel(logging.INFO if verbose else logging.WARNING)


def child_log(name: str) -> Path:
    """The log of a child process, for its stderr; private, and put aside when it is long."""
    path = private_file(state_dir() / f"{name}.log")
    if path.stat().st_size > LOG_BYTES:
        path.replace(path.with_suffix(".log.1"))
        private_file(path)
    return path


def engine_log() -> IO[bytes]:
    """Where the engine's stderr goes: never to the terminal, a screen may be drawn there."""
    return child_log("engine").open("ab")
