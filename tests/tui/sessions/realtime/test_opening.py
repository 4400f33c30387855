"""From the open connection to a session that has started."""

from __future__ import annotations

import pytest

from tests.tui.sessions.realtime.driver import (
    BETA_SESSION,
    GA_SESSION,
    Driver,
    events,
    messages,
    types,
)
from tui.sessions.events import (
    HeardOnly,
    Notice,
    PastCall,
    PastTurn,
    Say,
    SendAudio,
    SessionStarted,
    TurnStarted,
)
from tui.sessions.options import RealtimeOptions


def test_ga_settings_are_asked_for_once_and_then_the_session_has_started() -> None:
    driver = Driver(RealtimeOptions("m-1", instructions="Be brief.", language="en"))
    sent = messages(driver.get("session.created", session=GA_SESSION))
    assert [message["type"] for message in sent] == ["session.update"]
    assert sent[0]["session"] == {
        "type": "realtime",
        "output_modalities": ["audio"],
        "instructions": "Be brief.",
        "audio": {
            "input": {
                "format": {"type": "audio/pcm", "rate": 24000},
                "transcription": {"model": "gpt-transcribe", "language": "en"},
                "turn_detection": {
                    "type": "server_vad",
                    "threshold": 0.5,
                    "prefix_padding_ms": 300,
                    "silence_duration_ms": 500,
                    "create_response": True,
                    "interrupt_response": True,
                },
            },
            "output": {"format": {"type": "audio/pcm", "rate": 24000}, "voice": "marin"},
        },
    }
    session = GA_SESSION | {"expires_at": 1_800_000_000, "audio": {"output": {"voice": "cedar"}}}
    assert driver.get("session.updated", session=session) == [
        SessionStarted("m-1", "cedar", 1_800_000_000.0)
    ]
    assert driver.get("session.updated", session=session) == []


def test_beta_settings_are_flat_and_carry_what_only_beta_has() -> None:
    options = RealtimeOptions(
        "m-1", turn_detection="none", transcription_model="", temperature=0.7, wire_format="pcma"
    )
    driver = Driver(options, "beta").start()
    assert driver.sent[0]["session"] == {
        "modalities": ["text", "audio"],
        "input_audio_format": "g711_alaw",
        "output_audio_format": "g711_alaw",
        "voice": "marin",
        "temperature": 0.7,
        "input_audio_transcription": None,
        "turn_detection": None,
    }


@pytest.mark.parametrize(
    ("asked", "shown", "session"), [("ga", "beta", BETA_SESSION), ("beta", "ga", GA_SESSION)]
)
def test_a_server_of_the_other_dialect_is_recognised(asked, shown, session) -> None:
    driver = Driver(dialect=asked)
    outputs = driver.get("session.created", session=session)
    assert [event.level for event in events(outputs)] == ["info"]
    assert shown in events(outputs)[0].text
    update = messages(outputs)[0]["session"]
    assert ("modalities" in update) is (shown == "beta")
    assert ("output_modalities" in update) is (shown == "ga")


def test_a_session_object_that_shows_nothing_keeps_the_dialect() -> None:
    driver = Driver(dialect="beta")
    assert (
        "modalities" in messages(driver.get("session.created", session={"id": "s"}))[0]["session"]
    )


def test_past_turns_follow_the_settings_and_no_answer_is_asked_for() -> None:
    past = [
        PastTurn("user", "My name is Ada."),
        PastTurn("assistant", "Hello Ada."),
        PastTurn("user", "  "),
    ]
    driver = Driver(replay=past, continuing=True)
    outputs = driver.get("session.created", session=GA_SESSION)
    assert types(outputs) == ["session.update"] + ["conversation.item.create"] * 3
    items = [message["item"] for message in messages(outputs)[1:]]
    assert [(item["role"], item["content"][0]["type"]) for item in items] == [
        ("user", "input_text"),
        ("assistant", "output_text"),
        ("system", "input_text"),
    ]
    assert "do not greet" in items[2]["content"][0]["text"]
    driver.get("session.updated", session=GA_SESSION)
    # The service announces them: the screen has them already.
    previous = None
    for item in items:
        assert driver.get("conversation.item.added", previous_item_id=previous, item=item) == []
        previous = item["id"]
    # What follows comes at the end, not behind an item that no screen knows.
    driver.item("u1", "user", previous, content=[{"type": "input_audio"}])
    assert driver.all(TurnStarted) == [TurnStarted("u1", "user", None, True)]
    assert driver.sent_of("response.create") == []


def test_past_turns_are_known_again_under_ids_of_the_server() -> None:
    driver = Driver(replay=[PastTurn("user", "Hi"), PastTurn("assistant", "Hello")]).start()
    for number, (role, words) in enumerate([("user", "Hi"), ("assistant", "Hello")]):
        driver.item(f"server_{number}", role, content=[{"type": "input_text", "text": words}])
    assert driver.all(TurnStarted) == []


