"""A crash in words: a short message for the person, a traceback without locals for the log.

Local variables hold keys; Textual's own crash screen and its worker errors would print them.
"""

from __future__ import annotations

import errno
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tui.masking import mask

_log = logging.getLogger(__name__)


class CrashLog:
    """Sends what went wrong to `logging` (see tui.log) and says where that is."""

    def __init__(self, path: Path | None) -> None:
        self._path = path

    def write(self, error: BaseException | None) -> str:
        """Log the error and return what a person should read."""
        if _terminal_is_gone(error):
            _log.warning("the terminal is gone")
            return "The terminal is gone."
        name = type(error).__name__ if error is not None else "an unknown error"
        _log.error("the screen failed", exc_info=error)
        where = f" Details are in {self._path}." if self._path is not None else ""
        return f"voicetui stopped because of an error in itself ({name}).{where}"

    def note(self, error: BaseException) -> str:
        """Log an error that ends nothing, and return it in words."""
        _log.warning("%s", type(error).__name__, exc_info=error)
        return mask(str(error)) or type(error).__name__

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


def _terminal_is_gone(error: BaseException | None) -> bool:
    """Textual's threads for keys and for the picture end so when a window is closed."""
    if error is not None and getattr(error, "errno", None) not in (errno.EIO, errno.EBADF):
        return False
    return not os.isatty(2)
