"""Whole calls over Assistants and Responses: the engine's ear ends the turns."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

import pytest

from tests.e2e.calls import QUESTION, running_call, text_settings
from tests.rig.card import SoundCard
from tests.rig.play import play_wav
from tests.rig.sound_processes import WORKS, sound_processes
from tests.server.process import running_server
from tests.waiting import wait_until
from tui.audio.port import EngineBack
from tui.call_events import AskAudio, Mute, MuteChanged, Stop, Talk, TurnHeard, Type
from tui.sessions.events import (
    ConversationOpened,
    InputCommitted,
    Notice,
    SessionEnded,
    SessionStarted,
    TurnCut,
    UsageReported,
)

SILENT = {"input": "silent", "output": "silent"}
KINDS = ("assistants", "responses")
STORY = "Tell me a story."


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "engine.log"


@pytest.mark.rig
@pytest.mark.parametrize("kind", KINDS)
def test_a_spoken_question_is_answered_aloud_and_the_next_one_too(
    on_sound_card: SoundCard, log_path: Path, kind: str
) -> None:
    with (
        running_server() as url,
        running_call(text_settings(url, kind), log_path) as (_, log),
    ):
        log.wait_state("listening")
        play_wav(on_sound_card, QUESTION).wait()
        log.wait_any(TurnHeard, timeout_s=30)
        assert "capital of japan" in log.texts("user")[0].lower()
        assert "Tokyo" in log.texts("assistant")[0]
        play_wav(on_sound_card, QUESTION).wait()
        log.wait_any(TurnHeard, 2, timeout_s=30)
        assert log.all(ConversationOpened)
        assert {usage.source for usage in log.all(UsageReported)} >= {"response", "transcription"}
        log.wait_state("listening")


@pytest.mark.rig
def test_a_sound_process_that_dies_at_the_end_of_what_is_said_ends_the_turn(
    on_sound_card: SoundCard, log_path: Path
) -> None:
    with (
        running_server() as url,
        running_call(text_settings(url, "responses"), log_path) as (_, log),
    ):
        log.wait_state("listening")
        play_wav(on_sound_card, QUESTION).wait()
        assert not log.all(InputCommitted)
        os.kill(sound_processes(os.getpid(), WORKS)[0], signal.SIGKILL)
        log.wait_any(EngineBack)
        log.wait_any(TurnHeard, timeout_s=30)
        assert "capital of japan" in log.texts("user")[0].lower()


@pytest.mark.rig
@pytest.mark.parametrize("kind", KINDS)
def test_speaking_interrupts_the_answer(
    on_sound_card: SoundCard, log_path: Path, kind: str
) -> None:
    with (
        running_server() as url,
        running_call(text_settings(url, kind), log_path) as (call, log),
    ):
        log.wait_state("listening")
        call.submit(Type(STORY))
        log.wait_state("speaking", 20)
        time.sleep(2.5)  # by then the canceller knows the room
        play_wav(on_sound_card, QUESTION).wait()
        # While both speak the canceller takes some of the voice too: it may need a second try.
        if not log.all(TurnCut):
            play_wav(on_sound_card, QUESTION).wait()
        cut = log.wait_any(TurnCut, timeout_s=5)
        assert 0 < cut.heard_ms <= cut.received_ms
        log.wait_state("listening", 20)
        play_wav(on_sound_card, QUESTION).wait()
        wait_until(lambda: "Tokyo" in log.texts("assistant")[-1], 30)


@pytest.mark.parametrize("kind", KINDS)
def test_without_a_microphone_the_talk_key_asks_a_recorded_question(
    log_path: Path, kind: str
) -> None:
    with (
        running_server() as url,
        running_call(text_settings(url, kind, **SILENT), log_path) as (call, log),
    ):
        log.wait_state("paused")
        call.submit(Talk())
        log.wait_any(TurnHeard, timeout_s=30)
        assert "capital of japan" in log.texts("user")[0].lower()
        assert "Tokyo" in log.texts("assistant")[0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_key_stops_the_answer_and_the_model_is_told_what_was_heard(
    log_path: Path, kind: str
) -> None:
    with (
        running_server() as url,
        running_call(text_settings(url, kind, **SILENT), log_path) as (call, log),
    ):
        call.submit(Type(STORY))
        log.wait_state("speaking", 20)
        time.sleep(1)
        call.submit(Stop())
        log.wait_any(TurnCut)
        log.wait_state("paused")
        call.submit(Type("What is the capital of France?"))
        log.wait_any(TurnHeard, timeout_s=20)
        assert "Paris" in log.texts("assistant")[-1]
        assert not [notice for notice in log.all(Notice) if notice.level == "error"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_conversation_goes_on_under_its_remote_id(log_path: Path, kind: str) -> None:
    with running_server() as url:
        with running_call(text_settings(url, kind, **SILENT), log_path) as (call, log):
            call.submit(Type("My name is Ada."))
            log.wait_any(TurnHeard, timeout_s=20)
            remote_id = log.wait_any(ConversationOpened).remote_id
        again = text_settings(url, kind, options={"remote_id": remote_id}, **SILENT)
        with running_call(again, log_path) as (call, log):
            call.submit(Type("What is my name?"))
            log.wait_any(TurnHeard, timeout_s=20)
            assert "Ada" in log.texts("assistant")[-1]


@pytest.mark.parametrize("kind", KINDS)
def test_a_conversation_the_service_does_not_know_is_said_with_a_way_on(
    log_path: Path, kind: str
) -> None:
    remote_id = "thread_none" if kind == "assistants" else "conv_none"
    wrong = {"options": {"remote_id": remote_id}, **SILENT}
    with (
        running_server() as url,
        running_call(text_settings(url, kind, **wrong), log_path) as (_, log),
    ):
        ended = log.wait_any(SessionEnded)
        assert ended.fatal
        assert ended.way_on == "replay"
        assert not log.all(SessionStarted)


@pytest.mark.parametrize("kind", KINDS)
def test_silence_is_never_sent(tmp_path: Path, log_path: Path, kind: str) -> None:
    import wave

    quiet = tmp_path / "quiet.wav"
    with wave.open(str(quiet), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(24_000)
        writer.writeframes(bytes(96_000))
    with (
        running_server() as url,
        running_call(text_settings(url, kind, **SILENT), log_path) as (call, log),
    ):
        log.wait_state("paused")
        call.submit(AskAudio(str(quiet)))
        wait_until(lambda: any("no speech" in n.text.lower() for n in log.all(Notice)), 15)
        assert not log.all(UsageReported)
        log.wait_state("paused")


@pytest.mark.parametrize("kind", KINDS)
def test_muted_nothing_becomes_a_turn(log_path: Path, kind: str) -> None:
    with (
        running_server() as url,
        running_call(
            text_settings(url, kind, input=f"file:{QUESTION}", output="silent"), log_path
        ) as (call, log),
    ):
        call.submit(Mute(True))
        assert log.wait_any(MuteChanged).on
        time.sleep(4)
        assert not log.all(InputCommitted)
