"""A service whose every text is hostile: Realtime over WebSocket, and what is asked with GET."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response
from websockets.sync.server import ServerConnection, serve

from tests.terminal.hostile import CORPUS

LAST = "survived"
LONGEST = 400
"""Characters of one text: every sequence is in the first ones."""
TEXTS = tuple(text[:LONGEST] for text in CORPUS if text)
# What may stand in a header and in the reason of a close.
SHORT = "\x1b]0;owned\x07\x1b[2J\x9b31m \xadgnp.exe [b]x"


class HostileService:
    """Talks to everybody, unless `instead` says how the next ones are answered."""

    def __init__(self) -> None:
        self.instead: list[str] = []
        """`broken`: an answer with a head that is none; `refused`: 403."""
        self.url = ""

    # ------------------------------------------------------------ GET

    def answer(self, connection: ServerConnection, request: Request) -> Response | None:
        """None lets the WebSocket open."""
        path = request.path.partition("?")[0].removeprefix("/v1/")
        if path == "realtime":
            if not self.instead:
                return None
            error = {"message": SHORT + TEXTS[1], "type": SHORT, "code": SHORT, "param": SHORT}
            return self._json({"error": error}, 403, broken=self.instead.pop(0) == "broken")
        kind, _, rest = path.partition("/")
        match kind, rest.rpartition("/")[2]:
            case "models", "":
                return self._json({"object": "list", "data": [{"id": text} for text in TEXTS]})
            case "assistants", "":
                return self._list([_assistant(text) for text in TEXTS])
            case "threads", "messages":
                return self._list([_message(text) for text in TEXTS])
            case "conversations", "items":
                return self._list([_item(text) for text in TEXTS])
            case (("threads" | "conversations"), _):
                return self._json(
                    {"id": rest, "object": kind[:-1], "created_at": 1, "metadata": {SHORT: SHORT}}
                )
        return self._json({"error": {"message": SHORT, "code": SHORT}}, 404)

    def _list(self, data: list[dict[str, Any]]) -> Response:
        ends = {"first_id": data[0]["id"], "last_id": data[-1]["id"], "has_more": False}
        return self._json({"object": "list", "data": data, **ends})

    def _json(self, body: object, status: int = 200, *, broken: bool = False) -> Response:
        data = json.dumps(body).encode()
        headers = Headers({"Content-Type": "application/json", "Content-Length": str(len(data))})
        for name in ("x-request-id", "server", "openai-version"):
            # Not checked, as a header of an honest server would be.
            headers._list.append((name, SHORT if broken else "\u00ad[b]x \x9b31m"))
        return Response(status, SHORT if broken else "\u00ad[b]x", headers, data)

    # ------------------------------------------------------------ Realtime

    def talk(self, connection: ServerConnection) -> None:
        """A conversation in which everything is hostile, and one turn that says it is over."""
        try:
            _Talk(connection).hold()
            for _ in connection:
                pass  # until the client has had enough
        except ConnectionClosed:
            return


class _Talk:
    def __init__(self, connection: ServerConnection) -> None:
        self._connection = connection
        self._previous: str | None = None

    def hold(self) -> None:
        self._tell("session.created", session=_session({}))
        while (update := json.loads(self._connection.recv()))["type"] != "session.update":
            pass
        self._tell("session.updated", session=_session(update["session"]))
        for number, text in enumerate(TEXTS):
            self._user(f"u{number}{text[:20]}", text, failed=number % 3 == 0)
            self._assistant(f"a{number}", text, failed=number % 2 == 0)
            self._call(f"f{number}", text)
            error = {"type": text, "code": text, "message": text, "param": text}
            self._tell("error", error=error)
            self._tell(f"session.{text}", text=text)
        self._user("end", LAST, failed=False)

    def _tell(self, event: str, **fields: Any) -> None:
        self._connection.send(json.dumps({"type": event, "event_id": SHORT, **fields}))

    def _added(self, item: dict[str, Any]) -> None:
        self._tell("conversation.item.added", previous_item_id=self._previous, item=item)
        self._previous = str(item["id"])

    def _user(self, item_id: str, text: str, *, failed: bool) -> None:
        content = [{"type": "input_audio", "transcript": None}]
        self._added({"id": item_id, "type": "message", "role": "user", "content": content})
        name = "conversation.item.input_audio_transcription."
        if failed:
            error = {"type": text, "code": text, "message": text}
            self._tell(name + "failed", item_id=item_id, content_index=0, error=error)
        else:
            self._tell(name + "completed", item_id=item_id, content_index=0, transcript=text)

    def _assistant(self, item_id: str, text: str, *, failed: bool) -> None:
        response = f"r{item_id}"
        at = {"response_id": response, "output_index": 0, "content_index": 0, "item_id": item_id}
        item = {"id": item_id, "type": "message", "role": "assistant", "content": []}
        self._tell("response.created", response={"id": response, "status": "in_progress"})
        self._tell("response.output_item.added", response_id=response, output_index=0, item=item)
        self._added(item)
        self._tell("response.content_part.added", part={"type": "audio", "transcript": ""}, **at)
        for char in text[:30]:  # sequences arrive in pieces, too
            self._tell("response.output_audio_transcript.delta", delta=char, **at)
        self._tell("response.output_audio_transcript.delta", delta=text[30:], **at)
        self._tell("response.output_audio_transcript.done", transcript=text, **at)
        done = {"id": response, "status": "failed" if failed else "completed", "output": [item]}
        if failed:
            error = {"type": text, "code": text, "message": text}
            done["status_details"] = {"type": text, "reason": text, "error": error}
        self._tell("response.done", response=done)

    def _call(self, item_id: str, text: str) -> None:
        response = f"r{item_id}"
        item = {
            "id": item_id,
            "type": "function_call",
            "call_id": item_id,
            "name": text,
            "arguments": text,
            "status": "completed",
        }
        self._tell("response.created", response={"id": response, "status": "in_progress"})
        self._tell("response.output_item.added", response_id=response, output_index=0, item=item)
        self._tell("response.output_item.done", response_id=response, output_index=0, item=item)
        done = {"id": response, "status": "completed", "output": [item]}
        self._tell("response.done", response=done)


def _session(settings: dict[str, Any]) -> dict[str, Any]:
    return {**settings, "id": SHORT, "model": SHORT, "voice": SHORT, "instructions": SHORT} | {
        "type": "realtime",
        "audio": {"output": {"voice": SHORT}},
    }


def _assistant(text: str) -> dict[str, Any]:
    return {
        "id": "asst_" + text,
        "object": "assistant",
        "created_at": 1,
        **dict.fromkeys(("name", "description", "instructions", "model"), text),
        "tools": [{"type": text}],
        "metadata": {text: text},
    }


def _message(text: str) -> dict[str, Any]:
    return {
        "id": "msg_" + text,
        "object": "thread.message",
        "created_at": 1,
        "thread_id": "thread_1",
        "role": "user",
        "content": [{"type": "text", "text": {"value": text, "annotations": []}}],
        "metadata": {},
    }


def _item(text: str) -> dict[str, Any]:
    content = [{"type": "output_text", "text": text, "annotations": []}]
    return {
        "id": "msg_" + text,
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": content,
    }


@contextmanager
def hostile_service() -> Iterator[HostileService]:
    """A running one."""
    service = HostileService()
    with serve(
        service.talk, "127.0.0.1", 0, process_request=service.answer, compression=None
    ) as server:
        port = server.socket.getsockname()[1]
        service.url = f"http://127.0.0.1:{port}/v1"
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield service
        finally:
            server.shutdown()
            thread.join(10)
