"""What stands in front of the endpoints: keys, headers, addresses, limits, strictness."""

from __future__ import annotations

import json
import time
from typing import Any

import httpx2
import openai
import pytest
from openai import AsyncAzureOpenAI, AsyncOpenAI

from tests.server.process import running_server
from tests.server.rest.checked import check_body, client_of
from tests.server.rest.test_audio import spoken_question

BETA = {"OpenAI-Beta": "assistants=v2"}


def raw(url: str) -> httpx2.Client:
    return httpx2.Client(base_url=url, headers=BETA)


def refusal_of(response: httpx2.Response) -> dict[str, Any]:
    check_body("ANY", "", response.status_code, response.json())
    assert response.headers["x-request-id"].startswith("req_")
    error: dict[str, Any] = response.json()["error"]
    return error


async def test_wrong_key_everywhere() -> None:
    with running_server(key="sk-right") as url, raw(url) as http:
        for method, path in (
            ("POST", "/responses"),
            ("POST", "/conversations"),
            ("POST", "/threads"),
            ("GET", "/assistants"),
            ("POST", "/chat/completions"),
            ("POST", "/audio/speech"),
            ("POST", "/audio/transcriptions"),
            ("GET", "/models"),
        ):
            assert http.request(method, path).status_code == 401, path
            answer = http.request(method, path, headers={"authorization": "Bearer sk-wrong"})
            assert answer.status_code == 401
            assert refusal_of(answer)["code"] == "invalid_api_key"
        for headers in ({"authorization": "Bearer sk-right"}, {"api-key": "sk-right"}):
            assert http.post("/threads", headers=headers).status_code == 200


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/assistants", {"model": "demo"}),
        ("/threads", {}),
        ("/threads/runs", {"assistant_id": "asst_1"}),
        ("/responses", {"model": "demo", "input": "Hello"}),
        ("/conversations", {}),
        ("/chat/completions", {"model": "demo", "messages": [{"role": "user", "content": "Hi"}]}),
        ("/audio/speech", {"model": "tts-1", "input": "Hi", "voice": "nova"}),
    ],
)
def test_strict_about_bodies(server_url: str, path: str, body: Any) -> None:
    with raw(server_url) as http:
        unknown = refusal_of(http.post(path, json={**body, "colour": "red"}))
        assert unknown == {
            "message": "Unknown parameter: 'colour'.",
            "type": "invalid_request_error",
            "param": "colour",
            "code": "unknown_parameter",
        }
        broken = http.post(path, content=b"{nonsense", headers={"content-type": "application/json"})
        assert broken.status_code == 400
        assert "could not parse the JSON body" in refusal_of(broken)["message"]
        for name in [name for name in body if name not in ("input", "messages")]:
            wrong = refusal_of(http.post(path, json={**body, name: 7}))
            assert wrong["code"] == "invalid_type"
            assert wrong["param"] == name
            missing = {key: value for key, value in body.items() if key != name}
            assert refusal_of(http.post(path, json=missing))["param"] == name


@pytest.mark.parametrize(
    ("method", "path", "message"),
    [
        ("GET", "/threads/thread_x", "No thread found with id 'thread_x'."),
        ("GET", "/threads/thread_x/messages", "No thread found with id 'thread_x'."),
        ("GET", "/assistants/asst_x", "No assistant found with id 'asst_x'."),
        ("DELETE", "/assistants/asst_x", "No assistant found with id 'asst_x'."),
        ("GET", "/responses/resp_x", "Response with id 'resp_x' not found."),
        ("POST", "/responses/resp_x/cancel", "Response with id 'resp_x' not found."),
        ("GET", "/conversations/conv_x", "Conversation with id 'conv_x' not found."),
        ("GET", "/conversations/conv_x/items", "Conversation with id 'conv_x' not found."),
        ("GET", "/threads", "Invalid URL (GET /v1/threads)"),
        ("GET", "/conversations", "Invalid URL (GET /v1/conversations)"),
        ("GET", "/nothing", "Invalid URL (GET /v1/nothing)"),
    ],
)
def test_what_is_not_there(server_url: str, method: str, path: str, message: str) -> None:
    with raw(server_url) as http:
        answer = http.request(method, path)
        assert answer.status_code == 404
        assert refusal_of(answer)["message"] == message


