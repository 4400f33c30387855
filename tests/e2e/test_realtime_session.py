"""Real conversations: the machine and its shell against the embedded service, a process apart."""

from __future__ import annotations

import asyncio
import wave
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server.process import running_server
from tests.tui.sessions.service import Client
from tui.sessions.endpoint import realtime_endpoint
from tui.sessions.events import (
    AudioDelta,
    AudioEnded,
    BeginTurn,
    Commit,
    FlushPlayback,
    Heard,
    HeardItem,
    InputCommitted,
    Interrupt,
    Notice,
    PastTurn,
    ResponseEnded,
    ResponseStarted,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
    SpeechStarted,
    TranscriptFinal,
    TurnCut,
    TurnEnded,
    TurnRemoved,
    TurnStarted,
    UsageReported,
)
from tui.sessions.options import Dialect, Endpoint, RealtimeOptions
from tui.sessions.wire_log import WireLog

MODEL = "gpt-realtime-2.1"
QUESTION = Path(__file__).resolve().parents[2] / "tui" / "assets" / "question.wav"
LONG = " ".join(f"This is sentence number {number} of a long answer." for number in range(1, 30))
CHUNK_BYTES = 4800
"""100 ms."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running_server(audio_speed=40) as address:
        yield address


def options(detection: str = "none", **more: object) -> RealtimeOptions:
    return RealtimeOptions(MODEL, turn_detection=detection, **more)  # type: ignore[arg-type]


def where(url: str, dialect: Dialect = "ga") -> Endpoint:
    return realtime_endpoint("demo", url, "any-key", MODEL, dialect=dialect)


def question() -> bytes:
    with wave.open(str(QUESTION)) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (24_000, 1, 2)
        return wav.readframes(wav.getnframes())


def speak(client: Client, pcm: bytes) -> None:
    for start in range(0, len(pcm), CHUNK_BYTES):
        client.session.intend(SendAudio(pcm[start : start + CHUNK_BYTES]))


async def ask(client: Client, text: str) -> str:
    """A typed question; the whole answer's text."""
    ended = len(client.all(ResponseEnded))
    client.session.intend(Say(text))
    await client.until(ResponseEnded, ended + 1)
    return finals(client)[answers(client)[-1]]


def finals(client: Client) -> dict[str, str]:
    return {event.item_id: event.text for event in client.all(TranscriptFinal)}


def answers(client: Client) -> list[str]:
    return [turn.item_id for turn in client.all(TurnStarted) if turn.role == "assistant"]


def sound_of(client: Client, item_id: str) -> bytes:
    return b"".join(event.pcm for event in client.all(AudioDelta) if event.item_id == item_id)


def services(url: str) -> dict[str, Endpoint]:
    """The same service behind every form of address."""
    root = url.removesuffix("/v1")
    return {
        "ga": where(url),
        "beta": where(url, "beta"),
        "azure": realtime_endpoint("azure", root, "any-key", MODEL),
        "azure-preview": realtime_endpoint(
            "azure", root, "any-key", MODEL, api_version="2025-04-01-preview"
        ),
    }


@pytest.mark.parametrize("form", ["ga", "beta", "azure", "azure-preview"])
async def test_typed_and_spoken_turns_with_the_talk_key(url, form) -> None:
    async with Client(services(url)[form], options()) as client:
        answer = await ask(client, "My name is Ada.")
        assert answer
        client.session.intend(BeginTurn())
        speak(client, question())
        client.session.intend(Commit())
        await client.until(ResponseEnded, 2)
        await client.until(TurnEnded, 4)

        typed, first, spoken, second = client.all(TurnStarted)
        assert [turn.role for turn in client.all(TurnStarted)] == ["user", "assistant"] * 2
        assert [typed.spoken, spoken.spoken] == [False, True]
        assert first.after_item_id == typed.item_id
        assert spoken.after_item_id == first.item_id
        assert second.after_item_id == spoken.item_id
        assert "capital of japan" in finals(client)[spoken.item_id].lower()
        assert "Tokyo" in finals(client)[second.item_id]
        assert client.all(InputCommitted) == [InputCommitted(spoken.item_id)]
        for turn in (first, second):
            assert len(sound_of(client, turn.item_id)) > 48_000 // 2
        assert [event.item_id for event in client.all(AudioEnded)] == answers(client)
        responses = [event for event in client.all(UsageReported) if event.source == "response"]
        assert len(responses) == 2
        assert responses[1].usage.audio_in > 0
        assert responses[1].usage.audio_out > 0
        assert 0 < responses[1].usage.cached_text <= responses[1].usage.text_in
        assert client.all(Notice) == []


