"""All kinds of sessions do the same things in the same words, against the embedded service."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest

from tests.e2e.proxy import Proxy
from tests.server.process import running_server
from tests.tui.sessions.held import KINDS, held, question, turn_knobs
from tui.sessions.events import (
    AnswerTool,
    AudioDelta,
    BeginTurn,
    Commit,
    ConversationOpened,
    FlushPlayback,
    InputCommitted,
    Interrupt,
    Notice,
    PastTurn,
    ResponseEnded,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
    ToolCalled,
    TranscriptDelta,
    TurnCut,
    TurnStarted,
    UsageReported,
)
from tui.sessions.options import FunctionTool

STORY = "Here is a sentence of a long story about a fox. " * 12
WEATHER = FunctionTool(
    "get_weather",
    "The current weather in a city.",
    {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
    ("true",),
)
SAID = [
    PastTurn("user", "My name is Ada."),
    PastTurn("assistant", "Nice to meet you, Ada."),
]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_server() as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    turn_knobs(server)
    return server


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def spoken_question() -> list[BeginTurn | SendAudio | Commit]:
    pcm = question()
    chunks = [SendAudio(pcm[at : at + 4800]) for at in range(0, len(pcm), 4800)]
    return [BeginTurn(), *chunks, Commit()]


async def test_a_typed_turn(kind: str, url: str) -> None:
    async with held(kind, url) as talk:
        await talk.until_any(SessionStarted)
        talk.intend(Say("What is the capital of France?"))
        await talk.until_answered()
        assert talk.texts("user") == ["What is the capital of France?"]
        assert "Paris" in talk.texts("assistant")[0]
        assert talk.statuses("assistant") == ["completed"]
        assert sum(len(e.pcm) for e in talk.of(AudioDelta)) > 24_000
        assert [turn.role for turn in talk.of(TurnStarted)][:2] == ["user", "assistant"]
        deltas = "".join(e.text for e in talk.of(TranscriptDelta))
        assert "Paris" in deltas
        usages = [e.usage for e in talk.of(UsageReported) if e.source == "response"]
        assert usages
        assert usages[0].text_in > 0


async def test_a_spoken_turn(kind: str, url: str) -> None:
    async with held(kind, url) as talk:
        await talk.until_any(SessionStarted)
        talk.intend(*spoken_question())
        await talk.until_answered()
        await talk.until(lambda: talk.texts("user"), "a transcript")
        assert "japan" in talk.texts("user")[0].lower()
        assert "Tokyo" in talk.texts("assistant")[0]
        committed = talk.of(InputCommitted)[0].item_id
        assert committed in {t.item_id for t in talk.of(TurnStarted) if t.role == "user"}


async def test_what_is_wanted_before_the_start_is_done_after_it(kind: str, url: str) -> None:
    async with held(kind, url) as talk:
        talk.intend(Say("What is the capital of France?"))
        await talk.until_answered()
        assert "Paris" in talk.texts("assistant")[0]


async def test_an_interruption(kind: str, url: str) -> None:
    turn_knobs(url, fixed_answer=STORY, tokens_per_s=30)
    async with held(kind, url, heard_ms=400) as talk:
        talk.intend(Say("Tell me a story."))
        await talk.until(lambda: len(talk.of(AudioDelta)) >= 5, "some sound")
        talk.intend(Interrupt())
        assert talk.of(FlushPlayback)
        sound = len(talk.of(AudioDelta))
        cut = await talk.until_any(TurnCut)
        assert 0 < cut.heard_ms < cut.received_ms
        await talk.until_answered()
        assert talk.of(ResponseEnded)[0].status == "interrupted"
        assert len(talk.of(AudioDelta)) == sound
        turn_knobs(url)
        talk.intend(Say("What is the capital of France?"))
        await talk.until_answered(2)
        assert "Paris" in talk.texts("assistant")[-1]


async def test_speaking_interrupts(kind: str, url: str) -> None:
    turn_knobs(url, fixed_answer=STORY, tokens_per_s=30)
    async with held(kind, url) as talk:
        talk.intend(Say("Tell me a story."))
        await talk.until_any(AudioDelta)
        turn_knobs(url)
        talk.intend(*spoken_question())
        await talk.until_answered(2)
        assert "Tokyo" in talk.texts("assistant")[-1]


async def test_a_function_call(kind: str, url: str) -> None:
    async with held(kind, url, tools=(WEATHER,)) as talk:
        talk.intend(Say("What is the weather in Paris?"))
        call = await talk.until_any(ToolCalled)
        assert call.name == "get_weather"
        assert "Paris" in call.arguments
        talk.intend(AnswerTool(call.call_id, "Sunny, 21 degrees."))
        await talk.until(lambda: "21" in " ".join(talk.texts("assistant")), "the answer")


async def test_a_function_call_that_is_never_answered(kind: str, url: str) -> None:
    async with held(kind, url, tools=(WEATHER,)) as talk:
        talk.intend(Say("What is the weather in Paris?"))
        await talk.until_any(ToolCalled)
        talk.intend(Interrupt(), Say("What is the capital of France?"))
        await talk.until(lambda: "Paris" in " ".join(talk.texts("assistant")), "the answer")


async def test_going_on_with_what_was_said_before(kind: str, url: str) -> None:
    async with held(kind, url, past=SAID, continuing=True) as talk:
        talk.intend(Say("What is my name?"))
        await talk.until_answered()
        assert "Ada" in talk.texts("assistant")[0]
        assert talk.texts("user") == ["What is my name?"]  # the past is not told again


@pytest.mark.parametrize("kind", ["assistants", "responses"])
async def test_resuming_by_the_services_own_name(kind: str, url: str) -> None:
    async with held(kind, url) as talk:
        talk.intend(Say("My name is Ada."))
        await talk.until_answered()
        remote_id = talk.of(ConversationOpened)[0].remote_id
    async with held(kind, url, remote_id=remote_id) as talk:
        talk.intend(Say("What is my name?"))
        await talk.until_answered()
        assert "Ada" in talk.texts("assistant")[-1]
        assert talk.of(ConversationOpened)[0].remote_id == remote_id
        # Nothing is known here, so what was said is told again.
        assert talk.texts("user") == ["My name is Ada.", "What is my name?"]
    async with held(kind, url, remote_id=remote_id, past=SAID) as talk:
        talk.intend(Say("What is my name?"))
        await talk.until_answered()
        assert talk.texts("user") == ["What is my name?"]


@pytest.mark.parametrize("kind", ["assistants", "responses"])
async def test_a_conversation_the_service_has_forgotten(kind: str, url: str) -> None:
    async with held(kind, url, remote_id="thread_gone", past=SAID) as talk:
        end = await talk.until_any(SessionEnded)
        assert (end.fatal, end.way_on) == (True, "replay")


async def test_a_wrong_key(kind: str) -> None:
    with running_server(key="right") as url:
        async with held(kind, url, key="wrong") as talk:
            talk.intend(Say("Hello?"))
            end = await talk.until_any(SessionEnded)
            assert end.fatal
            assert "key" in end.reason
            assert talk.texts("user") == ["Hello?"]


async def test_nobody_there(kind: str) -> None:
    async with held(kind, "http://127.0.0.1:9/v1") as talk:
        talk.intend(Say("Hello?"))
        await talk.until(
            lambda: talk.of(SessionEnded) or talk.of(ResponseEnded), "an end or a failed turn"
        )
        said = [e.reason for e in talk.of(SessionEnded)] + [
            e.detail for e in talk.of(ResponseEnded)
        ]
        assert "refused the connection" in said[0]
        assert not any(e.fatal for e in talk.of(SessionEnded))


async def test_a_connection_that_is_lost_in_mid_answer(kind: str, url: str) -> None:
    turn_knobs(url, fixed_answer=STORY, tokens_per_s=20)
    proxy = Proxy(urlsplit(url).port or 0)
    try:
        async with held(kind, f"http://127.0.0.1:{proxy.port}/v1", speak=False) as talk:
            talk.intend(Say("Tell me a story."))
            await talk.until(lambda: len(talk.of(TranscriptDelta)) > 3, "some text")
            proxy.cut()
            if kind == "realtime":
                end = await talk.until_any(SessionEnded)
                assert not end.fatal
                assert not end.asked
            else:
                turn_knobs(url)
                await talk.until_answered()
                talk.intend(Say("What is the capital of France?"))
                await talk.until_answered(2)
                assert "Paris" in talk.texts("assistant")[-1]
            first = talk.texts("assistant", final=False)[0]
            assert first.startswith("Here is a sentence")
    finally:
        proxy.close()


async def test_hanging_up_in_mid_answer(kind: str, url: str) -> None:
    turn_knobs(url, fixed_answer=STORY, tokens_per_s=20)
    async with held(kind, url) as talk:
        talk.intend(Say("Tell me a story."))
        await talk.until(lambda: len(talk.of(TranscriptDelta)) > 3, "some text")
        await talk.session.close()
        assert talk.of(SessionEnded)[0].asked


async def test_silence_is_not_answered(kind: str, url: str) -> None:
    if kind == "realtime":
        pytest.skip("there the service hears for itself")
    async with held(kind, url) as talk:
        await talk.until_any(SessionStarted)
        talk.intend(BeginTurn(), SendAudio(bytes(96_000)), Commit())
        await talk.until_any(Notice)
        assert not talk.of(TurnStarted)
        talk.intend(BeginTurn(), SendAudio(bytes(480)), Commit())
        await talk.until_any(Notice, 2)
        assert "Too short" in talk.of(Notice)[1].text
