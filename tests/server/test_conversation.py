"""Conversations with the official client, in both dialects."""

from __future__ import annotations

import numpy as np
import pytest

from server.speech.work import synthesise
from tests.server import contract
from tests.server.wire import Wire, connected, kinds, spoken_text

DIALECTS = pytest.mark.parametrize("beta", [False, True], ids=["ga", "beta"])


def question(text: str = "What is the capital of Japan?", voice: str = "alloy") -> np.ndarray:
    """The question with half a second before it and a second behind."""
    silence = np.zeros(12_000, dtype=np.int16)
    return np.concatenate([silence, synthesise(text, voice), silence, silence])


def test_the_schemas_are_there() -> None:
    if not contract.is_present():
        pytest.skip(contract.ABSENT)


@DIALECTS
async def test_typed_question_spoken_answer(server_url: str, beta: bool) -> None:
    async with connected(server_url, beta=beta) as wire:
        response = await wire.say("What is the capital of Japan?")
        assert response["status"] == "completed"
        assert spoken_text(response) == "The capital of Japan is Tokyo."
        audio = np.frombuffer(wire.audio(response["id"]), dtype="<i2")
        assert 1.0 < audio.size / 24_000 < 4.0
        assert np.abs(audio.astype(int)).max() > 3_000
        prefix = "response.audio_transcript" if beta else "response.output_audio_transcript"
        deltas = [event["delta"] for event in wire.of(f"{prefix}.delta")]
        assert "".join(deltas) == "The capital of Japan is Tokyo."


async def test_events_of_a_response_in_order(server_url: str) -> None:
    async with connected(server_url) as wire:
        await wire.say("Hello")
        started = next(
            index for index, one in enumerate(wire.seen) if one["type"] == "response.created"
        )
        order = [kind for kind in kinds(wire.seen[started:]) if not kind.endswith(".delta")]
        assert order == [
            "response.created",
            "rate_limits.updated",
            "response.output_item.added",
            "conversation.item.added",
            "response.content_part.added",
            "response.output_audio.done",
            "response.output_audio_transcript.done",
            "response.content_part.done",
            "conversation.item.done",
            "response.output_item.done",
            "response.done",
        ]
        assert len({event["event_id"] for event in wire.seen}) == len(wire.seen)


@DIALECTS
async def test_spoken_question_with_server_vad(server_url: str, beta: bool) -> None:
    async with connected(server_url, beta=beta) as wire:
        if beta:
            await wire.update(input_audio_transcription={"model": "whisper-1"})
        else:
            await wire.update(audio={"input": {"transcription": {"model": "gpt-transcribe"}}})
        await wire.append(question())
        done = await wire.until("response.done")
        assert spoken_text(done["response"]) == "The capital of Japan is Tokyo."
        (started,) = wire.of("input_audio_buffer.speech_started")
        (stopped,) = wire.of("input_audio_buffer.speech_stopped")
        (committed,) = wire.of("input_audio_buffer.committed")
        (transcript,) = wire.of("conversation.item.input_audio_transcription.completed")
        items = {one["item_id"] for one in (started, stopped, committed, transcript)}
        assert len(items) == 1
        assert transcript["transcript"] == "what is the capital of japan"
        # Speech begins 500 ms in (minus 300 ms of prefix) and lasts about 1.7 s.
        assert 100 <= started["audio_start_ms"] <= 400
        assert 1_900 <= stopped["audio_end_ms"] <= 2_700
        position = kinds(wire.seen).index
        assert (
            position("input_audio_buffer.speech_started")
            < position("input_audio_buffer.speech_stopped")
            < position("input_audio_buffer.committed")
            < position("conversation.item.created" if beta else "conversation.item.added")
            < position("response.created")
        )
        assert done["response"]["usage"]["input_token_details"]["audio_tokens"] >= 15


@DIALECTS
async def test_push_to_talk(server_url: str, beta: bool) -> None:
    async with connected(server_url, beta=beta) as wire:
        if beta:
            await wire.update(turn_detection=None)
        else:
            await wire.update(audio={"input": {"turn_detection": None}})
        await wire.append(question())
        await wire.send("input_audio_buffer.commit")
        await wire.send("response.create")
        done = await wire.until("response.done")
        assert spoken_text(done["response"]) == "The capital of Japan is Tokyo."
        assert not wire.of("input_audio_buffer.speech_started")
        assert not wire.of("conversation.item.input_audio_transcription.completed")


