"""Responses and Conversations, with the official client."""

from __future__ import annotations

import time
from typing import Any

import openai
import pytest
from openai import AsyncOpenAI

from tests.server.process import running_server
from tests.server.rest.checked import client_of

WEATHER: Any = {
    "type": "function",
    "name": "get_weather",
    "description": "Weather of a city",
    "parameters": {
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
    },
    "strict": False,
}


async def test_streamed_answer_in_the_right_order(server_url: str) -> None:
    async with client_of(server_url) as client:
        stream = await client.responses.create(
            model="demo", input="What is the capital of Japan?", stream=True
        )
        events = [event async for event in stream]
    kinds = [event.type for event in events]
    deltas = [event for event in events if event.type == "response.output_text.delta"]
    assert kinds[:4] == [
        "response.created",
        "response.in_progress",
        "response.output_item.added",
        "response.content_part.added",
    ]
    assert kinds[-4:] == [
        "response.output_text.done",
        "response.content_part.done",
        "response.output_item.done",
        "response.completed",
    ]
    assert [event.sequence_number for event in events] == list(range(len(events)))
    last: Any = events[-1]
    text = "".join(delta.delta for delta in deltas)
    assert "Tokyo" in text
    assert len(deltas) > 2
    assert last.response.output_text == text
    assert last.response.usage.total_tokens > last.response.usage.output_tokens > 0


async def test_conversation_is_remembered(server_url: str) -> None:
    async with client_of(server_url) as client:
        conversation = await client.conversations.create(metadata={"title": "names"})
        first = await client.responses.create(
            model="demo", input="My name is Anna.", conversation=conversation.id
        )
        second = await client.responses.create(
            model="demo", input="What is my name?", conversation={"id": conversation.id}
        )
        assert "Anna" in second.output_text
        assert second.conversation is not None
        assert second.conversation.id == conversation.id
        items = [item async for item in client.conversations.items.list(conversation.id)]
        assert len(items) == 4
        assert items[0].id == second.output[0].id
        assert items[2].id == first.output[0].id
        oldest = await client.conversations.items.list(conversation.id, order="asc", limit=1)
        assert oldest.has_more
        assert oldest.data[0].id == items[3].id


async def test_previous_response_continues(server_url: str) -> None:
    async with client_of(server_url) as client:
        first = await client.responses.create(model="demo", input="I live in Kyoto.")
        second = await client.responses.create(
            model="demo", input="Where do I live?", previous_response_id=first.id
        )
        assert "Kyoto" in second.output_text
        again = await client.responses.retrieve(second.id)
        assert again.output_text == second.output_text
        given = await client.responses.input_items.list(second.id)
        assert len(given.data) == 1
        await client.responses.delete(second.id)
        with pytest.raises(openai.NotFoundError, match=second.id):
            await client.responses.retrieve(second.id)


async def ask_weather(client: AsyncOpenAI, **more: Any) -> Any:
    return await client.responses.create(
        model="demo", input="What is the weather in Paris?", tools=[WEATHER], **more
    )


async def test_function_is_called_and_its_output_used(server_url: str) -> None:
    async with client_of(server_url) as client:
        asked = await ask_weather(client)
        (call,) = asked.output
        assert (call.type, call.name) == ("function_call", "get_weather")
        assert "Paris" in call.arguments
        output: Any = {
            "type": "function_call_output",
            "call_id": call.call_id,
            "output": '{"temperature": "18 degrees"}',
        }
        told = await client.responses.create(
            model="demo", input=[output], tools=[WEATHER], previous_response_id=asked.id
        )
        assert "18 degrees" in told.output_text
        with pytest.raises(openai.BadRequestError, match="No tool output found"):
            await client.responses.create(
                model="demo", input="Well?", previous_response_id=asked.id
            )


async def test_locked_conversation(server_url: str) -> None:
    async with client_of(server_url) as client:
        conversation = await client.conversations.create()
        stream = await client.responses.create(
            model="demo", input="Tell me a story.", conversation=conversation.id, stream=True
        )
        iterator = aiter(stream)
        assert (await anext(iterator)).type == "response.created"
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.create(model="demo", input="Hello", conversation=conversation.id)
        assert refused.value.code == "conversation_locked"
        assert refused.value.param == "conversation"
        async for _ in iterator:
            pass
        await client.responses.create(model="demo", input="Hello", conversation=conversation.id)


