"""What the screen says about tokens and devices."""

from __future__ import annotations

import pytest

from shared.messages import Counters, State
from tests.terminal.hostile import CORPUS
from tui import keys
from tui.call_events import Latency, MuteChecked
from tui.panes.words import (
    STATE_WORDS,
    devices_line,
    devices_lines,
    hint,
    latency_lines,
    latency_words,
    mute_words,
    short_count,
    sound_notice,
    tokens_line,
    tokens_table,
    welcome,
)
from tui.sessions.events import TokenUsage
from tui.text import cells

SMALL = TokenUsage(text_in=12, audio_in=340, cached_text=8, text_out=20, audio_out=180)
LARGE = TokenUsage(123_456, 987_654, 0, 99_999, 88_888, 0, 45_678, 765_432)


@pytest.mark.parametrize("width", [20, 40, 58, 78, 118, 200])
@pytest.mark.parametrize("total", [TokenUsage(), SMALL, LARGE])
def test_the_tokens_line_fits(width: int, total: TokenUsage) -> None:
    assert cells(tokens_line(SMALL, total, width)) <= width


def test_tokens_by_modality_for_the_last_answer_and_the_call() -> None:
    line = tokens_line(SMALL, SMALL + SMALL, 118)
    assert "last: text 12/20 audio 340/180 cached 8" in line
    assert "all: text 24/40 audio 680/360 cached 16" in line
    assert "all: text 24/40 audio 680/360 cached 16" in tokens_line(SMALL, SMALL + SMALL, 78)
    wide = tokens_line(SMALL, SMALL + SMALL, 200)
    assert "text 24 in 40 out, audio 680 in 360 out, cached 16" in wide
    assert tokens_line(None, TokenUsage(), 78) == "no tokens used yet"
    table = tokens_table(SMALL, SMALL + SMALL)
    assert [row.split() for row in table][3] == ["audio", "in", "340", "680"]
    assert max(map(len, tokens_table(LARGE, LARGE))) <= 32


def test_counts() -> None:
    assert (short_count(9_999), short_count(12_345)) == ("9,999", "12.3k")


def test_devices() -> None:
    state = State(output="Speakers", input="Mic", echo="half-duplex")
    assert devices_line(state, None, 60) == "Mic / Speakers, half-duplex"
    assert "2 gaps" in devices_line(state, Counters(underruns=2), 60)
    lost = State(output="Speakers", input="Mic", input_phase="lost")
    assert "Mic (lost)" in devices_line(lost, None, 60)
    silent = State(
        output="silent",
        notice="no sound output: no loudspeaker here; no microphone: the library is missing",
    )
    assert devices_line(silent, None, 60, missing=True) == "no sound devices"
    assert sound_notice(silent) == "no loudspeaker here; no microphone: the library is missing"
    assert "library" in "".join(devices_lines(silent, None, 30, missing=True))
    closed = State(output="Speakers")
    assert devices_line(closed, None, 60).startswith("microphone off / Speakers")
    assert devices_lines(closed, None, 30)[0] == "mic off"
    assert devices_line(closed, None, 60, missing=True).startswith("no microphone / Speakers")
    assert devices_line(None, None, 60) == "sound is starting"


@pytest.mark.parametrize("text", CORPUS)
def test_hostile_device_names_fit(text: str) -> None:
    for state in (State(output=text, input=text), State(notice=text)):
        assert cells(devices_line(state, Counters(underruns=1), 44)) <= 44
        for line in devices_lines(state, Counters(underruns=1), 32):
            assert cells(line) <= 32
            assert line.isprintable() or "\u200d" in line or "\u200c" in line


def test_every_state_has_a_word() -> None:
    for state, word in STATE_WORDS.items():
        assert word.isupper()
        for push_to_talk in (True, False):
            assert len(hint(state, push_to_talk)) < 50


def test_where_the_time_of_an_answer_went() -> None:
    assert latency_words(Latency("a", 300.0, 420.0, 40.0)) == (
        "First sound after 0.42 s: network 0.04, service 0.26, here 0.12"
    )
    assert latency_words(Latency("a", 300.0, 420.0)) == (
        "First sound after 0.42 s: to first byte 0.30, here 0.12"
    )
    for line in latency_lines(Latency("a", 300.0, 12_420.0, 400.0)):
        assert len(line) <= 32
        assert "-" not in line  # a ping slower than the answer makes no negative time


def test_the_first_words_fit_the_machine() -> None:
    assert "Just speak" in welcome(False)[0]
    assert "Just speak" not in welcome(False, no_microphone=True)[0]
    assert "Hold space" in welcome(True, hold=True)[0]


def test_a_key_of_ones_own_stands_in_every_hint() -> None:
    keys.use({"mute": "x", "talk": "f5,space"})
    try:
        assert "; x opens" in mute_words(MuteChecked(True, 0))
        assert "; x opens" in hint("muted", False)
        assert "; F5 pauses" in hint("listening", False)
        assert "x to mute" in welcome(False)[1]
    finally:
        keys.use({})
    assert "; m opens" in hint("muted", False)


def test_while_typing_the_keys_are_named_that_act_there() -> None:
    assert hint("listening", False, typing=True) == "speak now; F2 pauses"
    assert hint("speaking", False, typing=True) == "F4 interrupts, so does your voice"
    assert hint("muted", False, typing=True) == "the microphone is off; F3 opens it"
    assert hint("ended", False, typing=True).startswith("escape, then c goes on")
    assert "; F3 opens" in mute_words(MuteChecked(True, 0), typing=True)
