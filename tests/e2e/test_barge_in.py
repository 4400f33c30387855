"""Calls in which an answer is paused at the first word, before anybody has decided."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from shared.messages import State
from tests.bench.room import spoken
from tests.e2e.calls import QUESTION, running_call, settings, text_settings
from tests.rig.card import SoundCard
from tests.rig.play import play_pcm, play_wav
from tests.server.process import running_server
from tests.waiting import wait_until
from tui.call_events import TurnHeard
from tui.call_events import Type as Typed
from tui.sessions.events import ResponseStarted, TurnCut

LONG = "A long answer about boats, tea and trains that goes on for quite a while. " * 6


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "engine.log"


@pytest.mark.rig
@pytest.mark.parametrize("kind", ["realtime", "responses"])
def test_a_voice_pauses_the_answer_and_the_decision_ends_it(
    on_sound_card: SoundCard, log_path: Path, kind: str
) -> None:
    with running_server(fixed_answer=LONG) as url:
        make = (
            settings
            if kind == "realtime"
            else lambda url, **changes: text_settings(url, kind, **changes)
        )
        call_settings = make(url, barge_in="pause", echo="headphones")
        with running_call(call_settings, log_path) as (call, log):
            log.wait_state("listening")
            call.submit(Typed("talk"))
            log.wait_state("speaking", 20)
            time.sleep(1)
            play_wav(on_sound_card, QUESTION)
            wait_until(lambda: "paused" in [s.output_phase for s in log.all(State)], 10)
            cut = log.wait_any(TurnCut)
            assert 500 < cut.heard_ms < cut.received_ms
            log.wait_any(ResponseStarted, 2, timeout_s=20)


@pytest.mark.rig
def test_after_a_cough_the_answer_goes_on(on_sound_card: SoundCard, log_path: Path) -> None:
    cough = spoken("Ha.", "en-us+m1", -20)[:3600].tobytes()
    with running_server(fixed_answer=LONG[:75]) as url:
        call_settings = text_settings(url, "responses", barge_in="pause", echo="headphones")
        with running_call(call_settings, log_path) as (call, log):
            log.wait_state("listening")
            call.submit(Typed("talk"))
            log.wait_state("speaking", 20)
            time.sleep(1)
            play_pcm(on_sound_card, cough)
            wait_until(lambda: "paused" in [s.output_phase for s in log.all(State)], 10)
            log.wait_any(TurnHeard, timeout_s=30)
            assert not log.all(TurnCut)
            assert len(log.all(ResponseStarted)) == 1
