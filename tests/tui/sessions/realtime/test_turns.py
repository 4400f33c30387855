"""Which turns exist, where they belong, what is said in them."""

from __future__ import annotations

import pytest

from tests.tui.sessions.realtime.driver import Driver
from tui.sessions.events import (
    AudioDelta,
    AudioEnded,
    InputCommitted,
    Notice,
    ResponseEnded,
    ResponseStarted,
    Say,
    TranscriptDelta,
    TranscriptFinal,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
    UsageReported,
)
from tui.sessions.options import RealtimeOptions

COMPLETED = "conversation.item.input_audio_transcription.completed"
DELTA = "conversation.item.input_audio_transcription.delta"
FAILED = "conversation.item.input_audio_transcription.failed"


@pytest.fixture(params=["ga", "beta"])
def driver(request) -> Driver:
    started = Driver(dialect=request.param).start()
    started.outputs.clear()
    return started


def test_a_spoken_exchange_from_speech_to_answer(driver) -> None:
    driver.get("input_audio_buffer.speech_started", item_id="u1", audio_start_ms=100)
    driver.get("input_audio_buffer.speech_stopped", item_id="u1", audio_end_ms=900)
    driver.get("input_audio_buffer.committed", item_id="u1", previous_item_id=None)
    driver.item("u1", "user", None, content=[{"type": "input_audio", "transcript": None}])
    driver.answer(100, "Hello.", previous="u1")
    driver.get(COMPLETED, item_id="u1", content_index=0, transcript="Hi there. ")
    assert driver.sent == []
    told = [event for event in driver.events if not isinstance(event, AudioDelta)][2:]
    assert told == [
        TurnStarted("u1", "user", "", True),
        InputCommitted("u1"),
        ResponseStarted("r1"),
        TurnStarted("a1", "assistant", "u1", True),
        TranscriptDelta("a1", "Hello."),
        AudioEnded("a1", 0),
        TranscriptFinal("a1", "Hello."),
        TurnEnded("a1"),
        ResponseEnded("r1", "completed"),
        TranscriptFinal("u1", "Hi there."),
        TurnEnded("u1"),
    ]


def test_a_typed_turn_is_shown_where_the_service_puts_it(driver) -> None:
    driver.want(Say("Good morning"))
    item = driver.last_sent("conversation.item.create")["item"]
    assert driver.all(TurnStarted) == []
    driver.item(item["id"], "user", "x9", content=item["content"])
    assert driver.events == [
        TurnStarted(item["id"], "user", "x9", False),
        TranscriptFinal(item["id"], "Good morning"),
        TurnEnded(item["id"]),
    ]


def test_a_typed_turn_is_known_again_under_an_id_of_the_server(driver) -> None:
    driver.want(Say("Good morning"))
    driver.item("srv_1", "user", content=[{"type": "input_text", "text": "Good morning"}])
    assert driver.all(TurnStarted) == [TurnStarted("srv_1", "user", "", False)]
    driver.wait(10)
    assert len(driver.all(TurnStarted)) == 1


def test_a_typed_turn_without_confirmation_is_shown_anyway(driver) -> None:
    driver.want(Say("Good morning"))
    driver.wait(2.9)
    assert driver.all(TurnStarted) == []
    driver.wait(0.2)
    item_id = driver.last_sent("conversation.item.create")["item"]["id"]
    assert driver.all(TranscriptFinal) == [TranscriptFinal(item_id, "Good morning")]
    # The confirmation comes late: only the place is corrected.
    driver.item(item_id, "user", "a7", content=[{"type": "input_text", "text": "Good morning"}])
    assert driver.all(TurnStarted)[-1].after_item_id == "a7"
    assert len(driver.all(TranscriptFinal)) == 1


