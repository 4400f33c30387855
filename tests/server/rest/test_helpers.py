"""The official client's own stream helpers, which keep an account of what they have seen."""

from __future__ import annotations

import warnings
from typing import Any

from tests.server.rest.checked import client_of
from tests.server.rest.test_responses import WEATHER
from tests.server.rest.test_runs import TOOL, assistant_of, thread_of


async def test_responses_stream(server_url: str) -> None:
    async with client_of(server_url) as client:
        async with client.responses.stream(model="demo", input="Hello") as stream:
            kinds = [event.type async for event in stream]
            final = await stream.get_final_response()
        assert final.output_text
        assert "response.output_text.delta" in kinds
        async with client.responses.stream(
            model="demo", input="What is the weather in Paris?", tools=[WEATHER]
        ) as stream:
            final = await stream.get_final_response()
        assert final.output[0].type == "function_call"


async def test_chat_stream(server_url: str) -> None:
    async with client_of(server_url) as client:
        hello: Any = [{"role": "user", "content": "Hello"}]
        async with client.chat.completions.stream(model="demo", messages=hello) as stream:
            final = await stream.get_final_completion()
        assert final.choices[0].message.content


async def test_run_stream_with_functions(server_url: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        async with client_of(server_url) as client:
            assistant = await assistant_of(client, tools=[TOOL])
            thread = await thread_of(client, "What is the weather in Paris?")
            async with client.beta.threads.runs.stream(
                thread_id=thread, assistant_id=assistant
            ) as stream:
                await stream.until_done()
                run: Any = stream.current_run
                steps = await stream.get_final_run_steps()
            assert len(steps) == 1
            (call,) = run.required_action.submit_tool_outputs.tool_calls
            async with client.beta.threads.runs.submit_tool_outputs_stream(
                run_id=run.id,
                thread_id=thread,
                tool_outputs=[{"tool_call_id": call.id, "output": "18 degrees"}],
            ) as stream:
                text = "".join([delta async for delta in stream.text_deltas])
                (message,) = await stream.get_final_messages()
            content: Any = message.content[0]
            assert content.text.value == text
            assert "18 degrees" in text