PAST = (
    PastTurn("user", "Weather?", calls=(PastCall("c1", "weather", "{}", "rain"),)),
    PastTurn("assistant", "It rains in Tokyo all day.", item_id="old"),
    PastTurn("user", "And now?"),
    PastTurn("assistant", "Still.", item_id="older"),
)


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_functions_and_their_results_are_told_in_their_place(dialect) -> None:
    driver = Driver(dialect=dialect, replay=PAST).start()
    items = [message["item"] for message in driver.sent_of("conversation.item.create")]
    assert [item["type"] for item in items] == [
        *("message", "function_call", "function_call_output", "message", "message", "message")
    ]
    assert items[1] | {"id": ""} == {
        "id": "",
        "type": "function_call",
        "name": "weather",
        "arguments": "{}",
        "call_id": "c1",
    }
    assert (items[2]["call_id"], items[2]["output"]) == ("c1", "rain")
    previous = None
    for item in items:
        assert driver.get("conversation.item.added", previous_item_id=previous, item=item) == []
        previous = item["id"]
    assert driver.all(TurnStarted) == []


def test_a_past_answer_heard_in_part_only_is_put_right() -> None:
    driver = Driver(replay=PAST).start()
    ids = [message["item"]["id"] for message in driver.sent_of("conversation.item.create")]
    driver.item("named_by_server", "assistant", content=[{"type": "text", "text": "Still."}])
    outputs = driver.want(HeardOnly("old", "It rains"))
    assert types(outputs) == ["conversation.item.delete", "conversation.item.create"]
    delete, made = messages(outputs)
    assert delete["item_id"] == ids[3]
    assert made["previous_item_id"] == ids[2]
    assert made["item"]["role"] == "assistant"
    assert made["item"]["content"][0]["text"] == "It rains"
    assert driver.want(HeardOnly("old", "It rains")) == []
    assert types(driver.want(HeardOnly("old", ""))) == ["conversation.item.delete"]
    assert driver.want(HeardOnly("never seen", "x")) == []
    delete, made = messages(driver.want(HeardOnly("older", "Sti")))
    assert delete["item_id"] == "named_by_server"
    assert made["previous_item_id"] == ids[4]
    driver.get("conversation.item.deleted", item_id=ids[3])
    driver.get("conversation.item.added", previous_item_id=ids[4], item=made["item"])
    assert driver.all(TurnStarted) == []


def test_the_first_past_answer_keeps_its_place() -> None:
    driver = Driver(replay=[PastTurn("assistant", "Hello there.", item_id="old")]).start()
    _, made = messages(driver.want(HeardOnly("old", "Hello")))
    assert made["previous_item_id"] == "root"


def test_a_beta_server_gets_past_answers_as_text_parts() -> None:
    driver = Driver(dialect="beta", replay=[PastTurn("assistant", "Hello")]).start()
    assert driver.last_sent("conversation.item.create")["item"]["content"][0]["type"] == "text"


def test_a_refused_past_turn_is_said_once() -> None:
    driver = Driver(replay=[PastTurn("user", "a"), PastTurn("user", "b")]).start()
    for message in driver.sent_of("conversation.item.create"):
        driver.get("error", error={"message": "no", "event_id": message["event_id"]})
    assert [notice.level for notice in driver.all(Notice)] == ["warning"]


def test_what_is_wanted_before_the_start_is_held_and_then_sent_in_order() -> None:
    driver = Driver()
    assert driver.want(Say("hello")) == []
    assert driver.want(SendAudio(b"\1\0" * 2400)) == []
    driver.get("session.created", session=GA_SESSION)
    assert types(driver.get("session.updated", session=GA_SESSION)) == [
        "conversation.item.create",
        "response.create",
        "input_audio_buffer.append",
    ]


def test_captured_audio_held_before_the_start_is_limited_to_three_seconds() -> None:
    driver = Driver()
    for _ in range(100):
        driver.want(SendAudio(b"\1\0" * 2400))  # 10 s
    driver.start()
    assert len(driver.sent_of("input_audio_buffer.append")) == 30
    assert driver.machine.dropped["held audio"] == 70


# -------------------------------------------------------------------- refused settings


def test_a_refused_setting_is_left_out_and_said_once() -> None:
    driver = Driver(RealtimeOptions("m-1", speed=1.2, noise_reduction="near_field"))
    driver.get("session.created", session=GA_SESSION)
    outputs = driver.error(
        "unknown_parameter",
        "Unknown parameter: 'session.audio.output.speed'.",
        about="session.update",
        param="session.audio.output.speed",
    )
    assert "speed" not in messages(outputs)[0]["session"]["audio"]["output"]
    assert "noise_reduction" in messages(outputs)[0]["session"]["audio"]["input"]
    assert "the speed" in events(outputs)[0].text
    driver.get("session.updated", session=GA_SESSION)
    assert len(driver.all(SessionStarted)) == 1
    assert driver.ended is None