def test_inside_of_a_thread_that_is_there(server_url: str) -> None:
    with raw(server_url) as http:
        thread = http.post("/threads").json()["id"]
        for path, noun in (("messages/msg_x", "message"), ("runs/run_x", "run")):
            answer = http.get(f"/threads/{thread}/{path}")
            assert answer.status_code == 404
            assert refusal_of(answer)["message"].startswith(f"No {noun} found with id")
        conversation = http.post("/conversations").json()["id"]
        answer = http.get(f"/conversations/{conversation}/items/msg_x")
        assert refusal_of(answer)["message"] == "Item with id 'msg_x' not found."


def test_assistants_want_their_header(server_url: str) -> None:
    with httpx2.Client(base_url=server_url) as http:
        answer = http.post("/threads")
        assert answer.status_code == 400
        error = refusal_of(answer)
        assert error["code"] == "invalid_beta"
        assert "OpenAI-Beta: assistants=v2" in error["message"]
        answer = http.get("/assistants", headers={"OpenAI-Beta": "assistants=v1"})
        assert refusal_of(answer)["code"] == "invalid_beta"


def test_assistants_may_be_gone() -> None:
    with running_server(assistants_gone=True) as url, raw(url) as http:
        for method, path in (
            ("POST", "/assistants"),
            ("GET", "/assistants/asst_1"),
            ("POST", "/threads"),
            ("POST", "/threads/runs"),
            ("GET", "/threads/thread_1/messages"),
        ):
            answer = http.request(method, path, json={})
            assert answer.status_code == 404
            assert "Invalid URL" in refusal_of(answer)["message"]
        assert http.post("/conversations").status_code == 200


async def test_rate_limit_says_when_to_come_back() -> None:
    with running_server(rate_limit_times=1, retry_after_s=0.5, fault_path="speech") as url:
        async with client_of(url) as client:
            speech: Any = {
                "model": "tts-1",
                "voice": "nova",
                "input": "Hi",
                "response_format": "pcm",
            }
            await client.conversations.create()  # not on the path of the fault
            with pytest.raises(openai.RateLimitError) as refused:
                await client.audio.speech.create(**speech)
            assert refused.value.response.headers["retry-after"] == "0.5"
            assert refused.value.code == "rate_limit_exceeded"
            await client.audio.speech.create(**speech)
            # New knobs count anew.
            knobs = json.dumps({"rate_limit_times": 1, "retry_after_s": 0.5})
            async with httpx2.AsyncClient() as http:
                await http.post(url.replace("/v1", "/knobs"), content=knobs)
        async with client_of(url, retries=1) as client:
            started = time.monotonic()
            await client.audio.speech.create(**speech)
            assert time.monotonic() - started >= 0.45


async def test_any_refusal_for_a_while() -> None:
    with running_server(refuse_times=2, refuse_status=503) as url:
        async with client_of(url) as client:
            for _ in range(2):
                with pytest.raises(openai.InternalServerError) as refused:
                    await client.conversations.create()
                assert refused.value.status_code == 503
            await client.conversations.create()


async def test_models_tell_when_they_end(server_url: str) -> None:
    async with client_of(server_url) as client:
        models = [model async for model in client.models.list()]
        assert {"demo", "gpt-audio-1.5", "gpt-transcribe"} <= {model.id for model in models}
        assert all(model.shutdown_date is None for model in models)
        assert (await client.models.retrieve("demo")).id == "demo"


async def test_azure_addresses(server_url: str) -> None:
    root = server_url.removesuffix("/v1")
    async with AsyncOpenAI(base_url=f"{root}/openai/v1/", api_key="k") as client:
        answer = await client.responses.create(model="demo", input="Hello")
        assert answer.output_text
    azure = AsyncAzureOpenAI(azure_endpoint=root, api_key="k", api_version="2025-04-01-preview")
    async with azure:
        chat = await azure.chat.completions.create(
            model="my-deployment", messages=[{"role": "user", "content": "Hello"}]
        )
        assert chat.choices[0].message.content
        heard = await azure.audio.transcriptions.create(
            model="my-whisper", file=("q.wav", spoken_question(), "audio/wav")
        )
        assert "japan" in heard.text.lower()
        with pytest.warns(DeprecationWarning, match="Assistants"):
            thread = await azure.beta.threads.create()
        assert thread.id.startswith("thread_")
