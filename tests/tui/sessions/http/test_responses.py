"""The Responses protocol: opening, items, functions, interruptions, bad ends."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.sessions.http.driver import Driver
from tui.sessions.events import (
    AnswerTool,
    ConversationOpened,
    Interrupt,
    PastTurn,
    ResponseEnded,
    Say,
    StepReported,
    ToolCalled,
    UsageReported,
)
from tui.sessions.http.service import BROKE_OFF, ONCE_MORE
from tui.sessions.http.trouble import Trouble
from tui.sessions.options import FunctionTool

WEATHER = FunctionTool("weather", "The weather.", {"type": "object"}, ("true",))


def talk(**options: Any) -> Driver:
    options.setdefault("speak", False)
    return Driver("responses", **options)


def over(driver: Driver, status: str = "completed", **response: Any) -> None:
    stream = driver.request("responses.stream")
    driver.event(stream, f"response.{status}", response={"id": "resp_1", **response})
    driver.done(stream)


def calls(driver: Driver, *names: str) -> None:
    stream = driver.request("responses.stream")
    for n, name in enumerate(names):
        item = {"type": "function_call", "call_id": f"call_{n}", "name": name, "arguments": "{}"}
        driver.event(stream, "response.output_item.done", item=item)


BROKE = Trouble(cause="Reset.", broke=True)


def user(text: str) -> dict[str, str]:
    return {"type": "message", "role": "user", "content": text}


def result(call_id: str, output: str) -> dict[str, str]:
    return {"type": "function_call_output", "call_id": call_id, "output": output}


def test_past_turns_go_in_twenties() -> None:
    past = [PastTurn("assistant" if n % 2 else "user", f"turn {n}") for n in range(45)]
    driver = talk(past=past).begin()
    made = driver.reply("conversations.create", id="conv_1")
    assert len(made.body["items"]) == 20
    assert len(driver.reply("items.create", data=[]).body["items"]) == 20
    assert len(driver.reply("items.create", data=[]).body["items"]) == 5
    assert driver.of(ConversationOpened) == [ConversationOpened("conv_1")]


def test_going_on_with_a_conversation() -> None:
    driver = talk(remote_id="conv_9", past=[PastTurn("user", "x")]).begin()
    driver.reply("conversations.retrieve", id="conv_9")
    driver.intend(Say("Hello?"))
    body = driver.request("responses.stream").body
    assert (body["conversation"], body["input"]) == ("conv_9", [user("Hello?")])


def test_a_conversation_nobody_knows_can_be_replayed() -> None:
    driver = talk(remote_id="conv_9").begin()
    driver.refuse("conversations.retrieve", 404, "Conversation with id 'conv_9' not found.")
    assert (driver.end.fatal, driver.end.way_on) == (True, "replay")


def test_settings_go_with_every_request() -> None:
    driver = talk(
        instructions="Be brief.",
        temperature=0.2,
        max_output_tokens=100,
        hosted_tools=("code_interpreter", "file_search"),
        file_ids=("file_1", "vs_1"),
        tools=(WEATHER,),
    ).started()
    driver.intend(Say("Hello?"))
    body = driver.request("responses.stream").body
    assert body["instructions"] == "Be brief."
    assert (body["temperature"], body["max_output_tokens"]) == (0.2, 100)
    assert body["tools"][1:] == [
        {"type": "code_interpreter", "container": {"type": "auto", "file_ids": ["file_1"]}},
        {"type": "file_search", "vector_store_ids": ["vs_1"]},
    ]


def test_usage_with_cached_and_reasoning_tokens() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    driver.deltas(driver.request("responses.stream"), "Hi.")
    usage = {
        "input_tokens": 100,
        "input_tokens_details": {"cached_tokens": 64},
        "output_tokens": 50,
        "output_tokens_details": {"reasoning_tokens": 40},
        "total_tokens": 150,
    }
    over(driver, usage=usage, model="gpt-x-2026")
    (report,) = driver.of(UsageReported)
    assert (report.usage.text_in, report.usage.cached_text) == (100, 64)
    assert (report.usage.text_out, report.usage.reasoning_out) == (50, 40)
    assert report.usage.total == 150
    assert report.model == "gpt-x-2026"


@pytest.mark.parametrize(
    ("status", "response", "ended", "words"),
    [
        (
            "incomplete",
            {"incomplete_details": {"reason": "max_output_tokens"}},
            "incomplete",
            "longest allowed length",
        ),
        (
            "incomplete",
            {"incomplete_details": {"reason": "content_filter"}},
            "incomplete",
            "content filter",
        ),
        ("failed", {"error": {"code": "server_error", "message": "Oh."}}, "failed", "Oh."),
    ],
)
def test_bad_ends_in_words(status: str, response: dict[str, Any], ended: str, words: str) -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    driver.deltas(driver.request("responses.stream"), "Partial.")
    over(driver, status, **response)
    (end,) = driver.of(ResponseEnded)
    assert (end.status, words in end.detail) == (ended, True)
    assert driver.text("assistant") == ["Partial."]


def test_a_refusal_is_shown() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    stream = driver.request("responses.stream")
    driver.event(stream, "response.refusal.delta", delta="I cannot help with that.")
    over(driver)
    assert driver.text("assistant") == ["I cannot help with that."]


def test_a_locked_conversation_is_tried_again() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    for _ in range(3):
        driver.refuse("responses.stream", 400, "Another process is ...", code="conversation_locked")
        driver.wait(5.0)
    driver.deltas(driver.request("responses.stream"), "Hi.")
    over(driver)
    assert driver.text("assistant") == ["Hi."]
    assert driver.notices() == []


def test_a_conversation_that_stays_locked_fails_the_turn() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    for _ in range(6):
        driver.refuse("responses.stream", 400, "Another process is ...", code="conversation_locked")
        driver.wait(5.0)
    assert driver.of(ResponseEnded)[0].status == "failed"
    driver.intend(Say("Again?"))
    assert driver.request("responses.stream").body["input"] == [user("Again?")]


def test_functions() -> None:
    driver = talk(tools=(WEATHER,)).started()
    driver.intend(Say("Weather?"))
    driver.deltas(driver.request("responses.stream"), "Let me look.")
    calls(driver, "weather", "weather")
    over(driver)
    assert [call.call_id for call in driver.of(ToolCalled)] == ["call_0", "call_1"]
    driver.intend(AnswerTool("call_1", "rain"), AnswerTool("call_0", "sun"))
    assert driver.request("responses.stream").body["input"] == [
        result("call_0", "sun"),
        result("call_1", "rain"),
    ]
    driver.deltas(driver.request("responses.stream"), "Sun and rain.")
    over(driver)
    assert driver.text("assistant") == ["Let me look.\n\nSun and rain."]


def test_calls_that_were_not_run_do_not_poison_the_conversation() -> None:
    driver = talk(tools=(WEATHER,)).started()
    driver.intend(Say("Weather?"))
    calls(driver, "weather")
    over(driver)
    driver.intend(Interrupt(), Say("Never mind."))
    found = driver.request("responses.stream").body["input"]
    assert found[0]["type"] == "function_call_output"
    assert "not run" in found[0]["output"]
    assert found[-1] == user("Never mind.")


@pytest.mark.parametrize("kept", [True, False])
def test_after_a_broken_request_the_service_is_asked_what_it_kept(kept: bool) -> None:
    driver = talk().started()
    driver.intend(Say("First"))
    driver.deltas(driver.request("responses.stream"), "An ans")
    driver.intend(Interrupt(), Say("Second"))
    content = [{"type": "input_text", "text": "First"}]
    items = [{"type": "message", "role": "user", "content": content}] if kept else []
    driver.reply("items.list", data=items)
    said = [
        item["content"]
        for item in driver.request("responses.stream").body["input"]
        if item["role"] == "user"
    ]
    assert said == (["Second"] if kept else ["First", "Second"])


def test_a_call_of_a_broken_response_gets_a_result() -> None:
    driver = talk().started()
    driver.intend(Say("First"))
    driver.done(driver.request("responses.stream"), Trouble(cause="Gone."))
    driver.intend(Say("Second"))
    call = {"type": "function_call", "call_id": "call_0", "name": "weather", "arguments": "{}"}
    driver.reply("items.list", data=[call, user("First")])
    found = driver.request("responses.stream").body["input"]
    assert [item["type"] for item in found] == ["function_call_output", "message"]


def test_tools_of_the_service_are_reported() -> None:
    driver = talk(hosted_tools=("code_interpreter",)).started()
    driver.intend(Say("6*7?"))
    item = {
        "type": "code_interpreter_call",
        "code": "6*7",
        "outputs": [{"type": "logs", "logs": "42"}],
    }
    driver.event(driver.request("responses.stream"), "response.output_item.done", item=item)
    over(driver)
    assert driver.of(StepReported)[0].text == "code interpreter: 6*7 = 42"


def test_an_answer_that_never_ends_is_stopped() -> None:
    driver = talk(run_limit_s=20.0).started()
    driver.intend(Say("Hello?"))
    driver.deltas(driver.request("responses.stream"), "Well")
    driver.wait(21.0)
    assert driver.abandoned == ["responses.stream"]
    assert driver.of(ResponseEnded)[0].status == "incomplete"
    assert "20 s" in driver.notices()[0]


def test_a_stream_cut_in_the_middle_keeps_what_came() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    stream = driver.request("responses.stream")
    driver.deltas(stream, "Half an ans")
    driver.done(stream)
    driver.wait(1.0)
    driver.reply("items.list", data=[user("Hello?")])
    assert driver.text("assistant") == ["Half an ans"]
    assert driver.statuses("assistant") == ["incomplete"]
    assert driver.of(ResponseEnded)[0].detail.startswith("cut: ")
    assert "go on" in driver.notices()[-1]
    # The model is told what the user has of it, at the next question.
    driver.intend(Say("Go on"))
    driver.reply("items.list", data=[user("Hello?")])
    said = driver.request("responses.stream").body["input"]
    assert [(item["role"], item["content"]) for item in said] == [
        ("assistant", "Half an ans"),
        ("system", BROKE_OFF),
        ("user", "Go on"),
    ]


def kept_answer(words: str) -> dict[str, object]:
    content = [{"type": "output_text", "text": words}]
    return {"type": "message", "role": "assistant", "status": "completed", "content": content}


@pytest.mark.parametrize("came", ["", "Half an ans"])
def test_a_broken_answer_that_the_service_has_whole_is_taken_from_there(came: str) -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    stream = driver.request("responses.stream")
    if came:
        driver.deltas(stream, came)
    driver.done(stream, BROKE)
    driver.wait(1.0)
    driver.reply("items.list", data=[kept_answer("Half an answer."), user("Hello?")])
    assert driver.text("assistant") == ["Half an answer."]
    assert driver.statuses("assistant") == ["completed"]
    assert driver.notices() == []
    driver.intend(Say("Next"))
    assert driver.request("responses.stream").body["input"] == [user("Next")]


def test_what_the_service_has_more_of_is_not_said_twice() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    stream = driver.request("responses.stream")
    driver.deltas(stream, "Half an ans")
    driver.done(stream, BROKE)
    driver.wait(1.0)
    driver.reply("items.list", data=[user("Hello?")])
    driver.intend(Say("Go on"))
    driver.reply("items.list", data=[kept_answer("Half an answer."), user("Hello?")])
    note, question = driver.request("responses.stream").body["input"]
    assert note["role"] == "system"
    assert '"Half an ans"' in note["content"]
    assert question == user("Go on")


@pytest.mark.parametrize("kept", [True, False])
def test_a_connection_that_broke_before_the_answer_is_tried_once_more(kept: bool) -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    driver.done(driver.request("responses.stream"), BROKE)
    assert driver.of(ResponseEnded) == []
    driver.wait(1.0)
    driver.reply("items.list", data=[user("Hello?")] if kept else [])
    again = driver.request("responses.stream")
    assert [item["role"] for item in again.body["input"]] == ["system" if kept else "user"]
    driver.done(again, BROKE)
    driver.wait(1.0)
    driver.reply("items.list", data=[user("Hello?")])
    assert driver.of(ResponseEnded)[0].status == "failed"
    assert driver.waiting_for == []
    assert [notice for notice in driver.notices() if "once more" in notice] == [ONCE_MORE]


def test_an_expired_key_in_mid_stream() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    stream = driver.request("responses.stream")
    driver.deltas(stream, "Half")
    driver.event(stream, "error", code="invalid_api_key", message="Expired.")
    assert driver.end.fatal
    assert driver.text("assistant") == ["Half"]
