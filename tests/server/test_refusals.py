"""What the service refuses, with the real shapes and words."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from tests.server.wire import connected

TEXT_ITEM: dict[str, Any] = {
    "type": "message",
    "role": "user",
    "content": [{"type": "input_text", "text": "hello"}],
}

CASES: list[tuple[str, dict[str, Any], str, str, str]] = [
    # event, fields, code, param, words of the message
    ("session.upgrade", {}, "invalid_value", "type", "Supported values are: 'session.update'"),
    (
        "session.update",
        {"session": {"instructions": "x"}},
        "missing_required_parameter",
        "session.type",
        "Missing required parameter: 'session.type'.",
    ),
    ("session.update", {}, "missing_required_parameter", "session", "'session'"),
    (
        "session.update",
        {"session": {"type": "realtime", "voice": "marin"}},
        "unknown_parameter",
        "session.voice",
        "Unknown parameter: 'session.voice'.",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "input_audio_format": "pcm16"}},
        "unknown_parameter",
        "session.input_audio_format",
        "Unknown parameter",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "temperature": 0.8}},
        "unknown_parameter",
        "session.temperature",
        "Unknown parameter",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "modalities": ["text"]}},
        "unknown_parameter",
        "session.modalities",
        "Unknown parameter",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "output_modalities": ["audio", "text"]}},
        "invalid_value",
        "session.output_modalities",
        "Supported combinations are: ['text'] and ['audio'].",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "instructions": 7}},
        "invalid_type",
        "session.instructions",
        "expected a string, but got an integer instead",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "model": "gpt-realtime-1.5"}},
        "session_model_change_not_allowed",
        "session.model",
        "cannot be changed",
    ),
    (
        "session.update",
        {"session": {"type": "transcription"}},
        "invalid_value",
        "session.type",
        "not allowed",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "audio": {"output": {"speed": 3}}}},
        "decimal_above_max_value",
        "session.audio.output.speed",
        "Expected a value <= 1.5, but got 3 instead.",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "audio": {"output": {"voice": "robot"}}}},
        "invalid_value",
        "session.audio.output.voice",
        "Invalid value: 'robot'. Supported values are: 'marin', 'cedar'",
    ),
    (
        "session.update",
        {
            "session": {
                "type": "realtime",
                "audio": {"input": {"turn_detection": {"type": "server_vad", "eagerness": "low"}}},
            }
        },
        "unknown_parameter",
        "session.audio.input.turn_detection.eagerness",
        "Unknown parameter",
    ),
    (
        "session.update",
        {
            "session": {
                "type": "realtime",
                "audio": {"input": {"format": {"type": "audio/pcm", "rate": 16000}}},
            }
        },
        "integer_below_min_value",
        "session.audio.input.format.rate",
        "Expected a value >= 24000, but got 16000 instead.",
    ),
    (
        "session.update",
        {"session": {"type": "realtime", "tools": [{"type": "function"}]}},
        "missing_required_parameter",
        "session.tools[0].name",
        "session.tools[0].name",
    ),
    (
        "input_audio_buffer.append",
        {"audio": "not base64!"},
        "invalid_value",
        "audio",
        "Invalid 'audio'. Expected base64-encoded audio bytes (mono PCM16 at 24kHz)",
    ),
    (
        "input_audio_buffer.append",
        {"audio": base64.b64encode(b"abc").decode()},
        "invalid_value",
        "audio",
        "got an invalid value",
    ),
    ("input_audio_buffer.append", {}, "missing_required_parameter", "audio", "'audio'"),
    (
        "input_audio_buffer.commit",
        {},
        "input_audio_buffer_commit_empty",
        "",
        "buffer too small. Expected at least 100ms of audio, but buffer only has 0.00ms of audio.",
    ),
    (
        "conversation.item.create",
        {"item": {"type": "message", "role": "robot", "content": []}},
        "invalid_value",
        "item.role",
        "Invalid value: 'robot'. Supported values are: 'user', 'assistant', and 'system'.",
    ),
    (
        "conversation.item.create",
        {
            "item": {
                "type": "message",
                "role": "assistant",
                "content": [{"type": "input_text", "text": "x"}],
            }
        },
        "invalid_value",
        "item.content[0].type",
        "Supported values are: 'output_text' and 'output_audio'.",
    ),
    (
        "conversation.item.create",
        {"item": {"type": "message", "role": "user", "content": [{"type": "input_text"}]}},
        "missing_required_parameter",
        "item.content[0].text",
        "Missing required parameter",
    ),
    (
        "conversation.item.create",
        {"item": TEXT_ITEM, "previous_item_id": "nowhere"},
        "item_create_invalid_previous_item_id",
        "previous_item_id",
        "'nowhere' does not exist",
    ),
    (
        "conversation.item.create",
        {"item": {"type": "function_call_output", "call_id": "call_x", "output": "1"}},
        "invalid_tool_call_id",
        "item.call_id",
        "'call_x' was not found",
    ),
    (
        "conversation.item.delete",
        {"item_id": "nowhere"},
        "item_delete_invalid_item_id",
        "item_id",
        "the item with id 'nowhere' does not exist",
    ),
    (
        "conversation.item.retrieve",
        {"item_id": "nowhere"},
        "item_retrieve_invalid_item_id",
        "item_id",
        "does not exist",
    ),
    (
        "conversation.item.truncate",
        {"item_id": "nowhere", "content_index": 0, "audio_end_ms": 100},
        "item_truncate_invalid_item_id",
        "item_id",
        "does not exist",
    ),
    (
        "conversation.item.truncate",
        {"item_id": "nowhere", "content_index": 0, "audio_end_ms": 10.5},
        "invalid_type",
        "audio_end_ms",
        "expected an integer, but got a decimal instead",
    ),
    (
        "response.cancel",
        {},
        "response_cancel_not_active",
        "",
        "Cancellation failed: no active response found",
    ),
    (
        "response.create",
        {"response": {"modalities": ["text"]}},
        "unknown_parameter",
        "response.modalities",
        "Unknown parameter: 'response.modalities'.",
    ),
    ("output_audio_buffer.clear", {}, "invalid_value", "type", "WebRTC"),
]


async def test_every_refusal_and_the_session_goes_on(server_url: str) -> None:
    async with connected(server_url) as wire:
        for kind, fields, code, param, words in CASES:
            error = await wire.refusal(kind, **fields)
            assert error["type"] == "invalid_request_error", error
            assert error["code"] == code, error
            assert (error["param"] or "") == param, error
            assert words in error["message"], error
        assert (await wire.say("Hello"))["status"] == "completed"


async def test_frames_that_are_no_events(server_url: str) -> None:
    async with connected(server_url) as wire:
        for frame, code in (
            ("{", "invalid_json"),
            ("[1, 2]", "invalid_event"),
            ('{"session": {}}', "invalid_event"),
            ('{"type": 5}', "invalid_type"),
        ):
            await wire.connection.send_raw(frame)
            assert (await wire.until("error"))["error"]["code"] == code
        await wire.connection.send_raw(json.dumps({"type": "input_audio_buffer.clear"}).encode())
        await wire.until("input_audio_buffer.cleared")


async def test_the_beta_dialect_refuses_ga_fields(server_url: str) -> None:
    async with connected(server_url, beta=True) as wire:
        for session, param in (
            ({"type": "realtime"}, "session.type"),
            ({"audio": {"output": {"voice": "marin"}}}, "session.audio"),
            ({"output_modalities": ["audio"]}, "session.output_modalities"),
        ):
            error = await wire.refusal("session.update", session=session)
            assert (error["code"], error["param"]) == ("unknown_parameter", param)
        error = await wire.refusal("session.update", session={"temperature": 0.1})
        assert error["code"] == "decimal_below_min_value"
        session = await wire.update(modalities=["text"], max_response_output_tokens=200)
        assert session["modalities"] == ["text"]
        assert session["max_response_output_tokens"] == 200


async def test_voice_is_locked_after_the_first_audio(server_url: str) -> None:
    async with connected(server_url) as wire:
        session = await wire.update(audio={"output": {"voice": "cedar"}})
        assert session["audio"]["output"]["voice"] == "cedar"
        await wire.say("Hello")
        changed = {"type": "realtime", "audio": {"output": {"voice": "ash"}}}
        error = await wire.refusal("session.update", session=changed)
        assert error["code"] == "cannot_update_voice"
        # The same voice, and anything else, may still be sent.
        await wire.update(audio={"output": {"voice": "cedar", "speed": 1.2}}, instructions="")


async def test_settings_merge_and_null_turns_off(server_url: str) -> None:
    async with connected(server_url) as wire:
        session = await wire.update(
            instructions="Be brief.",
            audio={
                "input": {
                    "turn_detection": {"type": "server_vad", "silence_duration_ms": 700},
                    "transcription": {"model": "gpt-transcribe", "language": "en"},
                    "noise_reduction": {"type": "near_field"},
                }
            },
        )
        detection = session["audio"]["input"]["turn_detection"]
        assert detection["silence_duration_ms"] == 700
        assert detection["threshold"] == 0.5
        assert session["instructions"] == "Be brief."
        session = await wire.update(audio={"input": {"turn_detection": {"type": "server_vad"}}})
        assert session["audio"]["input"]["turn_detection"]["silence_duration_ms"] == 700
        session = await wire.update(
            audio={
                "input": {"turn_detection": None, "transcription": None, "noise_reduction": None}
            }
        )
        sound_in = session["audio"]["input"]
        assert sound_in["turn_detection"] is None
        assert sound_in["transcription"] is None
        assert sound_in["noise_reduction"] is None
        assert session["instructions"] == "Be brief."
        session = await wire.update(
            audio={"input": {"turn_detection": {"type": "semantic_vad", "eagerness": "high"}}}
        )
        assert session["audio"]["input"]["turn_detection"]["eagerness"] == "high"


async def test_one_response_at_a_time(server_url: str) -> None:
    async with connected(server_url) as wire:
        content = [{"type": "input_text", "text": "Tell me a long story."}]
        item = {"type": "message", "role": "user", "content": content}
        await wire.send("conversation.item.create", item=item)
        await wire.send("response.create")
        await wire.until("response.output_audio.delta")
        error = await wire.refusal("response.create")
        assert error["code"] == "conversation_already_has_active_response"
        assert wire.of("response.created")[0]["response"]["id"] in error["message"]
        await wire.send("response.cancel")
        await wire.until("response.done")


@pytest.mark.parametrize("kind", ["conversation.item.create"])
async def test_ids_must_be_new(server_url: str, kind: str) -> None:
    async with connected(server_url) as wire:
        await wire.send(kind, item={**TEXT_ITEM, "id": "twice"})
        await wire.until("conversation.item.done")
        error = await wire.refusal(kind, item={**TEXT_ITEM, "id": "twice"})
        assert "already exists" in error["message"]
