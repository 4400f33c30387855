"""Chat Completions with sound in and out.  The service keeps nothing but sounds for a while: the
conversation is ours, and every request carries all of it."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Sequence
from typing import Final

from tui.sessions.events import (
    WRITTEN_TURN,
    AudioKept,
    FileReceived,
    PastTurn,
    SessionEnded,
    UsageReported,
)
from tui.sessions.http.answer import Answer
from tui.sessions.http.chat_history import ChatHistory, Said
from tui.sessions.http.desk import Desk, Stream
from tui.sessions.http.flow import Flow, TimeUp, Wait
from tui.sessions.http.service import (
    BROKE_OFF,
    CONTINUES,
    ONCE_MORE,
    ONCE_MORE_AFTER_S,
    Outcome,
    Question,
    Recalled,
)
from tui.sessions.http.tool_calls import NOT_RUN, ToolCall, ToolCalls, nested_tools
from tui.sessions.http.trouble import Refused, Trouble
from tui.sessions.http.usage import chat_usage
from tui.sessions.http.wav import pcm_of
from tui.sessions.models import TEXT_DEFAULT
from tui.sessions.options import TextOptions
from tui.sessions.realtime.message import Message, number, part, parts, text

_REASONS: Final = {
    "length": "the answer reached its longest allowed length",
    "content_filter": "the service's content filter stopped the answer",
}
_NOT_KEPT: Final = re.compile(
    r"audio.*(?:expired|not found|no longer|invalid|does not exist)", re.I
)
CUT: Final = "The connection ended in the middle of the answer."


class _Reply:
    """What one request brings: pieces of a function call and of an answer."""

    def __init__(self) -> None:
        self.said = Said("assistant")
        self.finish = ""
        self.refused = False
        self.left = b""
        self._calls: dict[int, list[str]] = {}

    def call(self, piece: Message) -> None:
        """A piece of a function call."""
        index = int(number(piece, "index"))
        call = self._calls.setdefault(index, ["", "", ""])
        function = part(piece, "function")
        call[0] = text(piece, "id") or call[0]
        call[1] = text(function, "name") or call[1]
        call[2] += text(function, "arguments")

    @property
    def calls(self) -> list[ToolCall]:
        """The whole calls."""
        return [ToolCall(*self._calls[index]) for index in sorted(self._calls)]


class AudioChat:
    """One conversation."""

    takes_sound = True
    speaks = True

    def __init__(
        self,
        desk: Desk,
        tools: ToolCalls,
        options: TextOptions,
        wall_s: Callable[[], float],
        past: Sequence[PastTurn] = (),
        *,
        continuing: bool = False,
    ) -> None:
        """`wall_s` is the Unix time: the service's own clock for how long it keeps sounds."""
        self._desk = desk
        self._tools = tools
        self._options = options
        self._wall_s = wall_s
        self._history = ChatHistory(options, past)
        if continuing:
            self._history.add(Said("system", CONTINUES))
        self._stream: Stream | None = None
        self._beside: tuple[Flow, Answer] | None = None

    async def open(self) -> None:
        """There is nothing to open: whether the key is good shows with the first request."""

    async def recall(self) -> list[Recalled]:
        """The service keeps no conversation."""
        return []

    # ------------------------------------------------------------ a turn

    async def answer(self, question: Question, answer: Answer) -> Outcome:
        """Send the conversation; play the answer as it comes."""
        self._history.cut(question.cuts)
        self._history.ask(question)
        if question.unanswered:
            return Outcome("interrupted")
        answer.stoppable = True
        until_s = self._desk.now_s + self._options.run_limit_s
        if question.written:
            self._start_written(question, answer, until_s)
        try:
            outcome = await self._speak(question, answer, until_s)
        except Refused:
            await self._written_out()  # one of two answers is better than none
            raise
        await self._written_out()
        return outcome

    async def _written_out(self) -> None:
        """Wait for the written answer, where there is one."""
        if self._beside is None:
            return
        flow, written = self._beside
        await Wait(lambda: flow.done)
        if written.text:
            self._history.add(Said("assistant", written.text))
        self._beside = None

    async def _speak(self, question: Question, answer: Answer, until_s: float) -> Outcome:
        spoken = question.answer != "text" and (question.answer == "audio" or self._options.speak)
        tried = broke = False
        while True:
            reply = _Reply()
            try:
                if question.file_format and spoken:
                    await self._whole(question.file_format, reply, answer)
                else:
                    body = self._body("pcm16" if spoken else "")
                    await self._streamed(body, reply, answer, until_s)
            except TimeUp:
                return self._too_slow(answer)
            except Refused as refused:
                if tried or answer.started or reply.calls or not refused.trouble.broke:
                    broke = refused.trouble.broke
                    raise
                tried = True
                self._desk.notice(ONCE_MORE, "warning")
                await self._desk.sleep(ONCE_MORE_AFTER_S)
                continue
            finally:
                self._keep(reply, answer)
                if broke and answer.text:
                    self._history.add(Said("system", BROKE_OFF))
            if reply.finish != "tool_calls":
                return self._outcome(reply)
            asked_s = self._desk.now_s
            await self._run_functions(reply, answer)
            until_s += self._desk.now_s - asked_s

    def _body(self, sound: str, *, note: str = "", audio_ids: bool = True) -> Message:
        options = self._options
        now_s = self._wall_s() if audio_ids else float("inf")
        messages = self._history.messages(now_s)
        if note:
            messages.append({"role": "system", "content": note})
        body: Message = {"model": options.model, "messages": messages}
        if sound:
            body["modalities"] = ["text", "audio"]
            body["audio"] = {"voice": options.voice, "format": sound}
        else:
            body["modalities"] = ["text"]
        if sound in ("", "pcm16"):
            body["stream"] = True
            body["stream_options"] = {"include_usage": True}
        if options.temperature is not None:
            body["temperature"] = options.temperature
        if options.max_output_tokens is not None:
            body["max_completion_tokens"] = options.max_output_tokens
        if options.tools:
            body["tools"] = nested_tools(options.tools)
        return body

    async def _begin(self, operation: str, body: Message, until_s: float | None) -> Stream:
        """Ask; where the service does not keep a sound any more, with its words instead."""
        within_s = None if until_s is None else max(0.0, until_s - self._desk.now_s)
        try:
            return await self._desk.begin(operation, body, within_s=within_s)
        except Refused as refused:
            trouble = refused.trouble
            about = f"{trouble.param} {trouble.code} {trouble.said}"
            if trouble.status not in (400, 404) or not self._history.forget_sounds(
                about, certain=bool(_NOT_KEPT.search(about))
            ):
                raise
        body["messages"] = self._history.messages(self._wall_s())
        return await self._desk.begin(operation, body, within_s=within_s)

    # ------------------------------------------------------------ streamed

    async def _streamed(self, body: Message, reply: _Reply, answer: Answer, until_s: float) -> None:
        with await self._begin("chat.stream", body, until_s) as stream:
            self._stream = stream
            while (message := await stream.next(until_s)) is not None:
                if isinstance(message, dict):
                    self._on_chunk(part(message, "data"), reply, answer)
        if not reply.finish:
            raise Refused(Trouble(cause=CUT, broke=True))

    def _on_chunk(self, chunk: Message, reply: _Reply, answer: Answer) -> None:
        if "error" in chunk:
            error = part(chunk, "error")
            raise Refused(
                Trouble(400, text(error, "code"), text(error, "type"), text(error, "message"))
            )
        for choice in parts(chunk, "choices")[:1]:
            delta = part(choice, "delta")
            answer.add(text(delta, "content"))
            if text(delta, "refusal"):
                reply.refused = True
                answer.add(text(delta, "refusal"))
            for piece in parts(delta, "tool_calls"):
                answer.bear(100 + len(text(part(piece, "function"), "arguments")))
                reply.call(piece)
            self._on_audio(part(delta, "audio"), reply, answer)
            reply.finish = text(choice, "finish_reason") or reply.finish
        self._bill(chunk)

    def _on_audio(self, audio: Message, reply: _Reply, answer: Answer) -> None:
        reply.said.audio_id = text(audio, "id") or reply.said.audio_id
        reply.said.expires_at_s = number(audio, "expires_at") or reply.said.expires_at_s
        answer.add(text(audio, "transcript"))
        data = text(audio, "data")
        if data:
            # Every chunk is base64 of its own; a sample may still be torn between two.
            pcm = reply.left + self._decode(data)
            whole = len(pcm) & ~1
            reply.left = pcm[whole:]
            answer.play(pcm[:whole])

    def _decode(self, data: str) -> bytes:
        try:
            return base64.b64decode(data + "=" * (-len(data) % 4), validate=True)
        except (binascii.Error, ValueError):
            self._desk.notice_once(
                "base64", "The service sent sound that cannot be read; left out.", "warning"
            )
            return b""

    # ------------------------------------------------------------ whole

    async def _whole(self, file_format: str, reply: _Reply, answer: Answer) -> None:
        body = self._body(file_format)
        with await self._begin("chat.whole", body, None) as stream:
            self._stream = stream
            completion = await stream.next()
        if not isinstance(completion, dict):
            raise Refused(Trouble(cause=CUT))
        self._bill(completion)
        for choice in parts(completion, "choices")[:1]:
            message = part(choice, "message")
            audio = part(message, "audio")
            reply.finish = text(choice, "finish_reason") or "stop"
            for index, call in enumerate(parts(message, "tool_calls")):
                reply.call({**call, "index": index})
            reply.refused = bool(text(message, "refusal"))
            reply.said.audio_id = text(audio, "id")
            reply.said.expires_at_s = number(audio, "expires_at")
            words = text(audio, "transcript") or text(message, "content")
            answer.add(words or text(message, "refusal"))
            data = self._decode(text(audio, "data"))
            if data:
                self._desk.emit(FileReceived(answer.item_id, file_format, data))
                answer.play(pcm_of(data) if file_format == "wav" else b"")

    # ------------------------------------------------------------ what is said, and what it costs

    def _bill(self, message: Message) -> None:
        usage = part(message, "usage")
        if usage:
            model = text(message, "model") or self._options.model
            self._desk.emit(UsageReported(chat_usage(usage), id=text(message, "id"), model=model))

    def _keep(self, reply: _Reply, answer: Answer) -> None:
        """What was said belongs to the conversation, also where it broke off."""
        said = reply.said
        said.item_id = answer.item_id
        said.text = answer.text
        if not reply.finish or reply.finish == "content_filter":
            said.audio_id = ""  # the service has not kept all of it
        if reply.finish == "tool_calls":
            said.calls = reply.calls
        if said.text or said.calls:
            self._history.add(said)
        if said.audio_id and said.expires_at_s:
            self._desk.emit(AudioKept(answer.item_id, said.audio_id, said.expires_at_s))

    def _outcome(self, reply: _Reply) -> Outcome:
        words = _REASONS.get(reply.finish)
        if words is not None:
            self._desk.notice(f"The answer is incomplete: {words}.", "warning")
            return Outcome("incomplete", words)
        return Outcome("completed", "the model refused" if reply.refused else "")

    def _too_slow(self, answer: Answer) -> Outcome:
        limit_s = self._options.run_limit_s
        words = f"The answer was not finished after {limit_s:.0f} s; it was stopped. Try again."
        self._desk.notice(words, "error")
        return Outcome("incomplete" if answer.started else "failed", words)

    async def _run_functions(self, reply: _Reply, answer: Answer) -> None:
        results: dict[str, str] = {}
        try:
            results = await self._tools.collect(reply.calls, answer.item_id)
        finally:
            # A call without a result would make every later request fail.
            for call in reply.calls:
                output = results.get(call.call_id, NOT_RUN)
                self._history.add(Said("tool", output, call_id=call.call_id))
        if answer.text:
            answer.next_message()

    # ------------------------------------------------------------ the written answer beside

    def _start_written(self, question: Question, answer: Answer, until_s: float) -> None:
        written = answer.beside(WRITTEN_TURN)
        # Before the spoken answer is in the history: both answer the same question.
        body = self._body("", note=question.written)
        if self._options.model.startswith("gpt-audio") and not _holds_sound(body):
            body["model"] = TEXT_DEFAULT  # the gpt-audio family refuses words alone
        flow = self._desk.start(self._write(body, written, until_s))
        self._beside = (flow, written)

    async def _write(self, body: Message, written: Answer, until_s: float) -> None:
        try:
            await self._streamed_text(body, written, until_s)
        except Refused as refused:
            words = refused.trouble.meaning(model=self._options.model).words
            self._desk.notice(f"The written answer failed: {words}", "error")
            written.complete(whole=False)
            written.finish("incomplete" if written.started else "failed", words)
        except TimeUp:
            written.complete(whole=False)
            written.finish("incomplete", "not finished in time")

    async def _streamed_text(self, body: Message, written: Answer, until_s: float) -> None:
        reply = _Reply()
        body.pop("tools", None)
        within_s = max(0.0, until_s - self._desk.now_s)
        with await self._desk.begin("chat.stream", body, within_s=within_s) as stream:
            while (message := await stream.next(until_s)) is not None:
                if isinstance(message, dict):
                    self._on_chunk(part(message, "data"), reply, written)
        if not reply.finish:
            raise Refused(Trouble(cause=CUT))
        outcome = self._outcome(reply)
        written.complete()
        written.finish(outcome.status, outcome.detail)

    # ------------------------------------------------------------ stopping

    def gone(self, trouble: Trouble) -> SessionEnded | None:
        """The service keeps no conversation that it could lose."""
        return None

    async def stopped(self) -> None:
        """The user interrupted: close the streams."""
        self.leave()

    def leave(self) -> None:
        """Nothing is kept at the service that would have to be told."""
        if self._stream is not None:
            self._stream.close()
        if self._beside is not None:
            flow, written = self._beside
            self._beside = None
            flow.stop()
            written.complete(whole=False)
            written.finish("interrupted", "stopped")


def _holds_sound(body: Message) -> bool:
    """Whether a message carries sound, or the service's name for some."""
    return any(
        message.get("audio")
        or any(text(p, "type") == "input_audio" for p in parts(message, "content"))
        for message in parts(body, "messages")
    )
