"""How long an answer took: from the end of the user's turn to its first byte and first sound."""

from __future__ import annotations

from tui.call_events import Latency


class AnswerClock:
    """One answer at a time; times are monotonic seconds.

    What sounds already when a turn ends is no answer to it: an earlier answer of which more comes.
    Such a turn waits for the first sound of another item.
    """

    def __init__(self) -> None:
        self._turn_ended_s: float | None = None
        self._first_byte_s: float | None = None
        self._item_id = ""
        self._known: set[str] = set()
        """Items of which sound has come."""
        self._asked: set[str] = set()
        """Functions a person thinks about."""
        self._asked_s = 0.0

    def turn_ended(self, now_s: float) -> None:
        """The user's turn is over, as far as anybody can tell."""
        self._turn_ended_s = self._asked_s = now_s
        self._first_byte_s = None
        self._item_id = ""

    def asked(self, call_id: str, now_s: float) -> None:
        """A function may run when a person says so: that time is not the answer's."""
        if not self._asked:
            self._asked_s = now_s
        self._asked.add(call_id)

    def decided(self, call_id: str, now_s: float) -> None:
        """The person has said so, or it was taken back."""
        if call_id not in self._asked:
            return
        self._asked.remove(call_id)
        if not self._asked and self._turn_ended_s is not None:
            self._turn_ended_s += now_s - self._asked_s

    def audio(self, item_id: str, now_s: float) -> None:
        """Sound of an answer arrived."""
        if item_id in self._known:
            return
        self._known.add(item_id)
        if self._turn_ended_s is not None and self._first_byte_s is None:
            self._first_byte_s = now_s
            self._item_id = item_id

    @property
    def waiting_for(self) -> str:
        """The item whose first sound is still to come; empty when none is."""
        return self._item_id if self._turn_ended_s is not None else ""

    def heard(
        self, heard_ms: float, now_s: float, round_trip_ms: float | None = None
    ) -> Latency | None:
        """`heard_ms` of the item waited for have been heard; the first sound settles it.

        Neither the network nor the first byte ever takes longer than the whole: `heard_ms` and
        `round_trip_ms` are measured by other clocks, at other moments.
        """
        if heard_ms <= 0 or self._turn_ended_s is None or self._first_byte_s is None:
            return None
        first_byte_ms = (self._first_byte_s - self._turn_ended_s) * 1000
        first_sound_ms = (now_s - self._turn_ended_s) * 1000 - heard_ms
        self._turn_ended_s = None
        return Latency(
            item_id=self._item_id,
            first_byte_ms=first_byte_ms,
            first_sound_ms=max(first_byte_ms, first_sound_ms),
            network_ms=None if round_trip_ms is None else min(round_trip_ms, first_byte_ms),
        )
