"""Whole calls: real service, real engine, real sound card."""

from __future__ import annotations

import contextlib
import os
import signal
import time
import wave
from pathlib import Path

import numpy as np
import pytest

from shared.pcm import ms_to_frames
from tests.e2e.calls import QUESTION, running_call, settings
from tests.e2e.proxy import proxied
from tests.rig.card import SoundCard
from tests.rig.play import play_wav
from tests.rig.recorder import Recorder
from tests.rig.signal import analyse_counter
from tests.server.process import running_server
from tests.waiting import wait_until
from tui.audio.port import EngineBack
from tui.call_events import (
    AskAudio,
    Latency,
    Mute,
    MuteChanged,
    StateChanged,
    Stop,
    Talk,
    TurnHeard,
    Type,
)
from tui.sessions.events import (
    InputCommitted,
    Notice,
    ResponseEnded,
    ResponseStarted,
    SessionEnded,
    SessionStarted,
    SpeechStarted,
    TurnCut,
    TurnEnded,
    UsageReported,
)

LONG = " ".join(f"This is sentence number {n} of a long answer." for n in range(1, 30))
SILENT = {"input": "silent", "output": "silent"}


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "engine.log"


# ---------------------------------------------------------------- on the sound card


@pytest.mark.rig
def test_a_spoken_question_is_answered_aloud(on_sound_card: SoundCard, log_path: Path) -> None:
    with running_server() as url, running_call(settings(url), log_path) as (_, log):
        log.wait_state("listening")
        with Recorder(on_sound_card) as recorder:
            play_wav(on_sound_card, QUESTION).wait()
            heard = log.wait_any(TurnHeard, timeout_s=20)
            time.sleep(0.3)
            recording = recorder.stop()
        assert "capital of japan" in log.texts("user")[0].lower()
        assert "Tokyo" in log.texts("assistant")[0]
        audible = np.flatnonzero(np.abs(recording.samples.astype(int)) > 300)
        assert len(audible) > ms_to_frames(heard.heard_ms) * 0.3
        assert log.states[-1] == "listening"
        usage = next(u for u in log.all(UsageReported) if u.source == "response")
        assert usage.usage.audio_in > 0
        assert usage.usage.audio_out > 0
        latency = log.wait_any(Latency)
        assert latency.network_ms is not None
        assert 0 < latency.network_ms < latency.first_sound_ms


@pytest.mark.rig
def test_speaking_interrupts_the_answer_and_the_service_knows_what_was_heard(
    on_sound_card: SoundCard, log_path: Path
) -> None:
    knobs = {"audio_override": "counter", "answer_s": 30, "fixed_answer": LONG}
    with running_server(**knobs) as url, running_call(settings(url), log_path) as (call, log):
        log.wait_state("listening")
        with Recorder(on_sound_card) as recorder:
            call.submit(Type("talk"))
            log.wait_state("speaking")
            time.sleep(2.5)  # by then the canceller knows the room
            for _ in range(3):  # the canceller takes a voice for echo now and then: say it again
                play_wav(on_sound_card, QUESTION)
                with contextlib.suppress(TimeoutError):
                    log.wait_any(TurnCut, timeout_s=6)
                    break
            cut = log.wait_any(TurnCut)
            log.wait_any(InputCommitted)
            recording = recorder.stop()
        report = analyse_counter(recording.samples[: recording.index_at(time.monotonic())])
        # The first answer up to its cut: the counter runs without a gap until then.
        first_gap = _first_silence(recording.samples)
        heard_ms = first_gap / 24
        assert report.first is not None
        assert abs(cut.heard_ms - heard_ms) <= 20
        assert cut.heard_ms <= cut.received_ms
        assert log.all(SpeechStarted)
        assert not [n for n in log.all(Notice) if n.level == "error"]


def _first_silence(samples: np.ndarray) -> int:
    """Frames from the first sound to the first 50 ms of silence."""
    audible = samples != 0
    first = int(np.argmax(audible))
    quiet = 0
    for index in range(first, len(samples)):
        quiet = 0 if audible[index] else quiet + 1
        if quiet == 1200:
            return index - 1199 - first
    return len(samples) - first


