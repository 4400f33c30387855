"""The Assistants protocol: opening, run states, locks, tools, interruptions."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.sessions.http.driver import Driver
from tui.sessions.events import (
    AnswerTool,
    Close,
    ConversationOpened,
    Interrupt,
    PastTurn,
    ResponseEnded,
    Say,
    SessionStarted,
    StepReported,
    ToolCalled,
    TranscriptFinal,
    TurnStarted,
    UsageReported,
)
from tui.sessions.http.trouble import Trouble
from tui.sessions.options import FunctionTool

WEATHER = FunctionTool("weather", "The weather.", {"type": "object"}, ("true",))


def talk(**options: Any) -> Driver:
    options.setdefault("speak", False)
    return Driver("assistants", **options)


def running(driver: Driver, text: str = "Hello?") -> Driver:
    """A run that has begun."""
    driver.intend(Say(text))
    driver.reply("messages.create", id="msg_1")
    driver.event(driver.request("runs.stream"), "thread.run.created", id="run_1", status="queued")
    return driver


def over(driver: Driver, status: str, **run: Any) -> None:
    stream = driver.request("runs.stream")
    driver.event(stream, f"thread.run.{status}", id="run_1", status=status, **run)
    driver.done(stream)


# ---------------------------------------------------------------- opening


def test_our_assistant_is_made_once_and_found_again() -> None:
    first = talk(instructions="Be brief.", temperature=0.3).started()
    made = first.asked("assistants.create")[0]
    assert (made["name"], made["instructions"]) == ("voicetui", "Be brief.")
    assert first.of(ConversationOpened) == [ConversationOpened("thread_1")]
    assert first.of(SessionStarted)
    again = talk().begin()
    mine = {"id": "asst_7", "name": "voicetui", "metadata": {"voicetui": "1"}}
    again.reply("assistants.list", data=[{"id": "asst_2", "name": "voicetui"}, mine])
    again.reply("threads.create", id="thread_1")
    again.intend(Say("Hi"))
    again.reply("messages.create", id="m")
    assert again.request("runs.stream").body["assistant_id"] == "asst_7"


def test_a_chosen_assistant_and_thread_are_only_looked_up() -> None:
    driver = talk(assistant_id="asst_9", remote_id="thread_9", past=[PastTurn("user", "x")])
    driver.begin()
    driver.reply("assistants.retrieve", id="asst_9")
    driver.reply("threads.retrieve", id="thread_9")
    assert driver.of(ConversationOpened) == [ConversationOpened("thread_9")]
    assert not driver.asked("threads.create")


def test_what_was_said_before_goes_into_a_new_thread() -> None:
    past = [PastTurn("user", f"turn {n}") for n in range(40)] + [PastTurn("system", "note")]
    driver = talk(past=past).begin()
    driver.reply("assistants.list", data=[])
    driver.reply("assistants.create", id="asst_1")
    made = driver.reply("threads.create", id="thread_1")
    for _ in range(8):
        driver.reply("messages.create", id="m")
    said = [m["content"] for m in made.body["messages"]]
    said += [body["content"] for body in driver.asked("messages.create")]
    assert said == [f"turn {n}" for n in range(40)]
    assert driver.of(SessionStarted)


def test_a_thread_from_elsewhere_is_read_to_its_beginning() -> None:
    driver = talk(remote_id="thread_9").begin()
    driver.reply("assistants.list", data=[])
    driver.reply("assistants.create", id="asst_1")
    driver.reply("threads.retrieve", id="thread_9")
    driver.intend(Say("Now"))

    def page(numbers: range, *, more: bool) -> None:
        data = [
            {
                "id": f"msg_{n}",
                "role": "assistant" if n % 2 else "user",
                "content": [{"type": "text", "text": {"value": f"turn {n}"}}],
            }
            for n in numbers
        ]
        driver.reply("messages.list", data=data, has_more=more)

    page(range(249, 149, -1), more=True)
    assert driver.request("messages.list").body["after"] == "msg_150"
    page(range(149, 49, -1), more=True)
    page(range(49, -1, -1), more=False)
    said = [event.text for event in driver.of(TranscriptFinal)]
    assert said == [f"turn {n}" for n in range(250)] + ["Now"]
    assert len({turn.item_id for turn in driver.of(TurnStarted)}) == 251


def test_a_service_that_pages_in_circles_is_left() -> None:
    driver = talk(remote_id="thread_9").begin()
    driver.reply("assistants.list", data=[])
    driver.reply("assistants.create", id="asst_1")
    driver.reply("threads.retrieve", id="thread_9")
    content = [{"type": "text", "text": {"value": "x"}}]
    for _ in range(2):
        message = {"id": "msg_1", "role": "user", "content": content}
        driver.reply("messages.list", data=[message], has_more=True)
    assert "messages.list" not in driver.waiting_for
    assert len(driver.of(TurnStarted)) == 1


def test_a_thread_nobody_knows_can_be_replayed() -> None:
    driver = talk(remote_id="thread_9").begin()
    driver.reply("assistants.list", data=[])
    driver.reply("assistants.create", id="asst_1")
    driver.refuse("threads.retrieve", 404, "No thread found with id 'thread_9'.")
    assert (driver.end.fatal, driver.end.way_on) == (True, "replay")
    assert "thread_9" in driver.end.reason


def test_openai_has_switched_it_off() -> None:
    driver = talk(openai=True).begin()
    driver.refuse("assistants.list", 404, "Not Found")
    assert (driver.end.fatal, driver.end.way_on) == (True, "responses")
    assert "2026-08-26" in driver.end.reason


def test_a_server_without_it() -> None:
    driver = talk().begin()
    driver.refuse("assistants.list", 404, "Not Found")
    assert (driver.end.fatal, driver.end.way_on) == (True, "responses")
    assert "no Assistants API" in driver.end.reason


def test_an_assistant_nobody_knows() -> None:
    driver = talk(assistant_id="asst_9").begin()
    driver.refuse("assistants.retrieve", 404, "No assistant found with id 'asst_9'.")
    assert driver.end.fatal
    assert driver.end.way_on == ""
    assert "asst_9" in driver.end.reason


@pytest.mark.parametrize(("status", "fatal"), [(401, True), (500, False), (0, False)])
def test_opening_fails(status: int, fatal: bool) -> None:
    driver = talk().begin()
    driver.done(driver.request("assistants.list"), Trouble(status, cause="No network."))
    driver.wait(1.0)
    if not driver.open and not status == 401:
        raise AssertionError("a passing fault is tried once more")
    if driver.open:
        driver.done(driver.request("assistants.list"), Trouble(status, cause="No network."))
    assert driver.end.fatal is fatal


# ---------------------------------------------------------------- runs


def test_overrides_go_with_every_run() -> None:
    driver = talk(
        model="gpt-y",
        instructions="Be brief.",
        additional_instructions="Say please.",
        temperature=0.2,
        max_output_tokens=300,
        max_prompt_tokens=500,
        hosted_tools=("code_interpreter", "file_search"),
        file_ids=("file_1",),
        tools=(WEATHER,),
    ).started()
    driver.intend(Say("Hello?"))
    message = driver.reply("messages.create", id="m").body
    assert message["attachments"] == [
        {
            "file_id": "file_1",
            "tools": [{"type": "code_interpreter"}, {"type": "file_search"}],
        }
    ]
    body = driver.request("runs.stream").body
    assert body["model"] == "gpt-y"
    assert body["instructions"] == "Be brief."
    assert body["additional_instructions"] == "Say please."
    assert (body["temperature"], body["max_completion_tokens"]) == (0.2, 300)
    assert body["max_prompt_tokens"] == 500
    assert [tool["type"] for tool in body["tools"]] == [
        "function",
        "code_interpreter",
        "file_search",
    ]


def test_usage_and_completion() -> None:
    driver = running(talk().started())
    driver.deltas(driver.request("runs.stream"), "Hi ", "there.")
    over(driver, "completed", usage={"prompt_tokens": 20, "completion_tokens": 3})
    (usage,) = driver.of(UsageReported)
    assert (usage.usage.text_in, usage.usage.text_out, usage.id) == (20, 3, "run_1")
    assert driver.text("assistant") == ["Hi there."]


@pytest.mark.parametrize(
    ("status", "run", "ended", "words"),
    [
        (
            "incomplete",
            {"incomplete_details": {"reason": "max_completion_tokens"}},
            "incomplete",
            "longest allowed length",
        ),
        (
            "incomplete",
            {"incomplete_details": {"reason": "max_prompt_tokens"}},
            "incomplete",
            "longest allowed input",
        ),
        (
            "failed",
            {"last_error": {"code": "rate_limit_exceeded", "message": "You are too fast."}},
            "failed",
            "You are too fast.",
        ),
        ("failed", {"last_error": {"code": "server_error", "message": ""}}, "failed", "internal"),
        ("failed", {}, "failed", "service"),
        ("expired", {}, "failed", "expired"),
        ("cancelled", {}, "interrupted", "cancelled at the service"),
    ],
)
def test_every_bad_end_in_words(status: str, run: dict[str, Any], ended: str, words: str) -> None:
    driver = running(talk().started())
    driver.deltas(driver.request("runs.stream"), "Partial.")
    over(driver, status, **run)
    (end,) = driver.of(ResponseEnded)
    assert end.status == ended
    assert words in end.detail
    assert driver.text("assistant") == ["Partial."]
    running(driver, "Again?")  # the session goes on


def test_a_run_that_hangs_in_the_queue_is_cancelled() -> None:
    driver = running(talk(run_limit_s=30.0).started())
    driver.wait(29.0)
    assert "runs.cancel" not in driver.waiting_for
    driver.wait(2.0)
    driver.reply("runs.cancel", id="run_1", status="cancelling")
    driver.reply("runs.retrieve", id="run_1", status="cancelled")
    assert driver.notices() == [
        "The run did not leave the queue within 30 s; it was cancelled. Try again."
    ]
    assert driver.of(ResponseEnded)[0].status == "failed"


def test_steps_are_not_taken_for_runs_when_stopping() -> None:
    driver = running(talk().started())
    stream = driver.request("runs.stream")
    driver.machine._desk.arrived(  # arrives together with the interruption
        stream.number,
        {"event": "thread.run.step.created", "data": {"id": "step_1", "status": "in_progress"}},
    )
    driver.intend(Interrupt())
    assert driver.request("runs.cancel").body["run_id"] == "run_1"


def test_a_run_that_cannot_be_cancelled_either() -> None:
    driver = running(talk(run_limit_s=5.0).started())
    driver.deltas(driver.request("runs.stream"), "Well")
    driver.wait(6.0)
    driver.refuse("runs.cancel", 500, "oops")
    assert "could not be cancelled" in driver.notices()[0]
    assert driver.statuses("assistant") == ["incomplete"]


def test_a_stream_that_breaks_off_is_caught_up_with() -> None:
    driver = running(talk().started())
    stream = driver.request("runs.stream")
    driver.deltas(stream, "The answer ")
    driver.done(stream, Trouble(cause="The connection broke off."))
    driver.reply("runs.retrieve", id="run_1", status="in_progress")
    driver.wait(0.5)
    driver.reply("runs.retrieve", id="run_1", status="completed")
    content = [{"type": "text", "text": {"value": "The answer is 42.", "annotations": []}}]
    driver.reply("messages.list", data=[{"id": "msg_2", "content": content}])
    assert driver.text("assistant") == ["The answer is 42."]
    assert driver.of(ResponseEnded)[0].status == "completed"


def test_an_error_in_the_stream() -> None:
    driver = running(talk().started())
    stream = driver.request("runs.stream")
    driver.deltas(stream, "Half")
    driver.event(stream, "error", error={"message": "It broke.", "code": "server_error"})
    (end,) = driver.of(ResponseEnded)
    assert (end.status, "It broke." in end.detail) == ("incomplete", True)


def test_steps_are_reported() -> None:
    driver = running(talk().started())
    details = {
        "type": "tool_calls",
        "tool_calls": [
            {
                "type": "code_interpreter",
                "code_interpreter": {
                    "input": "6*7",
                    "outputs": [{"type": "logs", "logs": "42"}],
                },
            },
            {
                "type": "file_search",
                "file_search": {"results": [{"file_name": "a.pdf"}, {"file_name": "a.pdf"}]},
            },
        ],
    }
    driver.event(
        driver.request("runs.stream"), "thread.run.step.completed", id="s", step_details=details
    )
    (step,) = driver.of(StepReported)
    assert step.text == "code interpreter: 6*7 = 42\nfile search found a.pdf"


# ---------------------------------------------------------------- tools


def wants_tools(driver: Driver, *names: str) -> None:
    calls = [
        {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": "{}"}}
        for n, name in enumerate(names)
    ]
    action = {"type": "submit_tool_outputs", "submit_tool_outputs": {"tool_calls": calls}}
    over(driver, "requires_action", required_action=action)


def test_all_calls_are_answered_together() -> None:
    driver = running(talk(tools=(WEATHER,)).started())
    wants_tools(driver, "weather", "time")
    assert [(c.call_id, c.name) for c in driver.of(ToolCalled)] == [
        ("call_0", "weather"),
        ("call_1", "time"),
    ]
    driver.intend(AnswerTool("call_1", "noon"))
    assert "runs.submit" not in driver.waiting_for
    driver.wait(200.0)  # a person decides: longer than a run may take
    driver.intend(AnswerTool("call_0", "sunny"), AnswerTool("call_0", "twice"))
    stream = driver.request("runs.submit")
    assert stream.body["tool_outputs"] == [
        {"tool_call_id": "call_0", "output": "sunny"},
        {"tool_call_id": "call_1", "output": "noon"},
    ]
    driver.deltas(stream, "Sunny at noon.")
    driver.event(stream, "thread.run.completed", id="run_1", status="completed")
    driver.done(stream)
    assert driver.text("assistant") == ["Sunny at noon."]


def test_an_interruption_while_tools_wait_cancels_the_run() -> None:
    driver = running(talk(tools=(WEATHER,)).started())
    wants_tools(driver, "weather")
    driver.intend(Interrupt())
    driver.reply("runs.cancel", id="run_1", status="cancelled")
    driver.intend(AnswerTool("call_0", "late"))
    assert "runs.submit" not in driver.waiting_for
    running(driver, "Next")


# ---------------------------------------------------------------- interruption, locks


def test_an_interruption_cancels_the_run_and_frees_the_thread() -> None:
    driver = running(talk().started())
    driver.deltas(driver.request("runs.stream"), "Once upon")
    driver.intend(Interrupt(), Say("Something else"))
    driver.reply("runs.cancel", id="run_1", status="cancelling")
    assert "messages.create" not in driver.waiting_for
    driver.reply("runs.retrieve", id="run_1", status="cancelled", usage={"prompt_tokens": 9})
    driver.reply("messages.create", id="m")
    assert driver.of(UsageReported)[0].usage.text_in == 9


def test_an_interruption_before_the_run_has_a_name() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    driver.reply("messages.create", id="m")
    stream = driver.request("runs.stream")
    driver.intend(Interrupt())
    assert stream.number not in driver.open  # nothing has come: closed; the lock is dealt with
    driver.intend(Say("Next"))
    driver.request("messages.create")


def test_a_cancel_that_comes_too_late_is_nobodys_fault() -> None:
    driver = running(talk().started())
    driver.intend(Interrupt())
    driver.refuse("runs.cancel", 400, "Cannot cancel run with status 'completed'.")
    driver.reply("runs.retrieve", id="run_1", status="completed")
    assert driver.notices() == []
    running(driver, "Next")


LOCKS = [
    "Can't add messages to thread_1 while a run run_5 is active.",
    "Thread thread_1 already has an active run run_5.",
]


@pytest.mark.parametrize("operation", ["messages.create", "runs.stream"])
@pytest.mark.parametrize("said", LOCKS)
def test_a_locked_thread_waits_then_cancels(operation: str, said: str) -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    if operation == "runs.stream":
        driver.reply("messages.create", id="m")
    driver.refuse(operation, 400, said)
    driver.reply("runs.list", data=[{"id": "run_5", "status": "in_progress"}])
    for _ in range(8):
        driver.reply("runs.retrieve", id="run_5", status="in_progress")
        driver.wait(0.4)
    driver.reply("runs.retrieve", id="run_5", status="in_progress")
    driver.reply("runs.cancel", id="run_5", status="cancelled")
    assert driver.request(operation)
    assert "waiting for it" in driver.notices()[0]


def test_a_locked_thread_that_frees_itself() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    driver.refuse("messages.create", 400, LOCKS[0])
    driver.reply("runs.list", data=[{"id": "run_5", "status": "in_progress"}])
    driver.reply("runs.retrieve", id="run_5", status="completed")
    assert "runs.cancel" not in driver.waiting_for
    assert driver.request("messages.create")


def test_a_thread_that_stays_locked_fails_the_turn() -> None:
    driver = talk().started()
    driver.intend(Say("Hello?"))
    for _ in range(3):
        driver.refuse("messages.create", 400, LOCKS[0])
        driver.reply("runs.list", data=[])
        driver.wait(1)
    driver.refuse("messages.create", 400, LOCKS[0])
    assert driver.of(ResponseEnded)[0].status == "failed"


def test_hanging_up_cancels_the_run() -> None:
    driver = running(talk().started())
    driver.intend(Close())
    assert driver.request("runs.cancel").body == {"thread_id": "thread_1", "run_id": "run_1"}
    assert driver.end.asked
