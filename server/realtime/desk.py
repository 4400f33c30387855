"""Items that clients make, look at, cut and delete."""

from __future__ import annotations

from collections.abc import Callable

from server.realtime.audio_in import decode_clip
from server.realtime.conversation import Item, Part
from server.realtime.core import Core, Event, new_id
from server.realtime.dialect import item_from_beta
from server.realtime.shapes import Violation
from server.speech.pcm import duration_ms


def _missing(where: str) -> Violation:
    message = f"Missing required parameter: '{where}'."
    return Violation("missing_required_parameter", message, where)


class Desk:
    def __init__(self, core: Core, understand: Callable[[Item], None]) -> None:
        self._core = core
        self._understand = understand

    def item_from(self, sent: Event) -> Item:
        """A checked item of a client (GA's words)."""
        item = Item(
            sent.get("id") or new_id("item"),
            sent["type"],
            role=sent.get("role", ""),
            call_id=sent.get("call_id") or "",
            name=sent.get("name", ""),
            arguments=sent.get("arguments", ""),
            output=sent.get("output", ""),
            show_transcript=self._core.settings["audio"]["input"]["transcription"] is not None,
        )
        if item.type == "function_call" and not item.call_id:
            item.call_id = new_id("call")
        for index, part in enumerate(sent.get("content", [])):
            item.parts.append(self._part_from(part, f"item.content[{index}]"))
        return item

    def _part_from(self, part: Event, where: str) -> Part:
        kind = part["type"]
        if kind == "input_audio":
            if "audio" not in part:
                raise _missing(f"{where}.audio")
            law = self._core.settings["audio"]["input"]["format"]["type"]
            audio = decode_clip(part["audio"], law, f"{where}.audio")
            return Part(
                kind,
                text=part.get("transcript"),
                audio=audio,
                audio_ms=duration_ms(audio),
            )
        if kind in ("input_text", "output_text") and "text" not in part:
            raise _missing(f"{where}.text")
        if kind == "output_audio":
            if "audio" in part:
                message = "Assistant audio cannot be added to a conversation; send its text."
                raise Violation("invalid_value", message, f"{where}.audio")
            return Part("output_text", text=part.get("transcript") or part.get("text") or "")
        return Part(kind, text=part.get("text") or "")

    def create(self, event: Event, _now: float) -> None:
        core = self._core
        item = self.item_from(item_from_beta(event["item"]) if core.beta else event["item"])
        if item.type == "function_call_output":
            self._check_call(item.call_id)
        previous = core.conversation.add(item, event.get("previous_item_id"))
        core.emit_item("added", item, previous)
        core.emit_item("done", item, previous)
        self._understand(item)
        core.record(item)

    def _check_call(self, call_id: str) -> None:
        calls = (item for item in self._core.conversation.items if item.type == "function_call")
        if all(item.call_id != call_id for item in calls):
            raise Violation(
                "invalid_tool_call_id",
                f"Error adding item: the tool call ID '{call_id}' was not found in the "
                "conversation.",
                "item.call_id",
            )

    def retrieve(self, event: Event, _now: float) -> None:
        item = self._core.conversation.retrieve(event["item_id"])
        self._core.emit({"type": "conversation.item.retrieved", "item": item.render()})

    def truncate(self, event: Event, _now: float) -> None:
        cut_ms = event["audio_end_ms"]
        item = self._core.conversation.truncate(event["item_id"], cut_ms)
        place = {"item_id": item.id, "content_index": 0, "audio_end_ms": cut_ms}
        self._core.emit({"type": "conversation.item.truncated", **place})
        self._core.record(item)

    def delete(self, event: Event, _now: float) -> None:
        self._core.conversation.delete(event["item_id"])
        self._core.record_deletion(event["item_id"])
        self._core.emit({"type": "conversation.item.deleted", "item_id": event["item_id"]})
