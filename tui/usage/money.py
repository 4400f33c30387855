"""Money and time in words."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from typing import Final

from tui.usage.cost import Cost

UNKNOWN: Final = "no price"
_CENT: Final = Decimal("0.01")
_SMALL: Final = Decimal("0.0001")


def usd(amount: Decimal) -> str:
    """$12.34; below a dollar with four digits: $0.0123."""
    if amount == 0:
        return "$0"
    if amount < _SMALL:
        return "<$0.0001"
    step = _CENT if amount >= 1 else _SMALL
    return f"${amount.quantize(step, ROUND_HALF_UP):,}"


def cost_words(cost: Cost) -> str:
    """The figure; "no price" where nothing is known, a plus where something is missing in it."""
    if not cost.known:
        return UNKNOWN
    return usd(cost.usd) + ("+" if cost.incomplete else "")


def duration(seconds: float) -> str:
    """1:05, or 2:01:05."""
    whole = round(seconds)
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
