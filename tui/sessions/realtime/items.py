"""Items of the conversation as the service announces and removes them."""

from __future__ import annotations

from collections.abc import Callable

from tui.sessions.realtime.answers import Answers
from tui.sessions.realtime.message import Message, part, parts, text
from tui.sessions.realtime.playback import Playback
from tui.sessions.realtime.replay import Replay
from tui.sessions.realtime.transcripts import Transcripts
from tui.sessions.realtime.turns import ROLES, Turns
from tui.sessions.realtime.typed import Typed


class Items:
    """Sorts announced items: typed, spoken, the model's, replayed ones, and what is no turn."""

    def __init__(
        self,
        turns: Turns,
        answers: Answers,
        playback: Playback,
        transcripts: Transcripts,
        typed: Typed,
        replay: Replay,
        *,
        spoken: bool,
    ) -> None:
        self._turns = turns
        self._answers = answers
        self._playback = playback
        self._transcripts = transcripts
        self._typed = typed
        self._replay = replay
        self._spoken = spoken

    def handlers(self) -> dict[str, Callable[[Message, float], None]]:
        """What this region handles."""
        return {
            "conversation.item.added": self._on_item,
            "conversation.item.deleted": self._on_deleted,
        }

    def _on_item(self, message: Message, now_s: float) -> None:
        item = part(message, "item")
        item_id = text(item, "id")
        if not item_id:
            return
        previous = text(message, "previous_item_id") or None
        role = ROLES.get(text(item, "role"))
        if text(item, "type") not in ("message", "") or role is None:
            self._turns.hide(item_id, previous)
            return
        words = _words(item)
        if self._replay.recognise(item_id, role, words, previous) or role == "system":
            self._turns.hide(item_id, previous)
        elif role == "assistant":
            self._on_assistant(item_id, item, previous)
        else:
            self._on_user(item_id, item, words, previous, now_s)

    def _on_assistant(self, item_id: str, item: Message, previous: str | None) -> None:
        if self._answers.stale(item_id):
            self._answers.refuse(item_id)
            self._turns.place(item_id, previous)
            return
        self._turns.announce(item_id, "assistant", previous, spoken=self._spoken)
        if text(item, "status") == "completed" and self._turns.visible(item_id):
            self._answers.contents(item_id, item)

    def _on_user(
        self, item_id: str, item: Message, words: str, previous: str | None, now_s: float
    ) -> None:
        kinds = {text(content, "type") for content in parts(item, "content")}
        if self._typed.confirm(item_id, words, previous):
            return
        spoken = "input_text" not in kinds
        self._turns.announce(item_id, "user", previous, spoken=spoken)
        if not self._turns.visible(item_id):
            return
        if not spoken:
            if not self._turns.has_text(item_id, 0):
                self._turns.final(item_id, 0, words)
            self._turns.end(item_id)
            return
        self._transcripts.expect(item_id, now_s)
        if words and not self._turns.has_text(item_id, 0):
            self._transcripts.complete(item_id, 0, words)

    def _on_deleted(self, message: Message, now_s: float) -> None:
        item_id = text(message, "item_id")
        self._playback.forget(item_id)
        self._turns.remove(item_id)


def _words(item: Message) -> str:
    """What an item says, as far as it says it itself."""
    said = (
        text(content, "text") or text(content, "transcript") for content in parts(item, "content")
    )
    return "\n".join(words for words in said if words)
