"""The record's door: every method returns at once; see the package for the whole of it."""

from __future__ import annotations

import builtins
import secrets
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Final, TypeVar

from tui.beginning import Kind
from tui.errors import ExitCode, VoicetuiError
from tui.sessions.events import PastTurn
from tui.store import changing, drafts, reading
from tui.store.opening import Place
from tui.store.owner import Owner
from tui.store.rows import (
    ClipRow,
    ConversationRow,
    Hit,
    Resumption,
    SavedConversation,
    SavedTurn,
    StepRow,
    ToolRow,
    UsageRow,
)

CLOSE_S: Final = 5.0
T = TypeVar("T")


def new_id() -> str:
    """An id for a conversation: random, so that its first letters are enough to name it."""
    return secrets.token_hex(8)


class Store:
    """All conversations of this person; safe to use from any thread."""

    def __init__(self, owner: Owner) -> None:
        self._owner = owner
        self._changed: builtins.list[Callable[[str], None]] = []
        self._lock = threading.Lock()

    @classmethod
    def open(cls, folder: Path | None, reason: str = "") -> Store:
        """Open the record in `folder`, or in memory where there is none (and why)."""
        return cls(Owner(folder, reason, changing.tidy))

    @property
    def problem(self) -> str:
        """Why nothing is being saved now, in words; empty when all is well."""
        return self._owner.problem

    def listen(
        self,
        *,
        on_problem: Callable[[str], None] | None = None,
        on_notice: Callable[[str], None] | None = None,
        on_change: Callable[[str], None] | None = None,
    ) -> None:
        """Hear of problems ("": over), of the file's fate, and of changed conversations (ids).

        Called on the owner's thread, or at once on this one for what happened before.
        """
        if on_change is not None:
            with self._lock:
                self._changed.append(on_change)
        self._owner.listen(on_problem, on_notice)

    def close(self, timeout_s: float = CLOSE_S) -> bool:
        """Save what is waiting and end; False if something could not be saved.  Safe twice."""
        return self._owner.close(timeout_s)

    # ------------------------------------------------------------ looking

    def list(
        self, limit: int = 50, offset: int = 0, query: str = "", *, deleted: bool = False
    ) -> Future[list[ConversationRow]]:
        """A page of the history, newest first; with a query, newest match first."""
        return self._owner.read(
            lambda place: reading.list_conversations(place, limit, offset, query, deleted)
        )

    def count(self) -> Future[int]:
        """Conversations that are not deleted."""
        return self._owner.read(reading.count)

    def search(self, text: str, limit: int = 50) -> Future[builtins.list[Hit]]:
        """Turns and titles that hold all words of `text`, newest first."""
        return self._owner.read(lambda place: reading.search(place, text, limit))

    def find(self, prefix: str, *, deleted: bool = False) -> Future[str]:
        """The id that begins with `prefix`; fails with VoicetuiError."""
        return self._owner.read(lambda place: reading.find(place, prefix, deleted))

    def row(self, conversation_id: str) -> Future[ConversationRow]:
        """One line of the history."""
        return self._owner.read(lambda place: reading.row_of(place, conversation_id))

    def load(self, conversation_id: str, limit: int | None = None) -> Future[SavedConversation]:
        """A conversation with its turns, or the last `limit` of them."""
        return self._owner.read(lambda place: reading.load(place, conversation_id, limit))

    def turns(
        self, conversation_id: str, after: int = -1, limit: int = 200
    ) -> Future[builtins.list[SavedTurn]]:
        """A page of turns, those behind position `after`."""
        return self._owner.read(
            lambda place: reading.turns_after(place, conversation_id, after, limit)
        )

    def past_turns(self, conversation_id: str) -> Future[builtins.list[PastTurn]]:
        """What a new session is told: what was said, up to what was heard."""
        return self._owner.read(lambda place: reading.past_turns(place, conversation_id))

    def resumption(self, conversation_id: str) -> Future[Resumption]:
        """Everything a call needs to take the conversation up again."""
        return self._owner.read(lambda place: reading.resumption(place, conversation_id))

    def clips(self, conversation_id: str) -> Future[builtins.list[ClipRow]]:
        """Sound that is kept, in order of the turns."""
        return self._owner.read(lambda place: reading.clips_of(place, conversation_id))

    def clip(self, conversation_id: str, item_id: str) -> Future[bytes | None]:
        """The sound of a turn, PCM16 mono 24 kHz; None where none is kept."""
        return self._owner.read(lambda place: reading.clip(place, conversation_id, item_id))

    def tool_calls(self, conversation_id: str) -> Future[builtins.list[ToolRow]]:
        """Function calls in order."""
        return self._owner.read(lambda place: reading.tool_calls(place, conversation_id))

    def steps(self, conversation_id: str) -> Future[builtins.list[StepRow]]:
        """What the service did on the way to its answers."""
        return self._owner.read(lambda place: reading.steps(place, conversation_id))

    def usage(self, conversation_id: str) -> Future[builtins.list[UsageRow]]:
        """What a conversation used, in order."""
        return self._owner.read(lambda place: reading.usage(place, "c.id = ?", conversation_id))

    def usage_since(self, at_s: float) -> Future[builtins.list[UsageRow]]:
        """What everything used since a Unix time, deleted conversations included."""
        return self._owner.read(lambda place: reading.usage(place, "u.at >= ?", at_s))

    # ------------------------------------------------------------ changing

    def rename(self, conversation_id: str, title: str) -> Future[None]:
        """Give a title that stays; an empty one is found anew with the next turn."""
        return self._change(
            conversation_id, lambda place: changing.rename(place, conversation_id, title)
        )

    def delete(self, conversation_id: str) -> Future[None]:
        """Out of sight; gone for good after a month."""
        return self._change(conversation_id, lambda place: changing.delete(place, conversation_id))

    def undelete(self, conversation_id: str) -> Future[None]:
        """Take a deletion back."""
        return self._change(
            conversation_id, lambda place: changing.undelete(place, conversation_id)
        )

    def purge(self, conversation_id: str) -> Future[None]:
        """Away for good, with its sound; what it used stays counted."""
        done = self._change(conversation_id, lambda place: changing.purge(place, conversation_id))
        self._owner.read(changing.empty_log)  # its words are in there still
        return done

    def forget_remote(self, conversation_id: str) -> Future[None]:
        """The service does not know the conversation any more: only its text is left."""
        return self._change(
            conversation_id, lambda place: changing.forget_remote(place, conversation_id)
        )

    def import_remote(
        self, kind: Kind, remote_id: str, service: str, *, label: str = "", title: str = ""
    ) -> Future[str]:
        """Take up a thread or conversation the service keeps; the id it has here.

        Its turns come when it is resumed.
        """
        remote_id = remote_id.strip()
        if not remote_id or not remote_id.isascii() or not remote_id.isprintable():
            failed: Future[str] = Future()
            failed.set_exception(
                VoicetuiError("No id", "that cannot be the id of a conversation.", ExitCode.USAGE)
            )
            return failed
        header = drafts.Header(
            *(new_id(), kind, service, label, "", "{}", remote_id),
            *(drafts.as_title(title or remote_id), int(time.time())),
        )
        return self._change(header.id, lambda place: changing.import_remote(place, header))

    def _change(self, conversation_id: str, work: Callable[[Place], T]) -> Future[T]:
        future = self._owner.write(work)
        future.add_done_callback(lambda done: self._after(done, conversation_id))
        return future

    def _after(self, done: Future[T], conversation_id: str) -> None:
        if not done.cancelled() and done.exception() is None:
            self.tell_changed(conversation_id)

    # ------------------------------------------------------------ for the recorder

    def keep(
        self, conversation_id: str, work: Callable[[Place], object], size_bytes: int = 0
    ) -> None:
        """Save as soon as that is possible; `size_bytes` of sound in it."""

        def saved(place: Place) -> None:
            work(place)

        future = self._owner.keep(saved, size_bytes)
        future.add_done_callback(lambda done: self._after(done, conversation_id))

    def tell_changed(self, conversation_id: str) -> None:
        """Tell those who listen that a conversation has changed."""
        with self._lock:
            listeners = tuple(self._changed)
        for listener in listeners:
            listener(conversation_id)
