"""One request over HTTP in the log of the wire, where somebody asked for one."""

from __future__ import annotations

import itertools
from typing import Any, Final

import msgspec

from tui.masking import public_url
from tui.sessions.realtime.message import Message
from tui.sessions.wire_log import Way, WireLog, masked

_HEADERS: Final = ("content-type", "x-request-id", "request-id", "retry-after", "retry-after-ms")
_HEADER_BEGINNINGS: Final = ("x-ratelimit-", "openai-processing", "openai-version")
"""Of an answer; all others may hold what is secret."""
_numbers = itertools.count(1)


class Trace:
    """Writes down what is asked and what comes; nothing where there is no log."""

    def __init__(self, log: WireLog | None) -> None:
        self._log = log
        self._over = f"request {next(_numbers)}" if log is not None else ""
        self._sound_bytes = 0

    def _note(self, way: Way, body: object, kind: str) -> None:
        if self._log is not None:
            self._log(way, body, kind, self._over)

    def asked(self, operation: str, body: Message) -> None:
        """As it is handed to the library; it belongs to others, so it is written down at once."""
        if self._log is not None:
            self._note("sent", msgspec.json.encode(masked(body)), operation)

    def answered(self, answer: Any) -> None:
        """The head of an answer, whatever its status."""
        if self._log is None:
            return
        request = answer.http_request if hasattr(answer, "http_request") else answer.request
        headers = {
            name: value
            for name, value in answer.headers.items()
            if name.lower() in _HEADERS or name.lower().startswith(_HEADER_BEGINNINGS)
        }
        asked = f"{request.method} {public_url(str(request.url))}"
        self._note("received", {"of": asked, "headers": headers}, f"HTTP {answer.status_code}")

    def came(self, raw: bytes, kind: str = "") -> None:
        """An answer, or an event of one."""
        self._note("received", raw, kind)

    def sounded(self, raw: bytes) -> None:
        """A piece of sound."""
        self._sound_bytes += len(raw)

    def ended(self, problem: str = "") -> None:
        """Nothing more comes."""
        if self._sound_bytes:
            self._note("received", f"<{self._sound_bytes} bytes of sound>", "sound")
        self._note("note", problem or "ended", "broken" if problem else "ended")
