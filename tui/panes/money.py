"""The cost of the call in a few words, with the date of the prices."""

from __future__ import annotations

from tui.call_events import Spent
from tui.text import wrap_cells
from tui.usage.money import cost_words


def money_words(spent: Spent) -> str:
    """This turn and all of it; empty where no model has a price."""
    if not spent.conversation.known:
        return ""
    turn, whole = cost_words(spent.turn), cost_words(spent.conversation)
    return f"est. turn {turn}, call {whole} ({spent.prices})"


def money_lines(spent: Spent, width: int) -> list[str]:
    """The same over several lines of a side pane."""
    lines = [
        f"{'this turn':<14}{cost_words(spent.turn):>16}",
        f"{'conversation':<14}{cost_words(spent.conversation):>16}",
    ]
    if spent.budget:
        lines += wrap_cells(f"budget: {spent.budget}", width)
    return [*lines, *wrap_cells(spent.prices, width)]
