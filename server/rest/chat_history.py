"""The messages of a chat, heard and counted."""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from server.brain.prompt import Turn
from server.rest import audio_files
from server.rest.problems import Problem
from server.rest.shelf import Document, Shelf
from server.rest.sounding import Sounding
from server.speech.pcm import Pcm, duration_ms
from server.usage import (
    ITEM_OVERHEAD_TOKENS,
    Tokens,
    model_audio_tokens,
    text_tokens,
    user_audio_tokens,
)

AUDIO = "audio"
LARGEST_AUDIO_BYTES = 20 * 1024 * 1024


@dataclass(slots=True)
class History:
    turns: list[Turn] = field(default_factory=list)
    instructions: str = ""
    tokens: Tokens = field(default_factory=Tokens)


def _texts(content: Any) -> str:
    if not isinstance(content, list):
        return content or ""
    return " ".join(part.get("text") or part.get("refusal") or "" for part in content).strip()


def _decoded(part: Document, where: str) -> Pcm:
    """Raises Problem: not base64, empty, or not what its format says."""
    try:
        data = base64.b64decode(part["data"], validate=True)
    except (binascii.Error, ValueError):
        message = f"Invalid '{where}.data'. Expected base64-encoded audio bytes."
        raise Problem(message, code="invalid_value", param=f"{where}.data") from None
    if len(data) > LARGEST_AUDIO_BYTES:
        message = f"Audio of {len(data)} bytes is too large; {LARGEST_AUDIO_BYTES} are allowed."
        raise Problem(message, code="invalid_value", param=f"{where}.data")
    is_wav = data[:4] in (b"RIFF", b"RIFX", b"RF64")
    if not data or is_wav != (part["format"] == "wav"):
        raise Problem(
            f"The data provided for 'input_audio' is not of valid {part['format']} format.",
            code="invalid_value",
            param=where,
        )
    audio = audio_files.read(data, where)
    if not audio.size:
        message = "The audio provided for 'input_audio' is empty."
        raise Problem(message, code="invalid_value", param=where)
    return audio


class Hearing:
    """Turns messages into what the brain sees; knows the audio of its own answers."""

    def __init__(self, shelf: Shelf, sounding: Sounding, now_s: Callable[[], float]) -> None:
        self._shelf = shelf
        self._sounding = sounding
        self._now_s = now_s
        self._heard: dict[int, str | None] = {}
        """Words by clip: the same audio comes again with every turn of a chat."""

    def answer(self, ident: str, where: str) -> Document:
        """An answer of ours by its audio id. Raises Problem when it has expired."""
        found = self._shelf.get(AUDIO, ident)
        if found is None or found["expires_s"] <= self._now_s():
            raise Problem(
                f"Audio with id '{ident}' not found or has expired.",
                code="invalid_value",
                param=f"{where}.audio.id",
            )
        return found

    async def history(self, messages: list[Document]) -> History:
        history = History()
        names: dict[str, str] = {}
        for index, message in enumerate(messages):
            where = f"messages[{index}]"
            role = message["role"]
            if role == "user":
                await self._hear(message, where, history)
            elif role == "assistant":
                self._recall(message, where, names, history)
            elif role == "tool":
                self._tool(message, where, names, history)
            else:
                text = _texts(message["content"])
                history.instructions = f"{history.instructions}\n{text}".strip()
                self._count(history, Tokens(text=text_tokens(text)))
        return history

    def _count(self, history: History, tokens: Tokens) -> None:
        history.tokens += tokens + Tokens(text=ITEM_OVERHEAD_TOKENS)

    async def _hear(self, message: Document, where: str, history: History) -> None:
        content = message["content"]
        parts = content if isinstance(content, list) else [{"type": "text", "text": content}]
        said: list[str] = []
        spoken_ms, understood, tokens = 0.0, True, Tokens()
        for index, part in enumerate(parts):
            if part["type"] == "text":
                said.append(part["text"])
                tokens += Tokens(text=text_tokens(part["text"]))
            elif part["type"] == "input_audio":
                place = f"{where}.content[{index}].input_audio"
                audio = await asyncio.to_thread(_decoded, part["input_audio"], place)
                words = await self._words(audio)
                understood = understood and words is not None
                said.append(words or "")
                spoken_ms += duration_ms(audio)
                tokens += Tokens(audio=user_audio_tokens(duration_ms(audio)))
        text = " ".join(filter(None, said))
        typed = any(part["type"] == "text" and part["text"].strip() for part in parts)
        turn = Turn("user", text, spoken_s=spoken_ms / 1000, understood=understood or typed)
        history.turns.append(turn)
        self._count(history, tokens)

    async def _words(self, audio: Pcm) -> str | None:
        key = hash(audio.tobytes())
        if key not in self._heard:
            if len(self._heard) > 1000:
                self._heard.clear()
            self._heard[key] = await self._sounding.words(audio)
        return self._heard[key]

    def _recall(
        self, message: Document, where: str, names: dict[str, str], history: History
    ) -> None:
        for call in message.get("tool_calls") or ():
            names[call["id"]] = call["function"]["name"]
            self._count(history, Tokens(text=text_tokens(json.dumps(call["function"]))))
        reference = message.get("audio")
        if reference is not None:
            known = self.answer(reference["id"], where)
            text = known["transcript"]
            spoken = model_audio_tokens(known["audio_ms"])
            self._count(history, Tokens(text=text_tokens(text), audio=spoken))
        else:
            text = _texts(message.get("content"))
            if not text:
                if not message.get("tool_calls"):
                    raise Problem(
                        f"Invalid value for '{where}.content': expected a string, got null.",
                        code="invalid_value",
                        param=f"{where}.content",
                    )
                return
            self._count(history, Tokens(text=text_tokens(text)))
        history.turns.append(Turn("assistant", text))

    def _tool(self, message: Document, where: str, names: dict[str, str], history: History) -> None:
        name = names.get(message["tool_call_id"])
        if name is None:
            raise Problem(
                f"Invalid parameter: '{where}' with role 'tool' must be a response to a "
                "preceding message with 'tool_calls'.",
                param=f"{where}.role",
            )
        text = _texts(message["content"])
        history.turns.append(Turn("tool", text, tool_name=name))
        self._count(history, Tokens(text=text_tokens(text)))
