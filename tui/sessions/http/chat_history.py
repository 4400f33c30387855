"""The conversation of an audio chat as the next request tells it."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from tui.sessions.events import PastTurn
from tui.sessions.http.playback import Cut
from tui.sessions.http.service import Question, heard_note
from tui.sessions.http.tool_calls import ToolCall
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import Message

MARGIN_S: Final = 60.0
"""A sound that expires so soon is not referred to any more: clocks differ, requests take time."""


@dataclass(slots=True)
class Said:
    """One message."""

    role: str
    text: str = ""
    item_id: str = ""
    audio_id: str = ""
    expires_at_s: float = 0.0
    question: Question | None = None
    """With the sound of the user; its transcript may come later."""
    calls: list[ToolCall] = field(default_factory=list)
    call_id: str = ""


class ChatHistory:
    """Decides what goes as sound, what by name, and what as text."""

    def __init__(self, options: TextOptions, past: Sequence[PastTurn]) -> None:
        self._options = options
        self._said: list[Said] = []
        for turn in past:
            if turn.text.strip():
                sound = (turn.audio_id, turn.audio_expires_at_s)
                self._said.append(Said(turn.role, turn.text, "", *sound))
            for call in turn.calls:
                made = ToolCall(call.call_id, call.name, call.arguments)
                self._said.append(Said("assistant", calls=[made]))
                self._said.append(Said("tool", call.output, call_id=call.call_id))

    def add(self, said: Said) -> None:
        """One more message."""
        self._said.append(said)

    def ask(self, question: Question) -> None:
        """The user's turn."""
        self._said.append(Said("user", question.text, question=question))

    def cut(self, cuts: list[Cut]) -> None:
        """Answers of which the user heard only a part: only that part was said."""
        heard = {cut.item_id: cut.heard for cut in cuts}
        for said in self._said:
            if said.item_id in heard and not said.calls:
                said.text, said.audio_id = heard[said.item_id], ""
        note = heard_note(cuts)
        if note:
            self._said.append(Said("system", note))

    def forget_sounds(self, about: str, *, certain: bool) -> bool:
        """The service complained: forget the sounds it names, or all; returns whether any."""
        named = [said for said in self._said if said.audio_id and said.audio_id in about]
        if not named and certain:
            named = [said for said in self._said if said.audio_id]
        for said in named:
            said.audio_id = ""
        return bool(named)

    def messages(self, now_s: float) -> list[Message]:
        """All of it; `now_s` is Unix time."""
        self._drop_old_sound()
        found: list[Message] = []
        if self._options.instructions:
            found.append({"role": "system", "content": self._options.instructions})
        for said in self._said:
            message = _message(said, now_s)
            if message is not None:
                found.append(message)
        return found

    def _drop_old_sound(self) -> None:
        spoken = [said for said in self._said if said.question is not None and said.question.sound]
        keep = max(0, self._options.keep_audio_turns)
        for said in spoken[: max(0, len(spoken) - max(1, keep))]:
            question = said.question
            assert question is not None
            if question.text:  # without a transcript the sound is all there is
                said.text, said.question = question.text, None


def _message(said: Said, now_s: float) -> Message | None:
    if said.role == "tool":
        return {"role": "tool", "tool_call_id": said.call_id, "content": said.text}
    if said.calls:
        return {"role": "assistant", "content": said.text or None, "tool_calls": _calls(said)}
    if said.role == "assistant" and said.audio_id and now_s < said.expires_at_s - MARGIN_S:
        return {"role": "assistant", "audio": {"id": said.audio_id}}
    if said.question is not None and said.question.sound:
        return {"role": "user", "content": _parts(said.question)}
    if not said.text.strip():
        return None  # nothing of it was heard
    return {"role": said.role, "content": said.text}


def _calls(said: Said) -> list[Message]:
    return [
        {
            "id": call.call_id,
            "type": "function",
            "function": {"name": call.name, "arguments": call.arguments},
        }
        for call in said.calls
    ]


def _parts(question: Question) -> list[Message]:
    content: list[Message] = []
    if question.typed:
        content.append({"type": "text", "text": question.typed})
    sound = {
        "data": base64.b64encode(question.sound).decode("ascii"),
        "format": question.sound_name.rpartition(".")[2],
    }
    content.append({"type": "input_audio", "input_audio": sound})
    return content
