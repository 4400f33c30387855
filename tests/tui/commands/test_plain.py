"""Plain mode: what is typed, and what is written of events."""

from __future__ import annotations

import re

import pytest

from shared.messages import State
from tui.commands.plain_words import WORDS, help_lines, parse
from tui.commands.spoken_lines import SpokenLines

# ---------------------------------------------------------------- what is typed


@pytest.mark.parametrize(
    ("typed", "name", "argument"),
    [
        ("t", "talk", ""),
        ("T ", "talk", ""),
        (".", "stop", ""),
        ("/stop", "stop", ""),
        ("?", "help", ""),
        ("/search  green tea ", "search", "green tea"),
        ("/RESUME 3f2a", "resume", "3f2a"),
    ],
)
def test_letters_and_words_are_commands(typed: str, name: str, argument: str) -> None:
    parsed = parse(typed)
    assert not isinstance(parsed, str)
    assert (parsed[0].name, parsed[1]) == (name, argument)


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        (" t", "t"),
        (" /mute", "/mute"),
        ("m is a letter", "m is a letter"),
        ("/usr/bin is a folder", "/usr/bin is a folder"),
        ("...", "..."),
        ("", ""),
        ("  ", ""),
    ],
)
def test_everything_else_is_said(typed: str, said: str) -> None:
    assert parse(typed) == said


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("/mtue", "did you mean /mute"),
        ("/xyzzy", "? lists all"),
        ("/resume", "needs ID"),
        ("/mute now", "takes nothing behind it"),
    ],
)
def test_a_wrong_command_is_not_said_to_the_model(typed: str, problem: str) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)):
        parse(typed)


def test_no_letter_and_no_word_is_given_twice() -> None:
    letters = [word.letter for word in WORDS if word.letter]
    assert len(set(letters)) == len(letters)
    assert not set(letters) & {"y", "n"}, "these answer a function's question"
    text = "\n".join(help_lines())
    assert all(f"/{word.name}" in text for word in WORDS)


# ---------------------------------------------------------------- what is written


def test_what_is_wrong_with_the_sound_is_said_once() -> None:
    lines = SpokenLines(echo_typed=False)
    for notice in ("no loudspeaker", "no loudspeaker; no microphone", "no loudspeaker"):
        lines.hear(State(notice=notice), 0.0)
    assert lines.due(0.0) == ["[sound: no loudspeaker]", "[no microphone]"]
    lines.hear(State(), 1.0)
    lines.hear(State(notice="no microphone"), 2.0)
    assert lines.due(2.0) == ["[no microphone]"]


def test_sound_that_comes_back_is_said_and_told_again_when_it_goes() -> None:
    lines = SpokenLines(echo_typed=False)
    silence = "the microphone (Mic) delivers only silence: is it switched off?"
    gone = "the loudspeaker (USB) went away"
    for _ in range(2):
        lines.hear(State(notice=f"no sound output: none; {gone}; {silence}"), 0.0)
        lines.hear(State(notice=f"{gone}; {silence}"), 0.0)
        assert f"[sound: {gone}]" in lines.due(0.0)
        lines.hear(State(notice=silence), 1.0)
        assert lines.due(1.0) == ["[sound is back]"]
    lines.hear(State(), 2.0)
    assert lines.due(2.0) == []