@pytest.mark.parametrize("dialect", ["ga", "beta"])
async def test_hands_free_the_service_finds_the_turn(url, dialect) -> None:
    async with Client(where(url, dialect), options("server_vad")) as client:
        await client.until(SessionStarted)
        speak(client, question() + bytes(48_000))
        await client.until(ResponseEnded)
        await client.until(TurnEnded, 2)
        assert "Tokyo" in finals(client)[answers(client)[0]]
        assert client.all(SpeechStarted)[0].item_id == client.all(InputCommitted)[0].item_id
        # The service began the answer: nothing was asked for.
        assert client.all(Notice) == []


@pytest.mark.parametrize("law", ["pcmu", "pcma"])
async def test_telephone_audio_is_understood(url, law) -> None:
    async with Client(where(url), options(wire_format=law)) as client:
        await client.until(SessionStarted)
        speak(client, question())
        client.session.intend(Commit())
        await client.until(ResponseEnded)
        answer = answers(client)[0]
        await client.until(TurnEnded, 2)
        assert "Tokyo" in finals(client)[answer]
        samples = memoryview(sound_of(client, answer)).cast("h")
        assert max(samples) > 3000  # speech, not silence


async def test_a_text_answer_has_no_sound(url) -> None:
    async with Client(where(url), options(output="text")) as client:
        assert "Tokyo" in await ask(client, "What is the capital of Japan?")
        assert client.all(AudioDelta) == []
        assert all(not turn.spoken for turn in client.all(TurnStarted))


# -------------------------------------------------------------------- interruption


def kept_in(wire: list[str]) -> WireLog:
    def keep(way: str, body: object, kind: str = "", over: str = "") -> None:
        wire.append(body.decode() if isinstance(body, bytes) else "")

    return keep


@pytest.mark.parametrize("dialect", ["ga", "beta"])
async def test_speaking_into_the_answer_cuts_it_where_it_was_heard(dialect) -> None:
    with running_server(fixed_answer=LONG, audio_speed=4) as url:
        wire: list[str] = []
        client = Client(where(url, dialect), options("server_vad"), wire_log=kept_in(wire))
        async with client:
            client.session.intend(Say("Tell me a lot."))
            await client.until(AudioDelta, 3)
            answer = answers(client)[0]
            speak(client, question())
            await client.until(FlushPlayback)
            received_ms = len(sound_of(client, answer)) // 48
            client.session.intend(Heard((HeardItem(answer, 0, 250, received_ms),)))
            assert await client.until(TurnCut) == TurnCut(answer, 250, received_ms)
            ended = await client.until(ResponseEnded)
            assert (ended.status, ended.detail) == ("interrupted", "interrupted by speech")
            # Nothing of it after the flush.
            assert len(sound_of(client, answer)) // 48 == received_ms
            speak(client, bytes(48_000))
            await client.until(ResponseStarted, 2)
            await client.until(AudioDelta, len(client.all(AudioDelta)) + 1)
            client.session.intend(Interrupt())
            await client.until(ResponseEnded, 2)
        assert client.all(Notice) == []
        assert any('"conversation.item.truncated"' in text for text in wire)
        assert not any('"type": "error"' in text for text in wire)


