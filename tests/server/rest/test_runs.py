"""Threads, messages and runs, with the official client."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterator
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.server.process import running_server
from tests.server.rest.checked import client_of

TOOL: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Weather of a city",
        "parameters": {"type": "object", "properties": {"city": {"type": "string"}}},
    },
}


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


async def assistant_of(client: AsyncOpenAI, **more: Any) -> str:
    assistant = await client.beta.assistants.create(model="demo", name="Helper", **more)
    return assistant.id


async def thread_of(client: AsyncOpenAI, *said: str) -> str:
    messages: Any = [{"role": "user", "content": text} for text in said]
    return (await client.beta.threads.create(messages=messages)).id


async def text_of(client: AsyncOpenAI, thread: str) -> str:
    messages = await client.beta.threads.messages.list(thread, limit=1)
    content: Any = messages.data[0].content[0]
    return str(content.text.value)


async def events_of(stream: Any) -> list[Any]:
    return [event async for event in stream]


async def test_streamed_run_in_the_right_order(server_url: str) -> None:
    async with client_of(server_url) as client:
        assistant = await assistant_of(client)
        thread = await thread_of(client, "What is the capital of Japan?")
        stream = await client.beta.threads.runs.create(thread, assistant_id=assistant, stream=True)
        events = await events_of(stream)
        names = [event.event for event in events if event.event != "thread.message.delta"]
        assert names == [
            "thread.run.created",
            "thread.run.queued",
            "thread.run.in_progress",
            "thread.run.step.created",
            "thread.run.step.in_progress",
            "thread.message.created",
            "thread.message.in_progress",
            "thread.message.completed",
            "thread.run.step.completed",
            "thread.run.completed",
        ]
        text = "".join(
            event.data.delta.content[0].text.value
            for event in events
            if event.event == "thread.message.delta"
        )
        assert "Tokyo" in text
        assert await text_of(client, thread) == text
        usage = events[-1].data.usage
        assert usage.total_tokens == usage.prompt_tokens + usage.completion_tokens
        run = events[-1].data.id
        steps = await client.beta.threads.runs.steps.list(run, thread_id=thread)
        step = await client.beta.threads.runs.steps.retrieve(
            steps.data[0].id, thread_id=thread, run_id=run
        )
        assert step.type == "message_creation"


async def test_polled_run_remembers_the_thread(server_url: str) -> None:
    async with client_of(server_url) as client:
        assistant = await assistant_of(client, instructions="Be brief.", temperature=0.5)
        thread = await thread_of(client, "My name is Anna.")
        for question in ("", "What is my name?"):
            if question:
                await client.beta.threads.messages.create(thread, role="user", content=question)
            run = await client.beta.threads.runs.create_and_poll(
                thread_id=thread, assistant_id=assistant, poll_interval_ms=20
            )
            assert run.status == "completed"
            assert run.temperature == 0.5
        assert "Anna" in await text_of(client, thread)
        own = await client.beta.threads.messages.list(thread, run_id=run.id)
        assert [message.run_id for message in own.data] == [run.id]
        assert len((await client.beta.threads.runs.list(thread)).data) == 2


async def test_functions_are_asked_for_and_their_outputs_used(server_url: str) -> None:
    async with client_of(server_url) as client:
        assistant = await assistant_of(client, tools=[TOOL])
        thread = await thread_of(client, "What is the weather in Paris?")
        stream = await client.beta.threads.runs.create(thread, assistant_id=assistant, stream=True)
        events = await events_of(stream)
        assert events[-1].event == "thread.run.requires_action"
        run = events[-1].data
        (call,) = run.required_action.submit_tool_outputs.tool_calls
        assert call.function.name == "get_weather"
        assert "Paris" in call.function.arguments
        with pytest.raises(openai.BadRequestError, match="Expected tool outputs for call_ids"):
            await client.beta.threads.runs.submit_tool_outputs(
                run.id, thread_id=thread, tool_outputs=[{"tool_call_id": "x", "output": "y"}]
            )
        stream = await client.beta.threads.runs.submit_tool_outputs(
            run.id,
            thread_id=thread,
            tool_outputs=[{"tool_call_id": call.id, "output": '{"temperature": "18 degrees"}'}],
            stream=True,
        )
        events = await events_of(stream)
        assert events[-1].event == "thread.run.completed"
        assert "18 degrees" in await text_of(client, thread)
        steps = await client.beta.threads.runs.steps.list(run.id, thread_id=thread, order="asc")
        details: Any = steps.data[0].step_details
        assert "18 degrees" in details.tool_calls[0].function.output
        with pytest.raises(openai.BadRequestError, match="do not accept tool outputs"):
            await client.beta.threads.runs.submit_tool_outputs(
                run.id, thread_id=thread, tool_outputs=[]
            )


async def test_code_interpreter_calculates(server_url: str) -> None:
    async with client_of(server_url) as client:
        assistant = await assistant_of(client, tools=[{"type": "code_interpreter"}])
        thread = await thread_of(client, "What is 1234 * 5678?")
        run = await client.beta.threads.runs.create_and_poll(
            thread_id=thread, assistant_id=assistant, poll_interval_ms=20
        )
        assert "7006652" in await text_of(client, thread)
        steps = await client.beta.threads.runs.steps.list(run.id, thread_id=thread, order="asc")
        details: Any = steps.data[0].step_details
        assert details.tool_calls[0].code_interpreter.outputs[0].logs == "7006652\n"


async def test_active_run_locks_its_thread_until_it_is_cancelled() -> None:
    with running_server(run_status="in_progress") as url:
        async with client_of(url) as client:
            assistant = await assistant_of(client)
            thread = await thread_of(client, "Tell me a story.")
            run = await client.beta.threads.runs.create(thread, assistant_id=assistant)
            assert run.status == "queued"
            for attempt, text in (
                (
                    client.beta.threads.messages.create(thread, role="user", content="Hi"),
                    f"Can't add messages to {thread} while a run {run.id} is active.",
                ),
                (
                    client.beta.threads.runs.create(thread, assistant_id=assistant),
                    f"Thread {thread} already has an active run {run.id}.",
                ),
            ):
                with pytest.raises(openai.BadRequestError) as refused:
                    await attempt
                assert refused.value.body["message"] == text  # type: ignore[index]
            cancelling = await client.beta.threads.runs.cancel(run.id, thread_id=thread)
            assert cancelling.status == "cancelling"
            ended = await client.beta.threads.runs.poll(
                run.id, thread_id=thread, poll_interval_ms=20
            )
            assert ended.status == "cancelled"
            assert ended.cancelled_at is not None
            await client.beta.threads.messages.create(thread, role="user", content="Hi")
            with pytest.raises(openai.BadRequestError, match="Cannot cancel run with status"):
                await client.beta.threads.runs.cancel(run.id, thread_id=thread)


@pytest.mark.parametrize("status", ["failed", "incomplete", "expired", "cancelled"])
async def test_every_bad_end(status: str) -> None:
    with running_server(run_status=status) as url:
        async with client_of(url) as client:
            assistant = await assistant_of(client)
            thread = await thread_of(client, "Tell me a story.")
            stream = await client.beta.threads.runs.create(
                thread, assistant_id=assistant, stream=True
            )
            run = (await events_of(stream))[-1].data
            assert run.status == status
            assert (run.last_error is not None) == (status == "failed")
            assert (run.incomplete_details is not None) == (status == "incomplete")
            message = (await client.beta.threads.messages.list(thread)).data[0]
            assert message.status == "incomplete"
            assert message.content  # the half that came
            assert message.incomplete_details is not None
            reason = "max_tokens" if status == "incomplete" else f"run_{status}"
            assert message.incomplete_details.reason == reason


async def test_run_that_hangs_in_the_queue_expires() -> None:
    with running_server(run_status="queued", run_expires_s=0.3) as url:
        async with client_of(url) as client:
            assistant = await assistant_of(client)
            thread = await thread_of(client, "Hello")
            started = time.monotonic()
            run = await client.beta.threads.runs.create_and_poll(
                thread_id=thread, assistant_id=assistant, poll_interval_ms=20
            )
            assert run.status == "expired"
            assert time.monotonic() - started >= 0.28


async def test_run_overrides_and_its_own_thread(server_url: str) -> None:
    async with client_of(server_url) as client:
        assistant = await assistant_of(client, instructions="Be brief.")
        thread: Any = {"messages": [{"role": "user", "content": "My name is Anna."}]}
        stream = await client.beta.threads.create_and_run(
            assistant_id=assistant, thread=thread, model="gpt-4o-mini", stream=True
        )
        events = await events_of(stream)
        assert [event.event for event in events[:2]] == ["thread.created", "thread.run.created"]
        run = await client.beta.threads.runs.create_and_poll(
            thread_id=events[0].data.id,
            assistant_id=assistant,
            additional_instructions="Say hello.",
            additional_messages=[{"role": "user", "content": "What is my name?"}],
            temperature=0.1,
            max_prompt_tokens=256,
            max_completion_tokens=256,
            truncation_strategy={"type": "last_messages", "last_messages": 1},
            poll_interval_ms=20,
        )
        assert run.instructions == "Be brief.\n\nSay hello."
        assert (run.temperature, run.max_prompt_tokens) == (0.1, 256)
        # Only the last message was looked at.
        assert "Anna" not in await text_of(client, events[0].data.id)
        whole = await client.beta.threads.runs.create_and_poll(
            thread_id=events[0].data.id,
            assistant_id=assistant,
            instructions="Talk.",
            additional_messages=[{"role": "user", "content": "What is my name?"}],
            poll_interval_ms=20,
        )
        assert whole.instructions == "Talk."
        assert "Anna" in await text_of(client, events[0].data.id)


async def test_message_without_words(server_url: str) -> None:
    async with client_of(server_url) as client:
        thread = await thread_of(client)
        with pytest.raises(openai.BadRequestError, match="must be non-empty"):
            await client.beta.threads.messages.create(thread, role="user", content=" ")


async def test_prompt_over_its_limit(server_url: str) -> None:
    async with client_of(server_url) as client:
        assistant = await assistant_of(client)
        thread = await thread_of(client, "long " * 300)
        run = await client.beta.threads.runs.create_and_poll(
            thread_id=thread, assistant_id=assistant, max_prompt_tokens=256, poll_interval_ms=20
        )
        assert run.status == "incomplete"
        assert run.incomplete_details is not None
        assert run.incomplete_details.reason == "max_prompt_tokens"


async def test_every_call_wants_its_output_or_the_run_expires() -> None:
    with running_server(run_status="requires_action", tool_calls=2, run_expires_s=1.5) as url:
        async with client_of(url) as client:
            assistant = await assistant_of(client, tools=[TOOL])
            thread = await thread_of(client, "Hello")
            runs = client.beta.threads.runs
            run = await runs.create_and_poll(
                thread_id=thread, assistant_id=assistant, poll_interval_ms=20
            )
            assert run.required_action is not None
            calls = run.required_action.submit_tool_outputs.tool_calls
            assert len(calls) == 2
            outputs: Any = [{"tool_call_id": call.id, "output": "18"} for call in calls]
            with pytest.raises(openai.BadRequestError, match="Expected tool outputs"):
                await runs.submit_tool_outputs(run.id, thread_id=thread, tool_outputs=outputs[:1])
            done = await runs.submit_tool_outputs_and_poll(
                run_id=run.id, thread_id=thread, tool_outputs=outputs, poll_interval_ms=20
            )
            assert done.status == "completed"
            late = await runs.create_and_poll(
                thread_id=thread,
                assistant_id=assistant,
                additional_messages=[{"role": "user", "content": "Hello"}],
                poll_interval_ms=20,
            )
            assert late.status == "requires_action"
            deadline = time.monotonic() + 10
            while late.status == "requires_action" and time.monotonic() < deadline:
                late = await runs.retrieve(late.id, thread_id=thread)
            assert late.status == "expired"


async def test_thread_locked_by_a_knob() -> None:
    with running_server(lock_thread_times=2) as url:
        async with client_of(url) as client:
            thread = await thread_of(client)
            for _ in range(2):
                with pytest.raises(openai.BadRequestError, match="while a run run_"):
                    await client.beta.threads.messages.create(thread, role="user", content="Hi")
            await client.beta.threads.messages.create(thread, role="user", content="Hi")


async def test_cancelling_may_take_until_the_run_expires() -> None:
    with running_server(run_status="cancelling", tokens_per_s=2, run_expires_s=1.0) as url:
        async with client_of(url) as client:
            assistant = await assistant_of(client)
            thread = await thread_of(client, "Tell me a story.")
            run = await client.beta.threads.runs.create(thread, assistant_id=assistant)
            await client.beta.threads.runs.cancel(run.id, thread_id=thread)
            found = await client.beta.threads.runs.retrieve(run.id, thread_id=thread)
            assert found.status == "cancelling"
            ended = await client.beta.threads.runs.poll(
                run.id, thread_id=thread, poll_interval_ms=20
            )
            assert ended.status == "expired"


async def test_words_come_in_time() -> None:
    said = "one two three four five six seven eight nine ten"
    with running_server(fixed_answer=said, first_token_ms=400, tokens_per_s=20) as url:
        async with client_of(url) as client:
            assistant = await assistant_of(client)
            thread = await thread_of(client, "Count.")
            started = time.monotonic()
            stream = await client.beta.threads.runs.create(
                thread, assistant_id=assistant, stream=True
            )
            times = [
                time.monotonic() - started
                async for event in stream
                if event.event == "thread.message.delta"
            ]
    assert len(times) == 10
    assert 0.39 <= times[0] <= 0.8
    assert 0.44 <= times[-1] - times[0] <= 0.8
