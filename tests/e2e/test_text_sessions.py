"""Assistants, Responses and audio chat against the embedded service and its faults."""

from __future__ import annotations

import asyncio
import io
import time
import wave
from collections.abc import Iterator
from typing import Any

import pytest

from tests.server.process import running_server
from tests.tui.sessions.held import check_rules, held, question, turn_knobs
from tests.waiting import async_wait_until
from tui.sessions.build import build_session
from tui.sessions.endpoint import realtime_endpoint
from tui.sessions.events import (
    AudioDelta,
    AudioKept,
    BeginTurn,
    Commit,
    Compose,
    ConversationOpened,
    Event,
    FileReceived,
    InputCommitted,
    Notice,
    ResponseEnded,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
    TranscriptDelta,
    TurnEnded,
    TurnStarted,
    UsageReported,
)
from tui.sessions.http.endpoint import http_endpoint
from tui.sessions.http.wav import wav
from tui.sessions.options import TextOptions

TEXT_KINDS = ("assistants", "responses")
SHORT = Say("What is the capital of France?")


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_server() as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    turn_knobs(server)
    return server


@pytest.fixture(params=TEXT_KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_the_answer_is_heard_before_it_is_written(kind: str, url: str) -> None:
    story = "This is the first sentence. " + "Then comes another one that is longer. " * 6
    turn_knobs(url, fixed_answer=story, tokens_per_s=20, speech_first_byte_ms=50)
    async with held(kind, url) as talk:
        talk.intend(Say("Tell me."))
        await talk.until_any(AudioDelta)
        written = "".join(event.text for event in talk.of(TranscriptDelta))
        assert len(written) < len(story) / 2
        assert not talk.of(ResponseEnded)


@pytest.mark.parametrize(
    ("knobs", "status", "words"),
    [
        ({"run_status": "failed"}, "failed", ""),
        ({"run_status": "incomplete"}, "incomplete", ""),
        ({"run_status": "expired"}, "failed", "expired"),
        ({"run_status": "cancelled"}, "interrupted", "cancelled"),
    ],
)
async def test_runs_that_end_badly(
    url: str, knobs: dict[str, Any], status: str, words: str
) -> None:
    turn_knobs(url, **knobs)
    async with held("assistants", url, speak=False) as talk:
        talk.intend(SHORT)
        await talk.until_answered()
        end = talk.of(ResponseEnded)[0]
        assert end.status == status
        assert words in end.detail
        turn_knobs(url)
        talk.intend(SHORT)
        await talk.until_answered(2)
        assert "Paris" in talk.texts("assistant")[-1]


@pytest.mark.parametrize("stuck", ["queued", "in_progress"])
async def test_a_run_that_hangs_is_cancelled(url: str, stuck: str) -> None:
    turn_knobs(url, run_status=stuck)
    async with held("assistants", url, speak=False, run_limit_s=1.0) as talk:
        talk.intend(SHORT)
        await talk.until_answered()
        assert talk.of(ResponseEnded)[0].status in ("failed", "incomplete")
        assert "cancelled" in talk.of(Notice)[-1].text
        turn_knobs(url)
        talk.intend(SHORT)
        await talk.until_answered(2)
        assert "Paris" in talk.texts("assistant")[-1]


async def test_a_locked_thread_is_waited_for(url: str) -> None:
    turn_knobs(url, lock_thread_times=1)
    async with held("assistants", url, speak=False) as talk:
        talk.intend(SHORT)
        await talk.until_answered()
        assert "Paris" in talk.texts("assistant")[0]


async def test_a_run_that_another_program_left_is_cleared_away(url: str) -> None:
    turn_knobs(url, run_status="in_progress")
    async with held("assistants", url, speak=False) as left:
        left.intend(SHORT)
        await left.until_any(TranscriptDelta)
        thread = left.of(ConversationOpened)[0].remote_id
        async with held("assistants", url, speak=False, remote_id=thread) as talk:
            turn_knobs(url)
            talk.intend(SHORT)
            await talk.until_answered()
            assert "Paris" in talk.texts("assistant")[-1]


async def test_openais_empty_place(url: str) -> None:
    turn_knobs(url, assistants_gone=True)
    async with held("assistants", url) as talk:
        end = await talk.until_any(SessionEnded)
        assert (end.fatal, end.way_on) == (True, "responses")


async def test_a_locked_conversation_is_tried_again(url: str) -> None:
    turn_knobs(url, conversation_locked_times=2)
    async with held("responses", url, speak=False) as talk:
        talk.intend(SHORT)
        await talk.until_answered()
        assert "Paris" in talk.texts("assistant")[0]
        assert not talk.of(Notice)


@pytest.mark.parametrize("any_kind", ["assistants", "responses", "audio"])
async def test_a_rate_limit_is_waited_for(any_kind: str, url: str) -> None:
    async with held(any_kind, url, speak=False) as talk:
        await talk.until_any(SessionStarted)
        turn_knobs(url, rate_limit_times=1, retry_after_s=1)
        began_s = time.monotonic()
        talk.intend(SHORT)
        await talk.until_answered()
        assert time.monotonic() - began_s >= 1.0
        assert "asks to wait" in talk.of(Notice)[0].text
        assert "Paris" in talk.texts("assistant")[0]


@pytest.mark.parametrize("fault", ["cut_stream_after", "fail_stream_after"])
@pytest.mark.parametrize("any_kind", ["assistants", "responses", "audio"])
async def test_a_stream_that_breaks(any_kind: str, fault: str, url: str) -> None:
    async with held(any_kind, url, speak=any_kind == "audio") as talk:
        await talk.until_any(SessionStarted)
        turn_knobs(url, **{fault: 9}, fixed_answer="One two three four five six seven eight nine.")
        talk.intend(Say("Count."))
        await talk.until_answered()
        text = talk.texts("assistant", final=False)[0] if talk.texts("assistant") else ""
        end = talk.of(ResponseEnded)[0]
        # Assistants: the run goes on without its stream, and is caught up with.
        caught_up = any_kind == "assistants" and fault == "cut_stream_after"
        assert end.status == ("completed" if caught_up else "incomplete" if text else "failed")
        turn_knobs(url)
        talk.intend(SHORT)
        await talk.until_answered(2)
        assert "Paris" in talk.texts("assistant")[-1]


async def test_a_transcription_that_is_invented(kind: str, url: str) -> None:
    turn_knobs(url, transcript_override="ご視聴ありがとうございました")
    pcm = bytes(48_000 * 4) + question()[24_000:29_000]
    async with held(kind, url, speak=False) as talk:
        await talk.until_any(SessionStarted)
        talk.intend(BeginTurn(), SendAudio(pcm), Commit())
        await talk.until_any(Notice)
        assert "No speech" in talk.of(Notice)[0].text
        assert "assistant" not in {turn.role for turn in talk.of(TurnStarted)}


@pytest.mark.parametrize("model", ["gpt-transcribe", "gpt-4o-transcribe", "whisper-1"])
async def test_every_transcription_model(model: str, kind: str, url: str) -> None:
    options = {"language": "en", "keywords": ("Japan",), "transcription_prompt": "Geography."}
    async with held(kind, url, speak=False, transcription_model=model, **options) as talk:
        await talk.until_any(SessionStarted)
        talk.intend(BeginTurn(), SendAudio(question()), Commit())
        await talk.until_answered()
        assert "japan" in talk.texts("user")[0].lower()
        assert [e.model for e in talk.of(UsageReported) if e.source == "transcription"] == [model]
        assert not talk.of(Notice)


async def test_reading_aloud_over_the_realtime_service(kind: str, url: str) -> None:
    reader = realtime_endpoint("compatible", url, "k", "gpt-realtime-2.1-mini")
    events: list[Event] = []
    session = build_session(
        http_endpoint("compatible", url, "k", "demo"),
        TextOptions(kind, "demo", speech_model="", reader=reader),  # type: ignore[arg-type]
        events.append,
    )
    running = asyncio.create_task(session.run())
    session.intend(SHORT)
    await async_wait_until(
        lambda: any(isinstance(event, ResponseEnded) for event in events), 20, "the answer"
    )
    await session.close()
    await running
    check_rules(events)
    sound = b"".join(event.pcm for event in events if isinstance(event, AudioDelta))
    assert len(sound) > 24_000
    spoken = [e for e in events if isinstance(e, UsageReported) and e.source == "speech"]
    assert spoken[0].model == "gpt-realtime-2.1-mini"
    assert spoken[0].usage.audio_out > 0
    assert all(report.usage.characters == 0 for report in spoken)
    assert not [e for e in events if isinstance(e, Notice)]


# ---------------------------------------------------------------- audio chat


async def test_many_turns_by_audio_id(url: str) -> None:
    async with held("audio", url) as talk:
        talk.intend(Say("My name is Ada."))
        await talk.until_answered()
        assert talk.of(AudioKept)[0].expires_at_s > time.time()
        talk.play_out()
        talk.intend(Say("What is my name?"))
        await talk.until_answered(2)
        assert "Ada" in talk.texts("assistant")[1]


@pytest.mark.parametrize("behind_s", [0, 3600])
async def test_audio_ids_that_expire(
    url: str, behind_s: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """We know it from the time; with a clock that is behind, the service has to refuse it."""
    turn_knobs(url, audio_id_expires_s=0.1)
    now_s = time.time
    monkeypatch.setattr("tui.sessions.build.time.time", lambda: now_s() - behind_s)
    async with held("audio", url) as talk:
        talk.intend(Say("My name is Ada."))
        await talk.until_answered()
        talk.play_out()
        talk.intend(Say("What is my name?"))
        await talk.until_answered(2)
        assert "Ada" in talk.texts("assistant")[1]
        assert not talk.of(Notice)


async def test_a_question_about_a_recording_answered_in_text(url: str) -> None:
    async with held("audio", url) as talk:
        talk.intend(Compose("Answer the question.", wav(question()), answer="text"))
        await talk.until_answered()
        assert "Tokyo" in talk.texts("assistant")[0]
        assert not talk.of(AudioDelta)
        assert talk.of(InputCommitted)


@pytest.mark.parametrize("form", ["wav", "mp3", "flac", "opus"])
async def test_an_answer_as_a_file(form: str, url: str) -> None:
    async with held("audio", url) as talk:
        talk.intend(Compose(SHORT.text, file_format=form))  # type: ignore[arg-type]
        await talk.until_answered()
        if not talk.of(FileReceived):  # the embedded service has not every encoder
            assert form != "wav"
            assert form in talk.of(ResponseEnded)[0].detail
            return
        received = talk.of(FileReceived)[0]
        assert received.format == form
        if form == "wav":
            with wave.open(io.BytesIO(received.data)) as file:
                assert file.getnframes() > 12_000
            assert talk.of(AudioDelta)


async def test_two_answers(url: str) -> None:
    async with held("audio", url) as talk:
        talk.intend(Compose(SHORT.text, written="Answer in Markdown."))
        await talk.until_answered()
        assistants = [turn for turn in talk.of(TurnStarted) if turn.role == "assistant"]
        assert sorted(turn.spoken for turn in assistants) == [False, True]
        ends = [end.status for end in talk.of(TurnEnded)]
        assert ends == ["completed"] * 3
