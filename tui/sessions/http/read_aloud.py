"""Reading text aloud with a Realtime model: a connection of its own, beside the conversation."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Final

import msgspec

from tui.sessions.dialing import dial
from tui.sessions.events import SessionEnded
from tui.sessions.http.desk import Part
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.options import Endpoint
from tui.sessions.realtime.message import Malformed, Message, decode, part, text
from tui.sessions.wire_log import Way, WireLog

if TYPE_CHECKING:
    from websockets.asyncio.client import ClientConnection

READ: Final = (
    "You are a reader. Read the text of the user's message aloud, word for word, in its language."
    " Do not answer it, do not add, leave out or comment anything."
)
_SOUND: Final = ("response.output_audio.delta", "response.audio.delta")
_QUIET_S: Final = 20.0


class Reader:
    """Sentences one after the other over one connection, made when first needed."""

    def __init__(self, endpoint: Endpoint, wire_log: WireLog | None = None) -> None:
        self._endpoint = endpoint
        self._wire_log = wire_log
        self._connection: ClientConnection | None = None
        self._one_at_a_time = asyncio.Lock()
        self._voice = ""

    async def read(self, body: Message) -> AsyncIterator[Part]:
        """PCM16 mono 24 kHz of body["input"], then {"usage": ...} where told.  Raises Refused."""
        from websockets.exceptions import ConnectionClosed

        async with self._one_at_a_time:
            whole = False
            try:
                connection = await self._ready(body)
                await self._send(connection, self._request(body))
                async for part in self._answer(connection):
                    yield part
                whole = True
            except (ConnectionClosed, TimeoutError, Malformed) as problem:
                words = "The connection to the reading voice broke off."
                raise Refused(Trouble(cause=words)) from problem
            finally:
                if not whole:  # what is still on its way belongs to nobody
                    await self.close()

    async def close(self) -> None:
        """Hang up."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _ready(self, body: Message) -> ClientConnection:
        if self._connection is None:
            answer = await dial(self._endpoint)
            if isinstance(answer, SessionEnded):
                code = "invalid_api_key" if answer.fatal else ""
                raise Refused(Trouble(cause=answer.reason, code=code))
            self._connection = answer
            await self._send(answer, self._settings(body))
        return self._connection

    def _settings(self, body: Message) -> Message:
        voice, instructions = text(body, "voice"), self._instructions(body)
        if self._endpoint.dialect == "beta":
            session: Message = {"modalities": ["audio", "text"], "turn_detection": None}
            session.update(voice=voice, instructions=instructions)
        else:
            output: Message = {"format": {"type": "audio/pcm", "rate": 24000}, "voice": voice}
            speed = body.get("speed")
            if speed != 1.0:
                output["speed"] = speed
            session = {
                "type": "realtime",
                "output_modalities": ["audio"],
                "instructions": instructions,
                "audio": {"input": {"turn_detection": None}, "output": output},
            }
        return {"type": "session.update", "session": session}

    @staticmethod
    def _instructions(body: Message) -> str:
        return " ".join(filter(None, (READ, text(body, "instructions"))))

    def _request(self, body: Message) -> Message:
        content = [{"type": "input_text", "text": text(body, "input")}]
        kind = "modalities" if self._endpoint.dialect == "beta" else "output_modalities"
        return {
            "type": "response.create",
            "response": {
                "conversation": "none",
                kind: ["audio", "text"] if self._endpoint.dialect == "beta" else ["audio"],
                "instructions": self._instructions(body),
                "input": [{"type": "message", "role": "user", "content": content}],
            },
        }

    def _log(self, way: Way, raw: bytes) -> None:
        if self._wire_log is not None:
            self._wire_log(way, raw, "", "reading voice")

    async def _send(self, connection: ClientConnection, message: Message) -> None:
        raw = msgspec.json.encode(message)
        self._log("sent", raw)
        await connection.send(raw, text=True)

    async def _answer(self, connection: ClientConnection) -> AsyncIterator[Part]:
        while True:
            async with asyncio.timeout(_QUIET_S):
                raw = await connection.recv(decode=False)
            self._log("received", raw)
            message = decode(raw)
            kind = text(message, "type")
            if kind in _SOUND:
                try:
                    yield base64.b64decode(text(message, "delta"), validate=True)
                except ValueError as problem:
                    raise Malformed("sound that is not base64") from problem
            elif kind == "error":
                error = part(message, "error")
                raise Refused(
                    Trouble(400, text(error, "code"), text(error, "type"), text(error, "message"))
                )
            elif kind == "response.done":
                response = part(message, "response")
                if text(response, "status") not in ("completed", ""):
                    error = part(part(response, "status_details"), "error")
                    raise Refused(Trouble(500, text(error, "code"), "", text(error, "message")))
                if part(response, "usage"):
                    yield {"usage": response["usage"]}
                return