def test_a_typed_turn_survives_a_drop_and_a_refusal(driver) -> None:
    driver.want(Say("one"))
    driver.error("invalid_value", "Too long.", about="conversation.item.create")
    assert driver.all(TranscriptFinal)[-1].text == "one"
    assert driver.all(TurnEnded)[-1].status == "failed"
    assert driver.all(Notice)[-1].level == "error"
    driver.want(Say("two"))
    driver.close()
    assert driver.all(TranscriptFinal)[-1].text == "two"


def test_announcements_in_any_number_and_order_make_one_turn(driver) -> None:
    driver.begin_answer(previous="u1")
    for event in ("conversation.item.added", "conversation.item.done", "conversation.item.created"):
        item = {"id": "a1", "type": "message", "role": "assistant", "content": []}
        driver.get(event, previous_item_id="u1", item=item)
    assert driver.all(TurnStarted) == [TurnStarted("a1", "assistant", "u1", True)]


def test_a_turn_whose_predecessor_comes_later_is_placed_again(driver) -> None:
    driver.item("u1", "user", content=[{"type": "input_audio"}])
    driver.get("response.created", response={"id": "r1"})
    driver.words("Hel")  # before any announcement of the item
    assert driver.all(TurnStarted)[-1] == TurnStarted("a1", "assistant", None, True)
    driver.item("a1", "assistant", "u1")
    assert driver.all(TurnStarted)[-1] == TurnStarted("a1", "assistant", "u1", True)
    assert driver.all(TranscriptDelta) == [TranscriptDelta("a1", "Hel")]


def test_tool_items_are_no_turns_and_do_not_break_the_order(driver) -> None:
    driver.item("u1", "user", content=[{"type": "input_text", "text": "Weather?"}])
    for item_id, kind, previous in (
        ("f1", "function_call", "u1"),
        ("o1", "function_call_output", "f1"),
    ):
        item = {"id": item_id, "type": kind, "call_id": "c1"}
        driver.get("conversation.item.added", previous_item_id=previous, item=item)
    driver.item("a1", "assistant", "o1")
    assert [(turn.item_id, turn.after_item_id) for turn in driver.all(TurnStarted)] == [
        ("u1", ""),
        ("a1", "u1"),
    ]


def test_user_text_that_comes_before_its_item_is_held(driver) -> None:
    driver.get(DELTA, item_id="u1", content_index=0, delta="Hi ")
    driver.get(COMPLETED, item_id="u1", content_index=0, transcript="Hi there")
    assert driver.events == []
    driver.get("input_audio_buffer.committed", item_id="u1", previous_item_id="a0")
    assert driver.events == [
        TurnStarted("u1", "user", "a0", True),
        TranscriptDelta("u1", "Hi "),
        TranscriptFinal("u1", "Hi there"),
        TurnEnded("u1"),
        InputCommitted("u1"),
    ]


def test_user_text_whose_item_never_comes_is_shown_after_a_while(driver) -> None:
    driver.get(COMPLETED, item_id="u1", content_index=0, transcript="Hi there")
    driver.wait(4.9)
    assert driver.events == []
    driver.wait(0.2)
    assert driver.all(TranscriptFinal) == [TranscriptFinal("u1", "Hi there")]


def test_a_failed_transcription_is_told_in_words_and_ends_nothing(driver) -> None:
    driver.get("input_audio_buffer.committed", item_id="u1", previous_item_id=None)
    driver.get(
        FAILED,
        item_id="u1",
        content_index=0,
        error={"type": "transcription_error", "code": "audio_unintelligible", "message": "?"},
    )
    assert "could not be understood" in driver.all(TranscriptFinal)[0].problem
    assert driver.all(TurnEnded) == [TurnEnded("u1")]
    assert driver.all(Notice) == []
    assert driver.ended is None


