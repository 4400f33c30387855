"""Whatever the service says and the user does, in whatever order: the rules hold."""

from __future__ import annotations

import base64
import random
from collections import Counter
from typing import Any

import pytest

from tests.tui.sessions.held import check_rules
from tests.tui.sessions.http.driver import Driver, tone
from tui.sessions.events import (
    AnswerTool,
    AudioDelta,
    BeginTurn,
    Close,
    Commit,
    Compose,
    DiscardTurn,
    FlushPlayback,
    Heard,
    HeardItem,
    Intent,
    Interrupt,
    PastTurn,
    ResponseEnded,
    Say,
    SendAudio,
    SessionEnded,
    ToolCalled,
    TurnCut,
)
from tui.sessions.http.desk import Request
from tui.sessions.http.trouble import Trouble
from tui.sessions.http.wav import wav
from tui.sessions.options import FunctionTool

KINDS = ("assistants", "responses", "audio")
ROUNDS = 150
STEPS = 120
FOUND = (1469,)
"""Seeds that once broke something."""
WEATHER = FunctionTool("weather", "", {"type": "object"}, ("true",))
ODD: list[Any] = [None, "", 0, -1, [], {}, "x", True, [None], {"id": 7}, 1e400]


class Fuzz:
    """One conversation at random."""

    def __init__(self, kind: str, seed: int) -> None:
        self.random = random.Random(seed)
        past = [PastTurn("user", "a"), PastTurn("assistant", "b", "audio_0", 2e9)]
        self.driver = Driver(
            kind,
            past=past if self.random.random() < 0.3 else (),
            continuing=self.random.random() < 0.3,
            read_aloud=self.random.random() < 0.3,
            tools=(WEATHER,),
            remote_id=self.random.choice(["", "", "conv_1"]),
            run_limit_s=self.random.choice([5.0, 120.0]),
            speak=self.random.random() < 0.8,
            keep_audio_turns=self.random.choice([0, 1, 4]),
            transcribe_user=self.random.random() < 0.7,
        )
        self.malicious = self.random.random() < 0.3

    def run(self) -> None:
        self.driver.begin()
        for _ in range(STEPS):
            self.random.choice([self.answer, self.answer, self.answer, self.ask, self.pass_time])()
            self.listen()
            if self.driver.machine.finished:
                break
        self.driver.intend(Close())
        check_rules(self.driver.events)
        end = self.driver.of(SessionEnded)[0]
        assert not end.reason.startswith("internal error"), end.reason

    # ------------------------------------------------------------ the user

    def ask(self) -> None:
        self.driver.intend(*self.random.choice(self.intents()))

    def intents(self) -> list[list[Intent]]:
        call_ids = [call.call_id for call in self.driver.of(ToolCalled)] or ["unknown"]
        return [
            [Say("Hello?")],
            [Say("  ")],
            [BeginTurn(), SendAudio(tone(400)), Commit()],
            [BeginTurn(), SendAudio(bytes(4000))],
            [SendAudio(tone(200))],
            [Commit()],
            [DiscardTurn()],
            [Interrupt()],
            [AnswerTool(self.random.choice(call_ids), "result")],
            [Compose("text", written=self.random.choice(["", "Write it."]))],
            [Compose("", wav(tone(300)), answer=self.random.choice(["", "text", "audio"]))],
            [Compose("x", file_format=self.random.choice(["", "wav", "mp3"]))],
            [Heard((HeardItem("nobody", 0, 5, 10),))],
        ]

    def listen(self) -> None:
        """The loudspeaker's account of a flush comes now or never."""
        events = self.driver.events
        flushes = [n for n, event in enumerate(events) if isinstance(event, FlushPlayback)]
        if flushes and self.random.random() < 0.7:
            received: dict[str, int] = {}
            for event in events[: flushes[-1]]:
                if isinstance(event, AudioDelta):
                    received[event.item_id] = received.get(event.item_id, 0) + len(event.pcm)
            items = [
                HeardItem(name, 0, self.random.randint(0, size // 48), size // 48)
                for name, size in received.items()
            ]
            self.driver.intend(Heard(tuple(items[-2:])))

    def pass_time(self) -> None:
        self.driver.wait(self.random.choice([0.1, 0.5, 2.0, 10.0, 70.0]))

    # ------------------------------------------------------------ the service

    def answer(self) -> None:
        if not self.driver.open:
            return
        request = self.random.choice(list(self.driver.open.values()))
        what = self.random.random()
        if what < 0.08:
            self.driver.done(request, self.trouble())
        elif what < 0.2:
            self.driver.done(request)
        elif self.malicious and what < 0.4:
            self.driver.part(request, self.nonsense())
        else:
            self.driver.part(request, *self.parts(request))
            if "." in request.operation and not request.operation.endswith("stream"):
                self.driver.done(request)

    def trouble(self) -> Trouble:
        status = self.random.choice([0, 400, 400, 404, 408, 429, 500, 503])
        said = self.random.choice(
            [
                "",
                "Thread thread_1 already has an active run run_5.",
                "audio_1 has expired",
                "Unknown parameter: stream",
            ]
        )
        code = self.random.choice(["", "conversation_locked", "rate_limit_exceeded"])
        return Trouble(status, code=code, said=said, retry_after_s=self.random.choice([None, 1.0]))

    def nonsense(self) -> Any:
        keys = ["id", "data", "event", "delta", "choices", "status", "audio", "usage", "text"]
        data = {key: self.random.choice(ODD) for key in self.random.sample(keys, 4)}
        events = ["thread.run.created", "response.completed", "thread.message.delta", "error", ""]
        event = self.random.choice(events)
        return self.random.choice([data, {"event": event, "data": {"type": event, **data}}, b"\1"])

    def parts(self, request: Request) -> list[Any]:
        match request.operation:
            case "speak" | "read_aloud":
                return [
                    tone(self.random.choice([1, 100, 3000])) + b"\0" * self.random.choice([0, 1])
                ]
            case "transcribe":
                return [{"text": self.random.choice(["What?", "", "Thank you."])}]
            case "runs.stream" | "runs.submit":
                return [self.run_event()]
            case "responses.stream":
                return [self.response_event()]
            case "chat.stream":
                return [self.chunk()]
            case "chat.whole":
                audio = {"id": "audio_1", "data": "AAAA", "transcript": "Hi.", "expires_at": 2e9}
                choice = {"finish_reason": "stop", "message": {"audio": audio}}
                return [{"id": "c", "choices": [choice]}]
            case "runs.retrieve" | "runs.cancel":
                return [self.run_object()]
            case "runs.list":
                return [{"data": [self.run_object(), self.run_object()]}]
            case "items.list":
                call = {"type": "function_call", "call_id": "call_1", "id": "fc_1"}
                message = {"type": "message", "role": "user", "content": "Hello?", "id": "m_1"}
                found = self.random.sample([call, message], self.random.randint(0, 2))
                return [{"data": found, "has_more": self.random.random() < 0.3}]
            case _:
                return [{"id": "thing_1", "data": []}]

    def run_object(self) -> dict[str, Any]:
        statuses = (
            "queued in_progress requires_action completed incomplete failed cancelling cancelled"
            " expired"
        )
        function = {"name": "weather", "arguments": "{}"}
        calls = [{"id": f"call_{self.random.randint(0, 3)}", "function": function}]
        return {
            "id": "run_1",
            "status": self.random.choice([*statuses.split(), *["completed"] * 9]),
            "required_action": {"submit_tool_outputs": {"tool_calls": calls}},
            "usage": self.random.choice([None, {"prompt_tokens": 3, "completion_tokens": 4}]),
        }

    def words(self) -> str:
        return self.random.choice(["Hello. ", "and so on ", "これは文です。", "\ud800", "x" * 500])

    def run_event(self) -> dict[str, Any]:
        if self.random.random() < 0.6:
            content = [{"type": "text", "text": {"value": self.words()}}]
            data = {"id": "msg_1", "delta": {"content": content}}
            return {"event": "thread.message.delta", "data": data}
        run = self.run_object()
        return {"event": f"thread.run.{run['status']}", "data": run}

    def response_event(self) -> dict[str, Any]:
        call = {"type": "function_call", "call_id": "call_1", "name": "f", "arguments": "{}"}
        usage = {"input_tokens": 5, "output_tokens": 6}
        data = self.random.choice(
            [
                {"type": "response.output_text.delta", "delta": self.words()},
                {"type": "response.output_text.delta", "delta": self.words()},
                {"type": "response.output_item.done", "item": call},
                {"type": "response.completed", "response": {"id": "r", "usage": usage}},
                {"type": "response.incomplete", "response": {"id": "r"}},
                {"type": "response.failed", "response": {"id": "r", "error": {"message": "x"}}},
                {"type": "error", "message": "x"},
            ]
        )
        return {"event": data["type"], "data": data}

    def chunk(self) -> dict[str, Any]:
        sound = base64.b64encode(tone(self.random.choice([1, 500])) + b"\0").decode()
        function = {"name": "weather", "arguments": "{}"}
        call = {"index": 0, "id": f"call_{self.random.randint(0, 99)}", "function": function}
        audio = self.random.choice(
            [{"id": "audio_1"}, {"data": sound}, {"transcript": self.words()}, {"expires_at": 2e9}]
        )
        delta = self.random.choice([{"audio": audio}, {"content": self.words()}])
        finish = self.random.choice([None] * 6 + ["stop", "length", "tool_calls"])
        if finish == "tool_calls":
            delta = {"tool_calls": [call]}
        return {"event": "", "data": {"choices": [{"delta": delta, "finish_reason": finish}]}}


@pytest.mark.parametrize("kind", KINDS)
def test_anything_in_any_order(kind: str) -> None:
    ends: Counter[str] = Counter()
    for seed in (*range(ROUNDS), *FOUND):
        fuzz = Fuzz(kind, seed)
        try:
            fuzz.run()
        except BaseException as problem:
            problem.add_note(f"{kind}, seed {seed}")
            raise
        ends.update(end.status for end in fuzz.driver.of(ResponseEnded) if end.response_id)
        ends["cut"] += len(fuzz.driver.of(TurnCut))
    # It did come somewhere.
    assert min(ends[end] for end in ("completed", "interrupted", "failed", "cut")) > 20, ends
