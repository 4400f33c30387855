"""Bodies that are nearly right: refused in words or served, never an accident."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

import httpx2

from tests.server.process import running_server
from tests.server.rest.checked import check_body

JUNK: tuple[Any, ...] = (None, 7, -1, 1.5, True, "", "x", [], {}, [None], [{}], {"type": "x"}, [[]])
TOOL: Any = {"type": "function", "name": "f", "parameters": {"type": "object"}, "strict": True}
NESTED: Any = {"type": "function", "function": {"name": "f", "parameters": {}}}
RECORDING: Any = {"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}
BODIES: tuple[tuple[str, Any], ...] = (
    (
        "/responses",
        {
            "model": "demo",
            "input": [
                {"role": "user", "content": [{"type": "input_text", "text": "Hi"}]},
                {"type": "function_call", "call_id": "c", "name": "f", "arguments": "{}"},
                {"type": "function_call_output", "call_id": "c", "output": "x"},
                {"type": "reasoning", "id": "rs_1", "summary": []},
            ],
            "tools": [TOOL, {"type": "code_interpreter", "container": {}}],
            "tool_choice": {"type": "function", "name": "f"},
            "text": {"format": {"type": "text"}},
            "reasoning": {"effort": "low"},
            "metadata": {"a": "b"},
            "instructions": "Be brief.",
            "max_output_tokens": 100,
        },
    ),
    ("/conversations", {"items": [{"role": "user", "content": "Hi"}], "metadata": {"a": "b"}}),
    (
        "/chat/completions",
        {
            "model": "demo",
            "modalities": ["text", "audio"],
            "audio": {"voice": "ash", "format": "wav"},
            "messages": [
                {"role": "system", "content": "Be brief."},
                {"role": "user", "content": [{"type": "text", "text": "Hi"}, RECORDING]},
                {
                    "role": "assistant",
                    "tool_calls": [
                        {"id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}
                    ],
                },
                {"role": "tool", "tool_call_id": "c", "content": "x"},
                {"role": "assistant", "audio": {"id": "audio_1"}},
            ],
            "tools": [NESTED],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "stop": ["x"],
        },
    ),
    ("/audio/speech", {"model": "tts-1", "voice": "nova", "input": "Hi", "response_format": "pcm"}),
    (
        "/assistants",
        {"model": "demo", "tools": [NESTED, {"type": "file_search"}], "metadata": {"a": "b"}},
    ),
    (
        "/threads/runs",
        {
            "assistant_id": "ASSISTANT",
            "thread": {
                "messages": [{"role": "user", "content": [{"type": "text", "text": "Hi"}]}],
                "tool_resources": {"file_search": {"vector_store_ids": []}},
            },
            "tools": [NESTED],
            "tool_choice": {"type": "function", "function": {"name": "f"}},
            "truncation_strategy": {"type": "last_messages", "last_messages": 3},
            "response_format": {"type": "text"},
        },
    ),
)


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value)
    for key, element in inner:
        yield (*path, key)
        if isinstance(element, dict | list):
            yield from places(element, (*path, key))


def spoiled(body: Any, place: tuple[Any, ...], junk: Any) -> Any:
    copied = copy.deepcopy(body)
    target = copied
    for key in place[:-1]:
        target = target[key]
    target[place[-1]] = copy.deepcopy(junk)
    return copied


def test_nearly_right_bodies() -> None:
    chance = random.Random(11)
    with (
        running_server(tokens_per_s=0, speech_speed=0, fixed_answer="Yes.") as url,
        httpx2.Client(base_url=url, headers={"OpenAI-Beta": "assistants=v2"}) as http,
    ):
        assistant = http.post("/assistants", json={"model": "demo"}).json()["id"]
        for path, body in BODIES:
            if "assistant_id" in body:
                body["assistant_id"] = assistant
            for place in places(body):
                for junk in chance.sample(JUNK, 4):
                    sent = spoiled(body, place, junk)
                    answer = http.post(path, json=sent)
                    assert answer.status_code in (200, 400, 404), (path, place, junk)
                    if answer.status_code != 200:
                        check_body("POST", path, answer.status_code, answer.json())
                        assert answer.json()["error"]["message"]
