"""In front of every endpoint: key, faults, JSON in, JSON out, errors in words."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable
from typing import Any

from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from server.realtime.core import new_id
from server.realtime.shapes import Shape, Violation
from server.rest.faults import Faults
from server.rest.problems import Problem, server_error
from server.rest.stream import StreamCut, Streamed

LOG = logging.getLogger("voicetui.server.rest")
LARGEST_BODY_BYTES = 64 * 1024 * 1024

Endpoint = Callable[[Request], Awaitable[Any]]
"""Answers with a Response or with something that becomes JSON."""


class Door:
    """Makes routes of endpoints."""

    def __init__(
        self, key_refusal: Callable[[HTTPConnection], Response | None], faults: Faults
    ) -> None:
        self._key_refusal = key_refusal
        self.faults = faults

    def route(self, path: str, **endpoints: Endpoint) -> Route:
        """One endpoint for each method: `get=`, `post=`, `delete=`."""
        by_method = {method.upper(): endpoint for method, endpoint in endpoints.items()}

        async def answer(request: Request) -> Response:
            # HEAD comes with GET; it is answered as GET is.
            method = "GET" if request.method == "HEAD" else request.method
            return await self._answer(request, by_method[method])

        return Route(path, answer, methods=list(by_method))

    async def _answer(self, request: Request, endpoint: Endpoint) -> Response:
        started_s = time.monotonic()
        refusal = self._key_refusal(request)
        if refusal is not None:
            return refusal
        try:
            self._fault(request)
            result = await endpoint(request)
            response = result if isinstance(result, Response) else JSONResponse(result)
        except Violation as violation:
            problem = Problem(violation.message, code=violation.code, param=violation.param)
            response = JSONResponse(problem.body(), 400)
        except Problem as problem:
            response = JSONResponse(problem.body(), problem.status, problem.headers)
        except Exception:
            LOG.exception("%s %s", request.method, request.url.path)
            response = JSONResponse(server_error().body(), 500)
        response.headers.setdefault("x-request-id", new_id("req"))
        took_ms = round((time.monotonic() - started_s) * 1000)
        response.headers["openai-processing-ms"] = str(took_ms)
        return response

    def _fault(self, request: Request) -> None:
        knobs = self.faults.knobs
        if request.method != "POST" or knobs.fault_path not in request.url.path:
            return
        if self.faults.take("rate_limit_times"):
            raise Problem(
                f"Rate limit reached for requests. Please try again in {knobs.retry_after_s:g}s.",
                status=429,
                kind="requests",
                code="rate_limit_exceeded",
                headers={"retry-after": f"{knobs.retry_after_s:g}"},
            )
        if self.faults.take("refuse_times"):
            problem = server_error(f"Status {knobs.refuse_status}, as asked.")
            problem.status = knobs.refuse_status
            raise problem

    def stream(
        self,
        chunks: AsyncGenerator[bytes, None],
        media_type: str = "text/event-stream",
        failure: Callable[[Problem], Iterable[bytes]] | None = None,
    ) -> Response:
        """An answer that arrives bit by bit; `failure` says what is sent when it breaks."""
        broken = _breaking(chunks, self.faults, failure)
        headers = {"x-request-id": new_id("req"), "cache-control": "no-cache"}
        return Streamed(broken, media_type, headers)


async def _breaking(
    chunks: AsyncGenerator[bytes, None],
    faults: Faults,
    failure: Callable[[Problem], Iterable[bytes]] | None,
) -> AsyncGenerator[bytes, None]:
    """The same chunks, as far as the knobs let them come."""
    sent = 0
    knobs = faults.knobs
    try:
        async for chunk in chunks:
            if knobs.cut_stream_after and sent >= knobs.cut_stream_after:
                raise StreamCut
            if knobs.fail_stream_after and sent >= knobs.fail_stream_after:
                if failure is None:
                    raise StreamCut
                for last in failure(server_error()):
                    yield last
                return
            yield chunk
            sent += 1
    except (StreamCut, GeneratorExit, asyncio.CancelledError):
        raise
    except Exception:
        LOG.exception("a stream broke")
        raise StreamCut from None
    finally:
        await chunks.aclose()


async def json_body(request: Request, shape: Shape, *, empty: bool = False) -> dict[str, Any]:
    """The checked body; `empty` allows none at all. Raises Problem or Violation."""
    data = await request.body()
    if len(data) > LARGEST_BODY_BYTES:
        message = f"Maximum request size is {LARGEST_BODY_BYTES} bytes, got {len(data)}."
        raise Problem(message, status=413)
    if not data and empty:
        return {}
    try:
        body = json.loads(data)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise Problem(
            "We could not parse the JSON body of your request. (HINT: This likely means you "
            "aren't using your HTTP library correctly. The OpenAI API expects a JSON payload, "
            "but what was sent was not valid JSON. If you have trouble figuring out how to fix "
            "this, please contact us through our help center at help.openai.com.)"
        )
    shape.check(body, "")
    return body