@pytest.mark.rig
def test_on_its_own_loudspeaker_the_model_does_not_answer_itself(
    on_sound_card: SoundCard, log_path: Path
) -> None:
    """The loudspeaker is heard by the microphone, 100 ms later and half as loud (-6 dB)."""
    # Left alone the loopback bends its sample rate for seconds to reach its latency: no room does.
    on_sound_card.pactl(
        "load-module", "module-loopback", "source=spk.monitor", "sink=mic", "latency_msec=100",
        "adjust_time=0",
    )  # fmt: skip
    loopback = on_sound_card.pactl("list", "short", "sink-inputs").split()[0]
    on_sound_card.pactl("set-sink-input-volume", loopback, "52057")  # of 65536, cubic: -6 dB
    try:
        # On a busy machine the loopback may jump, which no room does: then once more.
        if interrupts_itself(on_sound_card, log_path):
            assert not interrupts_itself(on_sound_card, log_path)
    finally:
        on_sound_card.pactl("unload-module", "module-loopback")


def interrupts_itself(card: SoundCard, log_path: Path) -> bool:
    """One long answer; where nothing interrupts it, a voice in the room gets through afterwards."""
    with (
        running_server(fixed_answer=LONG[:600]) as url,
        running_call(settings(url), log_path) as (call, log),
    ):
        log.wait_state("listening")
        call.submit(Type("talk"))
        wait_until(lambda: log.all(TurnHeard) or log.all(TurnCut), 60, "the end of the answer")
        time.sleep(1)
        if log.all(TurnCut) or len(log.all(ResponseStarted)) != 1:
            return True
        play_wav(card, QUESTION)
        log.wait_any(ResponseStarted, 2, timeout_s=15)
        return False


# ---------------------------------------------------------------- without a sound card


@pytest.mark.parametrize("dialect", ["ga", "beta"])
@pytest.mark.parametrize("turn", ["server_vad", "none"])
def test_without_a_microphone_the_talk_key_asks_a_recorded_question(
    log_path: Path, dialect: str, turn: str
) -> None:
    with (
        running_server() as url,
        running_call(settings(url, dialect=dialect, turn_detection=turn, **SILENT), log_path) as (
            call,
            log,
        ),
    ):
        log.wait_state("paused")
        call.submit(Talk())
        log.wait_any(TurnHeard, timeout_s=20)
        assert "capital of japan" in log.texts("user")[0].lower()
        assert "Tokyo" in log.texts("assistant")[0]
        states = log.states
        assert states.index("recording") < states.index("thinking") < states.index("speaking")


def test_a_key_stops_the_answer_and_the_next_turn_goes_on(log_path: Path) -> None:
    with (
        running_server(fixed_answer=LONG) as url,
        running_call(settings(url, **SILENT), log_path) as (call, log),
    ):
        began_s = time.monotonic()
        call.submit(Type("one"))
        log.wait_any(Latency)
        time.sleep(0.5)
        call.submit(Stop())
        cut = log.wait_any(TurnCut)
        assert 300 <= cut.heard_ms <= (time.monotonic() - began_s) * 1000
        assert cut.heard_ms <= cut.received_ms
        log.wait_state("paused")
        call.submit(Type("two"))
        log.wait_state("speaking")
        call.submit(Type("three"))  # while it speaks
        log.wait_any(ResponseStarted, 3)
        assert not [n for n in log.all(Notice) if n.level == "error"]


def test_a_file_is_asked_and_the_answer_written(tmp_path: Path, log_path: Path) -> None:
    out = tmp_path / "answer.wav"
    devices = {"input": "silent", "output": f"file:{out}", "fast_files": True}
    with running_server() as url:
        call_settings = settings(url, turn_detection="none", **devices)
        with running_call(call_settings, log_path) as (call, log):
            call.submit(AskAudio(str(QUESTION)))
            heard = log.wait_any(TurnHeard, timeout_s=20)
        with wave.open(str(out)) as reader:
            assert reader.getnframes() / 24 == pytest.approx(heard.heard_ms, abs=20)


