"""POST /chat/completions: text and audio in, text and audio out."""

from __future__ import annotations

import base64
import time
from collections.abc import AsyncGenerator, Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from starlette.requests import Request
from starlette.routing import Route

from server.brain.prompt import Reply
from server.realtime.core import new_id
from server.realtime.sentences import words_of
from server.rest import audio_files, chat_shapes
from server.rest.chat_history import AUDIO, Hearing, History
from server.rest.door import Door, json_body
from server.rest.problems import Problem, server_error
from server.rest.shelf import Document, Shelf
from server.rest.sounding import Pace, Sounding, chunks
from server.rest.stream import event_bytes
from server.rest.thinking import Thinking
from server.speech.pcm import Pcm, duration_ms, to_bytes
from server.usage import Tokens, model_audio_tokens, text_tokens

DONE = event_bytes("[DONE]")


@dataclass(slots=True)
class Completion:
    """One answer on its way."""

    body: Document
    history: History
    reply: Reply
    created: int
    started_s: float
    refusal: str = ""
    id: str = field(default_factory=lambda: new_id("chatcmpl"))
    wrote: Tokens = field(default_factory=Tokens)
    finish: str = "stop"

    @property
    def speaks(self) -> bool:
        wanted = "audio" in (self.body.get("modalities") or ())
        return wanted and self.reply.tool is None and not self.refusal

    @property
    def limit(self) -> float:
        given = self.body.get("max_completion_tokens") or self.body.get("max_tokens")
        return given or float("inf")

    def usage(self) -> Document:
        read, wrote = self.history.tokens, self.wrote
        return {
            "prompt_tokens": read.total,
            "completion_tokens": wrote.total,
            "total_tokens": read.total + wrote.total,
            "prompt_tokens_details": {
                "text_tokens": read.text,
                "audio_tokens": read.audio,
                "cached_tokens": 0,
                "image_tokens": 0,
            },
            "completion_tokens_details": {
                "text_tokens": wrote.text,
                "audio_tokens": wrote.audio,
                "reasoning_tokens": 0,
                "accepted_prediction_tokens": 0,
                "rejected_prediction_tokens": 0,
            },
        }


