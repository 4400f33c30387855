"""Who is let in, by which address, and what they find."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any

import pytest
import websockets
from openai import AsyncAzureOpenAI, AsyncOpenAI, AuthenticationError, OpenAI
from websockets.exceptions import ConnectionClosed, InvalidStatus

from tests.server.process import running_server, websocket_url
from tests.server.wire import Wire, connected, spoken_text


def get(url: str, **headers: str) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)


async def handshake_status(url: str, **headers: str) -> int:
    """101 where the connection opens."""
    try:
        async with websockets.connect(url, additional_headers=headers):
            return 101
    except InvalidStatus as refusal:
        return refusal.response.status_code


def test_models(server_url: str) -> None:
    with OpenAI(api_key="any", base_url=server_url) as client:
        models = list(client.models.list())
        assert "demo" in {model.id for model in models}
        assert all(model.to_dict()["shutdown_date"] is None for model in models)
        assert client.models.retrieve("demo").id == "demo"
    status, body = get(f"{server_url}/models/gpt-99", Authorization="Bearer x")
    assert (status, body["error"]["code"]) == (404, "model_not_found")
    status, body = get(f"{server_url}/nothing")
    assert (status, body["error"]["message"]) == (404, "Invalid URL (GET /v1/nothing)")


async def test_a_key_is_checked_where_one_is_set() -> None:
    with running_server(key="sk-secret-0123456789") as url:
        ws = websocket_url(url) + "/realtime?model=demo"
        right = "sk-secret-0123456789"
        assert await handshake_status(ws, Authorization=f"Bearer {right}") == 101
        assert await handshake_status(ws, **{"api-key": right}) == 101
        assert await handshake_status(f"{ws}&api-key={right}") == 101
        for wrong in ({}, {"Authorization": "Bearer sk-wrong"}, {"api-key": "sk-wrong"}):
            assert await handshake_status(ws, **wrong) == 401
        async with websockets.connect(
            ws, subprotocols=["realtime", f"openai-insecure-api-key.{right}"]
        ) as browser_like:
            assert browser_like.subprotocol == "realtime"
        with pytest.raises(AuthenticationError) as refused:
            await AsyncOpenAI(api_key="sk-not-the-right-one", base_url=url).models.list()
        assert refused.value.code == "invalid_api_key"
        assert "sk-not-the-right-one" not in str(refused.value)
        async with connected(url, key=right) as wire:
            assert (await wire.say("Hello"))["status"] == "completed"


async def test_only_this_machine_and_its_pages(server_url: str) -> None:
    ws = websocket_url(server_url) + "/realtime?model=demo"
    assert await handshake_status(ws, Origin="http://localhost:3000") == 101
    assert await handshake_status(ws, Origin="https://evil.example") == 403
    assert await handshake_status(ws, Origin="null") == 403
    assert get(f"{server_url}/models", Host="evil.example")[0] == 403
    assert get(f"{server_url}/models", Origin="https://evil.example")[0] == 403
    assert get(f"{server_url}/models", Host="localhost")[0] == 200


async def test_azure_ga_address(server_url: str) -> None:
    base = server_url.replace("/v1", "/openai/v1")
    async with connected(base, model="gpt-realtime-2.1") as wire:
        assert (await wire.say("Hello"))["status"] == "completed"
    ws = websocket_url(base) + "/realtime?model=x&api-version=2025-04-01-preview"
    assert await handshake_status(ws) == 401


async def test_azure_preview_address_speaks_beta(server_url: str) -> None:
    root = websocket_url(server_url).removesuffix("/v1") + "/openai"
    client = AsyncAzureOpenAI(
        api_key="any",
        api_version="2025-04-01-preview",
        azure_endpoint="http://127.0.0.1",
        websocket_base_url=root,
    )
    async with client.beta.realtime.connect(model="gpt-4o-realtime-preview") as connection:
        wire = Wire(connection, beta=True)
        created = await wire.until("session.created")
        assert created["session"]["modalities"] == ["text", "audio"]
        assert "Tokyo" in spoken_text(await wire.say("What is the capital of Japan?"))
    assert await handshake_status(f"{root}/realtime?deployment=x") == 400


async def test_an_unknown_model_is_refused_and_a_missing_one_too(server_url: str) -> None:
    ws = websocket_url(server_url)
    assert await handshake_status(f"{ws}/realtime") == 400
    async with websockets.connect(f"{ws}/realtime?model=gpt-99") as socket:
        event = json.loads(await socket.recv())
        assert event["type"] == "error"
        assert event["error"]["code"] == "model_not_found"
        with pytest.raises(ConnectionClosed) as closed:
            await socket.recv()
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 3000


async def test_a_transcription_session_only_transcribes(server_url: str) -> None:
    from tests.server.test_conversation import question

    url = websocket_url(server_url) + "/realtime?intent=transcription"
    async with websockets.connect(url) as socket:
        created = json.loads(await socket.recv())
        assert created["session"]["type"] == "transcription"

        class Raw:
            async def recv_bytes(self) -> bytes:
                return await socket.recv(decode=False)  # type: ignore[return-value]

            async def send(self, event: dict[str, Any]) -> None:
                await socket.send(json.dumps(event))

        wire = Wire(Raw(), beta=False)
        await wire.append(question())
        done = await wire.until("conversation.item.input_audio_transcription.completed")
        assert done["transcript"] == "what is the capital of japan"
        error = await wire.refusal("response.create")
        assert "transcription session" in error["message"]
        assert not wire.of("response.created")
