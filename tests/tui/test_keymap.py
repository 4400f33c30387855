"""A person's own keys: what is taken, what is refused and in which words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import OptionList

from tests.tui.conversation import OPENING
from tests.tui.scripted import ScriptedCall
from tests.waiting import async_wait_until
from tui import keys
from tui.app import VoicetuiApp
from tui.call_events import Mute, Talk
from tui.config_file import inspect_config, own_keys
from tui.keymap import check


@pytest.fixture(autouse=True)
def default_keys() -> Iterator[None]:
    yield
    keys.use({})


@pytest.mark.parametrize(
    ("value", "chords"),
    [("x", "x"), ("x F5", "x,f5"), (",", "comma"), ("ctrl+g", "ctrl+g"), ("X", "X")],
)
def test_keys_as_a_person_writes_them(value: str, chords: str) -> None:
    assert check({"mute": value}) == ({"mute": chords}, [])


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("mite", "x", 'did you mean "mute"?'),
        ("mute", 7, 'must be a text such as "x"'),
        ("mute", "", "must be a text"),
        ("mute", "ctrl+h", "is Backspace"),
        ("mute", "alt+m", "does not arrive"),
        ("mute", "shift+f3", "does not arrive"),
        ("mute", "ctrl+b", "belongs to tmux"),
        ("mute", "spcae", "did you mean space?"),
        ("mute", "é", "not on every keyboard"),
        ("mute", "q", "is quit already"),
        ("mute", "j", "is next already; take another key, or give next one too"),
        ("send", "x", "is text while you type"),
        ("mute-anywhere", "space", "is text while you type"),
        ("quit-anywhere", "ctrl+j", "is newline already"),
    ],
)
def test_what_is_wrong_is_said_in_words(name: str, value: object, words: str) -> None:
    found, wrong = check({name: value})
    assert not found
    assert any(words in text for _, text in wrong), wrong


def test_two_keys_can_change_places() -> None:
    assert check({"mute": "q", "quit": "m"}) == ({"mute": "q", "quit": "m"}, [])


def test_mistakes_stand_beside_their_lines(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[ui]\nmouse = "on"\n\n[keys]\nmute = "x"\ntalk = "alt+t"\n')
    _, mistakes = inspect_config(config)
    assert [mistake.line for mistake in mistakes] == [6]
    assert own_keys(config) == {}
    config.write_text('[keys]\nmute = "x"\n')
    assert inspect_config(config)[1] == []
    assert own_keys(config) == {"mute": "x"}


async def test_own_keys_work_and_are_told(tmp_path: Path) -> None:
    calls: list[ScriptedCall] = []

    def make(on_event: object, _: object) -> ScriptedCall:
        calls.append(ScriptedCall(on_event, *OPENING))  # type: ignore[arg-type]
        return calls[0]

    app = VoicetuiApp(
        make,
        title="somewhere",
        ssh=False,
        push_to_talk=False,
        keymap={"mute": "x,f9", "send": "ctrl+g"},
    )
    async with app.run_test(size=(80, 24)) as pilot:
        while not (calls and calls[0].started.is_set()):
            await pilot.pause(0.02)
        await pilot.pause(0.1)
        await pilot.press("m", "x", "f9", "space")
        assert calls[0].asked == [Mute(), Mute(), Talk()]
        assert "x mute" in app.talk.line("keys").plain
        await pilot.press("i", "h", "i", "enter", "x", "ctrl+g")
        await pilot.pause(0.2)
        assert "ctrl+g send" in app.talk.line("keys").plain
        assert ("x or F9", keys.BY_ID["mute"].help) in [
            (shown.partition(",")[0], text) for shown, text in keys.help_rows("call")
        ]


async def test_commands_are_found_by_name_and_are_ours_alone() -> None:
    calls: list[ScriptedCall] = []

    def make(on_event: object, _: object) -> ScriptedCall:
        calls.append(ScriptedCall(on_event, *OPENING))  # type: ignore[arg-type]
        return calls[0]

    app = VoicetuiApp(make, title="somewhere", ssh=False, push_to_talk=False)
    async with app.run_test(size=(80, 24)) as pilot:
        while not (calls and calls[0].started.is_set()):
            await pilot.pause(0.02)
        names = {command.title.partition("  (")[0] for command in app.get_system_commands(app.talk)}
        assert {"Mute", "History", "Theme", "Quit"} <= names
        assert not {"Maximize", "Screenshot", "Keys"} & names
        for way in (("colon",), ("i", "ctrl+p")):
            asked = len(calls[0].asked)
            await pilot.press(*way)
            await pilot.pause(0.2)
            await pilot.press(*"mute")

            def found() -> bool:
                lists = app.screen.query(OptionList)
                return bool(lists) and 0 < lists.first().option_count <= 2

            await async_wait_until(found, 10, "the commands that are meant")
            await pilot.pause(0.2)
            await pilot.press("enter")
            await async_wait_until(lambda n=asked: len(calls[0].asked) > n, 10, "the command")
            assert calls[0].asked[-1] == Mute()
