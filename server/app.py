"""Routes, keys and hosts: what is in front of the sessions."""

from __future__ import annotations

import hmac
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec
from starlette.applications import Starlette
from starlette.datastructures import Headers, QueryParams
from starlette.requests import HTTPConnection, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.types import ASGIApp, Receive, Scope, Send
from starlette.websockets import WebSocket

from server.knobs import KnobBoard, decode_knobs
from server.realtime.core import Recorder, new_id
from server.realtime.session import RealtimeSession
from server.realtime.socket import SessionSocket
from server.rest.service import RestService
from server.speech.vad import Silero
from server.speech.work import SpeechWork

LOG = logging.getLogger("voicetui.server")

LOCAL_HOSTS = {"127.0.0.1", "localhost", "[::1]"}
SERVED_MODELS = (
    "demo",
    "gpt-realtime-2.1",
    "gpt-realtime-2.1-mini",
    "gpt-realtime-1.5",
    "gpt-audio-1.5",
    "gpt-audio-mini",
    "gpt-6-luna",
    "gpt-5.6-terra",
    "gpt-4o-mini",
    "gpt-transcribe",
    "gpt-4o-transcribe",
    "gpt-4o-mini-transcribe",
    "whisper-1",
    "gpt-4o-mini-tts",
    "tts-1",
)
MODEL_PREFIXES = ("demo", "gpt-realtime", "gpt-4o-realtime", "gpt-4o-mini-realtime")
BETA_REFUSAL = (
    "The Realtime Beta API is no longer supported. Please use /v1/realtime for the GA API."
)


