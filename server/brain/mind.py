"""What the rules look at: the last thing said, and everything before it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from server.brain import memory
from server.brain.prompt import Prompt, Turn
from server.brain.words import normalise, pick


@dataclass
class Mind:
    """A view of the prompt; knows nothing that the prompt does not say."""

    prompt: Prompt

    @cached_property
    def index(self) -> int:
        """Where in the turns the user spoke last; -1: never."""
        turns = self.prompt.turns
        return next(
            (index for index in range(len(turns) - 1, -1, -1) if turns[index].role == "user"), -1
        )

    @cached_property
    def last(self) -> Turn | None:
        return self.prompt.turns[self.index] if self.index >= 0 else None

    @cached_property
    def said(self) -> str:
        """What the user said last, normalised."""
        return normalise(self.last.text) if self.last is not None else ""

    @cached_property
    def earlier(self) -> list[Turn]:
        """Understood turns of the user before the last one."""
        turns = self.prompt.turns[: max(self.index, 0)]
        return [turn for turn in turns if turn.role == "user" and turn.understood and turn.text]

    @cached_property
    def answers(self) -> list[Turn]:
        """What the assistant said before, as far as it was heard."""
        return [turn for turn in self.prompt.turns if turn.role == "assistant" and turn.text]

    @cached_property
    def facts(self) -> memory.Facts:
        """Known from everything the user has said, the last sentence included."""
        return memory.read([normalise(turn.text) for turn in self.earlier] + [self.said])

    @cached_property
    def facts_before(self) -> memory.Facts:
        return memory.read(normalise(turn.text) for turn in self.earlier)

    @property
    def now(self) -> datetime:
        return self.prompt.now

    @property
    def comma_name(self) -> str:
        """ ", Anna" where the name is known."""
        return f", {self.facts.name}" if self.facts.name else ""

    def pick(self, *choices: str) -> str:
        """One of them, by how far the conversation is and what was said."""
        return pick(choices, len(self.earlier), self.said)

    def pick_new(self, choices: tuple[str, ...]) -> str:
        """One that has not been told yet, if there is one left."""
        told = " ".join(turn.text for turn in self.answers)
        fresh = [choice for choice in choices if choice[:40] not in told] or list(choices)
        return pick(fresh, len(self.earlier), self.said)


Rule = Callable[[Mind], str | None]
