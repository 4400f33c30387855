"""What a use costs at a price: exact decimals, by modality.

    cost = sum over modalities of (in - cached) * in price + cached * cached price + out * out price

Cached tokens are a subset of the input, reasoning tokens a subset of the text that came out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from tui.sessions.events import TokenUsage
    from tui.usage.prices import Price

MILLION: Final = Decimal(1_000_000)
ZERO: Final = Decimal(0)

Part = Literal[
    "text in", "cached text", "audio in", "cached audio", "image in", "cached image",
    "text out", "audio out", "time", "characters",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Cost:
    """USD, and whether something was used that has no price."""

    parts: dict[Part, Decimal] = field(default_factory=dict)
    """USD by what it was paid for; what was not used is left out."""
    incomplete: bool = False
    """Something was used whose price nobody told us: what is here is the least it costs."""

    @property
    def usd(self) -> Decimal:
        """All of it."""
        return sum(self.parts.values(), ZERO)

    @property
    def known(self) -> bool:
        """There is a figure worth showing: a price was found for something, or nothing was used."""
        return bool(self.parts) or not self.incomplete

    def __add__(self, other: Cost) -> Cost:
        parts = dict(self.parts)
        for part, usd in other.parts.items():
            parts[part] = parts.get(part, ZERO) + usd
        return Cost(parts, self.incomplete or other.incomplete)


def cost_of(usage: TokenUsage, price: Price | None) -> Cost:
    """The cost of one report.  Without a price: nothing known, never a guess."""
    used = usage.total or usage.seconds or usage.characters
    if price is None:
        return Cost(incomplete=bool(used))
    parts, unpriced = _tokens(usage, price)
    priced = bool(usage.total) and not unpriced
    if price.per_minute is not None and (price.tokens_extra or not priced):
        timed = _by_time(usage, price, price.per_minute)
        if timed is not None:
            parts = parts if price.tokens_extra else {}
            parts["time"] = timed
            priced = True
    if price.per_million_characters is not None and usage.characters:
        parts["characters"] = usage.characters * price.per_million_characters / MILLION
        priced = True
    missing = bool(usage.total) and unpriced if price.tokens_extra else bool(used) and not priced
    return Cost(parts, missing)


def _tokens(usage: TokenUsage, price: Price) -> tuple[dict[Part, Decimal], bool]:
    """USD by modality, and whether a modality that was used has no price."""
    parts: dict[Part, Decimal] = {}
    unpriced = False

    def bill(part: Part, tokens: int, usd: Decimal | None) -> None:
        nonlocal unpriced
        if tokens <= 0:
            return
        if usd is None:
            unpriced = True
        else:
            parts[part] = tokens * usd / MILLION

    for into, kept, part, cached_part, usd, cached_usd in (
        (usage.text_in, usage.cached_text, "text in", "cached text",
         price.text_in, price.text_cached),
        (usage.audio_in, usage.cached_audio, "audio in", "cached audio",
         price.audio_in, price.audio_cached),
        (usage.image_in, usage.cached_image, "image in", "cached image",
         price.image_in, price.image_cached),
    ):  # fmt: skip
        cached = max(0, min(kept, into))  # also where a service says that more was cached
        bill(part, into - cached, usd)  # type: ignore[arg-type]
        bill(cached_part, cached, usd if cached_usd is None else cached_usd)  # type: ignore[arg-type]
    bill("text out", usage.text_out, price.text_out)
    bill("audio out", usage.audio_out, price.audio_out)
    return parts, unpriced


def _by_time(usage: TokenUsage, price: Price, per_minute: Decimal) -> Decimal | None:
    """USD for the length of the sound; None where it is not known.  Division last: it rounds."""
    if usage.seconds:
        return Decimal(str(usage.seconds)) * per_minute / 60
    if price.audio_tokens_per_minute and usage.audio_in:
        return usage.audio_in * per_minute / price.audio_tokens_per_minute
    return None