class LocalOnly:
    """Refuses what did not mean to come here: other host names, pages of other origins."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] in ("http", "websocket"):
            headers = Headers(scope=scope)
            host = _host_name(headers.get("host", ""))
            origin = headers.get("origin")
            foreign = origin is not None and _host_name(urlsplit(origin).netloc) not in LOCAL_HOSTS
            if host not in LOCAL_HOSTS or foreign:
                refusal = error_body("This service answers on this machine only.", "forbidden")
                response = JSONResponse(refusal, status_code=403)
                if scope["type"] == "websocket":
                    await WebSocket(scope, receive, send).send_denial_response(response)
                else:
                    await response(scope, receive, send)
                return
        await self._app(scope, receive, send)


def _host_name(netloc: str) -> str:
    """Without the port."""
    if netloc.startswith("["):
        return netloc.partition("]")[0].lower() + "]"
    return netloc.partition(":")[0].lower()


def error_body(message: str, code: str | None, kind: str = "invalid_request_error") -> Any:
    return {"error": {"message": message, "type": kind, "param": None, "code": code}}


class Service:
    """Everything the routes share."""

    def __init__(
        self,
        *,
        key: str,
        board: KnobBoard,
        knobs_are_public: bool,
        work: SpeechWork,
        recorder: Recorder | None,
        state: Path | None = None,
        wall_clock: Callable[[], datetime] = lambda: datetime.now(UTC).astimezone(),
    ) -> None:
        self._key = key
        self._board = board
        self._knobs_are_public = knobs_are_public
        self._work = work
        self._recorder = recorder
        self._wall_clock = wall_clock
        self._rest = RestService(
            key_refusal=self._key_refusal,
            board=board,
            work=work,
            state=state,
            wall_clock=wall_clock,
        )

    def close(self) -> None:
        self._rest.close()

    def app(self) -> ASGIApp:
        routes: list[BaseRoute] = [
            Route("/v1/models", self.models),
            Route("/v1/models/{model}", self.model),
            Route("/openai/v1/models", self.models),
            Route("/openai/v1/models/{model}", self.model),
            *self._rest.routes(),
            WebSocketRoute("/v1/realtime", self.realtime),
            WebSocketRoute("/openai/v1/realtime", self.realtime),
            WebSocketRoute("/openai/realtime", self.azure_preview),
        ]
        if self._knobs_are_public:
            routes.append(Route("/knobs", self.knobs, methods=["GET", "POST"]))
        starlette = Starlette(
            routes=routes,
            exception_handlers={404: self._not_found, 405: self._not_found},
        )
        return LocalOnly(starlette)

    async def _not_found(self, request: Request, _error: Exception) -> Response:
        message = f"Invalid URL ({request.method} {request.url.path})"
        return self._answer(error_body(message, None), 404)

    def _answer(self, body: Any, status: int = 200) -> Response:
        return JSONResponse(body, status, headers={"x-request-id": new_id("req")})

    # Keys

    def _given_key(self, connection: HTTPConnection) -> str:
        scheme, _, token = connection.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            return token.strip()
        for protocol in connection.scope.get("subprotocols", ()):
            if str(protocol).startswith("openai-insecure-api-key."):
                return str(protocol).partition(".")[2]
        header = connection.headers.get("api-key")
        return header if header is not None else connection.query_params.get("api-key", "")

    def _key_refusal(self, connection: HTTPConnection) -> Response | None:
        given = self._given_key(connection)
        if not self._key or hmac.compare_digest(given.encode(), self._key.encode()):
            return None
        if not given:
            message = (
                "You didn't provide an API key. You need to provide your API key in an "
                "Authorization header using Bearer auth (i.e. Authorization: Bearer YOUR_KEY)."
            )
            return self._answer(error_body(message, None), 401)
        masked = f"{given[:3]}***{given[-4:]}" if len(given) > 11 else "***"
        message = f"Incorrect API key provided: {masked}."
        return self._answer(error_body(message, "invalid_api_key"), 401)

    # HTTP

    def _model(self, name: str) -> dict[str, Any]:
        return {
            "id": name,
            "object": "model",
            "created": 1790000000,
            "owned_by": "voicetui",
            "shutdown_date": None,
        }

    async def models(self, request: Request) -> Response:
        refusal = self._key_refusal(request)
        if refusal is not None:
            return refusal
        return self._answer(
            {"object": "list", "data": [self._model(name) for name in SERVED_MODELS]}
        )

    async def model(self, request: Request) -> Response:
        refusal = self._key_refusal(request)
        if refusal is not None:
            return refusal
        name = request.path_params["model"]
        if name not in SERVED_MODELS:
            message = f"The model '{name}' does not exist"
            return self._answer(error_body(message, "model_not_found"), 404)
        return self._answer(self._model(name))

    async def knobs(self, request: Request) -> Response:
        if request.method == "POST":
            try:
                self._board.knobs = decode_knobs(await request.body())
            except msgspec.ValidationError as error:
                return self._answer(error_body(str(error), "invalid_knob"), 400)
        return Response(msgspec.json.encode(self._board.knobs), media_type="application/json")

    # Realtime

    async def realtime(self, websocket: WebSocket) -> None:
        query = websocket.query_params
        if websocket.url.path.startswith("/openai/") and "api-version" in query:
            message = "api-version is not accepted by the GA endpoint."
            await websocket.send_denial_response(self._answer(error_body(message, None), 401))
            return
        beta = websocket.headers.get("openai-beta", "").strip().lower() == "realtime=v1"
        await self._serve(websocket, query, query.get("model", ""), beta=beta)

    async def azure_preview(self, websocket: WebSocket) -> None:
        query = websocket.query_params
        if "api-version" not in query or not query.get("deployment"):
            message = "Both api-version and deployment are required in the query."
            await websocket.send_denial_response(self._answer(error_body(message, None), 400))
            return
        await self._serve(websocket, query, query["deployment"], beta=True, any_model=True)

    async def _serve(
        self,
        websocket: WebSocket,
        query: QueryParams,
        model: str,
        *,
        beta: bool,
        any_model: bool = False,
    ) -> None:
        knobs = self._board.knobs
        refusal = self._key_refusal(websocket)
        if knobs.refuse_connect:
            message = f"The service answers with status {knobs.refuse_connect}, as asked."
            refusal = self._answer(error_body(message, None), knobs.refuse_connect)
            if knobs.refuse_connect == 429:
                refusal.headers["retry-after"] = f"{knobs.retry_after_s:g}"
        transcription = query.get("intent") == "transcription"
        if refusal is None and not model and not transcription:
            message = "You must provide a model parameter."
            refusal = self._answer(error_body(message, "missing_model"), 400)
        if refusal is not None:
            await websocket.send_denial_response(refusal)
            return
        protocols = websocket.scope.get("subprotocols", ())
        await websocket.accept("realtime" if "realtime" in protocols else None)
        if beta and knobs.refuse_beta:
            await self._refuse(websocket, "beta_api_shape_disabled", BETA_REFUSAL, 4000)
            return
        known = any_model or transcription or model.startswith(MODEL_PREFIXES)
        if knobs.refuse_unknown_model and not known:
            message = f"The model `{model}` does not exist or you do not have access to it."
            await self._refuse(websocket, "model_not_found", message, 3000)
            return
        session = RealtimeSession(
            model=model,
            beta=beta,
            board=self._board,
            detector=Silero,
            recorder=self._recorder,
            wall_clock=self._wall_clock,
            transcription_only=transcription,
        )
        LOG.info("session %s: %s, %s", session.id, model, "beta" if beta else "GA")
        abort = websocket.scope["state"]["abort"]
        await SessionSocket(websocket, session, self._board, self._work, abort).run()

    async def _refuse(self, websocket: WebSocket, code: str, message: str, close: int) -> None:
        """As the real service does: an error event, then a close that names the error."""
        error = {
            "type": "invalid_request_error",
            "code": code,
            "message": message,
            "param": None,
            "event_id": None,
        }
        event = {"type": "error", "event_id": new_id("event"), "error": error}
        await websocket.send_text(json.dumps(event))
        await websocket.close(close, f"invalid_request_error.{code}")
