"""Being told to end from outside, for commands without a screen."""

from __future__ import annotations

import signal
import sys
from types import FrameType

_SIGNALS = ("SIGTERM", "SIGHUP")


def end_when_told() -> None:
    """SIGTERM and SIGHUP unwind like an exception: temporary files and children go too."""
    for name in _SIGNALS:
        number = getattr(signal, name, None)
        # nohup has chosen already
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _end)


def _end(number: int, _frame: FrameType | None) -> None:
    signal.signal(number, signal.SIG_IGN)  # once is enough; unwinding must not be interrupted
    sys.exit(128 + number)
