"""Giving a new session what an earlier one knew."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tui.sessions.events import Owed, PastTurn
from tui.sessions.options import WireFormat
from tui.sessions.realtime.dialect import Dialect, sound_item, text_item
from tui.sessions.realtime.message import clean
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
        self._past = [turn for turn in past if turn.text.strip() or turn.sound]
        if continuing:
            note = CONTINUES if owed != "rest" else f"{CONTINUES} {REST}"
            self._past.append(PastTurn("system", note))
        self._sent: dict[str, tuple[str, str]] = {}

    def send(self, dialect: Dialect, wire_format: WireFormat = "pcm") -> None:
        """Send all of it; no answer is asked for."""
        for turn in self._past:
            if turn.sound and not turn.text.strip():
                item_id = turn.item_id or self._outbox.new_id("past")
                audio, _ = AudioEncoder(wire_format).encode(turn.sound)
                self._outbox.send(sound_item(audio, item_id), item_id=item_id)
                continue
            text = clean(turn.text)
            item_id = self._outbox.new_id("past")
            self._sent[item_id] = (turn.role, text)
            self._turns.hide(item_id)
            self._outbox.send(text_item(dialect, turn.role, text, item_id), item_id=item_id)
        self._past.clear()

    def recognise(self, item_id: str, role: str, text: str, previous: str | None) -> bool:
        """Whether an announced item is one of ours, which the screen shows already."""
        ours = item_id if item_id in self._sent else None
        if ours is None:
            # Some servers give our items ids of their own; they come in the order sent.
            ours = next((name for name, sent in self._sent.items() if sent == (role, text)), None)
        if ours is None:
            return False
        del self._sent[ours]
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
