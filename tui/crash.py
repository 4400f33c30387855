"""A crash in words: a short message for the person, a traceback without locals for the log.

Local variables hold keys; they are never written anywhere.  Exception texts can quote a key, so
what looks like one is masked.
"""

from __future__ import annotations

import os
import re
import threading
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SECRET = re.compile(
    r"(?i)(\bsk-|\bek_|bearer\s+|api[-_]?key[\"']?\s*[:=]\s*[\"']?)[A-Za-z0-9._~+/=-]{6,}"
)


def mask(text: str) -> str:
    """Hide what looks like a key."""
    return _SECRET.sub(r"\1***", text)


class CrashLog:
    """Writes tracebacks to a file, if there is one."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def write(self, error: BaseException | None) -> str:
        """Log the error and return what a person should read."""
        name = type(error).__name__ if error is not None else "an unknown error"
        message = f"voicetui stopped because of an error in itself ({name})."
        if self._path is None:
            return message
        text = "unknown error\n" if error is None else "".join(traceback.format_exception(error))
        stamp = time.strftime("%Y-%m-%d %H:%M:%S")
        try:
            self._path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            descriptor = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            with os.fdopen(descriptor, "a", encoding="utf-8", errors="backslashreplace") as log:
                log.write(f"{stamp} {mask(text)}\n")
        except OSError as failure:
            return f"{message} The log {self._path} could not be written: {failure.strerror}."
        return f"{message} Details are in {self._path}."

    @contextmanager
    def of_threads(self) -> Iterator[None]:
        """Errors of threads go to the log: printed, they would break the picture."""
        before = threading.excepthook

        def hook(args: threading.ExceptHookArgs) -> None:
            if args.exc_type is not SystemExit:
                self.write(args.exc_value)

        threading.excepthook = hook
        try:
            yield
        finally:
            threading.excepthook = before