class Chat:
    def __init__(self, shelf: Shelf, thinking: Thinking, sounding: Sounding) -> None:
        self._shelf = shelf
        self._thinking = thinking
        self._sounding = sounding
        self._hearing = Hearing(shelf, sounding, time.time)

    def routes(self, door: Door, base: str) -> list[Route]:
        self._door = door
        return [door.route(base + "/chat/completions", post=self.create)]

    async def create(self, request: Request) -> Any:
        started_s = time.monotonic()
        body = await json_body(request, chat_shapes.CREATE)
        self._thinking.check_model(body["model"], request)
        chat_shapes.check(body)
        history = await self._hearing.history(body["messages"])
        reply = self._reply(body, history)
        knobs = self._thinking.knobs
        if knobs.fail_response:
            raise server_error()
        if reply.tool is None and knobs.refusal:
            reply = Reply(knobs.refusal)
        now_s = self._thinking.now_s()
        completion = Completion(body, history, reply, now_s, started_s, refusal=knobs.refusal)
        if body.get("stream"):
            return self._door.stream(self._chunks(completion), failure=_failure)
        return await self._whole(completion)

    def _reply(self, body: Document, history: History) -> Reply:
        tools = [tool["function"] for tool in body.get("tools") or ()]
        choice = body.get("tool_choice") or "auto"
        if isinstance(choice, dict):
            choice = choice.get("function") or choice
        return self._thinking.reply(history.turns, history.instructions, tools, choice)

    # The answer's parts

    async def _text(self, completion: Completion) -> AsyncGenerator[str, None]:
        await self._thinking.first(completion.started_s)
        text = completion.reply.text
        written = ""
        async for token in self._thinking.flow(text, completion.limit):
            written += token
            completion.wrote = Tokens(text=text_tokens(written))
            yield token
            if self._stops(completion, written, full=False):
                return
        if written != text:
            completion.finish = "length"

    async def _sound(self, completion: Completion) -> AsyncGenerator[tuple[str, Pcm], None]:
        """Pieces of sound, each with the words that begin in it."""
        await self._thinking.first(completion.started_s)
        pace = Pace(self._thinking.faults, completion.started_s)
        voice = completion.body["audio"]["voice"]
        name = voice if isinstance(voice, str) else voice["id"]
        audio_ms, written = 0.0, ""
        async for sentence, audio in self._sounding.speech(completion.reply.text, name, 1.0):
            words = words_of(sentence, audio_ms, duration_ms(audio))
            for piece in chunks(audio):
                await pace.turn(piece)
                audio_ms += duration_ms(piece)
                begun = [word for word in words if word.start_ms < audio_ms]
                words = words[len(begun) :]
                said = "".join(word.text if word.glued else f" {word.text}" for word in begun)
                said = said if written else said.lstrip()
                written += said
                completion.wrote = Tokens(text_tokens(written), model_audio_tokens(audio_ms))
                yield said, piece
                full = completion.wrote.total >= completion.limit
                if self._stops(completion, written, full=full):
                    return

    def _stops(self, completion: Completion, written: str, *, full: bool) -> bool:
        """Does the answer end here, and why?"""
        knobs = self._thinking.knobs
        half = len(written) > len(completion.reply.text) / 2
        if half and knobs.content_filter:
            completion.finish = "content_filter"
        elif full or (half and knobs.incomplete_response):
            completion.finish = "length"
        return completion.finish != "stop"

    def _expires_s(self) -> float:
        return time.time() + self._thinking.knobs.audio_id_expires_s

    def _keep(self, ident: str, transcript: str, audio_ms: float, expires_s: float) -> None:
        document = {
            "id": ident,
            "transcript": transcript,
            "audio_ms": audio_ms,
            "expires_s": expires_s,
        }
        self._shelf.put(AUDIO, document)

    def _calls(self, completion: Completion) -> list[Document]:
        tool = completion.reply.tool
        assert tool is not None
        completion.finish = "tool_calls"
        count = self._thinking.knobs.tool_calls
        completion.wrote = Tokens(text=count * text_tokens(tool.name + tool.arguments))
        function = {"name": tool.name, "arguments": tool.arguments}
        return [
            {"id": new_id("call"), "type": "function", "function": function} for _ in range(count)
        ]

    # Whole

    async def _whole(self, completion: Completion) -> Document:
        message: Document = {
            "role": "assistant",
            "content": None,
            "refusal": None,
            "annotations": [],
        }
        if completion.reply.tool is not None:
            await self._thinking.first(completion.started_s)
            message["tool_calls"] = self._calls(completion)
        elif completion.speaks:
            message["audio"] = await self._audio(completion)
        else:
            text = "".join([token async for token in self._text(completion)])
            message["refusal" if completion.refusal else "content"] = text
        choice = {
            "index": 0,
            "message": message,
            "logprobs": None,
            "finish_reason": completion.finish,
        }
        return {
            **self._head(completion, "chat.completion"),
            "choices": [choice],
            "usage": completion.usage(),
        }

    async def _audio(self, completion: Completion) -> Document:
        found = [piece async for piece in self._sound(completion)]
        transcript = "".join(words for words, _ in found)
        sound = np.concatenate([audio for _, audio in found])
        kind = completion.body["audio"]["format"]
        data = audio_files.write(sound, "pcm" if kind == "pcm16" else kind)
        ident, expires_s = new_id("audio"), self._expires_s()
        self._keep(ident, transcript, duration_ms(sound), expires_s)
        return {
            "id": ident,
            "data": base64.b64encode(data).decode("ascii"),
            "expires_at": int(expires_s),
            "transcript": transcript,
        }

    def _head(self, completion: Completion, kind: str) -> Document:
        return {
            "id": completion.id,
            "object": kind,
            "created": completion.created,
            "model": completion.body["model"],
            "service_tier": "default",
            "system_fingerprint": "fp_voicetui",
        }

    # In chunks

    async def _chunks(self, completion: Completion) -> AsyncGenerator[bytes, None]:
        head = self._head(completion, "chat.completion.chunk")
        options = completion.body.get("stream_options") or {}
        counts = bool(options.get("include_usage"))
        if counts:
            head["usage"] = None

        def chunk(delta: Document, finish: str | None = None) -> bytes:
            choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
            return event_bytes({**head, "choices": [choice]})

        if completion.reply.tool is not None:
            await self._thinking.first(completion.started_s)
            yield chunk({"role": "assistant", "content": None})
            for index, call in enumerate(self._calls(completion)):
                function = call["function"]
                begun = {**call, "index": index, "function": {**function, "arguments": ""}}
                yield chunk({"tool_calls": [begun]})
                async for part in self._thinking.flow(function["arguments"]):
                    more = {"index": index, "function": {"arguments": part}}
                    yield chunk({"tool_calls": [more]})
        elif completion.speaks:
            async for delta in self._audio_deltas(completion):
                yield chunk(delta)
        else:
            kind = "refusal" if completion.refusal else "content"
            yield chunk({"role": "assistant", "content": None, "refusal": None, kind: ""})
            async for token in self._text(completion):
                yield chunk({kind: token})
        yield chunk({}, completion.finish)
        if counts:
            yield event_bytes({**head, "choices": [], "usage": completion.usage()})
        yield DONE

    async def _audio_deltas(self, completion: Completion) -> AsyncGenerator[Document, None]:
        ident = new_id("audio")
        transcript, audio_ms = "", 0.0
        begun = False
        async for words, piece in self._sound(completion):
            if not begun:
                begun = True
                audio = {"id": ident, "transcript": ""}
                yield {"role": "assistant", "content": None, "refusal": None, "audio": audio}
            if words:
                transcript += words
                yield {"audio": {"id": ident, "transcript": words}}
            audio_ms += duration_ms(piece)
            data = base64.b64encode(to_bytes(piece)).decode("ascii")
            yield {"audio": {"id": ident, "data": data}}
        expires_s = self._expires_s()
        self._keep(ident, transcript, audio_ms, expires_s)
        yield {"audio": {"expires_at": int(expires_s)}}


def _failure(problem: Problem) -> Iterable[bytes]:
    yield event_bytes(problem.body())
