"""Barge-in, manual interruption, and telling the service what was heard."""

from __future__ import annotations

import pytest

from tests.tui.sessions.realtime.driver import Driver, events, messages, types
from tui.sessions.events import (
    AudioDelta,
    FlushPlayback,
    Heard,
    HeardItem,
    Interrupt,
    Notice,
    ResponseEnded,
    Say,
    SpeechStarted,
    TranscriptDelta,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
)


@pytest.fixture
def driver() -> Driver:
    started = Driver().start()
    started.item("u1", "user", content=[{"type": "input_audio"}])
    started.outputs.clear()
    return started


def heard(item_id: str, heard_ms: int, received_ms: int, index: int = 0) -> Heard:
    return Heard((HeardItem(item_id, index, heard_ms, received_ms),))


def speech(driver: Driver) -> list:
    return driver.get("input_audio_buffer.speech_started", item_id="u2", audio_start_ms=5)


def test_speech_flushes_at_once_and_what_still_comes_is_stale(driver) -> None:
    driver.begin_answer(previous="u1")
    driver.words("Once upon ")
    driver.audio(400)
    assert speech(driver) == [SpeechStarted("u2", 5), FlushPlayback()]  # the server cancels itself
    driver.outputs.clear()
    driver.audio(400)
    driver.words("a time")
    driver.get(
        "response.output_audio_transcript.done",
        response_id="r1",
        item_id="a1",
        content_index=0,
        transcript="Once upon a time",
    )
    assert driver.outputs == []
    driver.end_answer("r1", "cancelled", status_details={"reason": "turn_detected"})
    assert driver.all(TranscriptFinal) == []
    assert driver.all(TurnEnded) == [TurnEnded("a1", "interrupted", "interrupted by speech")]
    assert driver.all(ResponseEnded) == [
        ResponseEnded("r1", "interrupted", "interrupted by speech")
    ]


def test_truncate_says_what_was_heard(driver) -> None:
    driver.begin_answer()
    driver.audio(400)
    speech(driver)
    outputs = driver.want(heard("a1", 250, 400))
    assert messages(outputs) == [
        {
            "type": "conversation.item.truncate",
            "event_id": messages(outputs)[0]["event_id"],
            "item_id": "a1",
            "content_index": 0,
            "audio_end_ms": 250,
        }
    ]
    assert events(outputs) == [TurnCut("a1", 250, 400)]
    assert driver.want(heard("a1", 250, 400)) == []  # asked once


def test_truncate_is_never_beyond_what_was_received(driver) -> None:
    """Counted by decoded bytes of this item, whatever the layer above believes."""
    driver.answer(300, item_id="a1")
    driver.begin_answer("r2", "a2", "a1")
    driver.audio(200.5, "r2", "a2")
    speech(driver)
    outputs = driver.want(heard("a2", 57_340, 57_400))
    assert messages(outputs)[0]["audio_end_ms"] == 200
    assert events(outputs) == [TurnCut("a2", 200, 200)]


def test_nothing_heard_deletes_the_item(driver) -> None:
    driver.begin_answer()
    driver.audio(400)
    speech(driver)
    outputs = driver.want(heard("a1", 0, 400))
    assert types(outputs) == ["conversation.item.delete"]
    assert events(outputs) == [TurnRemoved("a1")]
    driver.end_answer("r1", "cancelled")
    assert driver.all(TurnEnded) == []
    driver.get("conversation.item.deleted", item_id="a1")
    assert len(driver.all(TurnRemoved)) == 1


def test_everything_heard_of_a_complete_item_says_nothing(driver) -> None:
    driver.answer(400)
    speech(driver)
    assert driver.want(heard("a1", 400, 400)) == []


def test_all_received_heard_of_an_interrupted_item_is_still_cut(driver) -> None:
    """The service may have more of it than was sent."""
    driver.begin_answer()
    driver.audio(400)
    speech(driver)
    driver.end_answer("r1", "cancelled")
    assert messages(driver.want(heard("a1", 400, 400)))[0]["audio_end_ms"] == 400


def test_an_answer_that_is_done_but_audible_is_cut_too(driver) -> None:
    driver.answer(5000)
    assert FlushPlayback() in speech(driver)
    assert types(driver.want(heard("a1", 700, 5000))) == ["conversation.item.truncate"]


def test_an_answer_known_as_heard_needs_no_flush(driver) -> None:
    driver.answer(500)
    driver.want(heard("a1", 500, 500))
    assert speech(driver) == [SpeechStarted("u2", 5)]


def test_two_answers_in_the_loudspeaker_at_once(driver) -> None:
    driver.answer(500, item_id="a1")
    driver.answer(900, response_id="r2", item_id="a2", previous="a1")
    speech(driver)
    outputs = driver.want(Heard((HeardItem("a1", 0, 320, 500), HeardItem("a2", 0, 0, 900))))
    assert types(outputs) == ["conversation.item.truncate", "conversation.item.delete"]
    assert events(outputs) == [TurnCut("a1", 320, 500), TurnRemoved("a2")]


def test_items_of_an_earlier_session_are_nobodys_business(driver) -> None:
    assert driver.want(heard("old", 10, 20)) == []


def test_new_items_of_an_interrupted_answer_are_deleted(driver) -> None:
    driver.begin_answer()
    driver.audio(100)
    speech(driver)
    driver.outputs.clear()
    item = {"id": "a2", "type": "message", "role": "assistant", "content": []}
    outputs = driver.get("response.output_item.added", response_id="r1", item=item)
    assert [(m["type"], m["item_id"]) for m in messages(outputs)] == [
        ("conversation.item.delete", "a2")
    ]
    assert driver.item("a2", "assistant", "a1") == []
    assert driver.all(TurnStarted) == []


