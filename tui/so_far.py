"""What a new session is told of the conversation so far, beside the words of its turns."""

from __future__ import annotations

from typing import Final

from shared.pcm import FRAME_BYTES, RATE_HZ
from tui.call_events import Clip
from tui.sessions.events import PastCall, PastTurn, ToolCalled
from tui.transcript import Transcript

MOST_CALLS: Final = 32
MOST_CHARS: Final = 64_000
"""The oldest are left out: the answers tell what came of them."""
UNREAD_TURNS: Final = 3
UNREAD_BYTES: Final = 60 * RATE_HZ * FRAME_BYTES
"""Of spoken turns without words, so many and so much of each can be said again."""


class SoFar:
    """Keeps functions that have a result, and the sound of turns of which there are no words."""

    def __init__(self, transcript: Transcript) -> None:
        self._transcript = transcript
        self._unread: dict[str, bytes] = {}
        self._open: dict[str, tuple[str, ToolCalled]] = {}
        """Functions, each with the turn it was called behind."""
        self._done: dict[str, tuple[str, PastCall]] = {}

    def spoken(self, clip: Clip) -> None:
        """What the user said; its words are still to come."""
        self._unread[clip.item_id] = clip.pcm[-UNREAD_BYTES:]
        while len(self._unread) > UNREAD_TURNS:
            del self._unread[next(iter(self._unread))]

    def read(self, item_id: str) -> None:
        """Its words are there."""
        self._unread.pop(item_id, None)

    def called(self, event: ToolCalled) -> None:
        """The model wants a function run."""
        last = next(reversed(list(self._transcript)), None)
        self._open[event.call_id] = (last.item_id if last else "", event)

    def ended(self, call_id: str, output: str) -> None:
        """What the model was told; empty: nothing."""
        after, event = self._open.pop(call_id, ("", None))
        if event is None or not output:
            return
        self._done[call_id] = (after, PastCall(call_id, event.name, event.arguments, output))
        while len(self._done) > MOST_CALLS or self._chars() > MOST_CHARS:
            del self._done[next(iter(self._done))]

    def _chars(self) -> int:
        return sum(len(call.arguments) + len(call.output) for _, call in self._done.values())

    def turns(self) -> list[PastTurn]:
        """What was said and heard, with all this."""
        calls: dict[str, tuple[PastCall, ...]] = {}
        for after, call in self._done.values():
            calls[after] = (*calls.get(after, ()), call)
        return self._transcript.past_turns(self._unread, calls)
