"""What survives a restart with --state, and pages of what has piled up."""

from __future__ import annotations

import stat
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai
import pytest

from tests.server.process import running_server
from tests.server.rest.checked import client_of
from tests.server.rest.test_runs import TOOL, assistant_of, events_of, text_of, thread_of


@pytest.fixture(autouse=True)
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


async def test_everything_is_there_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "state"
    with running_server(state=state) as url:
        async with client_of(url) as client:
            assistant = await assistant_of(client, tools=[TOOL])
            thread = await thread_of(client, "My name is Anna.")
            await client.beta.threads.runs.create_and_poll(
                thread_id=thread, assistant_id=assistant, poll_interval_ms=20
            )
            waiting = await thread_of(client, "What is the weather in Paris?")
            run = await client.beta.threads.runs.create_and_poll(
                thread_id=waiting, assistant_id=assistant, poll_interval_ms=20
            )
            assert run.status == "requires_action"
            conversation = await client.conversations.create()
            first = await client.responses.create(
                model="demo", input="I live in Kyoto.", conversation=conversation.id
            )
            chat: Any = {
                "model": "gpt-audio-1.5",
                "modalities": ["text", "audio"],
                "audio": {"voice": "ash", "format": "wav"},
            }
            said = await client.chat.completions.create(
                **chat, messages=[{"role": "user", "content": "Hello"}]
            )
    for file in state.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file
    with running_server(state=state) as url:
        async with client_of(url) as client:
            await client.beta.threads.messages.create(
                thread, role="user", content="What is my name?"
            )
            await client.beta.threads.runs.create_and_poll(
                thread_id=thread, assistant_id=assistant, poll_interval_ms=20
            )
            assert "Anna" in await text_of(client, thread)
            assert run.required_action is not None
            (call,) = run.required_action.submit_tool_outputs.tool_calls
            stream = await client.beta.threads.runs.submit_tool_outputs(
                run.id,
                thread_id=waiting,
                tool_outputs=[{"tool_call_id": call.id, "output": "18 degrees"}],
                stream=True,
            )
            assert (await events_of(stream))[-1].event == "thread.run.completed"
            assert "18 degrees" in await text_of(client, waiting)
            for where in ({"conversation": conversation.id}, {"previous_response_id": first.id}):
                again = await client.responses.create(
                    model="demo", input="Where do I live?", **where
                )
                assert "Kyoto" in again.output_text
            audio = said.choices[0].message.audio
            assert audio is not None
            history: Any = [
                {"role": "user", "content": "Hello"},
                {"role": "assistant", "audio": {"id": audio.id}},
                {"role": "user", "content": "Thank you"},
            ]
            await client.chat.completions.create(**chat, messages=history)


async def test_run_that_was_cut_by_the_end_of_the_service_has_failed(tmp_path: Path) -> None:
    with running_server(state=tmp_path, run_status="in_progress") as url:
        async with client_of(url) as client:
            assistant = await assistant_of(client)
            thread = await thread_of(client, "Hello")
            run = await client.beta.threads.runs.create(thread, assistant_id=assistant)
            background = await client.responses.create(
                model="demo", input="Tell me a story.", background=True
            )
    with running_server(state=tmp_path) as url:
        async with client_of(url) as client:
            found = await client.beta.threads.runs.retrieve(run.id, thread_id=thread)
            assert found.status == "failed"
            await client.beta.threads.messages.create(thread, role="user", content="Hi")
            response = await client.responses.retrieve(background.id)
            assert response.status in ("failed", "cancelled", "completed")


