"""The session without a socket: time is an argument, so pacing and order are exact."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

import numpy as np
import pytest

from server.knobs import KnobBoard, Knobs
from server.realtime.core import Close
from server.realtime.jobs import Speak, Understand
from server.realtime.session import RealtimeSession
from server.speech.vad import Silero
from server.speech.work import synthesise

Event = dict[str, Any]


class Bench:
    """Plays the shell: collects events, does the work when told to."""

    def __init__(self, **knobs: Any) -> None:
        self.session = RealtimeSession(
            model="demo",
            beta=False,
            board=KnobBoard(Knobs(**knobs)),
            detector=Silero,
            wall_clock=lambda: datetime(2026, 11, 20, 15, 7),
        )
        self.now = 100.0
        self.session.start(self.now)
        self.events: list[tuple[float, Event]] = []
        self.closed: Close | None = None
        self.jobs: list[Speak | Understand] = []
        self.collect()

    def collect(self) -> None:
        for event in self.session.take_events():
            if isinstance(event, Close):
                self.closed = event
            else:
                self.events.append((self.now, event))
        self.jobs += self.session.take_jobs()

    def send(self, kind: str, **fields: Any) -> None:
        self.session.receive(json.dumps({"type": kind, **fields}), self.now)
        self.session.tick(self.now)
        self.collect()

    def ask(self, text: str) -> None:
        content = [{"type": "input_text", "text": text}]
        item = {"type": "message", "role": "user", "content": content}
        self.send("conversation.item.create", item=item)
        self.send("response.create")

    def speak(self) -> Speak:
        """Do the next synthesis."""
        job = self.jobs.pop(0)
        assert isinstance(job, Speak)
        self.session.spoken(job, synthesise(job.text, job.voice, job.speed), self.now)
        self.collect()
        return job

    def run(self, seconds: float) -> None:
        """Let time pass, waking the session whenever it asks for it."""
        end = self.now + seconds
        while (due := self.session.next_due_s()) is not None and due <= end:
            self.now = max(self.now, due)
            self.session.tick(self.now)
            self.collect()
            while self.jobs:
                self.speak()
        self.now = end

    def of(self, kind: str) -> list[tuple[float, Event]]:
        return [(when, event) for when, event in self.events if event["type"] == kind]


def test_deltas_come_at_eight_times_real_time() -> None:
    bench = Bench(audio_override="counter", answer_s=8)
    bench.ask("Hello")
    bench.run(10)
    times = [when for when, _ in bench.of("response.output_audio.delta")]
    assert len(times) == 40
    steps = np.diff(times)
    assert np.allclose(steps, 0.2 / 8, atol=1e-6)
    ((done, _),) = bench.of("response.done")
    assert done - times[0] == pytest.approx(1.0, abs=0.03)


def test_the_first_delta_waits_for_its_latency() -> None:
    bench = Bench(latency_first_delta_ms=700)
    bench.ask("Hello")
    bench.speak()
    assert not bench.of("response.output_audio.delta")
    bench.run(3)
    assert bench.of("response.output_audio.delta")[0][0] == pytest.approx(100.7)


def test_long_answers_are_spoken_sentence_by_sentence() -> None:
    bench = Bench()
    bench.ask("Tell me a long story about the sea.")
    (job,) = bench.jobs
    assert isinstance(job, Speak)
    assert job.text.startswith("Once upon a time")
    bench.speak()
    assert bench.of("response.output_audio.delta"), "the first sentence does not wait"
    assert not bench.of("response.done")
    bench.run(60)
    ((_, done),) = bench.of("response.done")
    usage = done["response"]["usage"]["output_token_details"]
    assert usage["audio_tokens"] > 20 * 60, "the story takes more than a minute"


def test_a_response_waits_for_the_speech_it_answers() -> None:
    bench = Bench()
    silence = np.zeros(24_000, dtype=np.int16)
    audio = np.concatenate([silence, synthesise("Hello there.", "alloy"), silence])
    import base64

    data = base64.b64encode(audio.astype("<i2").tobytes()).decode()
    bench.send("input_audio_buffer.append", audio=data)
    assert bench.of("response.created")
    (job,) = bench.jobs
    assert isinstance(job, Understand)
    bench.run(5)
    assert not bench.of("response.output_item.added")
    bench.jobs.clear()
    bench.session.understood(job, "what is the capital of japan", bench.now)
    bench.collect()
    (speak,) = bench.jobs
    assert isinstance(speak, Speak)
    assert speak.text == "The capital of Japan is Tokyo."


def test_work_that_comes_back_late_is_ignored() -> None:
    bench = Bench()
    bench.ask("Tell me a long story.")
    late = bench.jobs.pop()
    assert isinstance(late, Speak)
    bench.send("response.cancel")
    count = len(bench.events)
    bench.session.spoken(late, synthesise("Too late.", "alloy"), bench.now)
    bench.collect()
    assert len(bench.events) == count
    ((_, done),) = bench.of("response.done")
    assert done["response"]["status_details"]["reason"] == "client_cancelled"


def test_it_expires_by_the_clock() -> None:
    bench = Bench()
    bench.run(3_599)
    assert bench.closed is None
    bench.run(2)
    assert bench.closed is not None
    assert bench.closed.code == 1001
    before = len(bench.events)
    bench.send("input_audio_buffer.clear")
    assert len(bench.events) == before


def test_a_random_order_of_events_never_breaks_it() -> None:
    import random

    rng = random.Random(4)
    bench = Bench()
    clip = synthesise("Hello.", "alloy")
    import base64

    audio = base64.b64encode(clip.astype("<i2").tobytes()).decode()
    quiet = base64.b64encode(bytes(24_000)).decode()
    text = {"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hi"}]}
    moves: list[tuple[str, dict[str, Any]]] = [
        ("response.create", {}),
        ("response.cancel", {}),
        ("input_audio_buffer.append", {"audio": audio}),
        ("input_audio_buffer.append", {"audio": quiet}),
        ("input_audio_buffer.commit", {}),
        ("input_audio_buffer.clear", {}),
        ("conversation.item.create", {"item": text}),
        ("response.create", {"response": {"conversation": "none", "input": []}}),
    ]
    for _ in range(400):
        kind, fields = rng.choice(moves)
        bench.send(kind, **fields)
        for job in list(bench.jobs):
            if rng.random() < 0.5:
                bench.jobs.remove(job)
                if isinstance(job, Understand):
                    bench.session.understood(job, "hello", bench.now)
                else:
                    bench.session.spoken(job, clip, bench.now)
                bench.collect()
        bench.now += rng.random() * 0.2
        bench.session.tick(bench.now)
        bench.collect()
        for when, event in bench.events:
            if event["type"] in ("response.created", "response.done"):
                response = event["response"]
                assert response["status"] != "completed" or when
    # At most one response of the conversation at any time; each one that began has one end.
    open_ids: set[str] = set()
    for _, event in bench.events:
        if event["type"] == "response.created" and event["response"]["conversation_id"]:
            assert not open_ids
            open_ids.add(event["response"]["id"])
        if event["type"] == "response.done":
            open_ids.discard(event["response"]["id"])
    assert len(open_ids) <= 1
