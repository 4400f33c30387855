"""What the screens need of the record; the program gives it, and nothing here knows a database."""

from __future__ import annotations

import builtins
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from tui.beginning import Kind
from tui.store.rows import ConversationRow, SavedConversation, ToolRow


class Record(Protocol):
    """Kept conversations; every answer comes later, on another thread."""

    def list(
        self, limit: int = 50, offset: int = 0, query: str = ""
    ) -> Future[list[ConversationRow]]:
        """Newest first."""

    def count(self) -> Future[int]:
        """All that are not deleted."""

    def load(self, conversation_id: str, limit: int | None = None) -> Future[SavedConversation]:
        """With its turns, or the last `limit` of them."""

    def tool_calls(self, conversation_id: str) -> Future[builtins.list[ToolRow]]:
        """Functions that were called in it, in order."""

    def clip(self, conversation_id: str, item_id: str) -> Future[bytes | None]:
        """Sound of a turn, PCM16 mono 24 kHz."""

    def rename(self, conversation_id: str, title: str) -> Future[None]:
        """Give it another title."""

    def delete(self, conversation_id: str) -> Future[None]:
        """Take it out of the list."""

    def undelete(self, conversation_id: str) -> Future[None]:
        """Bring it back."""

    def import_remote(
        self, kind: Kind, remote_id: str, service: str, *, label: str = "", title: str = ""
    ) -> Future[str]:
        """Remember a conversation that a service keeps; the id it has here."""


class History(Protocol):
    """The record and what the program can do with it."""

    @property
    def record(self) -> Record:
        """Opened when it is first needed."""

    def move(self, row: ConversationRow) -> str:
        """Words for it, if going on with this one sends it to another service."""

    @property
    def service(self) -> str:
        """Of the settings: imported ids belong to it."""

    @property
    def label(self) -> str:
        """How the labels of calls with this service begin."""

    def costs(self, conversation_ids: Sequence[str]) -> Future[dict[str, str]]:
        """What each came to, in words; empty where nothing was used."""

    def export(self, conversation_id: str, form: str) -> Future[str]:
        """Write a conversation as md, json or wav; the place for a person to read."""
