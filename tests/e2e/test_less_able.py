"""Services that can do less than the protocol has: learned once, done without, said once."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from tests.e2e.test_realtime_session import (
    answers,
    ask,
    finals,
    options,
    question,
    sound_of,
    speak,
    where,
)
from tests.server.process import running_server
from tests.tui.sessions.service import Client
from tui.sessions.events import (
    AudioDelta,
    BeginTurn,
    Commit,
    Heard,
    HeardItem,
    Interrupt,
    Notice,
    ResponseEnded,
    Say,
    TurnCut,
    TurnEnded,
    TurnStarted,
    UsageReported,
)

STORY = " ".join(f"This is sentence number {number}." for number in range(1, 6))


async def interrupted_thrice(**knobs: Any) -> Client:
    """Three answers, each stopped after its first sound: two heard in part, one not at all."""
    with running_server(fixed_answer=STORY, audio_speed=6, **knobs) as url:
        async with Client(where(url), options()) as client:
            for round_, heard_ms in enumerate((50, 50, 0)):
                sounds = len(client.all(AudioDelta))
                client.session.intend(Say("Tell me a story."))
                await client.until(AudioDelta, sounds + 1)
                answer = answers(client)[-1]
                client.session.intend(Interrupt())
                client.session.intend(Heard((HeardItem(answer, 0, heard_ms, 200),)))
                await client.until(ResponseEnded, round_ + 1)
            await asyncio.sleep(0.3)  # an error on its way
    return client


async def test_neither_cancel_nor_truncate_nor_delete() -> None:
    client = await interrupted_thrice(no_cancel=True, no_truncate=True, no_delete=True)
    told = [notice.text for notice in client.all(Notice)]
    assert [notice.level for notice in client.all(Notice)] == ["info"] * 3
    for words in ("cannot stop an answer", "cannot cut an answer", "cannot remove an answer"):
        assert sum(words in text for text in told) == 1
    assert len(client.all(TurnCut)) == 2
    assert {end.status for end in client.all(ResponseEnded)} <= {"interrupted", "completed"}
    # What was stopped stays silent, though the service goes on with it.
    for item_id in answers(client):
        assert len(sound_of(client, item_id)) < 48 * 2000


@pytest.mark.parametrize("missing", ["no_cancel", "no_truncate", "no_delete"])
async def test_one_of_them_alone(missing: str) -> None:
    client = await interrupted_thrice(**{missing: True})
    assert len(client.all(Notice)) == 1


async def test_no_transcript_of_what_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui.sessions.realtime.transcripts.COMES_WITHIN_S", 0.5)
    with running_server(no_transcription=True, audio_speed=40) as url:
        async with Client(where(url), options()) as client:
            for round_ in range(3):
                client.session.intend(BeginTurn())
                speak(client, question())
                client.session.intend(Commit())
                await client.until(TurnEnded, 2 * (round_ + 1))
            spoken = [turn.item_id for turn in client.all(TurnStarted) if turn.role == "user"]
            assert "Tokyo" in finals(client)[answers(client)[-1]]
            assert {finals(client)[item_id] for item_id in spoken[:2]} == {""}
            assert len(client.all(Notice)) == 1
            assert "does not send what you said" in client.all(Notice)[0].text


@pytest.mark.parametrize(
    "knobs",
    [
        {"no_usage": True},
        {"bare_responses": True},
        {"old_names": True},
        {"no_usage": True, "bare_responses": True, "old_names": True},
    ],
    ids=lambda knobs: " ".join(knobs),
)
async def test_other_names_and_missing_fields(knobs: dict[str, bool]) -> None:
    with running_server(audio_speed=40, **knobs) as url:
        async with Client(where(url), options()) as client:
            assert "Tokyo" in await ask(client, "What is the capital of Japan?")
            client.session.intend(BeginTurn())
            speak(client, question())
            client.session.intend(Commit())
            await client.until(ResponseEnded, 2)
            await client.until(TurnEnded, 4)
            assert "Paris" in await ask(client, "What is the capital of France?")
            assert [turn.role for turn in client.all(TurnStarted)] == ["user", "assistant"] * 3
            assert {end.status for end in client.all(ResponseEnded)} == {"completed"}
            assert all(len(sound_of(client, item_id)) > 9600 for item_id in answers(client))
            assert client.all(Notice) == []
            if "no_usage" in knobs:
                assert client.all(UsageReported) == []
