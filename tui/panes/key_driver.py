"""Keys that come up, and escape: our reading of what terminals report.

Textual's parser fails on an event type (`1:3`), which a terminal sends once it is asked for it, or
because another program forgot to switch it off.  Ours takes the type out before Textual sees the
sequence.  Releases and repeats matter for the keys in `HELD` alone; the release of any other key is
nothing, and its repeat a press.
"""

from __future__ import annotations

import asyncio
import os
import re
import selectors
import signal
from codecs import getincrementaldecoder
from collections.abc import Iterable
from typing import Any, Final

from textual import events
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.geometry import Size
from textual.keys import Keys

from tui.panes.key_messages import KeyReleased, KeyReleasesKnown, RepeatedKey

HELD: Final = frozenset({"space", "f2"})
ASK: Final = "\x1b[=2;2u\x1b[?u"
"""Add event types to the flags Textual has pushed, then ask which are in force.  Textual's own pop
at the end takes them all."""
EVENT_TYPES: Final = 2
TICK_S: Final = 0.1
"""How often a key that may be the beginning of a sequence is looked at."""

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


class KeyDriver(LinuxDriver):
    """Reads the keyboard, and the size of the window."""

    def start_application_mode(self) -> None:
        """Textual's modes.  Its own handler of a new size can be interrupted by itself.

        Then the size before the last one is told last, and stays.
        """
        super().start_application_mode()  # type: ignore[no-untyped-call]
        asyncio.get_running_loop().add_signal_handler(signal.SIGWINCH, self._resized)

    def _resized(self) -> None:
        if not self._in_band_window_resize:
            size = Size(*self._get_terminal_size())
            self._app.post_message(events.Resize(size, size))

    def run_input_thread(self) -> None:
        """Instead of Textual's, which fails on bytes that are no UTF-8 and never ends with us.

        A terminal that goes away signals only who it controls; the others find nothing to read.
        """
        parser = Parser(self._debug)
        decode = getincrementaldecoder("utf-8")("replace").decode
        with selectors.SelectSelector() as selector:
            selector.register(self.fileno, selectors.EVENT_READ)
            while not self.exit_event.is_set():
                if selector.select(TICK_S):
                    data = _read(self.fileno)
                    if not data:
                        os.kill(os.getpid(), signal.SIGHUP)
                        return
                    # Nothing but the beginning of a character would end the parser.
                    for event in parser.feed(text) if (text := decode(data)) else ():
                        self.process_message(event)
                for event in parser.tick():
                    self.process_message(event)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 4096)
    except OSError:
        return b""


class ReleaseDriver(KeyDriver):
    """Asks the terminal to report releases."""

    def start_application_mode(self) -> None:
        """Textual's modes, and one more."""
        super().start_application_mode()
        if self._key_thread is not None:
            self.write(ASK)
            self.flush()