def test_an_unreadable_file_is_said_and_the_call_goes_on(tmp_path: Path, log_path: Path) -> None:
    bad = tmp_path / "bad.wav"
    bad.write_bytes(b"this is no sound")
    with (
        running_server() as url,
        running_call(settings(url, turn_detection="none", **SILENT), log_path) as (call, log),
    ):
        log.wait_state("paused")
        call.submit(AskAudio(str(bad)))
        notice = log.wait_any(Notice)
        assert "bad.wav: is not a WAV file" in notice.text
        log.wait_state("paused")
        call.submit(Type("still there?"))
        log.wait_any(TurnEnded, 2)


def test_mute_is_acknowledged_and_nothing_said_while_muted_arrives(
    tmp_path: Path, log_path: Path
) -> None:
    with (
        running_server() as url,
        running_call(settings(url, input=f"file:{QUESTION}", output="silent"), log_path) as (
            call,
            log,
        ),
    ):
        call.submit(Mute(True))
        muted = log.wait_any(MuteChanged)
        assert muted.on
        time.sleep(4)
        assert not log.all(InputCommitted)
        assert log.state == "muted"


def test_a_killed_engine_is_back_and_the_answer_goes_on(log_path: Path) -> None:
    with (
        running_server(fixed_answer=LONG[:300]) as url,
        running_call(settings(url, **SILENT), log_path) as (call, log),
    ):
        call.submit(Type("talk"))
        log.wait_state("speaking")
        process = call._audio._process
        assert process is not None
        os.kill(process.pid, signal.SIGKILL)
        back = log.wait_any(EngineBack)
        assert back.hole_ms < 1000
        heard = log.wait_any(TurnHeard, timeout_s=30)
        assert heard.heard_ms > 3000


def test_a_dropped_connection_is_taken_up_again_with_what_was_said(log_path: Path) -> None:
    with (
        running_server() as direct,
        proxied(direct) as (proxy, url),
        running_call(settings(url, **SILENT), log_path) as (call, log),
    ):
        call.submit(Type("My name is Ada."))
        log.wait_any(TurnHeard, timeout_s=20)
        proxy.cut()
        log.wait_any(SessionStarted, 2)
        assert "reconnecting" in log.states
        log.wait_state("paused")
        assert len(log.all(ResponseStarted)) == 1  # no second greeting
        call.submit(Type("What is my name?"))
        log.wait_any(TurnHeard, 2, timeout_s=20)
        assert "Ada" in log.texts("assistant")[-1]


def test_a_service_that_is_not_there_ends_the_call_in_words(log_path: Path) -> None:
    with running_call(settings("http://127.0.0.1:9/v1", **SILENT), log_path) as (_, log):
        ended = log.wait_any(SessionEnded, timeout_s=15)
        assert "127.0.0.1" in ended.reason or "refused" in ended.reason
        assert log.last(StateChanged).state == "ended"


def test_a_wrong_key_ends_the_call_at_once_in_words(log_path: Path) -> None:
    with (
        running_server(key="right") as url,
        running_call(settings(url, **SILENT), log_path) as (_, log),
    ):
        ended = log.wait_any(SessionEnded, timeout_s=5)
        assert ended.fatal
        assert "key" in ended.reason
        assert not log.all(SessionStarted)


def test_sound_without_end_does_not_fill_the_memory(
    log_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.playback.MOST_KEPT_FRAMES", 24_000 * 10)
    knobs = {"audio_override": "counter", "answer_s": 60, "audio_speed": 0, "fixed_answer": LONG}
    with (
        running_server(**knobs) as url,
        running_call(settings(url, **SILENT), log_path) as (call, log),
    ):
        call.submit(Type("one"))
        notice = log.wait_any(Notice)
        assert "stopped there" in notice.text
        log.wait_any(ResponseEnded)
        assert call._audio.playing is not None
        assert call._playback.kept_frames <= 24_000 * 10
        call.submit(Stop())
        log.wait_any(TurnCut)
        assert call._playback.kept_frames == 0
        assert len(log.all(Notice)) == 1
