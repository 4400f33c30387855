"""Timers that fire once: Textual's never do when they are late before they begin."""

from __future__ import annotations

from typing import Any

from textual.timer import Timer

_begin = Timer.__init__


def mend_timers() -> None:
    """Let no timer that is to fire a number of times skip any.

    Textual leaves out what a busy machine has missed.  Of a timer that fires once this leaves
    nothing, and who waits for it (a resize, the next text, the end of a key) waits for ever.
    """
    Timer.__init__ = _with_every_time  # type: ignore[method-assign, assignment]


def _with_every_time(timer: Timer, *args: Any, **options: Any) -> None:
    _begin(timer, *args, **options)
    if timer._repeat is not None:
        timer._skip = False
