"""The conversation as a model without a screen: turns in their order, and what was heard of each.

The screen and plain mode both read it.  Order comes from item ids and predecessors, never from
arrival: the transcript of what the user said often comes after the answer has begun.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, NamedTuple

from tui.call_events import CallEvent, Latency, TurnHeard
from tui.sessions.events import (
    PastCall,
    PastTurn,
    ResponseStarted,
    Role,
    SessionStarted,
    TokenUsage,
    TranscriptDelta,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
    TurnStatus,
    UsageReported,
)
from tui.text import clean, clusters

PENDING = "…"


class Changes(NamedTuple):
    """What one event changed, by item id."""

    changed: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    reordered: bool = False
    """The order of the turns is another one, or a turn is new."""


NOTHING = Changes()


@dataclass(slots=True)
class Turn:
    """One turn of either side.  All text is clean (`tui.text.clean`)."""

    item_id: str
    role: Role
    spoken: bool = True
    status: TurnStatus | Literal["open"] = "open"
    detail: str = ""
    """Why it failed or stayed incomplete, in words."""
    problem: str = ""
    """Why there is no transcript, in words."""
    heard_ms: int | None = None
    received_ms: int | None = None
    cut: bool = False
    """Interrupted: only `text_heard` reached the listener."""
    heard_to_end: bool = False
    usage: TokenUsage | None = None
    latency: Latency | None = None
    complete: bool = False
    """The final text is here."""
    started_at_s: float | None = None
    """Unix time, given by whoever applies the event."""
    heard_characters: int | None = None
    """Of a saved turn: how much of its text was heard, found out when it was saved."""
    _raw: list[str] = field(default_factory=list)
    _clean: str | None = ""
    _cut_base: int = 0
    """Characters of text that were there when the turn was cut."""

    @property
    def text(self) -> str:
        """Everything received, whether heard or not."""
        if self._clean is None:
            whole = "".join(self._raw)
            self._raw = [whole]
            self._clean = clean(whole)
        return self._clean

    @property
    def size_cells(self) -> int:
        """About how much room the text needs, found out without looking at it."""
        return sum(len(piece) * (1 if piece.isascii() else 2) for piece in self._raw)

    @property
    def shown(self) -> str:
        """The text, or what stands for it while there is none."""
        if self.text.strip():
            return self.text
        if self.problem:
            return f"({self.problem})"
        if self.role == "user" and self.spoken and not self.complete:
            return PENDING
        return "" if self.role == "user" or self.status != "open" else PENDING

    @property
    def text_heard(self) -> str:
        """What reached the listener: all of it, unless the turn was cut."""
        return self.text[: self._cut_at()]

    @property
    def text_unheard(self) -> str:
        """What was received after the point where the listener interrupted."""
        return self.text[self._cut_at() :]

    def add_text(self, text: str) -> None:
        """A delta."""
        self._raw.append(text)
        self._clean = None

    def set_text(self, text: str) -> None:
        """The final text replaces all deltas."""
        self._raw = [text]
        self._clean = None
        self.complete = True

    def mark_cut(self, heard_ms: int, received_ms: int) -> None:
        """Heard up to here; the text received so far stands for `received_ms`."""
        self.cut = True
        self.heard_ms, self.received_ms = heard_ms, received_ms
        self._cut_base = len(self.text)

    def _cut_at(self) -> int:
        text = self.text
        if self.cut and self.heard_characters is not None:
            return self.heard_characters
        if not self.cut or not self.received_ms:
            return 0 if self.cut else len(text)
        heard = min(max(self.heard_ms or 0, 0), self.received_ms)
        # A final transcript can be longer than what had come when the sound was stopped.
        base = min(self._cut_base or len(text), len(text))
        return _boundary(text, base * heard // self.received_ms)


def _boundary(text: str, at: int) -> int:
    """The last place at or before `at` where no word and no character is torn.

    Spaced scripts break at spaces; text without a space nearby (Japanese) between characters.
    """
    if at <= 0:
        return 0
    if at >= len(text):
        return len(text)
    start = text.rfind(" ", max(0, at - 40), at + 1)
    start = max(start, text.rfind("\n", max(0, at - 40), at + 1))
    word_from = start + 1 if start >= 0 else (0 if at <= 40 else at)
    if word_from < at and not any(ord(char) >= 0x2E80 for char in text[word_from : at + 1]):
        return word_from
    # Between ideographs: step over whole clusters.
    where = word_from
    for cluster in clusters(text[word_from : at + 1]):
        if where + len(cluster) > at:
            break
        where += len(cluster)
    return where


@dataclass(slots=True)
class _Place:
    """Where an item belongs, known or assumed."""

    number: int
    """Of arrival."""
    after: str | None
    fallback: str
    """The last item when this one arrived; stands in while the predecessor is unknown."""
    session: int


class Transcript:
    """Turns in order; feed it every event of a call."""

    def __init__(self) -> None:
        self.total = TokenUsage()
        """Of the whole conversation."""
        self.last_usage: TokenUsage | None = None
        """Of the last response."""
        self.last_latency: Latency | None = None
        self._turns: dict[str, Turn] = {}
        self._removed: set[str] = set()
        self._places: dict[str, _Place] = {}
        self._order: list[str] = []
        self._awaited: set[str] = set()
        """Items that were named as predecessors before they came."""
        self._session = 0
        self._floor = ""
        self._answering: str | None = None
        self._usages: dict[tuple[str, str], TokenUsage] = {}

    def __iter__(self) -> Iterator[Turn]:
        return (self._turns[item_id] for item_id in self._order if item_id in self._turns)

    def __len__(self) -> int:
        return len(self._turns)

    def get(self, item_id: str) -> Turn | None:
        """The turn, if it is there."""
        return self._turns.get(item_id)

    def past_turns(
        self,
        sounds: Mapping[str, bytes] = MappingProxyType({}),
        calls: Mapping[str, tuple[PastCall, ...]] = MappingProxyType({}),
    ) -> list[PastTurn]:
        """What a new session should be told: only what was said and heard.

        `sounds`: what the user said, for turns of which there are no words yet; `calls`: functions,
        by the turn they were called behind.
        """
        past = []
        for turn in self:
            text, item_id = turn.text_heard, turn.item_id
            called = calls.get(item_id, ())
            sound = sounds.get(item_id, b"") if turn.role == "user" else b""
            if text.strip():
                past.append(PastTurn(turn.role, text, item_id=item_id, calls=called))
            elif sound or called:
                past.append(PastTurn(turn.role, "", sound=sound, item_id=item_id, calls=called))
        return past

    def apply(self, event: CallEvent, *, at_s: float | None = None) -> Changes:
        """Take one event in; `at_s` is the Unix time a new turn is stamped with."""
        match event:
            case SessionStarted():
                self._session += 1
                self._floor = self._order[-1] if self._order else ""
                self._answering = None
                return NOTHING
            case TurnStarted():
                return self._start(event, at_s)
            case TurnRemoved(item_id):
                return self._remove(item_id)
            case UsageReported():
                return self._use(event)
            case ResponseStarted():
                self._answering = ""
                return NOTHING
            case TranscriptDelta() | TranscriptFinal() | TurnEnded() | TurnCut():
                pass
            case Latency() | TurnHeard():
                if event.item_id not in self._turns:
                    return NOTHING
            case _:
                return NOTHING
        return self._update(event, at_s)

    def _update(
        self,
        event: TranscriptDelta | TranscriptFinal | TurnEnded | TurnCut | Latency | TurnHeard,
        at_s: float | None,
    ) -> Changes:
        if event.item_id in self._removed:
            return NOTHING
        turn = self._turns.get(event.item_id)
        added = turn is None
        if turn is None:
            # Text of a turn nobody announced is still text somebody said.
            self._start(TurnStarted(event.item_id, "assistant"), at_s)
            turn = self._turns[event.item_id]
        match event:
            case TranscriptDelta(text=text):
                if turn.complete:
                    return NOTHING
                turn.add_text(text)
            case TranscriptFinal(text=text, problem=problem):
                turn.problem = clean(problem, single_line=True)
                if text or not turn.text or not problem:
                    turn.set_text(text)
                turn.complete = True
            case TurnEnded(status=status, detail=detail):
                turn.status = status
                turn.detail = clean(detail, single_line=True)
            case TurnCut(heard_ms=heard_ms, received_ms=received_ms):
                turn.mark_cut(heard_ms, received_ms)
            case Latency():
                turn.latency = self.last_latency = event
            case TurnHeard(heard_ms=heard_ms):
                turn.heard_ms = heard_ms
                turn.heard_to_end = True
        return Changes((event.item_id,), reordered=added)

    def _start(self, event: TurnStarted, at_s: float | None) -> Changes:
        item_id = event.item_id
        if item_id in self._removed:
            return NOTHING
        place = self._places.get(item_id)
        after = self._predecessor(event)
        unknown = bool(after) and after not in self._places
        follows = False
        if place is None:
            last = self._order[-1] if self._order else ""
            self._places[item_id] = _Place(len(self._places), after, last, self._session)
            follows = item_id not in self._awaited and (after in (None, last) or unknown)
        elif place.session == self._session and event.after_item_id is not None:
            place.after = after
        if after and unknown:
            self._awaited.add(after)
        turn = self._turns.get(item_id)
        if turn is None:
            self._turns[item_id] = Turn(item_id, event.role, event.spoken, started_at_s=at_s)
        else:
            turn.role, turn.spoken = event.role, event.spoken
        if event.role == "assistant" and self._answering is not None:
            self._answering = item_id
        before = self._order
        # As nearly all do: it stands at the end, and nothing has waited for it.
        self._order = [*before, item_id] if follows else self._arrange()
        return Changes((item_id,), reordered=before != self._order)

    def _predecessor(self, event: TurnStarted) -> str | None:
        # "The first of all" in a second session is the first after everything said before.
        return self._floor if event.after_item_id == "" else event.after_item_id

    def _remove(self, item_id: str) -> Changes:
        # Its place stays: others may name it as their predecessor.
        self._removed.add(item_id)
        if self._turns.pop(item_id, None) is None:
            return NOTHING
        return Changes(removed=(item_id,), reordered=True)

    def _arrange(self) -> list[str]:
        """All items, each directly after its predecessor; the later arrival stands closer."""
        places = self._places
        # Only an item that an earlier one waited for can close a circle.
        awaited = {
            place.after
            for place in places.values()
            if place.after in places and places[place.after].number >= place.number
        }
        parents: dict[str, str] = {}
        for item_id, place in places.items():
            after = place.after
            if after is None or (after and after not in places):
                after = place.fallback
            if item_id in awaited and self._leads_to(parents, after, item_id):
                after = place.fallback
                if self._leads_to(parents, after, item_id):
                    after = ""
            parents[item_id] = after
        children: dict[str, list[str]] = {}
        for item_id, parent in parents.items():
            children.setdefault(parent, []).append(item_id)
        order: list[str] = []
        stack = list(children.get("", ()))
        while stack:
            item_id = stack.pop()
            order.append(item_id)
            stack.extend(children.get(item_id, ()))
        return order

    @staticmethod
    def _leads_to(parents: dict[str, str], start: str, item_id: str) -> bool:
        """Whether the chain of predecessors from `start` comes to `item_id`: a circle."""
        while start:
            if start == item_id:
                return True
            start = parents.get(start, "")
        return False

    def _use(self, event: UsageReported) -> Changes:
        usage = event.usage
        if event.id:
            if (event.source, event.id) in self._usages:
                return NOTHING
            self._usages[event.source, event.id] = usage
        self.total = self.total + usage
        owner = event.id if event.id in self._turns else None
        if event.source == "response":
            self.last_usage = usage
            owner = owner or self._answering
        turn = self._turns.get(owner or "")
        if turn is None:
            return NOTHING
        turn.usage = usage if turn.usage is None else turn.usage + usage
        return Changes((turn.item_id,))