async def test_an_answer_nobody_heard_is_deleted_and_forgotten() -> None:
    with running_server(fixed_answer=LONG, audio_speed=4) as url:
        wire: list[str] = []
        client = Client(where(url), options(), wire_log=kept_in(wire))
        async with client:
            client.session.intend(Say("Tell me a lot."))
            await client.until(AudioDelta)
            answer = answers(client)[0]
            client.session.intend(Interrupt())
            client.session.intend(Heard((HeardItem(answer, 0, 0, 200),)))
            assert await client.until(TurnRemoved) == TurnRemoved(answer)
            assert (await client.until(ResponseEnded)).status == "interrupted"
            # Typed into the gap: answered as if nothing had been there.
            client.session.intend(Say("And now?"))
            await client.until(TurnStarted, 4)
            assert client.all(TurnStarted)[2].after_item_id == client.all(TurnStarted)[0].item_id
        assert client.all(Notice) == []
        assert any('"conversation.item.deleted"' in text for text in wire)


async def test_typing_into_the_answer_asks_again_when_it_may() -> None:
    with running_server(fixed_answer=LONG, audio_speed=4) as url:
        async with Client(where(url), options()) as client:
            client.session.intend(Say("one"))
            await client.until(AudioDelta)
            client.session.intend(Say("two"))
            client.session.intend(Say("three"))
            await client.until(ResponseStarted, 2)
            client.session.intend(Interrupt())
            await client.until(ResponseEnded, 2)
            assert client.all(Notice) == []


async def test_a_service_without_cancel_and_truncate_is_used_as_it_is() -> None:
    with running_server(
        no_cancel=True, no_truncate=True, fixed_answer="One. Two. Three.", audio_speed=2
    ) as url:
        async with Client(where(url), options()) as client:
            for round_ in range(2):
                client.session.intend(Say("again"))
                await client.until(ResponseStarted, round_ + 1)
                await client.until(AudioDelta, len(client.all(AudioDelta)) + 1)
                answer = answers(client)[-1]
                client.session.intend(Interrupt())
                client.session.intend(Heard((HeardItem(answer, 0, 50, 200),)))
                await client.until(ResponseEnded, round_ + 1)
            assert [notice.level for notice in client.all(Notice)] == ["info", "info"]


# -------------------------------------------------------------------- faults


async def test_faulty_frames_spoil_neither_words_nor_session() -> None:
    with running_server(
        odd_audio=True, bad_base64=True, malformed=True, unknown_event=True, audio_speed=40
    ) as url:
        async with Client(where(url), options()) as client:
            assert "Tokyo" in await ask(client, "What is the capital of Japan?")
            assert "Paris" in await ask(client, "And what is the capital of France?")
            assert len(client.all(Notice)) == 3  # each kind once
            assert all(len(event.pcm) % 2 == 0 for event in client.all(AudioDelta))


@pytest.mark.parametrize(
    ("knob", "status"), [("fail_response", "failed"), ("incomplete_response", "incomplete")]
)
async def test_answers_that_do_not_complete_say_so(knob, status) -> None:
    with running_server(**{knob: True}, audio_speed=40) as url:
        async with Client(where(url), options()) as client:
            for round_ in range(2):
                client.session.intend(Say("Tell me a story."))
                ended = await client.until(ResponseEnded, round_ + 1)
                assert ended.status == status
                assert ended.detail


async def test_a_failed_transcription_leaves_the_answer() -> None:
    with running_server(fail_transcription=True, audio_speed=40) as url:
        async with Client(where(url), options()) as client:
            await client.until(SessionStarted)
            speak(client, question())
            client.session.intend(Commit())
            await client.until(ResponseEnded)
            await client.until(TurnEnded, 2)
            spoken = client.all(TurnStarted)[0].item_id
            final = next(f for f in client.all(TranscriptFinal) if f.item_id == spoken)
            assert final.text == ""
            assert final.problem


