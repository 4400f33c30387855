"""The one place that asks a service over HTTP: named operations of the `openai` client.

    client = Client(endpoint)
    await client.load()                       # imports openai (0.4 s) beside the loop
    async for part in client.run("runs.create", body): ...
    await client.close()

Parts are what the service sent, not the library's models: a whole JSON answer, the events of a
stream as {"event": name, "data": object}, or bytes of sound.  Trouble raises `Refused`.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import warnings
from collections.abc import AsyncGenerator, AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, cast
from urllib.request import getproxies

import msgspec

from tui.sessions.failures import unreachable
from tui.sessions.http.desk import Part
from tui.sessions.http.endpoint import HttpEndpoint
from tui.sessions.http.read_aloud import Reader
from tui.sessions.http.sse import Events, Malformed
from tui.sessions.http.trace import Trace
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.realtime.message import Message, excessive, part, text
from tui.sessions.wire_log import WireLog

if TYPE_CHECKING:
    from openai import AsyncOpenAI

CONNECT_WITHIN_S: Final = 10.0
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")

_READ_OUT_S: Final = 0.5

Shape = Literal["json", "events", "sound"]


@dataclass(frozen=True, slots=True)
class Operation:
    """How one operation is done."""

    path: str
    """Attributes of the client."""
    shape: Shape = "json"
    quiet_s: float = 30.0
    """Nothing arriving for so long is a fault."""
    positional: tuple[str, ...] = ()
    """Ids that stand in the address."""


_ASSISTANTS: Final = "beta.assistants."
_THREADS: Final = "beta.threads."
_RUNS: Final = "beta.threads.runs."
_LONG_S: Final = 600.0
"""A model may think; the flow that waits has limits of its own."""

OPERATIONS: Final[Mapping[str, Operation]] = {
    "models.list": Operation("models.list"),
    "assistants.list": Operation(_ASSISTANTS + "list"),
    "assistants.create": Operation(_ASSISTANTS + "create"),
    "assistants.retrieve": Operation(_ASSISTANTS + "retrieve", positional=("assistant_id",)),
    "assistants.update": Operation(_ASSISTANTS + "update", positional=("assistant_id",)),
    "assistants.delete": Operation(_ASSISTANTS + "delete", positional=("assistant_id",)),
    "threads.create": Operation(_THREADS + "create"),
    "threads.retrieve": Operation(_THREADS + "retrieve", positional=("thread_id",)),
    "messages.create": Operation(_THREADS + "messages.create", positional=("thread_id",)),
    "messages.list": Operation(_THREADS + "messages.list", positional=("thread_id",)),
    "runs.list": Operation(_RUNS + "list", positional=("thread_id",)),
    "runs.retrieve": Operation(_RUNS + "retrieve", positional=("run_id",)),
    "runs.cancel": Operation(_RUNS + "cancel", positional=("run_id",)),
    "runs.steps": Operation(_RUNS + "steps.list", positional=("run_id",)),
    "runs.stream": Operation(_RUNS + "create", "events", _LONG_S, ("thread_id",)),
    "runs.submit": Operation(_RUNS + "submit_tool_outputs", "events", _LONG_S, ("run_id",)),
    "conversations.create": Operation("conversations.create"),
    "conversations.retrieve": Operation("conversations.retrieve", positional=("conversation_id",)),
    "items.create": Operation("conversations.items.create", positional=("conversation_id",)),
    "items.list": Operation("conversations.items.list", positional=("conversation_id",)),
    "responses.stream": Operation("responses.create", "events", _LONG_S),
    "chat.stream": Operation("chat.completions.create", "events", _LONG_S),
    "chat.whole": Operation("chat.completions.create", "json", _LONG_S),
    "transcribe": Operation("audio.transcriptions.create", "events", 60.0),
    "speak": Operation("audio.speech.create", "sound", 30.0),
}


class Client:
    """An `AsyncOpenAI` that gives plain values and words instead of exceptions of its own."""

    def __init__(
        self,
        endpoint: HttpEndpoint,
        reader: Reader | None = None,
        wire_log: WireLog | None = None,
    ) -> None:
        """`reader`: does "read_aloud"."""
        self._endpoint = endpoint
        self._wire_log = wire_log
        self._reader = reader
        self._openai: AsyncOpenAI | None = None
        self._doubted: list[AsyncOpenAI] = []
        self._extra_headers: dict[str, object] = {}

    async def load(self) -> None:
        """Import the library and make the client; the loop goes on meanwhile."""
        self._openai = await asyncio.to_thread(self._make)

    def _make(self) -> AsyncOpenAI:
        import httpx2
        from openai import AsyncOpenAI, Omit

        from tui.sessions.http.bounds import bounded

        endpoint = self._endpoint
        limits = httpx2.Limits(keepalive_expiry=60.0)
        transport = None
        if not getproxies():  # with a transport of our own the library looks for no proxy
            transport = httpx2.AsyncHTTPTransport(limits=limits, socket_options=_sign_of_life())
        headers: dict[str, str | Omit] = {}
        if endpoint.service in ("azure", "azure-preview"):
            headers["api-key"] = endpoint.key
        if not endpoint.key:
            # The library wants this said with every request, or it refuses to go without a key.
            self._extra_headers["Authorization"] = Omit()
        # Without these the library takes them from the environment, for any service.
        for header, value in (
            ("OpenAI-Organization", endpoint.organization),
            ("OpenAI-Project", endpoint.project),
        ):
            headers[header] = value or Omit()
        client = AsyncOpenAI(
            api_key=endpoint.key or "none",
            base_url=endpoint.base_url,
            max_retries=0,  # a person is told why it takes longer: flows wait themselves
            default_headers=cast("Mapping[str, str]", headers),
            http_client=httpx2.AsyncClient(
                # A redirect would take the api-key header along.
                follow_redirects=False,
                # A proxy for the whole machine must not stand before the embedded service.
                trust_env=endpoint.host not in _LOOPBACK,
                timeout=httpx2.Timeout(30.0, connect=CONNECT_WITHIN_S),
                limits=limits,
                transport=transport,
                headers={"Accept-Encoding": "identity"},
                event_hooks={"response": [bounded]},
            ),
        )
        with _quiet():
            # Each of these is a late import of its own.
            for name in ("beta.threads.runs", "responses", "conversations", "audio", "chat"):
                _resource(client, name)
        return client

    async def close(self) -> None:
        """Close the connections."""
        if self._reader is not None:
            await self._reader.close()
        for client in (*self._doubted, self._openai):
            if client is not None:
                await client.close()

    def doubt(self) -> None:
        """The connections there are may be dead: the next request opens a new one."""
        if self._openai is not None:
            self._doubted.append(self._openai)
            self._openai = self._make()

    async def run(self, name: str, body: Message) -> AsyncIterator[Part]:
        """Do an operation.  Raises Refused."""
        if name == "read_aloud":
            assert self._reader is not None, "no reading voice was set up"
            async for found in self._reader.read(body):
                yield found
            return
        trace = Trace(self._wire_log)
        trace.asked(name, body)
        problem = "let go"
        try:
            async with contextlib.aclosing(self._run(name, body, trace)) as parts:
                async for found in parts:
                    yield found
            problem = ""
        except Refused as refused:
            trouble = refused.trouble
            problem = trouble.cause or f"refused with status {trouble.status}"
            raise
        finally:
            trace.ended(problem)

    async def _run(self, name: str, body: Message, trace: Trace) -> AsyncGenerator[Part]:
        import httpx2
        from openai import APIConnectionError, APIError, APIStatusError, APITimeoutError

        assert self._openai is not None, "load() first"
        operation = OPERATIONS[name]
        resource, _, method = operation.path.rpartition(".")
        arguments: dict[str, Any] = dict(body)
        ids = [arguments.pop(key) for key in operation.positional]
        timeout = httpx2.Timeout(operation.quiet_s, connect=CONNECT_WITHIN_S)
        try:
            with _quiet():
                streaming = _resource(self._openai, resource).with_streaming_response
                manager = getattr(streaming, method)(
                    *ids, **arguments, extra_headers=self._extra_headers, timeout=timeout
                )
            answer = await manager.__aenter__()
            trace.answered(answer)
            try:
                async for found in _parts(answer, operation.shape, trace):
                    yield found
            finally:
                await manager.__aexit__(None, None, None)
        except APIStatusError as problem:
            on_azure = self._endpoint.service in ("azure", "azure-preview")
            trace.answered(problem.response)
            trouble = await _status_trouble(problem, trace)
            raise Refused(replace(trouble, on_azure=on_azure)) from problem
        except (APITimeoutError, httpx2.TimeoutException) as problem:
            raise Refused(Trouble(cause=f"{self._endpoint.host} did not answer in time.")) from (
                problem
            )
        except (APIConnectionError, httpx2.HTTPError, OSError) as problem:
            raise Refused(self._network_trouble(problem)) from problem
        except APIError as problem:
            raise Refused(
                Trouble(0, problem.code or "", problem.type or "", problem.message)
            ) from problem
        except Malformed as problem:
            raise Refused(self._unreadable(problem)) from problem

    def _unreadable(self, problem: Malformed) -> Trouble:
        return Trouble(cause=f"{self._endpoint.host} sent something unreadable: {problem}.")

    def _network_trouble(self, problem: BaseException) -> Trouble:
        cause: BaseException = problem
        seen = {id(cause)}
        while (deeper := cause.__cause__ or cause.__context__) is not None:
            if id(deeper) in seen or isinstance(cause, OSError):
                break
            seen.add(id(deeper))
            cause = deeper
        if isinstance(cause, Malformed):
            return self._unreadable(cause)
        if not isinstance(cause, OSError):
            return Trouble(cause=f"The connection to {self._endpoint.host} broke off.", broke=True)
        end = unreachable(cause, where=self._endpoint.host, timeout_s=CONNECT_WITHIN_S)
        return Trouble(cause=end.reason, broke=True)


def _sign_of_life() -> list[tuple[int, int, int]]:
    """Socket options by which the system notices that the other side is gone: after 25 s.

    A model may think for minutes without a byte, so its silence alone proves nothing.
    """
    options = [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)]
    for names, value in ((("TCP_KEEPIDLE", "TCP_KEEPALIVE"), 10), (("TCP_KEEPINTVL",), 5)):
        known = [getattr(socket, name) for name in names if hasattr(socket, name)]
        options += [(socket.IPPROTO_TCP, number, value) for number in known[:1]]
    if hasattr(socket, "TCP_KEEPCNT"):
        options.append((socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3))
    return options


def _resource(client: AsyncOpenAI, path: str) -> Any:
    found: Any = client
    for name in path.split("."):
        found = getattr(found, name)
    return found


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """Everything under `beta` warns at every call that it is deprecated; people are told once."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        yield


