"""At most one answer is asked for or open; races are not errors; nothing waits for ever."""

from __future__ import annotations

import pytest

from tests.tui.sessions.realtime.driver import Driver, sound, types
from tui.sessions.events import (
    AnswerTool,
    Commit,
    Notice,
    ResponseEnded,
    Say,
    SendAudio,
    ToolCalled,
    UsageReported,
)
from tui.sessions.options import RealtimeOptions

ACTIVE = "conversation_already_has_active_response"


@pytest.fixture
def driver() -> Driver:
    started = Driver().start()
    started.outputs.clear()
    return started


def test_an_answer_begun_by_the_server_delays_ours(driver) -> None:
    driver.get("response.created", response={"id": "r1"})
    driver.want(SendAudio(sound(200)))
    driver.want(Commit())
    assert driver.sent_of("response.create") == []
    driver.end_answer("r1")
    assert len(driver.sent_of("response.create")) == 1


def test_already_active_asks_again_after_the_end(driver) -> None:
    driver.want(Say("hello"))
    # The server's own answer began in the same moment; ours is refused.
    driver.get("response.created", response={"id": "r1"})
    driver.error(ACTIVE, "Conversation already has an active response", about="response.create")
    assert len(driver.sent_of("response.create")) == 1
    driver.end_answer("r1")
    assert len(driver.sent_of("response.create")) == 2
    assert driver.all(Notice) == []


def test_already_active_after_a_commit_is_answered_by_the_servers_own(driver) -> None:
    driver.want(SendAudio(sound(200)))
    driver.want(Commit())
    driver.get("response.created", response={"id": "r1"})
    driver.error(ACTIVE, "Conversation already has an active response", about="response.create")
    driver.end_answer("r1")
    assert len(driver.sent_of("response.create")) == 1


def test_already_active_without_an_active_one_tries_again_and_gives_up(driver) -> None:
    """Its response.done came before: waiting for it would be for ever."""
    driver.want(Say("hello"))
    for tries in range(1, 4):
        driver.error(ACTIVE, "Conversation already has an active response", about="response.create")
        assert len(driver.sent_of("response.create")) == tries
        driver.wait(1.1)
    driver.error(ACTIVE, "Conversation already has an active response", about="response.create")
    driver.wait(60)
    assert len(driver.sent_of("response.create")) == 4
    assert len(driver.all(Notice)) == 1
    driver.want(Say("again"))
    assert len(driver.sent_of("response.create")) == 5


def test_an_answer_that_never_begins_is_given_up_in_words(driver) -> None:
    driver.want(Say("hello"))
    driver.wait(31)
    assert "did not begin an answer" in driver.all(Notice)[0].text
    driver.want(Say("again"))
    assert len(driver.sent_of("response.create")) == 2


def test_an_answer_that_stops_arriving_is_given_up(driver) -> None:
    driver.begin_answer()
    driver.audio(100)
    driver.wait(59)
    assert driver.all(ResponseEnded) == []
    driver.audio(100)
    driver.wait(59)
    assert driver.all(ResponseEnded) == []
    driver.want(SendAudio(sound(200)))
    driver.want(Commit())
    driver.wait(3)
    assert driver.all(ResponseEnded)[0].status == "failed"
    assert len(driver.sent_of("response.create")) == 1  # the next one is not stuck behind it


def test_a_cancelled_answer_whose_end_is_lost_does_not_block(driver) -> None:
    driver.begin_answer()
    driver.audio(100)
    driver.want(Say("other"))
    driver.wait(4.9)
    assert driver.sent_of("response.create") == []
    driver.wait(0.2)
    assert len(driver.sent_of("response.create")) == 1
    assert driver.all(ResponseEnded)[0].status == "interrupted"


def test_not_active_frees_the_way_soon(driver) -> None:
    driver.begin_answer()
    driver.audio(100)
    driver.want(Say("other"))
    driver.error("response_cancel_not_active", "no active response", about="response.cancel")
    driver.wait(1.1)
    assert len(driver.sent_of("response.create")) == 1


def test_a_refused_response_is_told(driver) -> None:
    driver.want(Say("hello"))
    driver.error("invalid_value", "Invalid modalities.", about="response.create")
    assert driver.all(Notice)[0].level == "error"
    assert "Invalid modalities." in driver.all(Notice)[0].text
    driver.want(Say("again"))
    assert len(driver.sent_of("response.create")) == 2


