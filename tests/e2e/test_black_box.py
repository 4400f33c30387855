"""Recording, report and counters of whole calls."""

from __future__ import annotations

import time
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from shared.pcm import RATE_HZ
from tests.e2e.calls import QUESTION, Log, running_call, settings, text_settings
from tests.server.process import running_server
from tests.waiting import wait_until
from tui.audio.port import LinkCounts
from tui.blackbox.opening import open_bundle
from tui.call import Call
from tui.call_events import (
    AskAudio,
    Clip,
    Counted,
    CountStages,
    HoldTalk,
    Record,
    RecordingChanged,
    Stop,
    TurnHeard,
    Type,
    WriteReport,
)
from tui.sessions.events import InputCommitted, Notice, TurnCut

SILENT = {"input": "silent", "output": "silent"}
LONG = " ".join(f"This is sentence number {n} of a long answer." for n in range(1, 30))


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "engine.log"


@pytest.fixture(autouse=True)
def _state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))


def sides(path: Path) -> tuple[npt.NDArray[np.int16], npt.NDArray[np.int16]]:
    with wave.open(str(path)) as file:
        both = np.frombuffer(file.readframes(file.getnframes()), "<i2").reshape(-1, 2)
    return both[:, 0], both[:, 1]


def place(sound: npt.NDArray[np.int16], piece: bytes) -> int:
    """Where the piece begins in the sound, to the sample."""
    wanted = np.frombuffer(piece, "<i2")
    first = int(np.flatnonzero(np.abs(wanted.astype(int)) > 500)[0])
    needle = wanted[first : first + 2000]
    for at in np.flatnonzero(sound == needle[0]):
        if np.array_equal(sound[at : at + len(needle)], needle):
            return int(at) - first
    raise AssertionError("it is not there")


def notice(log: Log, words: str) -> str:
    def found() -> str:
        return next((said.text for said in log.all(Notice) if words in said.text), "")

    return wait_until(found, 10, words)


def test_what_was_said_and_heard_is_recorded_in_step_and_reported(
    tmp_path: Path, log_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target = tmp_path / "talk.wav"
    monkeypatch.setenv("HOME", str(tmp_path))
    with (
        running_server() as url,
        running_call(settings(url, **SILENT, record=str(target)), log_path) as (call, log),
    ):
        log.wait_any(RecordingChanged)
        call.submit(AskAudio(str(QUESTION)))
        log.wait_any(TurnHeard, timeout_s=90)
        call.submit(WriteReport())
        path = Path(notice(log, "Report with 30 s").split(": ")[1].split(" (")[0]).expanduser()
        report = open_bundle(path)
        call.submit(CountStages())
        stages = log.wait_any(Counted).stages
        clips = {clip.role: clip for clip in log.all(Clip)}
        call.submit(Record())
        assert notice(log, "Recorded ").endswith(" s to ~/talk.wav")
    assert target.stat().st_mode & 0o777 == 0o600
    left, right = sides(target)
    answer = clips["assistant"].pcm
    began = place(right, answer)
    assert np.array_equal(right[began : began + len(answer) // 2], np.frombuffer(answer, "<i2"))
    with wave.open(str(QUESTION)) as file:
        asked = file.readframes(file.getnframes())
    assert place(left, asked) + len(asked) // 2 <= began + RATE_HZ // 10
    # The report holds the same, and says that nothing was lost.
    assert place(np.frombuffer(report.speaker, "<i2"), answer) > 0
    assert place(np.frombuffer(report.mic, "<i2"), asked) >= 0
    for counted in (report.stages, stages):
        assert counted.decoded_frames == counted.queued_frames == counted.played_frames > RATE_HZ
        assert counted.taken_frames == counted.played_frames
        assert counted.waiting_frames == counted.flushed_frames == 0
        assert counted.sent_frames >= len(asked) // 2
        assert counted.captured_frames >= counted.passed_frames >= len(asked) // 2
    assert any(event["event"] == "TurnHeard" for event in report.events)
    assert report.settings["service"] == "demo"


def test_an_interrupted_answer_is_recorded_as_far_as_it_was_heard(
    tmp_path: Path, log_path: Path
) -> None:
    with (
        running_server(fixed_answer=LONG, audio_speed=0) as url,
        running_call(settings(url, **SILENT), log_path) as (call, log),
    ):
        call.submit(Record())
        path = Path(log.wait_any(RecordingChanged).path)
        assert path.is_relative_to(tmp_path / "state" / "recordings")
        call.submit(Type("talk"))
        log.wait_state("speaking")
        wait_until(lambda: log.all(Clip) and _counts(call).played_frames > 2 * RATE_HZ, 20)
        call.submit(Stop())
        cut = log.wait_any(TurnCut)
        time.sleep(0.1)  # silence between the two
        call.submit(Type("again"))
        wait_until(lambda: log.states.count("speaking") >= 2, 10)
    # The call has ended, and the recording with it.
    _, right = sides(path)
    clip = next(clip for clip in log.all(Clip) if clip.item_id == cut.item_id)
    began = place(right, clip.pcm)
    heard = np.frombuffer(clip.pcm, "<i2")
    assert began > 0
    same = right[began : began + len(heard)] == heard[: len(right) - began]
    told = cut.heard_ms * RATE_HZ // 1000
    assert same[: told - 24].all()
    # Behind the cut is silence, then the next answer.
    assert not right[began + told + 24 : began + told + 480].any()


def test_a_key_that_is_held_makes_the_turn(log_path: Path) -> None:
    with (
        running_server() as url,
        running_call(
            settings(url, input=f"file:{QUESTION}", output="silent", turn_detection="none"),
            log_path,
        ) as (call, log),
    ):
        log.wait_state("paused")
        call.submit(HoldTalk(True))
        call.submit(HoldTalk(True))  # nothing new
        log.wait_state("recording")
        with wave.open(str(QUESTION)) as file:
            seconds = file.getnframes() / file.getframerate()
        wait_until(lambda: _counts(call).captured_frames > seconds * RATE_HZ, 20)
        call.submit(HoldTalk(False))
        call.submit(HoldTalk(False))
        log.wait_any(InputCommitted)
        log.wait_any(TurnHeard, timeout_s=90)
        assert log.states.count("recording") == 1


def _counts(call: Call) -> LinkCounts:
    return call._audio.counts()


def test_counters_of_a_kind_over_http(log_path: Path) -> None:
    with (
        running_server() as url,
        running_call(text_settings(url, "responses", **SILENT), log_path) as (call, log),
    ):
        call.submit(AskAudio(str(QUESTION)))
        log.wait_any(TurnHeard, timeout_s=90)
        call.submit(CountStages())
        stages = log.wait_any(Counted).stages
        assert stages.sent_frames > RATE_HZ
        assert stages.decoded_frames == stages.played_frames > 0
        assert stages.sent_since_mute_frames == 0
