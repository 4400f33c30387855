"""The items of a conversation, in order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from server.realtime.shapes import Violation
from server.speech.pcm import Pcm, duration_ms

ROOT = "root"


@dataclass(slots=True)
class Word:
    """One word of an answer and when, in its audio, it begins."""

    text: str
    start_ms: float
    glued: bool = False
    """No space before it: Japanese."""


def joined(words: Iterable[Word]) -> str:
    """The words as text; begins with a space unless the first word is glued."""
    return "".join(word.text if word.glued else f" {word.text}" for word in words)


@dataclass(slots=True)
class Part:
    """One piece of a message."""

    type: str
    """GA's names: input_text, input_audio, input_image, output_text, output_audio."""
    text: str | None = None
    """Text, or the transcript of audio; None while a transcript is not known."""
    audio: Pcm | None = None
    """24 kHz; kept for user audio only."""
    audio_ms: float = 0
    words: list[Word] = field(default_factory=list)


@dataclass(slots=True)
class Item:
    id: str
    type: str
    role: str = ""
    status: str = "completed"
    parts: list[Part] = field(default_factory=list)
    call_id: str = ""
    name: str = ""
    arguments: str = ""
    output: str = ""
    heard_ms: int | None = None
    """Where a client's truncate has cut the answer; None: never cut."""
    understanding: bool = False
    """The recogniser is still at work on it."""
    understood: bool = True
    """False: audio whose words could not be made out."""
    show_transcript: bool = False
    """Input transcription was on when the item was made."""

    @property
    def text(self) -> str:
        """Everything said in it, as far as it is known."""
        return " ".join(part.text for part in self.parts if part.text)

    @property
    def audio_ms(self) -> float:
        return sum(part.audio_ms for part in self.parts)

    def render(self) -> dict[str, Any]:
        """The item as events carry it (GA)."""
        base: dict[str, Any] = {
            "id": self.id,
            "object": "realtime.item",
            "type": self.type,
            "status": self.status,
        }
        if self.type == "function_call":
            call = {"call_id": self.call_id, "name": self.name, "arguments": self.arguments}
            return {**base, **call}
        if self.type == "function_call_output":
            return {**base, "call_id": self.call_id, "output": self.output}
        content = [self._render_part(part) for part in self.parts]
        return {**base, "role": self.role, "content": content}

    def _render_part(self, part: Part) -> dict[str, Any]:
        if part.type == "input_audio":
            shown = part.text if self.show_transcript else None
            return {"type": part.type, "transcript": shown}
        if part.type == "output_audio":
            return {"type": part.type, "transcript": part.text or ""}
        return {"type": part.type, "text": part.text or ""}


def user_clip(item_id: str, audio: Pcm, *, show_transcript: bool) -> Item:
    """A spoken message, not understood yet."""
    part = Part("input_audio", audio=audio, audio_ms=duration_ms(audio))
    return Item(
        item_id,
        "message",
        role="user",
        parts=[part],
        understanding=True,
        show_transcript=show_transcript,
    )


class Conversation:
    """Ordered items; every refusal is the service's own sentence."""

    def __init__(self) -> None:
        self.items: list[Item] = []

    def find(self, item_id: str) -> Item | None:
        return next((item for item in self.items if item.id == item_id), None)

    @property
    def last_id(self) -> str | None:
        return self.items[-1].id if self.items else None

    def add(self, item: Item, after: str | None = None) -> str | None:
        """Put it behind `after` (None: at the end, "root": first); answers the predecessor."""
        if self.find(item.id) is not None:
            raise Violation(
                "item_create_duplicate_item_id",
                f"Error adding item: the item with id '{item.id}' already exists.",
                "item.id",
            )
        index = len(self.items)
        if after == ROOT:
            index = 0
        elif after is not None:
            previous = self.find(after)
            if previous is None:
                raise Violation(
                    "item_create_invalid_previous_item_id",
                    f"Error adding item: the previous item with id '{after}' does not exist.",
                    "previous_item_id",
                )
            index = self.items.index(previous) + 1
        self.items.insert(index, item)
        return self.items[index - 1].id if index else None

    def before(self, item: Item) -> str | None:
        """The id of its predecessor."""
        index = self.items.index(item)
        return self.items[index - 1].id if index else None

    def tool_name(self, call_id: str) -> str:
        """Of the function call with this id; empty if there is none."""
        calls = (item for item in self.items if item.type == "function_call")
        return next((item.name for item in calls if item.call_id == call_id), "")

    def delete(self, item_id: str) -> None:
        item = self.find(item_id)
        if item is None:
            raise Violation(
                "item_delete_invalid_item_id",
                f"Error deleting item: the item with id '{item_id}' does not exist.",
                "item_id",
            )
        self.items.remove(item)

    def retrieve(self, item_id: str) -> Item:
        item = self.find(item_id)
        if item is None:
            raise Violation(
                "item_retrieve_invalid_item_id",
                f"Error retrieving item: the item with id '{item_id}' does not exist.",
                "item_id",
            )
        return item

    def truncate(self, item_id: str, audio_end_ms: int) -> Item:
        """Cut an answer to what was heard of it: from now on no more was ever said."""
        item = self.find(item_id)
        if item is None:
            raise Violation(
                "item_truncate_invalid_item_id",
                f"Error truncating item: the item with id '{item_id}' does not exist.",
                "item_id",
            )
        part = next((part for part in item.parts if part.type == "output_audio"), None)
        if item.role != "assistant" or part is None or audio_end_ms <= 0:
            raise Violation(
                "invalid_value", "Only model output audio messages can be truncated", "item_id"
            )
        if audio_end_ms > part.audio_ms:
            raise Violation(
                "invalid_value",
                f"Audio content of {int(part.audio_ms)}ms is already shorter than {audio_end_ms}ms",
                "audio_end_ms",
            )
        part.words = [word for word in part.words if word.start_ms < audio_end_ms]
        part.text = joined(part.words).strip()
        part.audio_ms = audio_end_ms
        item.heard_ms = audio_end_ms
        return item
