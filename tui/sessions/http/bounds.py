"""How much one answer over HTTP may bring: nothing in it may fill the memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final

import httpx2

from tui.sessions.http.sse import Malformed

LARGEST_BYTES: Final = 16 << 20
"""Of an answer that is read as a whole: four minutes of WAV."""
LARGEST_COMPLAINT_BYTES: Final = 1 << 20
"""Of an answer with an error status; the rest is left out."""
_FLOWING: Final = ("text/event-stream", "audio/", "application/octet-stream")
"""These are used up as they come."""


async def bounded(response: httpx2.Response) -> None:
    """An event hook: reads no more of the answer's body than is good.  Raises Malformed.

    Compressed answers are not asked for: a few kilobytes of one can become gigabytes.
    """
    if response.headers.get("content-encoding", "identity").strip().lower() != "identity":
        raise Malformed("an answer that is compressed, which was not asked for")
    stream = response.stream
    assert isinstance(stream, httpx2.AsyncByteStream)
    if response.is_error:
        response.stream = _Cut(stream, LARGEST_COMPLAINT_BYTES)
    elif not response.headers.get("content-type", "").lower().startswith(_FLOWING):
        response.stream = _Limited(stream, LARGEST_BYTES)


class _Cut(httpx2.AsyncByteStream):
    """The beginning of a body."""

    def __init__(self, stream: httpx2.AsyncByteStream, most_bytes: int) -> None:
        self._stream = stream
        self._left_bytes = most_bytes

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            yield piece[: self._left_bytes]
            self._left_bytes -= len(piece)
            if self._left_bytes <= 0:
                self._full()
                return

    def _full(self) -> None:
        """There is more than may come."""

    async def aclose(self) -> None:
        await self._stream.aclose()


class _Limited(_Cut):
    """A body, as far as it is not too large."""

    def _full(self) -> None:
        raise Malformed("an answer that is too large")
