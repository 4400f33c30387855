"""The key table: portable keys only, each with an id, a help line and something behind it."""

from __future__ import annotations

import re

import pytest
from textual.binding import Binding

from tui import keys
from tui.app import VoicetuiApp
from tui.keymap import TOGETHER
from tui.panes.composer import Composer
from tui.panes.conversation import ConversationPane
from tui.panes.reader import Reader
from tui.screens.devices import DevicesScreen
from tui.screens.help import KEY_CELLS, HelpScreen, help_text
from tui.screens.history import HistoryScreen
from tui.screens.links import LinksScreen
from tui.screens.log import LogScreen
from tui.screens.talk import TalkScreen
from tui.screens.usage import UsageScreen

# Never sent by a terminal as such, taken by the shell's helpers, or different on some keyboards.
FORBIDDEN = re.compile(
    r"ctrl\+(h|i|m|left_square_bracket|\[|space|@|tab|comma|backslash|underscore|a|b|s|z|\d)$"
    r"|alt\+|meta\+|super\+|shift\+enter|.*shift\+"
)
HOLDERS = (
    VoicetuiApp,
    TalkScreen,
    ConversationPane,
    Composer,
    DevicesScreen,
    HelpScreen,
    HistoryScreen,
    LinksScreen,
    LogScreen,
    Reader,
    UsageScreen,
)
OWN = [
    (holder, binding)
    for holder in HOLDERS
    for binding in holder.__dict__["BINDINGS"]
    if isinstance(binding, Binding)
]


@pytest.mark.parametrize(("holder", "binding"), OWN)
def test_every_binding(holder: type, binding: Binding) -> None:
    assert binding.id
    assert binding.tooltip
    assert binding.description
    for key in binding.key.split(","):
        suspends = binding.id == "suspend"  # ctrl+z is to do what it does elsewhere
        assert FORBIDDEN.match(key) is None or suspends, key
    assert hasattr(holder, f"action_{binding.action.partition('(')[0]}"), binding.action


def test_every_key_of_the_table_is_bound_once() -> None:
    ids = [key.id for key in keys.KEYS]
    assert len(ids) == len(set(ids))
    assert {binding.id for _, binding in OWN} == set(ids)


def test_no_key_means_two_things_in_one_place() -> None:
    for scopes in TOGETHER:
        chords = [chord for key in keys.of(*scopes) for chord in key.key.split(",")]
        assert len(chords) == len(set(chords))


def test_keys_of_textual_itself_are_never_the_only_way() -> None:
    """What we inherit may hold such keys, but nothing of ours depends on them."""
    inherited = {
        chord
        for holder in (TalkScreen, ConversationPane, Composer)
        for chord in holder._merge_bindings().key_to_bindings
        if FORBIDDEN.match(chord)
    }
    own = [key for key in keys.KEYS if key.id != "suspend"]
    assert not inherited & {chord for key in own for chord in key.key.split(",")}


@pytest.mark.parametrize("scope", ["call", "composer", "over"])
@pytest.mark.parametrize("width", [20, 38, 58, 78, 118])
def test_the_footer_fits(scope: keys.Scope, width: int) -> None:
    pairs = keys.footer(scope, width)
    assert pairs
    assert len("   ".join(f"{key} {label}" for key, label in pairs)) <= width
    if width >= 78:
        assert len(pairs) == {"call": 8, "composer": 4, "over": 6}[scope]


@pytest.mark.parametrize("of", ["call", "history"])
def test_help_fits_a_narrow_terminal_and_names_every_key(of: keys.Scope) -> None:
    lines = help_text(of).plain.split("\n")
    assert len(lines) <= 48  # it scrolls
    assert max(map(len, lines)) <= 77
    call: tuple[keys.Scope, ...] = ("call", "question", "conversation", "composer", "anywhere")
    for key in keys.of(*(call if of == "call" else ("history",))):
        assert any(key.shown in line for line in lines), key.shown


@pytest.mark.parametrize("width", [58, 78, 118])
def test_the_way_to_all_keys_stands_in_every_footer(width: int) -> None:
    for scope in ("call", "over", "history", "usage"):
        assert ("?", "help") in keys.footer(scope, width), scope


@pytest.mark.parametrize("of", ["call", "history", "usage"])
def test_meanings_stand_in_one_column(of: keys.Scope) -> None:
    rows = [line for line in help_text(of).plain.split("\n") if line.startswith("  ")]
    assert all(row[KEY_CELLS:][:2] == "  " and row[KEY_CELLS + 2] != " " for row in rows)
