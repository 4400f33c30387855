"""Errors, failed answers and ends of the connection, in words and with the right weight."""

from __future__ import annotations

import pytest

from tests.tui.sessions.realtime.driver import Driver
from tui.sessions.events import Close, Interrupt, Notice, ResponseEnded, Say, TurnEnded
from tui.sessions.options import RealtimeOptions


@pytest.fixture
def driver() -> Driver:
    started = Driver(RealtimeOptions("gpt-4o-realtime-preview")).start()
    started.outputs.clear()
    return started


@pytest.mark.parametrize(
    ("code", "message", "words"),
    [
        ("invalid_api_key", "Incorrect API key provided: sk-abc123def456.", "refused the key"),
        ("insufficient_quota", "You exceeded your current quota.", "no credit left"),
        ("billing_hard_limit_reached", "Limit.", "no credit left"),
        ("account_deactivated", "Deactivated.", "deactivated"),
        ("model_not_found", "The model does not exist.", "Use gpt-realtime-2.1 instead"),
        ("invalid_model", "Bad model.", "Use gpt-realtime-2.1 instead"),
        (
            "beta_api_shape_disabled",
            "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API.",
            "set dialect to ga",
        ),
    ],
)
def test_errors_that_a_new_session_cannot_help(driver, code, message, words) -> None:
    driver.error(code, message)
    assert driver.ended is not None
    assert driver.ended.fatal
    assert words in driver.ended.reason
    assert "sk-abc" not in driver.ended.reason
    assert driver.machine.finished
    assert driver.close(4000) == []


def test_the_end_of_the_hour_is_a_drop(driver) -> None:
    driver.error("session_expired", "Your session hit the maximum duration of 60 minutes.")
    assert driver.ended is not None
    assert not driver.ended.fatal
    assert not driver.ended.asked
    assert driver.close(1001, "Your session hit the maximum duration of 60 minutes.") == []


def test_any_other_error_is_said_and_the_session_lives(driver) -> None:
    driver.error("weird_code", "Something\nodd \x1b[2J happened.")
    assert driver.all(Notice) == [
        Notice("The service says: Something odd \x1b[2J happened.", "error")
    ]
    for _ in range(5):
        driver.error("weird_code", "Something\nodd \x1b[2J happened.")
    assert len(driver.all(Notice)) == 1  # not again within ten seconds
    driver.wait(11)
    driver.error("weird_code", "Something\nodd \x1b[2J happened.")
    assert len(driver.all(Notice)) == 2
    assert driver.ended is None


@pytest.mark.parametrize("error", [None, "text", [], {"message": 5}, {"code": {"a": 1}}])
def test_errors_of_any_shape(driver, error) -> None:
    driver.get("error", error=error)
    assert len(driver.all(Notice)) == 1
    assert driver.ended is None


@pytest.mark.parametrize(
    ("status", "details", "words"),
    [
        (
            "failed",
            {
                "type": "failed",
                "error": {
                    "type": "x",
                    "code": "rate_limit_exceeded",
                    "message": "Rate limit reached. Try in 2 s.",
                },
            },
            "rate limit is reached; wait a little. It says: Rate limit reached. Try in 2 s.",
        ),
        (
            "failed",
            {"error": {"type": "insufficient_quota", "code": None, "message": "Quota."}},
            "no credit left",
        ),
        ("failed", {"error": {"type": "server_error", "message": "Oops"}}, "internal error"),
        ("failed", None, "without a reason"),
        ("incomplete", {"reason": "content_filter"}, "content filter stopped the answer"),
        ("incomplete", {"reason": "max_output_tokens"}, "longest allowed length"),
        ("incomplete", {"reason": "novel"}, "gave up the answer: novel"),
    ],
)
def test_answers_that_did_not_complete_say_why(driver, status, details, words) -> None:
    driver.begin_answer()
    driver.words("Half an ans")
    driver.audio(100)
    driver.end_answer("r1", status, status_details=details)
    assert words in driver.all(ResponseEnded)[0].detail
    assert driver.all(ResponseEnded)[0].status == status
    assert driver.all(TurnEnded)[-1].status == status
    assert words in driver.all(TurnEnded)[-1].detail
    driver.want(Say("again"))  # the next turn works
    assert len(driver.sent_of("response.create")) == 1


def test_a_failed_answer_without_a_turn_is_said_as_a_notice(driver) -> None:
    driver.get("response.created", response={"id": "r1"})
    driver.end_answer("r1", "failed", status_details={"error": {"code": "rate_limit_exceeded"}})
    assert driver.all(Notice) == [Notice(driver.all(ResponseEnded)[0].detail, "error")]


@pytest.mark.parametrize(
    ("code", "reason", "fatal", "words"),
    [
        (1000, "", False, "closed the connection"),
        (1001, "Your session hit the maximum duration of 60 minutes.", False, "60 minutes"),
        (1006, "", False, "lost"),
        (1009, "message too big", False, "too large"),
        (1011, "keepalive ping timeout", False, "keepalive"),
        (1012, "", False, "restarting"),
        (1013, "", False, "overloaded"),
        (3000, "invalid_request_error.invalid_api_key", True, "refused the key"),
        (1008, "insufficient_quota", True, "no credit left"),
        (4000, "", True, "refused the session"),
        (4000, "beta_api_shape_disabled", True, "dialect to ga"),
        (4321, "who knows", False, "4321"),
        (1000, "session_expired", False, "time limit"),
        (4004, "model_not_found", True, "gpt-realtime-2.1 instead"),
    ],
)
def test_ends_nobody_asked_for(driver, code, reason, fatal, words) -> None:
    driver.close(code, reason)
    assert driver.ended is not None
    assert (driver.ended.asked, driver.ended.fatal) == (False, fatal)
    assert words in driver.ended.reason


def test_an_end_that_was_asked_for(driver) -> None:
    assert not driver.machine.finished
    driver.want(Close())
    assert driver.machine.finished
    driver.close(1006)
    assert driver.ended is not None
    assert driver.ended.asked
    assert not driver.ended.fatal


def test_nothing_is_done_after_the_end(driver) -> None:
    driver.close(1006)
    count = len(driver.outputs)
    driver.get("response.created", response={"id": "r1"})
    driver.want(Interrupt())
    driver.wait(1000)
    assert len(driver.outputs) == count
