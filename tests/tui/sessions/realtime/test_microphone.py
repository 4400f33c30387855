"""The service's input buffer: appending, closing, discarding."""

from __future__ import annotations

import base64

import pytest

from tests.tui.sessions.realtime.driver import Driver, events, messages, sound, types
from tui.sessions.events import (
    BeginTurn,
    Commit,
    DiscardTurn,
    FlushPlayback,
    InputCommitted,
    Notice,
    SendAudio,
    SpeechStarted,
    SpeechStopped,
)
from tui.sessions.options import RealtimeOptions


@pytest.fixture
def driver() -> Driver:
    started = Driver(RealtimeOptions("m-1", turn_detection="none")).start()
    started.outputs.clear()
    return started


def appended(driver: Driver) -> bytes:
    return b"".join(
        base64.b64decode(message["audio"], validate=True)
        for message in driver.sent_of("input_audio_buffer.append")
    )


def test_audio_arrives_byte_for_byte_whatever_the_chunks(driver) -> None:
    pcm = bytes(range(256)) * 20
    for start in range(0, len(pcm), 333):  # odd: half frames are held over
        driver.want(SendAudio(pcm[start : start + 333]))
    assert appended(driver) == pcm
    for message in driver.sent:
        assert len(base64.b64decode(message["audio"])) % 2 == 0


def test_a_long_recording_is_sent_in_several_messages(driver) -> None:
    pcm = bytes(5 << 20)
    driver.want(SendAudio(pcm))
    assert appended(driver) == pcm
    assert len(driver.sent) == 5


def test_a_commit_under_100_ms_is_not_sent(driver) -> None:
    driver.want(BeginTurn())
    driver.want(SendAudio(sound(99)))
    outputs = driver.want(Commit())
    assert types(outputs) == ["input_audio_buffer.clear"]
    ended, notice = events(outputs)
    assert (ended.response_id, ended.status) == ("", "failed")  # nobody waits for an answer
    assert "Too short" in notice.text
    driver.want(SendAudio(sound(60)))
    driver.want(SendAudio(sound(40)))
    assert types(driver.want(Commit())) == ["input_audio_buffer.commit", "response.create"]


def test_a_turn_in_which_nobody_spoke_is_not_sent(driver) -> None:
    """A tap on the talk key delivers what the microphone still had: more than 100 ms."""
    driver.want(BeginTurn())
    driver.want(SendAudio(sound(150, 10)))
    outputs = driver.want(Commit())
    assert types(outputs) == ["input_audio_buffer.clear"]
    ended, notice = events(outputs)
    assert (ended.response_id, ended.status) == ("", "failed")
    assert "No speech was heard" in notice.text
    driver.want(SendAudio(sound(150, 10)))
    for _ in range(10):  # pieces of half blocks
        driver.want(SendAudio(sound(10)))
    assert types(driver.want(Commit())) == ["input_audio_buffer.commit", "response.create"]


def test_where_the_service_finds_turns_a_commit_is_its_own_affair() -> None:
    driver = Driver(RealtimeOptions("m-1")).start()
    driver.outputs.clear()
    driver.want(SendAudio(sound(200, 0)))
    assert "input_audio_buffer.commit" in types(driver.want(Commit()))


def test_each_turn_counts_from_zero(driver) -> None:
    driver.want(SendAudio(sound(500)))
    driver.want(DiscardTurn())
    driver.want(SendAudio(sound(50)))
    assert types(driver.want(Commit())) == ["input_audio_buffer.clear"]


def test_a_turn_begins_with_silence_and_an_empty_buffer(driver) -> None:
    driver.begin_answer()
    driver.audio(300)
    outputs = driver.want(BeginTurn())
    assert outputs[0] == FlushPlayback()
    assert types(outputs) == ["response.cancel", "input_audio_buffer.clear"]
    driver.want(SendAudio(sound(200)))
    assert types(driver.want(Commit())) == ["input_audio_buffer.commit"]
    assert types(driver.end_answer("r1", "cancelled")) == ["response.create"]


def test_a_refused_commit_stops_the_answer_to_nothing(driver) -> None:
    driver.want(SendAudio(sound(200)))
    driver.want(Commit())
    driver.error(
        "input_audio_buffer_commit_empty",
        "Error committing input audio buffer: buffer too small. Expected at least 100ms of audio,"
        " but buffer only has 0.00ms of audio.",
        about="input_audio_buffer.commit",
    )
    assert "Too short" in driver.all(Notice)[0].text
    assert driver.all(Notice)[0].level == "warning"
    outputs = driver.get("response.created", response={"id": "r1"})
    assert types(outputs) == ["response.cancel"]


def test_what_the_service_hears_is_told() -> None:
    driver = Driver().start()
    driver.outputs.clear()
    driver.get("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=120)
    driver.get("input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=980)
    driver.get("input_audio_buffer.committed", item_id="", previous_item_id=None)
    assert driver.events == [
        SpeechStarted("u1", 120),
        SpeechStopped("u1", 980),
        InputCommitted(""),
    ]


def test_a_server_that_would_not_interrupt_by_itself_is_told_to() -> None:
    driver = Driver()
    driver.machine.opened(0)
    driver.get("session.created", session={"type": "realtime"})
    driver.error(
        "unknown_parameter",
        "no",
        about="session.update",
        param="session.audio.input.turn_detection.interrupt_response",
    )
    driver.get("session.updated", session={})
    driver.begin_answer()
    driver.audio(100)
    outputs = driver.get("input_audio_buffer.speech_started", item_id="u1")
    assert types(outputs) == ["response.cancel"]


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
def test_telephone_audio_is_converted_in_both_directions(law) -> None:
    driver = Driver(RealtimeOptions("m-1", turn_detection="none", wire_format=law)).start()
    for _ in range(10):
        driver.want(SendAudio(sound(20, 8000)))
    wire = appended(driver)
    assert len(wire) == 200 * 8
    driver.begin_answer()
    outputs = driver.get(
        "response.output_audio.delta",
        response_id="r1",
        item_id="a1",
        content_index=0,
        delta=base64.b64encode(wire).decode(),
    )
    pcm = events(outputs)[0].pcm
    assert len(pcm) == 200 * 48
    samples = memoryview(pcm).cast("h")
    assert abs(samples[2400] - 8000) < 300
    assert types(driver.want(Commit())) != ["input_audio_buffer.clear"]


def test_messages_name_only_what_they_need(driver) -> None:
    driver.want(SendAudio(sound(10)))
    assert set(messages(driver.outputs)[0]) == {"type", "audio"}