async def test_it_remembers(server_url: str) -> None:
    async with connected(server_url) as wire:
        await wire.say("My name is Anna and I like coffee.")
        assert "Anna" in spoken_text(await wire.say("What is my name?"))
        assert "coffee" in spoken_text(await wire.say("What do I like?"))
        assert "What do I like?" in spoken_text(await wire.say("What did I just say?"))


async def test_text_only_answer(server_url: str) -> None:
    async with connected(server_url) as wire:
        response = await wire.say("What is six times seven?", output_modalities=["text"])
        assert response["output_modalities"] == ["text"]
        assert spoken_text(response) == "Six times seven is forty-two."
        assert not wire.of("response.output_audio.delta")
        assert response["usage"]["output_token_details"]["audio_tokens"] == 0
        text = "".join(event["delta"] for event in wire.of("response.output_text.delta"))
        assert text == "Six times seven is forty-two."


async def test_a_whole_clip_as_an_item(server_url: str) -> None:
    import base64

    clip = base64.b64encode(question().astype("<i2").tobytes()).decode()
    async with connected(server_url) as wire:
        content = [{"type": "input_audio", "audio": clip}]
        item = {"id": "item_clip", "type": "message", "role": "user", "content": content}
        await wire.send("conversation.item.create", item=item)
        await wire.send("response.create")
        done = await wire.until("response.done")
        assert "Tokyo" in spoken_text(done["response"])


@pytest.mark.parametrize("law", ["audio/pcmu", "audio/pcma"])
async def test_telephone_audio_both_ways(server_url: str, law: str) -> None:
    import base64

    from server.speech import g711
    from server.speech.pcm import resample

    async with connected(server_url) as wire:
        await wire.update(
            audio={"input": {"format": {"type": law}}, "output": {"format": {"type": law}}}
        )
        data = g711.encode(resample(question(), 24_000, 8_000), law)
        for start in range(0, len(data), 320):
            piece = base64.b64encode(data[start : start + 320]).decode()
            await wire.send("input_audio_buffer.append", audio=piece)
        done = await wire.until("response.done")
        assert spoken_text(done["response"]) == "The capital of Japan is Tokyo."
        answer = g711.decode(wire.audio(done["response"]["id"]), law)
        assert 1.0 < answer.size / 8_000 < 4.0
        assert np.abs(answer.astype(int)).max() > 3_000


async def test_out_of_band_response(server_url: str) -> None:
    async with connected(server_url) as wire:
        await wire.say("My name is Anna.")
        before = len(wire.of("conversation.item.added"))
        content = [{"type": "input_text", "text": "What is three plus four?"}]
        await wire.send(
            "response.create",
            response={
                "conversation": "none",
                "metadata": {"purpose": "sum"},
                "output_modalities": ["text"],
                "input": [{"type": "message", "role": "user", "content": content}],
            },
        )
        done = await wire.until("response.done")
        response = done["response"]
        assert response["metadata"] == {"purpose": "sum"}
        assert response["conversation_id"] is None
        assert spoken_text(response) == "Three plus four is seven."
        assert len(wire.of("conversation.item.added")) == before
        assert "My name is Anna" in spoken_text(await wire.say("What did I just say?"))


async def test_instructions_to_read_something_out(server_url: str) -> None:
    async with connected(server_url) as wire:
        response = await wire.say(
            "Once more unto the breach", instructions="Read the user's text aloud verbatim."
        )
        assert spoken_text(response) == "Once more unto the breach"


async def test_japanese_is_answered_in_kana_and_spoken(server_url: str) -> None:
    async with connected(server_url) as wire:
        response = await wire.say("日本の首都はどこですか。")
        assert spoken_text(response) == "にほんのしゅとは、とうきょうです。"
        audio = np.frombuffer(wire.audio(response["id"]), dtype="<i2")
        assert audio.size > 24_000
        unreadable = spoken_text(await wire.say("量子力学"))
        assert "かんじは" in unreadable


async def test_noise_is_not_a_turn_and_not_understood_speech_is_said_to_be_so() -> None:
    from tests.server.process import running_server

    with running_server(recognise=False) as url:
        async with connected(url) as wire:
            await wire.update(audio={"input": {"transcription": {"model": "whisper-1"}}})
            noise = np.random.default_rng(1).normal(0, 800, 48_000).astype(np.int16)
            await wire.append(noise)
            await wire.append(question())
            done = await wire.until("response.done")
            assert len(wire.of("input_audio_buffer.speech_started")) == 1
            (transcript,) = wire.of("conversation.item.input_audio_transcription.completed")
            assert transcript["transcript"].startswith("(speech, ")
            assert "could not make out the words" in spoken_text(done["response"])


