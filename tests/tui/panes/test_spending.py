"""The usage panel as text, in every width."""

from __future__ import annotations

import re
from decimal import Decimal
from pathlib import Path

import pytest

from tests.terminal.hostile import CORPUS
from tests.tui.usage.books import Rows, month, viewer
from tui.call_events import Spent
from tui.panes.money import money_lines, money_words
from tui.panes.spending import count, spending
from tui.sessions.events import TokenUsage
from tui.store.rows import UsageRow
from tui.text import cells
from tui.usage.cost import Cost
from tui.usage.view import UsageView


def lines(view: UsageView, width: int = 76, *, ascii_only: bool = False) -> list[str]:
    return spending(view, width, ascii_only=ascii_only).plain.split("\n")


def line(view: UsageView, begins: str, width: int = 76) -> str:
    return next(line for line in lines(view, width) if line.startswith(begins))


@pytest.mark.parametrize("width", [20, 37, 38, 58, 76, 107, 108, 117, 200])
@pytest.mark.parametrize("turns", [0, 1, 23, 400])
@pytest.mark.parametrize("ascii_only", [False, True])
def test_nothing_is_wider_than_the_screen(width: int, turns: int, ascii_only: bool) -> None:
    shown = lines(viewer(turns).view(), width, ascii_only=ascii_only)
    assert max(map(cells, shown)) <= width
    if ascii_only:
        assert all(line.isascii() for line in shown)


def test_four_sums_by_modality() -> None:
    view = viewer(23).view()
    assert line(view, " ").split() == ["this", "turn", "conversation", "today", "this", "month"]
    assert line(view, "est. cost").split() == ["est.", "cost", "$0.0823", "$1.06", "$3.08+",
                                               "$19.36+"]  # fmt: skip
    assert line(view, "text in").split() == ["text", "in", "1,390", "18.1k", "61.1k", "397.9k"]
    assert line(view, "  reasoning").split() == ["reasoning", "-", "-", "1,600", "14.4k"]
    assert line(view, "characters").split()[-1] == "5,400"
    assert line(view, "time").split()[-1] == "6:52"
    assert not [one for one in lines(view) if one.startswith("image in")]


def test_what_is_to_come() -> None:
    view = viewer(23).view()
    assert re.search(r"est\. \$0\.07\d+  7,0\d\d tokens are read, 73 %", line(view, "est. $"))
    assert re.search(r"\$\S+ a minute, \$\S+ in the next hour", line(view, "At this pace"))
    assert "after the first answer" in "\n".join(lines(viewer(0).view()))


@pytest.mark.parametrize("width", [30, 38, 57, 58, 76])
def test_nothing_of_what_is_to_come_is_cut(width: int) -> None:
    text = " ".join(line.strip() for line in lines(viewer(23).view(), width))
    assert "tokens are read, 73 % of them from" in text
    assert re.search(r"a minute, +\$[\d.]+ in the next hour", text)


def test_budgets_with_bars() -> None:
    view = viewer(23).view()
    assert "105 %" in line(view, "conversation ")
    assert "$4.16 of $10.00, 41 %" in line(view, "today ")
    assert "Budget" not in "\n".join(lines(viewer(3, budgets=False).view()))


def test_every_turn_has_a_bar() -> None:
    text = "\n".join(lines(viewer(23).view()))
    assert "Est. cost of each turn  23 turns, newest right" in text
    assert "⣿" in text
    crowded = "\n".join(lines(viewer(400).view()))
    assert "last 130 turns" in crowded


def test_without_a_price_there_are_tokens_and_no_figures() -> None:
    view = viewer(5, model="nobodys", budgets=False, rows=[]).view()
    text = "\n".join(lines(view))
    assert "$0.0002+" in text  # what wrote the speech down has a price
    assert re.search(r"nobodys +no price", text)
    assert "A price is missing for nobodys" in text
    assert "~/.config/voicetui/prices.toml" in text.replace("\n", " ")


def test_the_demo_costs_nothing_and_shows_its_tokens() -> None:
    view = viewer(5, model="demo", budgets=False, rows=[]).view()
    assert "Tokens of each turn" in "\n".join(lines(view)) or view.conversation.cost.usd


def test_wrong_prices_of_ones_own_are_shown(tmp_path: Path) -> None:
    own = tmp_path / "prices.toml"
    own.write_text("[models.x]\nprice = 1\n")
    text = " ".join(lines(viewer(3, own=own).view(), 200))
    assert f'{own}:2: unknown "price"' in text
    assert "The shipped prices are used meanwhile." in text


def test_hostile_model_names_stay_text() -> None:
    rows = [
        UsageRow("c", "realtime", "", "response", name, TokenUsage(text_in=9), month()[-1].at_s)
        for name in CORPUS
    ]
    for width in (38, 76, 120):
        text = "\n".join(lines(viewer(2, rows=rows).view(), width))
        assert "\x1b" not in text
        assert all(cells(one) <= width for one in text.split("\n"))
    assert "and " in text
    assert "voicetui usage --by model" in text


def test_the_same_view_again_while_nothing_changes() -> None:
    made = viewer(3)
    assert made.view() is made.view()


def test_counts_in_words() -> None:
    assert [count(n) for n in (0, 9_999, 10_000, 999_949, 999_950, 7_000_000)] == [
        "0", "9,999", "10.0k", "999.9k", "1.0M", "7.0M",
    ]  # fmt: skip


def test_the_cost_beside_the_tokens() -> None:
    spent = Spent(
        Cost({"time": Decimal("0.01")}), Cost({"time": Decimal("1.5")}, True), "prices of D"
    )
    assert money_words(spent) == "est. turn $0.0100, call $1.50+ (prices of D)"
    assert money_words(Spent(Cost(incomplete=True), Cost(incomplete=True), "p")) == ""
    with_budget = Spent(Cost(), Cost(), "prices of D", "$0 of $1.00 for the conversation")
    shown = money_lines(with_budget, 32)
    assert all(cells(one) <= 32 for one in shown)
    assert shown[-1] == "prices of D"
    assert "budget: $0 of $1.00" in " ".join(shown)


def test_a_record_that_is_empty() -> None:
    assert Rows().usage_since(0).result() == []
    assert line(viewer(0, rows=[], budgets=False).view(), "est. cost").split()[2:] == ["$0"] * 4