def test_the_transcription_model_falls_back_to_the_old_one_and_then_to_none() -> None:
    driver = Driver()
    driver.get("session.created", session=GA_SESSION)
    refusal = {"about": "session.update", "param": "session.audio.input.transcription.model"}
    first = driver.error("invalid_value", "Invalid model.", **refusal)
    transcription = messages(first)[0]["session"]["audio"]["input"]["transcription"]
    assert transcription == {"model": "whisper-1"}
    second = driver.error("invalid_value", "Invalid model.", **refusal)
    assert "transcription" not in messages(second)[0]["session"]["audio"]["input"]
    driver.get("session.updated", session=GA_SESSION)
    # Without transcription a spoken turn ends at once.
    driver.get("input_audio_buffer.committed", item_id="u1", previous_item_id=None)
    assert [type(event).__name__ for event in driver.events[-3:]] == [
        "TurnStarted",
        "TurnEnded",
        "InputCommitted",
    ]


def test_a_model_error_that_means_the_transcription_does_not_end_the_session() -> None:
    driver = Driver()
    driver.get("session.created", session=GA_SESSION)
    driver.error(
        "model_not_found", "The model `gpt-transcribe` does not exist.", about="session.update"
    )
    assert driver.ended is None
    update = driver.last_sent("session.update")["session"]
    assert update["audio"]["input"]["transcription"]["model"] == "whisper-1"


def test_semantic_detection_falls_back_to_server_vad() -> None:
    driver = Driver(RealtimeOptions("m-1", turn_detection="semantic_vad"))
    driver.get("session.created", session=GA_SESSION)
    driver.error(
        "invalid_value",
        "Invalid value: 'semantic_vad'.",
        about="session.update",
        param="session.audio.input.turn_detection.type",
    )
    detection = driver.last_sent("session.update")["session"]["audio"]["input"]["turn_detection"]
    assert detection["type"] == "server_vad"
    assert "eagerness" not in detection


def test_a_refused_audio_format_goes_back_to_pcm_in_both_directions() -> None:
    driver = Driver(RealtimeOptions("m-1", wire_format="pcmu"))
    driver.get("session.created", session=GA_SESSION)
    driver.error("invalid_value", "no", about="session.update", param="session.audio.input.format")
    driver.get("session.updated", session=GA_SESSION)
    driver.want(SendAudio(b"\1\0" * 2400))
    assert len(driver.last_sent("input_audio_buffer.append")["audio"]) == 6400  # 100 ms of PCM


def test_refusals_without_a_parameter_end_with_the_services_own_settings() -> None:
    driver = Driver()
    driver.get("session.created", session=GA_SESSION)
    for _ in range(20):
        if driver.all(SessionStarted):
            break
        driver.error("server_error", "Something is wrong.", about="session.update")
    assert len(driver.all(SessionStarted)) == 1
    assert 2 <= len(driver.sent_of("session.update")) <= 4
    assert driver.ended is None


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_whatever_is_refused_the_session_starts(dialect) -> None:
    """Refuse every leaf once, by its own name: always a retry or a start, never a stop."""
    options = RealtimeOptions(
        "m-1",
        instructions="x",
        speed=1.1,
        language="en",
        max_output_tokens=5,
        noise_reduction="far_field",
        vad_idle_timeout_ms=6000,
        temperature=0.7,
    )
    driver = Driver(options, dialect)
    driver.get("session.created", session=GA_SESSION if dialect == "ga" else BETA_SESSION)
    for _ in range(40):
        if driver.all(SessionStarted):
            break
        params = leaves(driver.last_sent("session.update")["session"])
        param = next((leaf for leaf in params if leaf != "session.type"), "")
        driver.error("invalid_value", f"Invalid {param}.", about="session.update", param=param)
    assert len(driver.all(SessionStarted)) == 1


def leaves(value: object, path: str = "session") -> list[str]:
    """Paths of all leaves."""
    if not isinstance(value, dict):
        return [path]
    return [leaf for key, inner in value.items() for leaf in leaves(inner, f"{path}.{key}")]


# -------------------------------------------------------------------- silence


def test_no_session_within_ten_seconds_ends_in_words() -> None:
    driver = Driver()
    driver.machine.opened(driver.now_s)
    driver.wait(9.9)
    assert driver.ended is None
    driver.wait(0.2)
    assert driver.ended is not None
    assert "began no session within 10 s" in driver.ended.reason
    assert not driver.ended.fatal
    assert driver.machine.finished


def test_a_server_that_never_confirms_the_settings_is_used_anyway() -> None:
    driver = Driver()
    driver.get("session.created", session=GA_SESSION)
    driver.want(Say("hello"))
    outputs = driver.wait(5.1)
    assert types(outputs) == ["conversation.item.create", "response.create"]
    assert len(driver.all(SessionStarted)) == 1
