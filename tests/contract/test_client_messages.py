"""Every message the client sends, in both dialects, against the schemas and openai's own types."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from openai.types.beta.realtime.realtime_client_event_param import (
    RealtimeClientEventParam as BetaClientEvent,
)
from openai.types.realtime.realtime_client_event_param import RealtimeClientEventParam
from pydantic import TypeAdapter, ValidationError

from tests.contract.bundles import Contract
from tests.contract.scenes import SENT, conversation_messages, settings_messages

DIALECTS = ("ga", "beta")

NULL_MEANS_OFF = {
    "ga": (("session", "audio", "input", "transcription"),),
    "beta": (("session", "input_audio_transcription"), ("session", "turn_detection")),
}
"""Documented as "null to turn off", but not optional in openai's types."""


NEWER_THAN_THE_SCHEMA = {
    "beta": ("$.session: Additional properties are not allowed ('speed' was unexpected)",),
    "ga": (),
}
"""The beta schema is of April 2025; openai's types of the beta know the speed."""


@pytest.fixture(scope="module", params=DIALECTS)
def sent(request) -> tuple[str, list[dict[str, Any]]]:
    dialect = request.param
    return dialect, [*settings_messages(dialect), *conversation_messages(dialect)]


def test_the_scenes_send_every_message_there_is(sent) -> None:
    assert {message["type"] for message in sent[1]} == SENT
    assert len(sent[1]) > 100


def test_against_the_strict_schemas(sent) -> None:
    dialect, messages = sent
    contract = Contract(f"realtime-{dialect}.strict.schema.json", "client")
    problems = {problem for message in messages for problem in contract.problems(message)}
    known = {f"session.update: {words}" for words in NEWER_THAN_THE_SCHEMA[dialect]}
    assert problems == known


def test_the_strict_schemas_notice_the_other_dialect() -> None:
    """The check can fail: a beta message is refused as GA, and the other way round."""
    for dialect, other in (DIALECTS, DIALECTS[::-1]):
        contract = Contract(f"realtime-{dialect}.strict.schema.json", "client")
        update = next(settings_messages(other))
        assert contract.problems(update)


def plain(value: object) -> object:
    """What pydantic made of a message, with its lazy lists read."""
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, str | int | float | bool | None):
        return value
    return [plain(inner) for inner in value]  # type: ignore[attr-defined]


def without_nulls(message: dict[str, Any], dialect: str) -> dict[str, Any]:
    """The message without the nulls that openai's types do not know."""
    copy = plain(message)
    assert isinstance(copy, dict)
    for *steps, last in NULL_MEANS_OFF[dialect]:
        place: Any = copy
        for step in steps:
            place = place.get(step, {})
        if last in place and place[last] is None:
            del place[last]
    return copy


ADAPTERS = {"ga": TypeAdapter(RealtimeClientEventParam), "beta": TypeAdapter(BetaClientEvent)}


def as_openai_has_it(message: dict[str, Any], dialect: str) -> object:
    """The message with everything dropped that openai's types do not know."""
    return plain(ADAPTERS[dialect].validate_python(message))


def test_against_openais_own_types(sent) -> None:
    dialect, messages = sent
    for message in messages:
        expected = without_nulls(message, dialect)
        assert as_openai_has_it(expected, dialect) == expected


def test_openais_types_notice_the_other_dialect() -> None:
    for dialect, other in (DIALECTS, DIALECTS[::-1]):
        update = without_nulls(next(settings_messages(other)), other)
        try:
            assert as_openai_has_it(update, dialect) != update
        except ValidationError:
            pass


def test_ids_of_our_own_are_short_and_audio_is_strict_base64(sent) -> None:
    seen: set[str] = set()
    for message in sent[1]:
        item_id = message.get("item", {}).get("id", "x")
        assert 0 < len(item_id) <= 32
        assert len(message.get("event_id", "")) <= 512
        if "audio" in message:
            base64.b64decode(message["audio"], validate=True)
        if message["type"] not in ("session.update", "input_audio_buffer.append"):
            assert message["event_id"] not in seen
            seen.add(message["event_id"])
