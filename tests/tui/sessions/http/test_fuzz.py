"""Whatever the service says and the user does, in whatever order: the rules hold."""

from __future__ import annotations

import base64
import os
import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.contract.bundles import FOLDER, bundle
from tests.contract.samples import Samples, spoilt
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
    Event,
    FlushPlayback,
    Heard,
    HeardItem,
    Intent,
    Interrupt,
    PastTurn,
    ResponseEnded,
    ResponseStarted,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
    ToolCalled,
    TranscriptFinal,
    TurnCut,
    TurnStarted,
)
from tui.sessions.http.desk import Request
from tui.sessions.http.sse import Events, Malformed
from tui.sessions.http.trouble import Trouble
from tui.sessions.http.wav import wav
from tui.sessions.options import FunctionTool

KINDS = ("assistants", "responses", "audio")
SEEDS = int(os.environ.get("VOICETUI_FUZZ_SEEDS", "100"))
"""Conversations per kind; `make faults` has 10,000."""
STEPS = 120
STREAMS = {
    "assistants": "AssistantStreamEvent",
    "responses": "ResponseStreamEvent",
    "audio": "CreateChatCompletionStreamResponse",
}
CONTRACT = bundle("rest.schema.json") if (FOLDER / "rest.schema.json").is_file() else None
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
        self.kind = kind
        self.malicious = self.random.random() < 0.4
        self.samples = Samples(CONTRACT, "stream", self.random) if CONTRACT else None
        self.late: tuple[Request, Any] | None = None
        """A part that has been overtaken."""
        self.said: list[str] = []
        """Everything typed, in order."""

    def run(self) -> bool:
        """Whether the session lived to its end."""
        self.driver.begin()
        for _ in range(STEPS):
            self.random.choice([self.answer, self.answer, self.answer, self.ask, self.pass_time])()
            self.listen()
            if self.driver.machine.finished:
                break
        lived = not self.driver.machine.finished and self.comes_to_rest()
        self.driver.intend(Close())
        check_rules(self.driver.events)
        check_order(self.driver.events, self.said)
        end = self.driver.of(SessionEnded)[0]
        assert not end.reason.startswith("internal error"), end.reason
        return lived

    def comes_to_rest(self) -> bool:
        """The service answers all it was asked: nothing is stuck, and a new turn is answered."""
        self.calm_down()
        if self.driver.machine.finished:
            return False  # what came before was fatal
        self.say("Still there?")
        self.calm_down()
        machine = self.driver.machine
        assert not machine.finished, self.driver.of(SessionEnded)
        assert machine._answer is machine._current is None, "still at an answer"
        assert not machine._questions
        assert self.driver.waiting_for == []
        assert machine.deadline_s is None, "something still waits"
        assert self.driver.statuses("assistant")[-1] == "completed"
        assert self.driver.text("assistant")[-1] == "Yes, I am."
        assert self.driver.text("user")[-1] == "Still there?"
        return True

    def calm_down(self) -> None:
        answered: set[str] = set()
        for _ in range(400):
            for call in self.driver.of(ToolCalled):
                if call.call_id not in answered:
                    answered.add(call.call_id)
                    self.driver.intend(AnswerTool(call.call_id, "sunny"))
            for request in list(self.driver.open.values()):
                self.driver.part(request, *honest(request))
                self.driver.done(request)
            self.driver.wait(1.0)
            if self.driver.machine.finished:
                return
            if not self.driver.open and self.driver.machine.deadline_s is None:
                return
        raise AssertionError(f"no rest: {self.driver.waiting_for}")

    # ------------------------------------------------------------ the user

    def ask(self) -> None:
        if self.random.random() < 0.2:
            self.say(f"typed {len(self.said)}")
        else:
            self.driver.intend(*self.random.choice(self.intents()))

    def say(self, text: str) -> None:
        self.said.append(text)
        self.driver.intend(Say(text))

    def intents(self) -> list[list[Intent]]:
        call_ids = [call.call_id for call in self.driver.of(ToolCalled)] or ["unknown"]
        return [
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
            parts = self.parts(request)
            for part in parts * (2 if self.random.random() < 0.1 else 1):
                self.arrives(request, part)
            if "." in request.operation and not request.operation.endswith("stream"):
                self.driver.done(request)

    def arrives(self, request: Request, part: Any) -> None:
        """A part, now and then behind the one that follows it."""
        late, self.late = self.late, None
        if late is None and self.random.random() < 0.1:
            self.late = (request, part)
            return
        self.driver.part(request, part)
        if late is not None:
            self.driver.part(*late)

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
        wait_s = self.random.choice([None, 1.0])
        broke = status == 0 and self.random.random() < 0.5
        return Trouble(status, code=code, said=said, retry_after_s=wait_s, broke=broke)

    def nonsense(self) -> Any:
        """Anything of the contract, whole or spoilt; or nothing of the kind."""
        if self.samples is not None and self.random.random() < 0.6:
            message = self.samples.message(STREAMS[self.kind])
            if self.random.random() < 0.6:
                message = spoilt(message, self.random)
            if self.kind == "assistants":
                return message
            return {"event": str(message.get("type", "")), "data": message}
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


def honest(request: Request) -> list[Any]:
    """What a well-behaved service answers."""
    run = {"id": "run_9", "status": "completed"}
    words = "Yes, I am."
    match request.operation:
        case "speak" | "read_aloud":
            return [tone(200)]
        case "transcribe":
            return [{"text": "Is anybody there?"}]
        case "runs.stream" | "runs.submit":
            content = [{"type": "text", "text": {"value": words}}]
            delta = {"id": "msg_9", "delta": {"content": content}}
            return [
                {"event": "thread.run.created", "data": {"id": "run_9", "status": "queued"}},
                {"event": "thread.message.delta", "data": delta},
                {"event": "thread.run.completed", "data": run},
            ]
        case "responses.stream":
            deltas = [{"type": "response.output_text.delta", "delta": words}]
            last = {"type": "response.completed", "response": {"id": "resp_9", "output": []}}
            return [{"event": data["type"], "data": data} for data in (*deltas, last)]
        case "chat.stream":
            delta = {"audio": {"id": "audio_9", "transcript": words}}
            choice = {"delta": {"audio": {"data": "AAAA"}}, "finish_reason": "stop"}
            chunks: list[Any] = [{"delta": delta}, choice]
            return [{"event": "", "data": {"choices": [chunk]}} for chunk in chunks]
        case "chat.whole":
            audio = {"id": "audio_9", "data": "AAAA", "transcript": words, "expires_at": 2e9}
            return [{"choices": [{"finish_reason": "stop", "message": {"audio": audio}}]}]
        case "runs.retrieve":
            return [run]
        case "runs.cancel":
            return [{"id": "run_9", "status": "cancelled"}]
        case _:
            return [{"id": "thing_9", "data": [], "has_more": False}]


def check_order(events: Sequence[Event], said: Sequence[str]) -> None:
    """What was typed is there, in order; answers come one at a time, behind their questions."""
    typed = {e.item_id for e in events if isinstance(e, TurnStarted) and not e.spoken}
    finals = {e.item_id: e.text for e in events if isinstance(e, TranscriptFinal)}
    shown = [finals[name] for name in finals if name in typed and finals[name] in said]
    assert shown == list(said)[: len(shown)]
    if any(isinstance(event, SessionStarted) for event in events):
        assert len(shown) == len(said)
    answering = ""
    newest = 0
    for event in events:
        match event:
            case ResponseStarted(response_id=name):
                assert not answering, f"{name} began within {answering}"
                answering = name
            case ResponseEnded(response_id=name) if name:
                answering = ""
            case TurnStarted(item_id=name, role="assistant") if name.startswith("t-"):
                assert name.startswith(answering or "t-"), f"{name} is not of {answering}"
                assert _number(name) >= newest, f"{name} came behind a later answer"
                newest = _number(name)
            case _:
                pass


def _number(name: str) -> int:
    return int(name.split("-")[1])


@pytest.mark.parametrize("kind", KINDS)
def test_anything_in_any_order(kind: str) -> None:
    ends: Counter[str] = Counter()
    for seed in (*range(SEEDS), *FOUND):
        fuzz = Fuzz(kind, seed)
        try:
            ends["lived"] += fuzz.run()
        except BaseException as problem:
            problem.add_note(f"{kind}, seed {seed}")
            raise
        ends.update(end.status for end in fuzz.driver.of(ResponseEnded) if end.response_id)
        ends["cut"] += len(fuzz.driver.of(TurnCut))
    # It did come somewhere.
    assert ends["lived"] > SEEDS / 3
    assert min(ends[end] for end in ("completed", "interrupted", "failed", "cut")) > 20, ends


# -------------------------------------------------------------------- the stream itself

LINES = st.lists(
    st.one_of(
        st.sampled_from([b"", b"data: {}", b'data: {"a": 1}', b"event: x", b"data: [DONE]"]),
        st.sampled_from([b": keep-alive", b"data: {", b"data: NaN", b"data", b"id: 7", b"\r"]),
        st.binary(max_size=12),
    ),
    max_size=12,
)


@settings(max_examples=max(100, SEEDS), derandomize=True, deadline=None)
@given(LINES, st.lists(st.integers(1, 9), min_size=1, max_size=9))
def test_a_stream_means_the_same_however_it_is_torn(lines, sizes) -> None:
    raw = b"\n".join(lines) + b"\n\n"
    torn, at = [], 0
    while at < len(raw):
        size = sizes[len(torn) % len(sizes)]
        torn.append(raw[at : at + size])
        at += size
    assert read(torn) == read([raw])


def read(pieces: Sequence[bytes]) -> tuple[list[Any], str]:
    """All events, and what was wrong with the stream."""
    stream, found = Events(), []
    try:
        for piece in pieces:
            found += stream.feed(piece)
        found += stream.close()
    except Malformed as problem:
        return found, str(problem)
    return found, ""
