"""What the next turn will cost if the conversation goes on as it did.

Every turn bills the whole conversation again, so the next one is dearer than the last.  Its input
is that of the last answer and what a turn has added on average; its output, cached share and
everything besides the answer (transcription, speech) are those of the last few turns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tui.sessions.events import TokenUsage
from tui.usage.cost import ZERO, Cost, cost_of
from tui.usage.prices import Prices
from tui.usage.tally import Tally, Use, tally

LOOK_BACK: Final = 4
"""Turns that tell how the conversation goes."""
SHORTEST_TURN_S: Final = 2.0
"""Turns do not come faster than this for an hour."""


@dataclass(frozen=True, slots=True)
class Projection:
    """The next turn, and the next hour at the pace of the last turns."""

    usage: TokenUsage
    """Of the next answer."""
    cost: Cost
    """Of the next turn, transcription and speech included."""
    growth_usd: Decimal
    """So much dearer is the turn after it."""
    cached: Decimal
    """Share of the input that comes from the cache, 0 to 1."""
    turns_per_minute: Decimal = ZERO
    """0: not known yet."""

    @property
    def context(self) -> int:
        """Tokens the model reads in the next turn."""
        return self.usage.text_in + self.usage.audio_in + self.usage.image_in

    @property
    def usd_per_minute(self) -> Decimal:
        """At the pace of the last turns, now."""
        return self.cost.usd * self.turns_per_minute

    @property
    def usd_next_hour(self) -> Decimal:
        """At this pace, growing: the sum of all its turns."""
        turns = self.turns_per_minute * 60
        more = self.growth_usd * turns * (turns - 1) / 2 if turns > 1 else ZERO
        return self.cost.usd * turns + more


def project(uses: Sequence[Use], prices: Prices) -> Projection | None:
    """From all uses of a conversation in order; None before its first answer."""
    answers = [use for use in uses if use.source == "response" and _context(use.usage)]
    if not answers:
        return None
    last = answers[-1]
    # After a model change the earlier turns tell nothing.
    answers = [use for use in answers if use.model == last.model][-LOOK_BACK - 1 :]
    recent = answers[-LOOK_BACK:]
    growth = _growth(answers)
    shares = _cached_shares([use.usage for use in recent])
    into = {
        "text": last.usage.text_in + growth["text"],
        "audio": last.usage.audio_in + growth["audio"],
        "image": last.usage.image_in + growth["image"],
    }
    usage = _usage(into, shares, [use.usage for use in recent])
    after = _usage({kind: into[kind] + growth[kind] for kind in into}, shares, [usage])
    price = prices.find(last.model)
    cost = cost_of(usage, price)
    growth_usd = max(ZERO, cost_of(after, price).usd - cost.usd)
    context = _context(usage)
    cached = usage.cached_text + usage.cached_audio + usage.cached_image
    return Projection(
        usage,
        cost + _besides(uses, len(recent), prices),
        growth_usd,
        Decimal(cached) / context if context else ZERO,
        _pace(answers),
    )


def _context(usage: TokenUsage) -> int:
    return usage.text_in + usage.audio_in + usage.image_in


def _growth(answers: Sequence[Use]) -> dict[str, int]:
    """Tokens of input that a turn adds."""
    last, first = answers[-1].usage, answers[0].usage
    if len(answers) == 1:
        # At least what was answered is read again.
        return {"text": last.text_out, "audio": last.audio_out, "image": 0}
    steps = len(answers) - 1
    return {
        "text": max(0, last.text_in - first.text_in) // steps,
        "audio": max(0, last.audio_in - first.audio_in) // steps,
        "image": max(0, last.image_in - first.image_in) // steps,
    }


def _cached_shares(usages: Sequence[TokenUsage]) -> dict[str, Decimal]:
    # The very first answer has nothing cached yet and says nothing about the next.
    looked_at = usages[1:] or usages
    return {
        kind: Decimal(sum(getattr(usage, f"cached_{kind}") for usage in looked_at))
        / max(1, sum(getattr(usage, f"{kind}_in") for usage in looked_at))
        for kind in ("text", "audio", "image")
    }


def _usage(
    into: dict[str, int], shares: dict[str, Decimal], usages: Sequence[TokenUsage]
) -> TokenUsage:
    n = len(usages)
    return TokenUsage(
        text_in=into["text"],
        audio_in=into["audio"],
        image_in=into["image"],
        cached_text=int(into["text"] * min(shares["text"], Decimal(1))),
        cached_audio=int(into["audio"] * min(shares["audio"], Decimal(1))),
        cached_image=int(into["image"] * min(shares["image"], Decimal(1))),
        text_out=sum(usage.text_out for usage in usages) // n,
        audio_out=sum(usage.audio_out for usage in usages) // n,
        reasoning_out=sum(usage.reasoning_out for usage in usages) // n,
    )


def _besides(uses: Sequence[Use], turns: int, prices: Prices) -> Cost:
    """Transcription and speech of one turn, on average of the last turns."""
    last_turn = uses[-1].turn
    besides = [use for use in uses if use.source != "response" and use.turn > last_turn - turns]
    total: Tally = tally(besides, prices)
    parts = {part: usd / turns for part, usd in total.cost.parts.items()}
    return Cost(parts, total.cost.incomplete)


def _pace(answers: Sequence[Use]) -> Decimal:
    if len(answers) < 2:
        return ZERO
    elapsed_s = max(answers[-1].at_s - answers[0].at_s, SHORTEST_TURN_S * (len(answers) - 1))
    return Decimal(60 * (len(answers) - 1)) / Decimal(str(elapsed_s))
