"""Services that say less than the protocol has: no names, no status, no usage."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tui.sessions.realtime.driver import Driver
from tui.sessions.events import (
    AudioDelta,
    Interrupt,
    Notice,
    ResponseEnded,
    ResponseStarted,
    Say,
    TurnEnded,
    UsageReported,
)


def answer(driver: Driver, item_id: str, done: dict[str, Any]) -> None:
    """An answer in which nothing names the response."""
    driver.get("response.created", response={})
    driver.get("response.output_audio_transcript.delta", item_id=item_id, delta="Yes.")
    driver.get("response.output_audio.delta", item_id=item_id, delta="AAAA" * 100)
    driver.get("response.done", **done)


@pytest.mark.parametrize("done", [{}, {"response": {}}, {"response": {"status": "completed"}}])
def test_responses_without_a_name_are_told_apart(done: dict[str, Any]) -> None:
    driver = Driver().start()
    for number in range(3):
        driver.want(Say("Hello?"))
        answer(driver, f"a{number}", done)
    began = [event.response_id for event in driver.all(ResponseStarted)]
    assert len(set(began)) == 3
    assert "" not in began
    assert [event.response_id for event in driver.all(ResponseEnded)] == began
    assert {event.status for event in driver.all(ResponseEnded)} == {"completed"}
    assert len(driver.all(AudioDelta)) == 3
    assert len([turn for turn in driver.all(TurnEnded) if turn.item_id.startswith("a")]) == 3
    assert driver.all(UsageReported) == driver.all(Notice) == []
    assert len(driver.sent_of("response.create")) == 3


def test_a_response_without_a_name_is_cancelled_without_one() -> None:
    driver = Driver().start()
    driver.want(Say("Hello?"))
    driver.get("response.created", response={})
    driver.want(Interrupt())
    assert "response_id" not in driver.last_sent("response.cancel")
    driver.get("response.done", response={"status": "cancelled"})
    assert driver.all(ResponseEnded)[0].status == "interrupted"


def test_an_end_of_nothing_is_nothing() -> None:
    driver = Driver().start()
    driver.get("response.done")
    driver.get("response.done", response={})
    assert driver.all(ResponseStarted) == driver.all(ResponseEnded) == []