async def test_left_stream_frees_the_conversation_and_adds_nothing() -> None:
    with running_server(tokens_per_s=5, conversation_locked_times=1) as url:
        async with client_of(url) as client:
            conversation = await client.conversations.create()
            with pytest.raises(openai.BadRequestError, match="Another process"):
                await client.responses.create(
                    model="demo", input="Hello", conversation=conversation.id
                )
            stream = await client.responses.create(
                model="demo", input="Tell me a story.", conversation=conversation.id, stream=True
            )
            async for event in stream:
                if event.type == "response.output_text.delta":
                    break
            await stream.close()
            for _ in range(200):
                try:
                    await client.responses.create(
                        model="demo", input="Hi", conversation=conversation.id
                    )
                    break
                except openai.BadRequestError as error:
                    assert error.code == "conversation_locked"  # noqa: PT017
            items = await client.conversations.items.list(conversation.id)
            assert len(items.data) == 2


async def test_hosted_tools_do_their_work(server_url: str) -> None:
    tools: Any = [
        {"type": "code_interpreter", "container": {"type": "auto"}},
        {"type": "file_search", "vector_store_ids": ["vs_1"]},
    ]
    async with client_of(server_url) as client:
        stream = await client.responses.create(
            model="demo", input="What is 12 times 34?", tools=tools, stream=True
        )
        events = [event async for event in stream]
        assert "response.code_interpreter_call.interpreting" in [event.type for event in events]
        response = events[-1].response  # type: ignore[union-attr]
        call: Any = response.output[0]
        assert (call.code, call.outputs[0].logs) == ("print(12 * 34)", "408\n")
        assert "408" in response.output_text
        searched = await client.responses.create(
            model="demo", input="Search my files for Anna.", tools=tools
        )
        assert searched.output[0].type == "file_search_call"


async def test_background_response_is_polled_and_cancelled() -> None:
    with running_server(tokens_per_s=20, fixed_answer="word " * 30) as url:
        async with client_of(url) as client:
            started = await client.responses.create(model="demo", input="Hi", background=True)
            assert started.status == "queued"
            deadline = time.monotonic() + 10
            found = started
            while found.status != "completed" and time.monotonic() < deadline:
                found = await client.responses.retrieve(started.id)
            assert found.output_text == "word " * 30
            other = await client.responses.create(model="demo", input="Hi", background=True)
            cancelled = await client.responses.cancel(other.id)
            assert cancelled.status == "cancelled"
            direct = await client.responses.create(model="demo", input="Hi")
            with pytest.raises(openai.BadRequestError, match="synchronous"):
                await client.responses.cancel(direct.id)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"conversation": "conv_1", "previous_response_id": "resp_1"}, "Mutually exclusive"),
        ({"previous_response_id": "resp_1"}, "Previous response with id 'resp_1' not found"),
        ({"input": []}, "Missing required parameter: 'input'"),
        ({"max_output_tokens": 15}, "Expected a value >= 16"),
        ({"temperature": 3}, "Expected a value <= 2"),
        ({"tools": [{"type": "hammer"}]}, "Invalid value: 'hammer'"),
        ({"input": [{"role": "robot", "content": "x"}]}, "Invalid value: 'robot'"),
        (
            {"input": [{"type": "function_call_output", "call_id": "call_1", "output": "x"}]},
            "No tool call found for function call output with call_id call_1",
        ),
    ],
)
async def test_refusals(server_url: str, fields: Any, message: str) -> None:
    async with client_of(server_url) as client:
        with pytest.raises(openai.BadRequestError) as refused:
            await client.responses.create(**{"model": "demo", "input": "Hello", **fields})
    assert message in refused.value.body["message"]  # type: ignore[index]


async def test_unstored_response_is_not_found_again(server_url: str) -> None:
    async with client_of(server_url) as client:
        response = await client.responses.create(model="demo", input="Hello", store=False)
        with pytest.raises(openai.NotFoundError):
            await client.responses.retrieve(response.id)


async def test_answer_stops_at_its_limit(server_url: str) -> None:
    async with client_of(server_url) as client:
        response = await client.responses.create(
            model="demo", input="Tell me a story.", max_output_tokens=16
        )
        assert response.status == "incomplete"
        assert response.incomplete_details is not None
        assert response.incomplete_details.reason == "max_output_tokens"
        assert response.usage is not None
        assert 8 < response.usage.output_tokens <= 16