async def test_tool_call_and_its_output(server_url: str) -> None:
    tool = {
        "type": "function",
        "name": "get_weather",
        "description": "Get the weather of a city",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string"}},
            "required": ["city"],
        },
    }
    async with connected(server_url) as wire:
        await wire.update(tools=[tool])
        response = await wire.say("What is the weather in Paris?")
        (call,) = response["output"]
        assert (call["type"], call["name"]) == ("function_call", "get_weather")
        assert call["arguments"] == '{"city": "Paris"}'
        (done,) = wire.of("response.function_call_arguments.done")
        assert done["call_id"] == call["call_id"]
        output = {
            "type": "function_call_output",
            "call_id": call["call_id"],
            "output": '{"sky": "clear", "temperature": 21}',
        }
        await wire.send("conversation.item.create", item=output)
        await wire.send("response.create")
        answered = await wire.until("response.done")
        assert "sky is clear" in spoken_text(answered["response"])
        # Without the words of the tool there is no call.
        assert (await wire.say("Thank you"))["output"][0]["type"] == "message"


async def test_usage_grows_and_what_was_read_before_is_cached(server_url: str) -> None:
    async with connected(server_url) as wire:
        first = (await wire.say("What is the capital of France?"))["usage"]
        second = (await wire.say("And of Italy?"))["usage"]
        assert first["input_token_details"]["cached_tokens"] == 0
        assert second["input_tokens"] > first["input_tokens"]
        seen = first["input_token_details"]["text_tokens"]
        cached = second["input_token_details"]["cached_tokens_details"]
        assert cached["text_tokens"] >= seen
        # The first answer's audio is read again, from the cache.
        assert cached["audio_tokens"] == first["output_token_details"]["audio_tokens"]
        for usage in (first, second):
            details = usage["output_token_details"]
            assert usage["output_tokens"] == details["text_tokens"] + details["audio_tokens"]
            assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"]


async def test_items_can_be_placed_looked_at_and_deleted(server_url: str) -> None:
    def message(item_id: str, text: str) -> dict[str, object]:
        content = [{"type": "input_text", "text": text}]
        return {"id": item_id, "type": "message", "role": "user", "content": content}

    async with connected(server_url) as wire:
        await wire.send("conversation.item.create", item=message("b", "two"))
        await wire.send(
            "conversation.item.create", item=message("a", "one"), previous_item_id="root"
        )
        await wire.send(
            "conversation.item.create", item=message("c", "three"), previous_item_id="b"
        )
        await wire.until(lambda one: one.get("item", {}).get("id") == "c")
        added = {
            one["item"]["id"]: one["previous_item_id"] for one in wire.of("conversation.item.added")
        }
        assert added == {"b": None, "a": None, "c": "b"}
        await wire.send("conversation.item.retrieve", item_id="a")
        retrieved = await wire.until("conversation.item.retrieved")
        assert retrieved["item"]["content"] == [{"type": "input_text", "text": "one"}]
        await wire.send("conversation.item.delete", item_id="c")
        assert (await wire.until("conversation.item.deleted"))["item_id"] == "c"
        assert "two" in spoken_text(await wire.say("What did I just say?"))


async def _history(wire: Wire) -> None:
    for role, kind, text in (
        ("user", "input_text", "My name is Bob."),
        ("assistant", "text" if wire.beta else "output_text", "Nice to meet you, Bob."),
        ("system", "input_text", "This conversation continues after a drop."),
    ):
        content = [{"type": kind, "text": text}]
        item = {"type": "message", "role": role, "content": content}
        await wire.send("conversation.item.create", item=item)


@DIALECTS
async def test_a_conversation_can_be_replayed(server_url: str, beta: bool) -> None:
    async with connected(server_url, beta=beta) as wire:
        await _history(wire)
        assert spoken_text(await wire.say("What is my name?")) == "Your name is Bob."


async def test_two_sessions_do_not_mix(server_url: str) -> None:
    async with connected(server_url) as one, connected(server_url) as other:
        await one.say("My name is Anna.")
        assert "not told me your name" in spoken_text(await other.say("What is my name?"))
