"""Stopping an answer: by speaking, by cancelling, and what is known of it afterwards."""

from __future__ import annotations

import pytest

from tests.server.test_conversation import question
from tests.server.wire import Wire, connected, spoken_text

DIALECTS = pytest.mark.parametrize("beta", [False, True], ids=["ga", "beta"])


async def start_story(wire: Wire) -> str:
    """The id of the item that is being told."""
    content = [{"type": "input_text", "text": "Tell me a long story about the sea."}]
    item = {"type": "message", "role": "user", "content": content}
    await wire.send("conversation.item.create", item=item)
    await wire.send("response.create")
    delta = "response.audio.delta" if wire.beta else "response.output_audio.delta"
    event = await wire.until(delta)
    for _ in range(9):
        await wire.until(delta)
    item_id: str = event["item_id"]
    return item_id


def sent_ms(wire: Wire, response_id: str) -> float:
    return len(wire.audio(response_id)) / 48


@DIALECTS
async def test_speaking_interrupts(server_url: str, beta: bool) -> None:
    async with connected(server_url, beta=beta) as wire:
        story = await start_story(wire)
        await wire.append(question())
        cancelled = (await wire.until("response.done"))["response"]
        assert cancelled["status"] == "cancelled"
        assert cancelled["status_details"]["reason"] == "turn_detected"
        assert cancelled["output"][0]["id"] == story
        assert cancelled["output"][0]["status"] == "incomplete"
        assert cancelled["usage"]["output_tokens"] > 0
        done = await wire.until("response.done")
        assert spoken_text(done["response"]) == "The capital of Japan is Tokyo."


async def test_speaking_does_not_interrupt_where_that_is_off(server_url: str) -> None:
    detection = {
        "type": "server_vad",
        "interrupt_response": False,
        "create_response": False,
        "threshold": 0.5,
    }
    async with connected(server_url) as wire:
        await wire.update(audio={"input": {"turn_detection": detection}})
        await start_story(wire)
        await wire.append(question())
        await wire.until("input_audio_buffer.committed")
        await wire.until("response.output_audio.delta")
        assert not wire.of("response.done")
        await wire.send("response.cancel")
        await wire.until("response.done")


@DIALECTS
async def test_cancel(server_url: str, beta: bool) -> None:
    async with connected(server_url, beta=beta) as wire:
        await start_story(wire)
        await wire.send("response.cancel")
        response = (await wire.until("response.done"))["response"]
        assert response["status"] == "cancelled"
        assert response["status_details"]["reason"] == "client_cancelled"
        sent = wire.audio(response["id"])
        await wire.say("Hello")
        assert wire.audio(response["id"]) == sent


@DIALECTS
async def test_truncation_cuts_what_the_service_remembers(server_url: str, beta: bool) -> None:
    async with connected(server_url, beta=beta) as wire:
        story = await start_story(wire)
        await wire.send("response.cancel")
        response = (await wire.until("response.done"))["response"]
        full_text = spoken_text(response)
        await wire.send(
            "conversation.item.truncate", item_id=story, content_index=0, audio_end_ms=700
        )
        truncated = await wire.until("conversation.item.truncated")
        assert truncated["audio_end_ms"] == 700
        await wire.send("conversation.item.retrieve", item_id=story)
        kept = (await wire.until("conversation.item.retrieved"))["item"]["content"][0]
        assert full_text.startswith(kept["transcript"])
        assert 0 < len(kept["transcript"]) < len(full_text)
        # It knows what was heard, and goes on from there.
        assert kept["transcript"] in spoken_text(await wire.say("What did you say?"))


async def test_an_interrupted_story_can_be_continued(server_url: str) -> None:
    async with connected(server_url) as wire:
        story = await start_story(wire)
        await wire.send("response.cancel")
        await wire.until("response.done")
        await wire.send(
            "conversation.item.truncate", item_id=story, content_index=0, audio_end_ms=900
        )
        await wire.until("conversation.item.truncated")
        continued = spoken_text(await wire.say("Please continue.", output_modalities=["text"]))
        assert continued.startswith("You stopped me after: ")
        assert "there was a lighthouse" in continued


async def test_truncation_beyond_the_audio_is_refused(server_url: str) -> None:
    async with connected(server_url) as wire:
        response = await wire.say("Hello")
        item_id = response["output"][0]["id"]
        length_ms = int(sent_ms(wire, response["id"]))
        error = await wire.refusal(
            "conversation.item.truncate",
            item_id=item_id,
            content_index=0,
            audio_end_ms=length_ms + 50,
        )
        expected = f"Audio content of {length_ms}ms is already shorter than {length_ms + 50}ms"
        assert error["message"] == expected
        await wire.send(
            "conversation.item.truncate", item_id=item_id, content_index=0, audio_end_ms=length_ms
        )
        await wire.until("conversation.item.truncated")


async def test_only_spoken_answers_can_be_truncated(server_url: str) -> None:
    async with connected(server_url) as wire:
        response = await wire.say("Hello")
        written = await wire.say("Hello", output_modalities=["text"])
        user = wire.of("conversation.item.added")[0]["item"]["id"]
        for item_id, audio_end_ms in (
            (response["output"][0]["id"], 0),
            (user, 100),
            (written["output"][0]["id"], 100),
        ):
            error = await wire.refusal(
                "conversation.item.truncate",
                item_id=item_id,
                content_index=0,
                audio_end_ms=audio_end_ms,
            )
            assert error["message"] == "Only model output audio messages can be truncated"