def test_an_item_announced_half_before_and_half_after_is_deleted(driver) -> None:
    driver.get("response.created", response={"id": "r1"})
    item = {"id": "a1", "type": "message", "role": "assistant", "content": []}
    driver.get("response.output_item.added", response_id="r1", item=item)
    speech(driver)
    outputs = driver.item("a1", "assistant", "u1")
    assert types(outputs) == ["conversation.item.delete"]
    assert driver.all(TurnStarted) == []
    # Another item names it as its predecessor: the one before it is meant.
    driver.item("u3", "user", "a1", content=[{"type": "input_audio"}])
    assert driver.all(TurnStarted)[-1].after_item_id == "u1"


def test_an_announced_item_without_a_sound_is_deleted_on_interruption(driver) -> None:
    driver.begin_answer()
    outputs = driver.want(Interrupt())
    assert types(outputs) == ["response.cancel", "conversation.item.delete"]
    assert events(outputs) == [TurnRemoved("a1")]


def test_manual_interruption_flushes_first_and_cancels(driver) -> None:
    driver.begin_answer()
    driver.audio(100)
    outputs = driver.want(Interrupt())
    assert outputs[0] == FlushPlayback()
    assert messages(outputs) == [
        {
            "type": "response.cancel",
            "event_id": messages(outputs)[0]["event_id"],
            "response_id": "r1",
        }
    ]
    assert driver.want(Interrupt()) == []  # nothing runs that is not stopped already
    assert driver.audio(100) == []


def test_manual_interruption_after_the_end_only_flushes(driver) -> None:
    driver.answer(500)
    assert driver.want(Interrupt()) == [FlushPlayback()]
    assert driver.want(Interrupt()) == []


def test_an_answer_asked_for_but_not_begun_is_cancelled_when_it_begins(driver) -> None:
    driver.want(Say("tell me"))
    assert driver.want(Interrupt()) == []
    outputs = driver.get("response.created", response={"id": "r1"})
    assert types(outputs) == ["response.cancel"]
    driver.begin_answer()
    assert driver.all(AudioDelta) == []
    driver.audio(100)
    assert driver.all(AudioDelta) == []


def test_typing_while_it_speaks_interrupts_first_and_asks_when_it_may(driver) -> None:
    driver.begin_answer()
    driver.audio(100)
    outputs = driver.want(Say("stop, something else"))
    assert outputs[0] == FlushPlayback()
    assert types(outputs) == ["response.cancel", "conversation.item.create"]
    outputs = driver.end_answer("r1", "cancelled")
    assert types(outputs) == ["response.create"]


def test_two_typed_turns_in_a_row_get_one_answer_to_both(driver) -> None:
    driver.want(Say("one"))
    driver.want(Say("two"))
    assert len(driver.sent_of("response.create")) == 1
    driver.get("response.created", response={"id": "r1"})
    driver.end_answer("r1", "cancelled")
    assert len(driver.sent_of("response.create")) == 2


def test_an_answer_cancelled_by_the_server_alone_is_silenced_too(driver) -> None:
    driver.begin_answer()
    driver.audio(100)
    outputs = driver.end_answer("r1", "cancelled", status_details={"reason": "turn_detected"})
    assert FlushPlayback() in outputs


def test_without_cancel_or_truncate_it_degrades_and_says_so_once(driver) -> None:
    """As speaches does: the error names the event and carries no id of ours."""
    driver.begin_answer()
    driver.audio(400)
    driver.want(Interrupt())
    driver.want(heard("a1", 100, 400))
    driver.outputs.clear()
    for name in ("response.cancel", "conversation.item.truncate"):
        driver.error(None, f"Handling of the '{name}' event is not implemented.")
        driver.error(None, f"Handling of the '{name}' event is not implemented.")
    assert [notice.level for notice in driver.all(Notice)] == ["info", "info"]
    # It runs to its end there; only then may the next one be asked for.
    driver.want(Say("next"))
    driver.wait(20)
    assert driver.sent_of("response.create") == []
    driver.end_answer("r1")
    assert len(driver.sent_of("response.create")) == 1
    driver.begin_answer("r2", "a2")
    driver.audio(300, "r2", "a2")
    outputs = driver.want(Interrupt())
    assert messages(outputs) == []
    outputs = driver.want(heard("a2", 100, 300))
    assert outputs == [TurnCut("a2", 100, 300)]


@pytest.mark.parametrize(
    ("about", "code", "message"),
    [
        (
            "conversation.item.truncate",
            "invalid_value",
            "Audio content of 3700ms is already shorter than 3760ms",
        ),
        ("conversation.item.truncate", None, "Only model output audio messages can be truncated"),
        ("conversation.item.truncate", "item_not_found", "Item a1 not found"),
        (
            "response.cancel",
            "response_cancel_not_active",
            "Cancellation failed: no active response found",
        ),
    ],
)
@pytest.mark.parametrize("correlated", [True, False])
def test_races_are_not_told(driver, about, code, message, correlated) -> None:
    driver.begin_answer()
    driver.audio(400)
    driver.want(Interrupt())
    driver.want(heard("a1", 100, 400))
    driver.error(code, message, about=about if correlated else "")
    assert driver.all(Notice) == []
    assert driver.ended is None


def test_words_before_the_interruption_stay(driver) -> None:
    driver.begin_answer()
    driver.words("One, two, ")
    driver.audio(300)
    speech(driver)
    driver.words("three")
    assert driver.all(TranscriptDelta) == [TranscriptDelta("a1", "One, two, ")]
