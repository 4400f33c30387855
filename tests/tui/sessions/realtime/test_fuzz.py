"""Races, faults and nonsense by the thousand: nothing raises or sticks, the order is right."""

from __future__ import annotations

import json
import os
import random
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.contract.bundles import bundle
from tests.contract.samples import Samples, spoilt
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
    Send,
    SendAudio,
    SessionEnded,
    TranscriptFinal,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
)
from tui.sessions.options import Dialect
from tui.sessions.realtime.dialect import ALIASES
from tui.sessions.realtime.machine import _UNUSED

SEEDS = int(os.environ.get("VOICETUI_FUZZ_SEEDS", "400"))
"""Conversations per kind; `make faults` has 10,000."""
STEPS = 60
JUNK_WORDS = ("The service sent something unreadable", "The service sends events this version")
"""Said once each, however much of it comes."""


def talk(seed: int, dialect: Dialect, *, faults: bool) -> Talk:
    conversation = Talk(seed, faults=faults, dialect=dialect)
    for _ in range(STEPS):
        conversation.step()
    conversation.settle()
    return conversation


@pytest.mark.parametrize("dialect", ["ga", "beta"])
@pytest.mark.parametrize("faults", [False, True], ids=["races", "races-and-faults"])
def test_conversations_with_races(faults: bool, dialect: Dialect) -> None:
    """Races; then events twice, one place too early, left out, and junk between them."""
    for seed in range(SEEDS):
        check(talk(seed, dialect, faults=faults), f"seed {seed}")


def check(conversation: Talk, which: str) -> None:
    driver, server = conversation.driver, conversation.server
    assert server.violations == [], which
    assert driver.ended is None, which
    # Every race is silent; only a tap of the talk key is worth a word.
    told = [notice.text for notice in driver.all(Notice)]
    taps = ("Too short", "too small", "No speech")
    junk = [text for text in told if not any(words in text for words in taps)]
    assert len(set(junk)) == len(junk), (which, told)
    assert all(text.startswith(JUNK_WORDS) for text in junk), (which, told)
    assert conversation.faults or not junk, (which, told)
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


def wants(driver: Driver, step: Any) -> None:
    """One step: an event, a frame, an intent, or time."""
    match step:
        case float():
            driver.wait(step)
        case bytes():
            driver.raw(step)
        case (event, fields):
            driver.raw(json.dumps({"type": event, **fields}))
        case _:
            driver.want(step)


def rests(driver: Driver) -> None:
    """Nothing is stuck: all that never came is given up, and the next question is answered."""
    if driver.ended is not None or driver.machine._opening.stage != "started":
        return
    driver.wait(300)
    assert driver.ended is None
    assert driver.machine.deadline_s is None, "something still waits"
    began = [event.response_id for event in driver.all(ResponseStarted)]
    ends = [event.response_id for event in driver.all(ResponseEnded) if event.response_id]
    assert sorted(began) == sorted(ends), "an answer without an end, or with two"
    driver.want(Say("Still there?"))
    ask = driver.last_sent("response.create")
    assert driver.outputs.index(Send(ask)) > len(driver.outputs) - 6, "not asked for"
    item = driver.last_sent("conversation.item.create")["item"]
    driver.item(item["id"], "user", None, content=item["content"])
    response = {"id": "r_last", "status": "in_progress"}
    driver.get("response.created", response={**response, **ask.get("response", {})})
    driver.audio(200, "r_last", "a_last")
    driver.words("Yes.", "r_last", "a_last")
    driver.end_answer("r_last")
    assert driver.all(ResponseEnded)[-1] == ResponseEnded("r_last", "completed")
    ended = {event.item_id: event.status for event in driver.all(TurnEnded)}
    assert (ended[item["id"]], ended["a_last"]) == ("completed", "completed")
    assert driver.machine._playback._unheard >= {"a_last"}
    driver.wait(300)
    assert driver.machine.deadline_s is None


def ends_well(driver: Driver) -> None:
    """The rules for whatever happened."""
    for message in driver.sent:
        assert message["type"] in SENT
        msgspec.json.encode(message)
    if driver.ended is None:
        driver.close()
    assert driver.ended is driver.events[-1]
    assert isinstance(driver.ended, SessionEnded)
    for event in driver.events:
        for value in (getattr(event, name) for name in event.__struct_fields__):
            if isinstance(value, str):
                value.encode()
    removed = {event.item_id for event in driver.all(TurnRemoved)}
    started_turns = {event.item_id for event in driver.all(TurnStarted)}
    ended = {event.item_id for event in driver.all(TurnEnded)}
    assert started_turns <= ended | removed


@settings(
    max_examples=max(100, SEEDS // 2),
    derandomize=True,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(st.sampled_from(["ga", "beta"]), st.booleans(), st.lists(STEP, max_size=25))
def test_nothing_that_arrives_or_is_wanted_raises(dialect, started, steps) -> None:
    driver = Driver(dialect=dialect)
    if started:
        driver.start()
    for step in steps:
        wants(driver, step)
    rests(driver)
    ends_well(driver)


# -------------------------------------------------------------------- well-formed, in any order

INTENTS = [
    Say("Hello"),
    BeginTurn(),
    SendAudio(bytes(9600)),
    Commit(),
    DiscardTurn(),
    Interrupt(),
    Heard((HeardItem("a1", 0, 100, 200), HeardItem("a2", 0, 0, 200))),
    AnswerTool("c1", "done"),
]


@pytest.mark.parametrize("dialect", ["ga", "beta"])
def test_well_formed_and_spoilt_events_in_any_order(dialect: Dialect) -> None:
    well_formed_and_spoilt(dialect, SEEDS)


def well_formed_and_spoilt(dialect: Dialect, seeds: int) -> None:
    """So many sequences of the contract's events, some with a field that is not as it should be."""
    schemas = bundle(f"realtime-{dialect}.schema.json")
    for seed in range(seeds):
        rng = random.Random(seed)
        samples = Samples(schemas, "server", rng)
        talkative = [name for name in samples.events if name.startswith(("response", "conv"))]
        driver = Driver(dialect=dialect).start()
        try:
            for _ in range(40):
                chance = rng.random()
                if chance < 0.2:
                    driver.want(rng.choice(INTENTS))
                elif chance < 0.25:
                    driver.wait(rng.choice([0.1, 2.0, 40.0]))
                else:
                    kinds = talkative if rng.random() < 0.8 else samples.events
                    message = samples.message(rng.choice(kinds))
                    if rng.random() < 0.3:
                        message = spoilt(message, rng)
                    for _ in range(2 if rng.random() < 0.1 else 1):
                        driver.raw(json.dumps(message))
            rests(driver)
            ends_well(driver)
        except BaseException as problem:
            problem.add_note(f"{dialect}, seed {seed}")
            raise
