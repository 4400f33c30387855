"""Server-sent events, from bytes as they come."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from tui.sessions.realtime.message import Message, excessive

LONGEST_BYTES: Final = 8 << 20
"""Of one event; a service that sends more without an end is broken."""
MOST_EVENTS: Final = 200_000
"""Of one stream: a few words each make a longer answer than any model gives."""


class Malformed(ValueError):
    """The stream is none that can be read."""


class Events:
    """Feed it bytes; it gives {"event": name, "data": object} for every whole event."""

    def __init__(self, on_data: Callable[[bytes, str], None] = lambda data, event: None) -> None:
        """`on_data`: gets what every event holds, and the event's name, before it is read."""
        self._on_data = on_data
        self._torn: list[bytes] = []
        """Pieces of a line that has not ended."""
        self._event = ""
        self._data: list[bytes] = []
        self._size_bytes = 0
        self._count = 0
        self.done = False
        """The service said [DONE]."""

    def feed(self, raw: bytes) -> Iterator[Message]:
        """More bytes.  Raises Malformed."""
        self._torn.append(raw)
        self._size_bytes += len(raw)
        if self._size_bytes > LONGEST_BYTES:
            raise Malformed("an event without end")
        if b"\n" not in raw:
            return
        *lines, torn = b"".join(self._torn).split(b"\n")
        self._torn = [torn]
        for line in lines:
            found = self._line(line.removesuffix(b"\r"))
            if found is not None:
                yield found

    def close(self) -> Iterator[Message]:
        """The end: an event whose blank line is missing still counts."""
        for line in (b"".join(self._torn), b""):
            found = self._line(line.removesuffix(b"\r"))
            if found is not None:
                yield found
        self._torn.clear()

    def _line(self, line: bytes) -> Message | None:
        if not line:
            return self._whole()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"event":
            self._event = value.decode("utf-8", "replace")
        elif name == b"data":
            self._data.append(value)
        return None

    def _whole(self) -> Message | None:
        event, data = self._event, b"\n".join(self._data)
        self._event, self._size_bytes = "", 0  # what is torn off behind it is at most one read
        self._data.clear()
        if not data or self.done:
            return None
        self._on_data(data, event)
        if data.strip() == b"[DONE]":
            self.done = True
            return None
        self._count += 1
        if self._count > MOST_EVENTS:
            raise Malformed("more events than an answer can have")
        if excessive(data):
            raise Malformed("an event with too many parts")
        try:
            value = msgspec.json.decode(data)
        except (msgspec.DecodeError, ValueError, RecursionError):
            raise Malformed("an event that is not JSON") from None
        return {"event": event, "data": value} if isinstance(value, dict) else None
