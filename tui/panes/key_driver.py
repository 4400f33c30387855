"""Keys that come up, and escape: our reading of what terminals report.

Textual's parser fails on an event type (`1:3`), which a terminal sends once it is asked for it, or
because another program forgot to switch it off.  Ours takes the type out before Textual sees the
sequence.  Releases and repeats matter for the keys in `HELD` alone; the release of any other key is
nothing, and its repeat a press.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Final

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers import linux_driver
from textual.drivers.linux_driver import LinuxDriver
from textual.keys import Keys

from tui.panes.key_messages import KeyReleased, KeyReleasesKnown, RepeatedKey

HELD: Final = frozenset({"space", "f2"})
ASK: Final = "\x1b[=2;2u\x1b[?u"
"""Add event types to the flags Textual has pushed, then ask which are in force.  Textual's own pop
at the end takes them all."""
EVENT_TYPES: Final = 2

_TYPED: Final = re.compile(r"(\x1b\[[\d:]*;)(\d*):(\d+)((?:;[\d:]*)?[u~A-S])")
_FLAGS: Final = re.compile(r"\x1b\[\?(\d+)u")
_REPEAT, _RELEASE = "2", "3"


class Parser(XTermParser):
    """Textual's, with event types."""

    def _sequence_to_key_events(self, sequence: str, alt: bool = False) -> Iterable[Any]:
        try:
            return self._events(sequence, alt)
        except (ValueError, OverflowError):  # no terminal sends such a number
            return [_nothing()]

    def _events(self, sequence: str, alt: bool) -> list[Any]:
        if (flags := _FLAGS.fullmatch(sequence)) is not None:
            return [KeyReleasesKnown(bool(int(flags[1]) & EVENT_TYPES))]
        if (typed := _TYPED.fullmatch(sequence)) is None:
            return _apart(list(super()._sequence_to_key_events(sequence)), alt)
        head, modifiers, kind, tail = typed.groups()
        keys = super()._sequence_to_key_events(f"{head}{modifiers or 1}{tail}")
        return [_of_kind(key, kind) for key in keys]


def _apart(keys: list[events.Key], alt: bool) -> list[events.Key]:
    """Alt with a letter is escape and the letter, as in vi: tmux sends them as one.

    Alt with Enter stays, for a new line.
    """
    if not alt:
        return keys
    if [key.key for key in keys] == ["enter"]:
        return [events.Key("alt+enter", None)]
    return [events.Key("escape", "\x1b"), *keys]


def _of_kind(key: events.Key, kind: str) -> events.Key | KeyReleased:
    if kind == _RELEASE:
        return KeyReleased(key.key) if key.key in HELD else _nothing()
    if kind == _REPEAT and key.key in HELD:
        return RepeatedKey(key.key, key.character)
    return key


def _nothing() -> events.Key:
    return events.Key(Keys.Ignore, None)


class ReleaseDriver(LinuxDriver):
    """Asks the terminal to report releases."""

    def start_application_mode(self) -> None:
        """Textual's modes, and one more."""
        super().start_application_mode()  # type: ignore[no-untyped-call]
        if self._key_thread is not None:
            self.write(ASK)
            self.flush()


def mend_parser() -> None:
    """Let Textual's driver read with our parser: it makes its own by this name."""
    linux_driver.XTermParser = Parser  # type: ignore[attr-defined]