async def test_messages_beyond_one_page(server_url: str) -> None:
    async with client_of(server_url) as client:
        thread = await thread_of(client)
        for number in range(107):
            await client.beta.threads.messages.create(thread, role="user", content=str(number))

        def numbers(page: Any) -> list[int]:
            return [int(message.content[0].text.value) for message in page.data]

        messages = client.beta.threads.messages
        first = await messages.list(thread, limit=100)
        assert numbers(first) == list(range(106, 6, -1))
        assert first.has_more
        second = await messages.list(thread, limit=100, after=first.data[-1].id)
        assert numbers(second) == list(range(6, -1, -1))
        assert not second.has_more
        back = await messages.list(thread, limit=5, before=second.data[0].id)
        assert numbers(back) == [11, 10, 9, 8, 7]
        assert back.has_more
        rising = await messages.list(thread, order="asc", after=first.data[3].id)
        assert numbers(rising) == [104, 105, 106]
        everything = [message async for message in messages.list(thread, limit=30)]
        assert len(everything) == 107
        for wrong, text in ((0, "below minimum"), (101, "above maximum")):
            with pytest.raises(openai.BadRequestError, match=text):
                await messages.list(thread, limit=wrong)
        with pytest.raises(openai.BadRequestError, match="Supported values are: 'asc' and 'desc'"):
            await messages.list(thread, order="up")  # type: ignore[arg-type]


async def test_objects_can_be_changed_and_deleted(server_url: str) -> None:
    async with client_of(server_url) as client:
        assistant = await assistant_of(client, instructions="Be brief.")
        changed = await client.beta.assistants.update(assistant, name="Sage", temperature=0.2)
        assert (changed.name, changed.instructions) == ("Sage", "Be brief.")
        listed = [one.id async for one in client.beta.assistants.list()]
        assert assistant in listed
        thread = await thread_of(client, "One", "Two")
        await client.beta.threads.update(thread, metadata={"title": "Numbers"})
        found = await client.beta.threads.retrieve(thread)
        assert found.metadata == {"title": "Numbers"}
        newest = (await client.beta.threads.messages.list(thread)).data[0]
        message = await client.beta.threads.messages.update(
            newest.id, thread_id=thread, metadata={"mark": "1"}
        )
        assert message.metadata == {"mark": "1"}
        await client.beta.threads.messages.delete(newest.id, thread_id=thread)
        assert len((await client.beta.threads.messages.list(thread)).data) == 1
        assert (await client.beta.threads.delete(thread)).deleted
        with pytest.raises(openai.NotFoundError):
            await client.beta.threads.messages.list(thread)
        await client.beta.assistants.delete(assistant)
        with pytest.raises(openai.NotFoundError, match=assistant):
            await client.beta.assistants.retrieve(assistant)


async def test_conversations_can_be_changed_and_deleted(server_url: str) -> None:
    async with client_of(server_url) as client:
        said: Any = [{"role": "user", "content": str(number)} for number in range(21)]
        with pytest.raises(openai.BadRequestError, match="maximum length 20"):
            await client.conversations.create(items=said)
        conversation = (await client.conversations.create(items=said[:20])).id
        added = await client.conversations.items.create(conversation, items=said[20:])
        assert len(added.data) == 1
        items = [item async for item in client.conversations.items.list(conversation, limit=7)]
        texts = [item.content[0].text for item in items]  # type: ignore[union-attr]
        assert texts == [str(number) for number in range(20, -1, -1)]
        one = await client.conversations.items.retrieve(items[0].id, conversation_id=conversation)  # type: ignore[arg-type]
        assert one.id == items[0].id
        await client.conversations.items.delete(items[0].id, conversation_id=conversation)  # type: ignore[arg-type]
        assert len((await client.conversations.items.list(conversation, limit=100)).data) == 20
        await client.conversations.update(conversation, metadata={"title": "Numbers"})
        found = await client.conversations.retrieve(conversation)
        assert found.metadata == {"title": "Numbers"}
        await client.conversations.delete(conversation)
        with pytest.raises(openai.NotFoundError):
            await client.conversations.items.list(conversation)
        with pytest.raises(openai.NotFoundError):
            await client.responses.create(model="demo", input="Hi", conversation=conversation)