async def test_a_late_transcript_stands_at_its_place() -> None:
    with running_server(transcription_delay_ms=600, audio_speed=0) as url:
        async with Client(where(url), options()) as client:
            await client.until(SessionStarted)
            speak(client, question())
            client.session.intend(Commit())
            await client.until(ResponseEnded)
            spoken, answer = client.all(TurnStarted)
            assert answer.after_item_id == spoken.item_id
            assert spoken.item_id not in finals(client)
            await client.until(TurnEnded, 2)
            assert "japan" in finals(client)[spoken.item_id].lower()


async def test_a_dropped_session_goes_on_in_a_new_one(url) -> None:
    """What was said before matters to the answer after."""
    async with Client(where(url), options()) as client:
        await ask(client, "My name is Ada.")
    past = [PastTurn(turn.role, finals(client)[turn.item_id]) for turn in client.all(TurnStarted)]
    again = Client(where(url), options(), replay=past, continuing=True)
    async with again:
        assert "Ada" in await ask(again, "What is my name?")
        assert [turn.role for turn in again.all(TurnStarted)] == ["user", "assistant"]
        assert again.all(TurnStarted)[0].after_item_id is None
        assert again.all(Notice) == []


async def test_a_connection_torn_in_the_answer_is_a_drop() -> None:
    with running_server(drop_after_events=14) as url:
        async with Client(where(url), options()) as client:
            client.session.intend(Say("Tell me a story."))
            end = await client.end()
            assert (end.asked, end.fatal) == (False, False)
            assert [event.status for event in client.all(ResponseEnded)] == ["interrupted"]
            ended = {event.item_id for event in client.all(TurnEnded)}
            assert ended == {event.item_id for event in client.all(TurnStarted)}


async def test_the_time_limit_is_a_drop_in_words() -> None:
    with running_server(expires_in_s=0.4) as url:
        async with Client(where(url), options()) as client:
            assert (await client.until(SessionStarted)).expires_at_s is not None
            end = await client.end()
            assert (end.asked, end.fatal) == (False, False)
            assert "time limit" in end.reason


@pytest.mark.parametrize(
    ("knobs", "key", "model", "dialect", "words"),
    [
        ({}, "right", MODEL, "ga", "refused the key"),
        ({"refuse_connect": 403}, "", MODEL, "ga", "may not use"),
        ({}, "", "no-such-model", "ga", "does not know the model no-such-model"),
        ({"refuse_beta": True}, "", MODEL, "beta", "dialect to ga"),
    ],
    ids=["key", "403", "model", "beta"],
)
async def test_what_trying_again_cannot_help(knobs, key, model, dialect, words) -> None:
    with running_server(key=key, **knobs) as url:
        endpoint = realtime_endpoint("demo", url, "wrong", model, dialect=dialect)
        async with Client(endpoint, RealtimeOptions(model)) as client:
            end = await client.end()
    assert end.fatal
    assert words in end.reason
    assert client.all(SessionEnded) == [end]


async def test_the_dialect_is_learnt_from_the_service(url) -> None:
    """Asked for GA without the header, told it were beta: the service answers in GA."""
    from dataclasses import replace

    endpoint = replace(where(url, "ga"), dialect="beta")
    async with Client(endpoint, options()) as client:
        assert "Tokyo" in await ask(client, "What is the capital of Japan?")
        assert [notice.level for notice in client.all(Notice)] == ["info"]
        assert "GA" in client.all(Notice)[0].text


async def test_hanging_up_in_the_answer_is_quick(url) -> None:
    async with Client(where(url), options()) as client:
        client.session.intend(Say("Tell me a story."))
        await client.until(AudioDelta)
        await asyncio.wait_for(client.session.close(), 5)
        assert client.events[-1] == SessionEnded("Closed.", asked=True)
