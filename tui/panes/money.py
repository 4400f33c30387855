"""The cost of the call in a few words, with the date of the prices."""

from __future__ import annotations

from tui.call_events import Spent
from tui.language import tr
from tui.language.sentences import told
from tui.text import pad_cells, wrap_cells
from tui.usage.money import cost_words


def money_words(spent: Spent) -> str:
    """This turn and all of it; empty where no model has a price."""
    if not spent.conversation.known:
        return ""
    turn, whole = told(cost_words(spent.turn)), told(cost_words(spent.conversation))
    return tr(
        "est. turn {turn}, call {whole} ({prices})",
        turn=turn,
        whole=whole,
        prices=told(spent.prices),
    )


def money_lines(spent: Spent, width: int) -> list[str]:
    """The same over several lines of a side pane."""
    lines = [
        pad_cells(name, 14) + pad_cells(told(cost_words(cost)), 16, right=True)
        for name, cost in (
            (tr("this turn"), spent.turn),
            (tr("conversation"), spent.conversation),
        )
    ]
    if spent.budget:
        lines += wrap_cells(tr("budget: {used}", used=told(spent.budget)), width)
    return [*lines, *wrap_cells(told(spent.prices), width)]