async def _parts(answer: Any, shape: Shape, trace: Trace) -> AsyncIterator[Part]:
    kind = str(answer.headers.get("content-type", "")).partition(";")[0].strip().lower()
    if shape == "events" and kind in ("text/event-stream", ""):
        events = Events(trace.came)
        raws = answer.iter_bytes()
        async for raw in raws:
            for event in events.feed(raw):
                yield event
            if events.done:
                break
        for event in events.close():
            yield event
        # Read out, or the connection cannot be used again; not every server ends it.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_READ_OUT_S):
                async for _ in raws:
                    pass
        return
    if shape == "sound" and kind not in ("application/json", "text/html"):
        async for raw in answer.iter_bytes():  # as it comes: nobody waits for a full block
            trace.sounded(raw)
            yield raw
        return
    raw = await answer.read()
    trace.came(raw)
    yield _json(raw, kind)


def _json(raw: bytes, kind: str) -> Message:
    if kind == "text/plain":
        return {"text": raw.decode("utf-8", "replace")}
    if excessive(raw):
        raise Malformed("an answer with too many parts")
    try:
        value = msgspec.json.decode(raw)
    except (msgspec.DecodeError, ValueError, RecursionError):
        if b"<html" in raw[:1000].lower():
            words = (
                "A web page came instead of an answer: the network may want you to sign in first"
                " (captive portal), or the base URL is that of a web site."
            )
            raise Refused(Trouble(cause=words)) from None
        raise Malformed("an answer that is not JSON") from None
    return value if isinstance(value, dict) else {"data": value}


async def _status_trouble(problem: Any, trace: Trace) -> Trouble:
    response = problem.response
    with contextlib.suppress(Exception):  # the status alone says enough
        await response.aread()
        trace.came(response.content)
    body: Message = {}
    with contextlib.suppress(Exception):
        value = None if excessive(response.content) else msgspec.json.decode(response.content)
        body = value if isinstance(value, dict) else {}
    error = part(body, "error") or body
    said = text(error, "message") or text(body, "detail") or text(body, "error")
    return Trouble(
        status=response.status_code,
        code=text(error, "code"),
        kind=text(error, "type"),
        said=said,
        param=text(error, "param"),
        retry_after_s=_retry_after_s(response.headers),
        cause="",
    )


def _retry_after_s(headers: Mapping[str, str]) -> float | None:
    for name, factor in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        with contextlib.suppress(ValueError):
            wait_s = float(headers.get(name, "")) * factor
            if 0 <= wait_s < 1e6:
                return wait_s
    return None
