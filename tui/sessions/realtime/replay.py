"""Giving a new session what an earlier one knew."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tui.sessions.events import Owed, PastCall, PastTurn, Role
from tui.sessions.options import WireFormat
from tui.sessions.realtime.dialect import Dialect, sound_item, text_item
from tui.sessions.realtime.message import Message, clean
from tui.sessions.realtime.outbox import Outbox
from tui.sessions.realtime.turns import Turns
from tui.sessions.realtime.wire_audio import AudioEncoder

CONTINUES: Final = (
    "The connection was interrupted and is restored. The messages above are the same conversation "
    "up to now. Go on in the same language and manner; do not greet again and do not mention the "
    "interruption."
)
REST: Final = (
    "Your last message broke off where its text ends. Say the rest of it now: go on in the middle "
    "of the sentence, and repeat nothing."
)


HEARD_ONLY: Final = (
    "The user interrupted an answer of yours from before the interruption of the connection and"
    ' heard only this of it: "{text}" The rest was not heard.'
)


@dataclass(slots=True)
class _Answer:
    """A replayed answer: its place among what was sent, and its words."""

    at: int
    text: str


class Replay:
    """Sends past turns as text items and knows them again when the service announces them.

    What the user said and nobody has written down yet goes as sound, under its own name: the turn
    is taken up again, and its words come from this session.
    """

    def __init__(
        self,
        outbox: Outbox,
        turns: Turns,
        past: Sequence[PastTurn],
        *,
        continuing: bool,
        owed: Owed = "",
    ) -> None:
        self._outbox = outbox
        self._turns = turns
        self._past = [turn for turn in past if turn.text.strip() or turn.sound or turn.calls]
        if continuing:
            note = CONTINUES if owed != "rest" else f"{CONTINUES} {REST}"
            self._past.append(PastTurn("system", note))
        self._sent: dict[str, tuple[str, str]] = {}
        self._line: list[str] = []
        """Ids of all items sent, in order; empty where there is none any more."""
        self._named: dict[str, str] = {}
        """Names that the service gave them instead."""
        self._answers: dict[str, _Answer] = {}
        """By the name they had in the session before."""

    def send(self, dialect: Dialect, wire_format: WireFormat = "pcm") -> None:
        """Send all of it; no answer is asked for."""
        for turn in self._past:
            if turn.text.strip():
                if turn.role == "assistant" and turn.item_id:
                    self._answers[turn.item_id] = _Answer(len(self._line), clean(turn.text))
                self._line.append(self._send_text(dialect, turn.role, clean(turn.text)))
            elif turn.sound:
                item_id = turn.item_id or self._outbox.new_id("past")
                audio, _ = AudioEncoder(wire_format).encode(turn.sound)
                self._outbox.send(sound_item(audio, item_id), item_id=item_id)
                self._line.append(item_id)
            for call in turn.calls:
                self._send_call(call)
        self._past.clear()

    def _send_text(self, dialect: Dialect, role: Role, text: str, after: str = "") -> str:
        item_id = self._outbox.new_id("past")
        self._sent[item_id] = (role, text)
        self._turns.hide(item_id)
        message = text_item(dialect, role, text, item_id)
        if after:
            message["previous_item_id"] = after
        self._outbox.send(message, item_id=item_id)
        return item_id

    def _send_call(self, call: PastCall) -> None:
        """A function and its result; the model must not call it again."""
        name = {"call_id": clean(call.call_id)}
        for item in (
            {"type": "function_call", "name": clean(call.name), "arguments": clean(call.arguments)},
            {"type": "function_call_output", "output": clean(call.output)},
        ):
            item_id = self._outbox.new_id("past")
            self._sent[item_id] = ("", "")
            self._turns.hide(item_id)
            made: Message = {"type": "conversation.item.create"}
            made["item"] = {"id": item_id, **item, **name}
            self._outbox.send(made, item_id=item_id)
            self._line.append(item_id)

    def correct(self, item_id: str, text: str, dialect: Dialect, *, can_delete: bool) -> None:
        """Of an answer that was sent whole, only this was heard."""
        answer = self._answers.get(item_id)
        text = clean(text)
        if answer is None or answer.text == text:
            return
        answer.text = text
        if not can_delete:
            self._send_text(dialect, "system", HEARD_ONLY.format(text=text[-2000:]))
            return
        old = self._line[answer.at]
        if old:
            old = self._named.get(old, old)
            self._outbox.send({"type": "conversation.item.delete", "item_id": old}, item_id=old)
        self._line[answer.at] = ""
        if text.strip():
            before = next((name for name in reversed(self._line[: answer.at]) if name), "root")
            after = self._named.get(before, before)
            self._line[answer.at] = self._send_text(dialect, "assistant", text, after)

    def recognise(self, item_id: str, role: str, text: str, previous: str | None) -> bool:
        """Whether an announced item is one of ours, which the screen shows already."""
        ours = item_id if item_id in self._sent else None
        if ours is None:
            # Some servers give our items ids of their own; they come in the order sent.
            ours = next((name for name, sent in self._sent.items() if sent == (role, text)), None)
        if ours is None:
            return False
        del self._sent[ours]
        if ours != item_id:
            self._named[ours] = item_id
        self._turns.hide(item_id, previous)
        return True

    def refuse(self, item_id: str, words: str) -> bool:
        """The service would not take an item; returns whether it was one of ours."""
        if self._sent.pop(item_id, None) is None:
            return False
        self._outbox.notice_once(
            "replay-refused",
            f"The model does not know all that was said before: {words}",
            "warning",
        )
        return True