def test_our_own_response_is_known_by_its_metadata(driver) -> None:
    driver.want(Say("hello"))
    asked = driver.last_sent("response.create")
    metadata = asked["response"]["metadata"]
    driver.get("response.created", response={"id": "r1", "metadata": metadata})
    driver.end_answer("r1")
    # From here on a response without it is the server's own: ours is still on its way.
    driver.want(Say("more"))
    driver.get("response.created", response={"id": "r2", "metadata": None})
    driver.end_answer("r2")
    driver.want(SendAudio(sound(200)))
    driver.want(Commit())
    assert len(driver.sent_of("response.create")) == 2
    metadata = driver.last_sent("response.create")["response"]["metadata"]
    driver.get("response.created", response={"id": "r3", "metadata": metadata})
    driver.end_answer("r3")
    assert len(driver.sent_of("response.create")) == 3


def test_a_server_that_takes_no_metadata_is_asked_without(driver) -> None:
    driver.want(Say("hello"))
    driver.error(
        "unknown_parameter", "Unknown parameter: 'response.metadata'.", about="response.create"
    )
    assert len(driver.sent_of("response.create")) == 2
    assert "response" not in driver.last_sent("response.create")
    assert driver.all(Notice) == []
    driver.error("unknown_parameter", "Unknown parameter: 'metadata'.", about="response.create")
    assert len(driver.sent_of("response.create")) == 2
    assert len(driver.all(Notice)) == 1


def test_the_usage_of_an_answer_given_up_for_lost_still_counts(driver) -> None:
    driver.begin_answer()
    driver.audio(100)
    driver.want(Say("other"))
    driver.wait(6)
    driver.end_answer("r1", "cancelled", usage={"input_tokens": 5, "output_tokens": 6})
    driver.end_answer("r1", "cancelled", usage={"input_tokens": 5, "output_tokens": 6})
    assert [event.usage.total for event in driver.all(UsageReported)] == [11]
    assert len(driver.all(ResponseEnded)) == 1


# -------------------------------------------------------------------- tools


def call(driver: Driver, call_id: str, item_id: str, name: str = "weather") -> None:
    item = {"id": item_id, "type": "function_call", "call_id": call_id, "name": name}
    driver.get("response.output_item.added", response_id="r1", item=item)
    driver.get(
        "response.function_call_arguments.done",
        response_id="r1",
        item_id=item_id,
        call_id=call_id,
        arguments='{"city":"Kobe"}',
    )
    done = item | {"status": "completed", "arguments": '{"city":"Kobe"}'}
    driver.get("response.output_item.done", response_id="r1", item=done)


def test_the_model_goes_on_when_all_calls_are_answered(driver) -> None:
    driver.get("response.created", response={"id": "r1"})
    call(driver, "c1", "f1")
    call(driver, "c2", "f2")
    assert driver.all(ToolCalled) == [
        ToolCalled("c1", "weather", '{"city":"Kobe"}', "f1"),
        ToolCalled("c2", "weather", '{"city":"Kobe"}', "f2"),
    ]
    outputs = driver.want(AnswerTool("c1", "sunny"))
    assert types(outputs) == ["conversation.item.create"]
    item = driver.last_sent("conversation.item.create")["item"]
    assert item == {"type": "function_call_output", "call_id": "c1", "output": "sunny"}
    driver.end_answer("r1")
    assert driver.sent_of("response.create") == []
    outputs = driver.want(AnswerTool("c2", "rain"))
    assert types(outputs) == ["conversation.item.create", "response.create"]


def test_results_before_the_end_of_the_response_wait_for_it(driver) -> None:
    driver.get("response.created", response={"id": "r1"})
    call(driver, "c1", "f1")
    driver.want(AnswerTool("c1", "sunny"))
    assert driver.sent_of("response.create") == []
    assert types(driver.end_answer("r1")) == ["response.create"]


def test_a_call_only_response_done_tells_of(driver) -> None:
    item = {
        "id": "f1",
        "type": "function_call",
        "call_id": "c1",
        "name": "weather",
        "status": "completed",
        "arguments": "{}",
    }
    driver.end_answer("r1", output=[item])
    assert driver.all(ToolCalled) == [ToolCalled("c1", "weather", "{}", "f1")]
    assert types(driver.want(AnswerTool("c1", "x")))[-1] == "response.create"


def test_results_of_an_interrupted_response_are_delivered_without_asking(driver) -> None:
    driver.get("response.created", response={"id": "r1"})
    call(driver, "c1", "f1")
    driver.get("input_audio_buffer.speech_started", item_id="u2")
    driver.end_answer("r1", "cancelled")
    assert types(driver.want(AnswerTool("c1", "sunny"))) == ["conversation.item.create"]


def test_push_to_talk_asks_after_the_commit() -> None:
    driver = Driver(RealtimeOptions("m-1", turn_detection="none")).start()
    driver.want(SendAudio(sound(200)))
    assert types(driver.want(Commit())) == ["input_audio_buffer.commit", "response.create"]
