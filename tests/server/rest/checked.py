"""The official client on a transport that checks every answer against the published schemas."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from typing import Any

import httpx2
from jsonschema import Draft202012Validator
from openai import AsyncOpenAI

from tests.server.contract import FOLDER, is_present

_ONE = r"[^/]+"
# Method and path: the schema of the answer. What is not listed has none in the bundle.
_BODIES = (
    ("GET", "/models", "listModels"),
    ("POST", "/assistants", "createAssistant"),
    ("GET", "/assistants", "listAssistants"),
    ("POST", f"/assistants/{_ONE}", "createAssistant"),
    ("GET", f"/assistants/{_ONE}", "createAssistant"),
    ("POST", "/threads/runs", "createThreadAndRun"),
    ("POST", "/threads", "createThread"),
    ("GET", f"/threads/{_ONE}", "getThread"),
    ("POST", f"/threads/{_ONE}", "modifyThread"),
    ("DELETE", f"/threads/{_ONE}", "deleteThread"),
    ("POST", f"/threads/{_ONE}/messages", "createMessage"),
    ("GET", f"/threads/{_ONE}/messages", "listMessages"),
    ("GET", f"/threads/{_ONE}/messages/{_ONE}", "getMessage"),
    ("POST", f"/threads/{_ONE}/runs", "createRun"),
    ("GET", f"/threads/{_ONE}/runs", "listRuns"),
    ("GET", f"/threads/{_ONE}/runs/{_ONE}", "getRun"),
    ("POST", f"/threads/{_ONE}/runs/{_ONE}", "getRun"),
    ("POST", f"/threads/{_ONE}/runs/{_ONE}/cancel", "cancelRun"),
    ("POST", f"/threads/{_ONE}/runs/{_ONE}/submit_tool_outputs", "submitToolOuputsToRun"),
    ("POST", "/conversations", "createConversation"),
    ("GET", f"/conversations/{_ONE}", "getConversation"),
    ("POST", f"/conversations/{_ONE}", "getConversation"),
    ("POST", f"/conversations/{_ONE}/items", "createConversationItems"),
    ("GET", f"/conversations/{_ONE}/items", "listConversationItems"),
    ("POST", "/responses", "createResponse"),
    ("GET", f"/responses/{_ONE}", "createResponse"),
    ("POST", "/chat/completions", "createChatCompletion"),
    ("POST", "/audio/transcriptions", "createTranscription"),
)
_STEPS = rf"/threads/{_ONE}/runs/{_ONE}/steps(/{_ONE})?"
_STREAMS = (
    ("/audio/transcriptions", "CreateTranscriptionResponseStreamEvent"),
    ("/audio/speech", "CreateSpeechResponseStreamEvent"),
    ("/chat/completions", "CreateChatCompletionStreamResponse"),
    ("/responses", "ResponseStreamEvent"),
    ("/threads", "AssistantStreamEvent"),
)


def _may_be_null(schema: Any) -> Any:
    """Real servers send null for what is absent, required or not; the schemas do not say so."""
    if isinstance(schema, list):
        return [_may_be_null(inner) for inner in schema]
    if not isinstance(schema, dict):
        return schema
    loose = {name: _may_be_null(inner) for name, inner in schema.items()}
    properties = loose.get("properties")
    if isinstance(properties, dict):
        loose["properties"] = {
            name: inner
            if name in ("type", "object", "id")
            else {"anyOf": [inner, {"type": "null"}]}
            for name, inner in properties.items()
        }
    return loose


@cache
def _bundle() -> dict[str, Any]:
    bundle = json.loads((FOLDER / "rest.schema.json").read_text(encoding="utf-8"))
    bundle["$defs"] = {name: _may_be_null(inner) for name, inner in bundle["$defs"].items()}
    return bundle  # type: ignore[no-any-return]


@cache
def _validator(reference: str) -> Draft202012Validator:
    return Draft202012Validator({"$ref": reference, "$defs": _bundle()["$defs"]})


def check_body(method: str, path: str, status: int, body: Any) -> None:
    """Raises where an answer is not what the specification says."""
    if status >= 400:
        _validator("#/$defs/ErrorResponse").validate(body)
        return
    if method == "GET" and re.fullmatch(_STEPS, path):
        for step in body["data"] if body["object"] == "list" else [body]:
            _validator("#/$defs/RunStepObject").validate(step)
    for its_method, pattern, name in _BODIES:
        if method == its_method and re.fullmatch(pattern, path):
            _validator(f"#/$defs/resp.{name}.json").validate(body)
            return


def events_of(data: bytes) -> list[tuple[str, str]]:
    """Server-sent events: name and data."""
    found = []
    for block in data.decode().split("\n\n"):
        if block.strip():
            fields = dict(line.split(": ", 1) for line in block.splitlines())
            found.append((fields.get("event", ""), fields["data"]))
    return found


def check_stream(path: str, data: bytes) -> None:
    name = next(name for start, name in _STREAMS if path.startswith(start))
    for event, text in events_of(data):
        if text == "[DONE]":
            continue
        value = json.loads(text)
        if "error" in value and event in ("", "error") and "type" not in value:
            _validator("#/$defs/ErrorResponse").validate(value)
        elif event == "error":
            assert value["type"] == "error"
            assert value["message"]
        elif name == "AssistantStreamEvent":
            _validator(f"#/$defs/{name}").validate({"event": event, "data": value})
        else:
            _validator(f"#/$defs/{name}").validate(value)


class _Tee(httpx2.AsyncByteStream):
    def __init__(self, inner: Any, done: Any) -> None:
        self._inner, self._done, self._data = inner, done, b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for chunk in self._inner:
            self._data += chunk
            yield chunk
        self._done(self._data)

    async def aclose(self) -> None:
        await self._inner.aclose()


class CheckedTransport(httpx2.AsyncHTTPTransport):
    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        response = await super().handle_async_request(request)
        path = request.url.path.removeprefix("/v1")
        kind = response.headers.get("content-type", "")
        assert response.headers["x-request-id"].startswith("req_")

        def done(data: bytes) -> None:
            if not is_present():
                return
            if kind.startswith("application/json"):
                check_body(request.method, path, response.status_code, json.loads(data))
            elif kind.startswith("text/event-stream"):
                check_stream(path, data)

        response.stream = _Tee(response.stream, done)
        return response


@asynccontextmanager
async def client_of(url: str, *, retries: int = 0, **more: Any) -> AsyncIterator[AsyncOpenAI]:
    """The official client; every answer it gets is checked."""
    http = httpx2.AsyncClient(transport=CheckedTransport(), timeout=30)
    client = AsyncOpenAI(
        base_url=url,
        api_key="sk-test",
        http_client=http,
        max_retries=retries,
        _strict_response_validation=True,
        **more,
    )
    async with client:
        yield client
