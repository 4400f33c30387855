"""Races, faults and nonsense by the thousand: nothing raises or sticks, the order is right."""

from __future__ import annotations

import json
import os

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.scenes import SENT
from tests.tui.sessions.realtime.driver import Driver
from tests.tui.sessions.realtime.model_server import Talk
from tui.sessions.events import (
    AnswerTool,
    BeginTurn,
    Commit,
    DiscardTurn,
    Heard,
    HeardItem,
    Interrupt,
    Notice,
    ResponseEnded,
    ResponseStarted,
    Say,
    SendAudio,
    SessionEnded,
    TranscriptFinal,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
)
from tui.sessions.realtime.dialect import ALIASES
from tui.sessions.realtime.machine import _UNUSED

SEEDS = int(os.environ.get("VOICETUI_FUZZ_SEEDS", "1000"))
"""Conversations per kind; the full run is 10,000."""
STEPS = 60


def talk(seed: int, *, faults: bool) -> Talk:
    conversation = Talk(seed, faults=faults)
    for _ in range(STEPS):
        conversation.step()
    conversation.settle()
    return conversation


@pytest.mark.parametrize("faults", [False, True], ids=["races", "races-and-faults"])
def test_conversations_with_races(faults) -> None:
    for seed in range(SEEDS):
        conversation = talk(seed, faults=faults)
        check(conversation, f"seed {seed}")


def check(conversation: Talk, which: str) -> None:
    driver, server = conversation.driver, conversation.server
    assert server.violations == [], which
    assert driver.ended is None, which
    # Every race is silent; only a tap of the talk key is worth a word.
    told = {notice.text for notice in driver.all(Notice)}
    assert all("Too short" in text or "too small" in text for text in told), (which, told)
    # Same turns in the same order on both sides.
    assert conversation.shown() == server.items, which
    # Everything that began has ended, once.
    removed = {event.item_id for event in driver.all(TurnRemoved)}
    started = {event.item_id for event in driver.all(TurnStarted)} - removed
    ended = [event.item_id for event in driver.all(TurnEnded) if event.item_id not in removed]
    assert sorted(ended) == sorted(started), which
    began = [event.response_id for event in driver.all(ResponseStarted)]
    ends = [event.response_id for event in driver.all(ResponseEnded) if event.response_id]
    assert began == ends, which
    assert len(set(began)) == len(began), which
    # Completed answers and the user's turns have their words.
    finals = {event.item_id: event.text for event in driver.all(TranscriptFinal)}
    status = {event.item_id: event.status for event in driver.all(TurnEnded)}
    for item_id in started:
        if server.roles[item_id] == "user":
            assert finals[item_id].startswith(("typed", f"words of {item_id}")), which
        elif status[item_id] == "completed":
            assert finals[item_id].startswith(f"{item_id}.0 {item_id}.1"), which
    # And it is not stuck: the next question is answered.
    answered = server.answered
    conversation.say()
    conversation.settle()
    assert server.answered == answered + 1, which


# -------------------------------------------------------------------- nonsense

EVENTS = sorted(
    {*Driver().machine._handlers, *ALIASES, *_UNUSED, "from.the.future", "session.created"}
)
IDS = st.sampled_from(["a1", "a2", "u1", "u2", "r1", "r2", "f1", "c1", "root", "", "\ud800"])
ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 10**30),
        st.floats(),
        IDS,
        st.text(max_size=5),
        st.sampled_from(
            [
                "AAAA",
                "AA",
                "message",
                "assistant",
                "user",
                "function_call",
                "completed",
                "cancelled",
            ]
        ),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(
            st.sampled_from(
                [
                    "id",
                    "type",
                    "role",
                    "content",
                    "status",
                    "text",
                    "transcript",
                    "call_id",
                    "name",
                    "output",
                    "usage",
                    "error",
                    "code",
                    "message",
                    "event_id",
                    "param",
                ]
            ),
            inner,
            max_size=6,
        ),
    ),
    max_leaves=8,
)
ITEM = st.fixed_dictionaries(
    {
        "id": IDS,
        "type": st.sampled_from(["message", "function_call", "x"]),
        "role": st.sampled_from(["user", "assistant", "system", "ghost"]),
    },
    optional={
        "content": ANYTHING,
        "status": ANYTHING,
        "call_id": IDS,
        "name": IDS,
        "arguments": ANYTHING,
    },
)
RESPONSE = st.fixed_dictionaries(
    {"id": IDS},
    optional={
        "status": ANYTHING,
        "output": st.lists(ITEM, max_size=2),
        "usage": ANYTHING,
        "status_details": ANYTHING,
    },
)
FIELDS = {
    "item_id": IDS | ANYTHING,
    "response_id": IDS | ANYTHING,
    "previous_item_id": IDS | st.none(),
    "item": ITEM | ANYTHING,
    "response": RESPONSE | ANYTHING,
    "delta": st.just("AAAA") | ANYTHING,
    "transcript": ANYTHING,
    "text": ANYTHING,
    "content_index": st.integers(-1, 2) | ANYTHING,
    "session": ANYTHING,
    "error": ANYTHING,
    "call_id": IDS,
    "name": IDS,
    "arguments": ANYTHING,
    "audio_start_ms": ANYTHING,
    "event_id": IDS,
}
EVENT = st.tuples(st.sampled_from(EVENTS), st.fixed_dictionaries({}, optional=FIELDS))
HEARD = st.builds(
    lambda items: Heard(tuple(items)),
    st.lists(
        st.builds(
            HeardItem, IDS, st.integers(0, 2), st.integers(-5, 10**6), st.integers(-5, 10**6)
        ),
        max_size=3,
    ),
)
INTENT = st.one_of(
    st.builds(Say, st.text(max_size=5) | IDS),
    st.just(BeginTurn()),
    st.just(Commit()),
    st.just(DiscardTurn()),
    st.just(Interrupt()),
    HEARD,
    st.builds(SendAudio, st.binary(max_size=9) | st.just(bytes(4801))),
    st.builds(AnswerTool, IDS, st.text(max_size=3) | IDS),
)
STEP = st.one_of(
    EVENT,
    EVENT,
    st.binary(max_size=20),
    INTENT,
    st.floats(0.01, 70.0),
)


@settings(
    max_examples=SEEDS // 4,
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.booleans(), st.lists(STEP, max_size=25))
def test_nothing_that_arrives_or_is_wanted_raises(started, steps) -> None:
    driver = Driver()
    if started:
        driver.start()
    for step in steps:
        match step:
            case float():
                driver.wait(step)
            case bytes():
                driver.raw(step)
            case (event, fields):
                driver.raw(json.dumps({"type": event, **fields}))
            case _:
                driver.want(step)
    for message in driver.sent:
        assert message["type"] in SENT
        msgspec.json.encode(message)
    if driver.ended is None:
        driver.close()
    assert driver.ended is driver.events[-1]
    assert isinstance(driver.ended, SessionEnded)
    for event in driver.events:
        for value in (getattr(event, name) for name in event.__slots__):
            if isinstance(value, str):
                value.encode()
    removed = {event.item_id for event in driver.all(TurnRemoved)}
    started_turns = {event.item_id for event in driver.all(TurnStarted)}
    ended = {event.item_id for event in driver.all(TurnEnded)}
    assert started_turns <= ended | removed