def test_a_transcript_that_never_comes_is_given_up_and_later_ones_still_count(driver) -> None:
    driver.get("input_audio_buffer.committed", item_id="u1", previous_item_id=None)
    driver.wait(31)
    assert driver.all(TranscriptFinal) == [TranscriptFinal("u1", "", "no transcript came")]
    driver.get("input_audio_buffer.committed", item_id="u2", previous_item_id="u1")
    driver.wait(31)
    assert len(driver.all(Notice)) == 1  # said once: this service does not transcribe
    driver.get("input_audio_buffer.committed", item_id="u3", previous_item_id="u2")
    assert driver.all(TurnEnded)[-1] == TurnEnded("u3")
    driver.get(COMPLETED, item_id="u1", content_index=0, transcript="late")
    assert driver.all(TranscriptFinal)[-1] == TranscriptFinal("u1", "late")


def test_two_parts_of_an_answer_are_one_text(driver) -> None:
    driver.begin_answer()
    fields = {"response_id": "r1", "item_id": "a1"}
    for index, words in ((1, "second"), (0, "first")):
        driver.get("response.output_text.delta", content_index=index, delta=words[:3], **fields)
        driver.get("response.output_text.done", content_index=index, text=words, **fields)
    assert driver.all(TranscriptFinal)[-1].text == "first\nsecond"


def test_lost_events_are_made_up_for_by_the_finished_response(driver) -> None:
    """Nothing but response.done arrives."""
    driver.end_answer(
        output=[
            {
                "id": "a1",
                "type": "message",
                "role": "assistant",
                "status": "completed",
                "content": [{"type": "output_audio", "transcript": "All of it."}],
            }
        ],
        usage={"input_tokens": 3, "output_tokens": 4},
    )
    assert [type(event) for event in driver.events] == [
        ResponseStarted,
        TurnStarted,
        TranscriptFinal,
        TurnEnded,
        UsageReported,
        ResponseEnded,
    ]
    # And late deltas of it do not open it again.
    driver.wait(120)
    assert len(driver.all(ResponseEnded)) == 1


def test_an_item_deleted_by_the_service_is_removed(driver) -> None:
    driver.item("u1", "user", content=[{"type": "input_text", "text": "x"}])
    driver.get("conversation.item.deleted", item_id="u1")
    driver.item("u1", "user", content=[{"type": "input_text", "text": "x"}])
    assert driver.all(TurnRemoved) == [TurnRemoved("u1")]
    assert len(driver.all(TurnStarted)) == 1


def test_a_text_answer_is_not_spoken() -> None:
    driver = Driver(RealtimeOptions("m-1", output="text")).start()
    driver.begin_answer()
    fields = {"response_id": "r1", "item_id": "a1", "content_index": 0}
    driver.get("response.output_text.delta", delta="Hi", **fields)
    driver.get("response.output_text.done", text="Hi!", **fields)
    driver.end_answer()
    assert driver.all(TurnStarted)[-1].spoken is False
    assert driver.all(TranscriptFinal) == [TranscriptFinal("a1", "Hi!")]


def test_a_drop_ends_everything_that_was_open(driver) -> None:
    driver.get("input_audio_buffer.committed", item_id="u1", previous_item_id=None)
    driver.begin_answer(previous="u1")
    driver.words("Once upon")
    driver.audio(100)
    driver.outputs.clear()
    driver.close(1006)
    assert {(turn.item_id, turn.status) for turn in driver.all(TurnEnded)} == {
        ("u1", "completed"),
        ("a1", "interrupted"),
    }
    assert driver.all(AudioEnded) == [AudioEnded("a1", 0)]
    assert driver.all(ResponseEnded)[0].status == "interrupted"
    assert driver.ended is not None
    assert driver.events[-1] is driver.ended
    assert driver.want(Say("x")) == []
    assert driver.machine.deadline_s is None


def test_typed_turns_that_were_never_sent_are_shown() -> None:
    driver = Driver()
    driver.want(Say("hello"))
    driver.close(1006)
    assert [turn.role for turn in driver.all(TurnStarted)] == ["user"]
    assert driver.all(TurnEnded)[0].status == "failed"
