"""The network's faults, through real sockets: rows N1 to N7 and N14."""

from __future__ import annotations

import asyncio
import base64
import json
import os
import random
import struct
import time
import wave
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.bench.cuts import cuts
from tests.e2e.calls import QUESTION, Log, running_call, settings
from tests.e2e.proxy import proxied
from tests.faults.cut_call import (
    ANSWER,
    SILENT,
    CutCall,
    cut_call,
    words_lost_and_doubled,
)
from tests.faults.table import record
from tests.server.process import running_server
from tests.tui.sessions.held import held, turn_knobs
from tests.tui.sessions.service import Client, Line, endpoint, raw_service, service
from tests.waiting import async_wait_until, wait_until
from tui.call_events import AskAudio, StateChanged, Stop, ToolEnded, TurnHeard, Type
from tui.connection import waking
from tui.connection.patience import Patience
from tui.sessions import pulse
from tui.sessions.events import (
    InputCommitted,
    LineChanged,
    Notice,
    ResponseStarted,
    Say,
    SendAudio,
    SessionEnded,
    SessionStarted,
    TurnCut,
)
from tui.sessions.options import FunctionTool

CUTS = int(os.environ.get("VOICETUI_CUTS", "2"))
"""`make faults` asks for 100, and takes its time for the rest too."""
LONG = CUTS >= 100
CHUNK_S = 0.02


USUAL: dict[str, Any] = {"fixed_answer": ANSWER, "audio_speed": 6}


@pytest.fixture(scope="module")
def the_service() -> Iterator[str]:
    with running_server(**USUAL) as address:
        yield address


@pytest.fixture
def url(the_service: str) -> str:
    """A service that says the same to everything, and has no other faults yet."""
    turn_knobs(the_service, **USUAL)
    return the_service


@pytest.fixture
def log_path(tmp_path: Path) -> Path:
    return tmp_path / "engine.log"


# ---------------------------------------------------------------- N2: cut in an answer


def reset(on: CutCall) -> None:
    on.proxy.cut()


def closed_without_a_word(on: CutCall) -> None:
    on.proxy.end()


@pytest.mark.parametrize("end", [reset, closed_without_a_word], ids=["reset", "1006"])
def test_cut_in_an_answer_the_rest_of_it_comes(
    url: str, log_path: Path, end: Callable[[CutCall], None]
) -> None:
    with cut_call(url, log_path) as on:
        on.ask()
        on.wait_words()
        end(on)
        usable_s = on.wait_sessions(2)
        on.wait_answered()
        lost, doubled = words_lost_and_doubled(on.said("assistant"), ANSWER)
        assert on.said("user") == ["Talk to me."]
        assert on.sessions == 2
        assert not on.log.all(SessionEnded)
    record("N2", f"usable after {usable_s * 1000:.0f} ms", ok=usable_s < 3)
    record("N2", f"{lost} words lost, {doubled} doubled", ok=lost + doubled == 0)
    assert usable_s < 3
    assert (lost, doubled) == (0, 0)


@pytest.mark.parametrize("code", [1000, 1001, 1011, 1012] if LONG else [1001, 1011])
def test_closed_by_the_service_in_an_answer(url: str, code: int, log_path: Path) -> None:
    with cut_call(url, log_path) as on:
        on.ask()
        on.wait_words()
        turn_knobs(url, **USUAL, close_code=code)
        wait_until(lambda: on.log.all(Notice), what="the end to be told")
        turn_knobs(url, **USUAL)
        on.wait_answered()
        lost, doubled = words_lost_and_doubled(on.said("assistant"), ANSWER)
    assert (lost, doubled) == (0, 0)
    record("N2", f"code {code}: {lost} words lost, {doubled} doubled", ok=lost + doubled == 0)


def test_cuts_at_random_moments() -> None:
    found = cuts(CUTS, seed=int.from_bytes(os.urandom(2)))
    usable_ms = sorted(cut.usable_ms for cut in found)
    turns = sum(cut.turns_lost + cut.turns_doubled for cut in found)
    words = sum(cut.words_lost + cut.words_doubled for cut in found)
    if LONG:
        median_ms = usable_ms[len(found) // 2]
        good = median_ms <= 1000 and usable_ms[-1] <= 3000 and not turns and not words
        record(
            "N2",
            f"{len(found)} cuts at random: usable after {median_ms:.0f} ms (median),"
            f" {usable_ms[-1]:.0f} ms (most); {turns} turns, {words} words lost or doubled",
            ok=good,
        )
    assert (turns, words) == (0, 0), found
    assert usable_ms[-1] < 6000


def test_a_question_of_which_there_were_no_words_yet_is_answered(url: str, log_path: Path) -> None:
    """Spoken, taken by the service, and the connection breaks before its transcript comes."""
    turn_knobs(url, transcription_delay_ms=60_000, latency_first_delta_ms=60_000)
    with cut_call(url, log_path, turn_detection="none", fast_files=True) as on:
        on.call.submit(AskAudio(str(QUESTION)))
        on.log.wait_any(InputCommitted, timeout_s=20)
        turn_knobs(url)
        on.proxy.cut()
        on.wait_sessions(2)
        on.wait_answered()
        wait_until(lambda: on.said("user") != [""], what="the words of the question")
        assert len(on.said("user")) == 1
        assert "capital of japan" in on.said("user")[0].lower()
        assert "Tokyo" in on.said("assistant")[0]


def test_what_is_typed_while_there_is_no_connection_is_answered_when_there_is(
    url: str, log_path: Path
) -> None:
    with cut_call(url, log_path) as on:
        on.proxy.refuse(True)
        on.proxy.cut()
        on.log.wait_state("reconnecting")
        on.ask("Are you there?")
        on.ask("Hello?")
        on.proxy.refuse(False)
        on.wait_sessions(2)
        wait_until(lambda: len(on.said("user")) == 2, what="both turns")
        on.wait_answered()
        assert on.said("user") == ["Are you there?", "Hello?"]


def test_an_answer_of_the_lost_session_stops_when_the_new_one_is_stopped(
    url: str, log_path: Path
) -> None:
    """What plays on belongs to a session that is gone: the new one knows nothing of it."""
    with cut_call(url, log_path) as on:
        on.ask()
        on.wait_answered()
        assert on.log.state == "speaking"
        on.proxy.cut()
        on.wait_sessions(2)
        on.call.submit(Stop())
        cut = on.log.wait_any(TurnCut)
        assert 0 < cut.heard_ms < cut.received_ms
        on.log.wait_state("paused")


@dataclass
class Known:
    """What the service holds of the conversation, by what it confirmed in the last session."""

    items: list[dict[str, Any]]

    @classmethod
    def of(cls, wire: Path) -> Known:
        lines = [json.loads(line) for line in wire.read_text().splitlines()][1:]
        last = lines[-1]["over"]
        items: list[dict[str, Any]] = []
        for line in lines:
            if (line["over"], line["way"]) != (last, "received"):
                continue
            body = line["body"]
            if line["kind"] == "conversation.item.added":
                before = body.get("previous_item_id")
                at = next((n + 1 for n, item in enumerate(items) if item["id"] == before), 0)
                items.insert(at, body["item"])
            elif line["kind"] == "conversation.item.deleted":
                items = [item for item in items if item["id"] != body["item_id"]]
            assert line["kind"] != "error", body
        return cls(items)

    def said(self, role: str) -> list[str]:
        found = [item for item in self.items if item.get("role") == role]
        return [content.get("text", "") for item in found for content in item["content"][:1]]


@pytest.mark.parametrize("how", ["stop", "type"])
def test_of_an_answer_that_was_replayed_the_service_knows_what_was_heard(
    url: str, log_path: Path, how: str
) -> None:
    wire = log_path.with_name("wire.jsonl")
    with cut_call(url, log_path, wire_log=str(wire)) as on:
        on.ask()
        on.wait_answered()
        on.proxy.cut()
        on.wait_sessions(2)
        on.call.submit(Stop() if how == "stop" else Type("Something else."))
        cut = on.log.wait_any(TurnCut)
        turn = on.call._transcript.get(cut.item_id)
        assert turn is not None
        assert 0 < len(turn.text_heard) < len(ANSWER)
        wait_until(lambda: turn.text_heard in Known.of(wire).said("assistant"), 20)
        known = Known.of(wire)
        assert ANSWER not in known.said("assistant")[:1]
        assert [item["role"] for item in known.items][:3] == ["user", "assistant", "system"]


def test_functions_are_known_after_a_cut(url: str, log_path: Path) -> None:
    wire = log_path.with_name("wire.jsonl")
    schema = {"type": "object", "properties": {"city": {"type": "string"}}}
    weather = FunctionTool("weather", "Weather", schema, ("echo", "19 degrees"), allowed=True)
    turn_knobs(url, **{**USUAL, "fixed_answer": ""})
    with cut_call(url, log_path, wire_log=str(wire), tools=(weather,)) as on:
        on.ask("Please call the function weather for Tokyo.")
        wait_until(lambda: any("19" in text for text in on.said("assistant")), 30)
        on.wait_answered()
        on.proxy.cut()
        on.wait_sessions(2)
        on.ask("What is the capital of Japan?")
        wait_until(lambda: any("Tokyo" in text for text in on.said("assistant")[1:]), 30)
        kinds = [item["type"] for item in Known.of(wire).items]
        assert kinds[:4] == ["message", "function_call", "function_call_output", "message"]
        assert "19 degrees" in Known.of(wire).items[2]["output"]
        assert [event.outcome for event in on.log.all(ToolEnded)] == ["done"]


# ---------------------------------------------------------------- N1: stalls


def stamped(number: int) -> bytes:
    """20 ms whose every sample is a number."""
    return struct.pack("<h", number) * 480


@pytest.mark.parametrize("stall_s", [0.5, 2, 5, 15] if LONG else [4])
async def test_after_a_stall_little_old_sound_is_sent(stall_s: float) -> None:
    """Sound of a microphone, 20 ms at a time, each with its number; the service notes when."""

    came: list[tuple[int, float]] = []
    sent_s: list[float] = []

    async def script(line: Line) -> None:
        await line.open()
        while True:
            message = await line.hear("input_audio_buffer.append")
            pcm = base64.b64decode(message["audio"])
            came.append((struct.unpack_from("<h", pcm)[0], time.monotonic()))

    async with service(script) as port:
        with proxied(f"http://127.0.0.1:{port}/v1") as (proxy, _):
            async with Client(endpoint(proxy.port)) as client:
                await client.until(SessionStarted)
                speaking = asyncio.create_task(_speak(client, sent_s))
                await asyncio.sleep(1.5)
                proxy.hold()
                await asyncio.sleep(stall_s)
                resumed_s = time.monotonic()
                proxy.let_go()
                await asyncio.sleep(1.0)
                speaking.cancel()
                await async_wait_until(lambda: len(came) > 60, what="sound")
    old = [number for number, at_s in came if at_s >= resumed_s and sent_s[number] < resumed_s]
    fresh = [number for number, at_s in came if sent_s[number] > resumed_s]
    assert fresh, "nothing came after the stall"
    stale_ms = len(old) * 20
    record("N1", f"{stall_s:g} s: {stale_ms} ms of old sound sent", ok=stale_ms <= 3000)
    assert stale_ms <= 3000
    numbers = [number for number, _ in came]
    assert numbers == sorted(set(numbers)), "sound came out of order or twice"
    stalls = client.all(LineChanged)
    if stall_s >= 4:
        assert [change.stalled for change in stalls] == [True, False]
        assert client.session.dropped_audio > 0
        assert "not sent" in client.all(Notice)[-1].text
    if stall_s <= 1:
        assert not stalls
        assert numbers == list(range(len(numbers))), "sound was lost in a short stall"


async def _speak(client: Client, sent_s: list[float]) -> None:
    began_s = time.monotonic()
    while True:
        client.session.intend(SendAudio(stamped(len(sent_s))))
        sent_s.append(time.monotonic())
        await asyncio.sleep(max(0.0, began_s + len(sent_s) * CHUNK_S - time.monotonic()))


def test_in_a_stall_what_was_received_plays_on_and_the_state_says_so(
    url: str, log_path: Path
) -> None:
    with cut_call(url, log_path) as on:
        on.ask()
        on.wait_words(14)
        on.proxy.hold()
        wait_until(lambda: _details(on)[-1:] == ["the network stands still; waiting"], 10)
        assert on.log.state == "speaking"
        on.proxy.let_go()
        wait_until(lambda: "network" not in _details(on)[-1], 10)
        on.wait_answered()
        assert on.sessions == 1


def _details(on: CutCall) -> list[str]:
    return [event.detail for event in on.log.all(StateChanged)]


def test_that_an_answer_comes_too_slowly_is_said(url: str, log_path: Path) -> None:
    turn_knobs(url, fixed_answer=ANSWER, stall_s=3, stall_after_audio_s=0.5)
    with cut_call(url, log_path) as on:
        on.ask()
        wait_until(lambda: any("slow" in detail for detail in _details(on)), 15)
        assert on.log.state == "speaking"
        wait_until(lambda: "slow" not in _details(on)[-1], 15)


# ---------------------------------------------------------------- N3: half-open, sleep


def test_a_line_that_fell_silent_is_given_up(
    url: str, log_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not LONG:
        monkeypatch.setattr(pulse, "DEAD_AFTER_S", 3.0)
    with cut_call(url, log_path) as on:
        wait_until(lambda: on.call._connection.connected)
        time.sleep(0.5)  # a ping has been answered
        on.proxy.lose()
        noticed_s = on.wait_sessions(2)
        on.ask()
        on.wait_answered()
        reasons = [notice.text for notice in on.log.all(Notice)]
    assert any("no sign of life" in reason for reason in reasons)
    assert noticed_s <= pulse.DEAD_AFTER_S + 5
    if LONG:
        record("N3", f"half-open: on again after {noticed_s:.1f} s", ok=noticed_s <= 25)


def test_after_a_sleep_the_line_is_tried_at_once(
    url: str, log_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cut_call(url, log_path) as on:
        on.proxy.lose()
        monkeypatch.setattr(waking, "wall_clock", lambda: time.time() + 3600)
        woken_s = on.wait_sessions(2)
        time.sleep(2.5)
        assert on.sessions == 2, "it must be rebuilt once"
    record("N3", f"after a sleep: on again after {woken_s:.1f} s", ok=woken_s <= 2)
    assert woken_s < 4


def test_a_clock_that_is_set_costs_a_living_connection_nothing(
    url: str, log_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with cut_call(url, log_path) as on:
        monkeypatch.setattr(waking, "wall_clock", lambda: time.time() + 3600)
        time.sleep(2.5)
        on.ask()
        on.wait_answered()
        assert on.sessions == 1


# ---------------------------------------------------------------- N4: the time limit


def test_a_session_is_exchanged_before_its_time_limit(url: str, log_path: Path) -> None:
    turn_knobs(url, expires_in_s=5)
    with cut_call(url, log_path) as on:
        on.ask("My name is Ada.")
        wait_until(lambda: on.log.all(TurnHeard), 20, "the answer")
        began = on.sessions
        on.wait_sessions(began + 1)
        on.log.wait_state("paused")
        on.ask("What is my name?")
        wait_until(lambda: len(on.said("assistant")) == 2, 20)
        on.log.wait_any(TurnHeard, 2, 20)
        assert "Ada" in on.said("assistant")[-1]
        assert len(on.log.all(ResponseStarted)) == 2
        reconnected = "reconnecting" in on.log.states
    record("N4", f"exchanged in a pause, {int(reconnected)} times without a session")
    assert not reconnected


@pytest.mark.parametrize("begins_s", [2.6, 3.0, 3.2, 3.4, 3.8] if LONG else [3.2])
def test_what_is_said_while_a_session_is_exchanged_is_answered_once(
    url: str, tmp_path: Path, log_path: Path, begins_s: float
) -> None:
    """Sessions of four seconds: the first one is exchanged as soon as its last second begins."""
    turn_knobs(url)
    with wave.open(str(QUESTION)) as reader:
        question = reader.readframes(reader.getnframes())
    file = tmp_path / "room.wav"
    with wave.open(str(file), "wb") as writer:
        writer.setparams((1, 2, 24_000, 0, "NONE", ""))
        writer.writeframes(bytes(int(begins_s * 24_000) * 2) + question + bytes(48_000 * 20))
    with cut_call(url, log_path, input=f"file:{file}", session_s=4) as on:
        on.wait_answered()
        on.wait_sessions(2)
        assert [text.lower() for text in on.said("user")] == ["what is the capital of japan"]
        assert len(on.said("assistant")) == 1
        assert "Tokyo" in on.said("assistant")[0]
        assert "reconnecting" not in on.log.states


def test_a_time_limit_in_an_answer_costs_nothing_of_it(url: str, log_path: Path) -> None:
    """No pause in which the session could be exchanged: the answer goes on in the next one."""
    turn_knobs(url, **USUAL, expires_in_s=1.5)
    with cut_call(url, log_path) as on:
        on.ask()
        turn_knobs(url, **USUAL)
        on.wait_sessions(2)
        on.wait_answered()
        lost, doubled = words_lost_and_doubled(on.said("assistant"), ANSWER)
    assert (lost, doubled) == (0, 0)


# ---------------------------------------------------------------- N5: flapping


def test_flapping_is_answered_with_patience_and_then_given_up() -> None:
    """A service that takes us and drops us three seconds later, for ever; in a clock of its own."""
    most = []
    for seed in range(50):
        patience = Patience(random.Random(seed).uniform)
        now_s, connects_s = 0.0, []
        while True:
            connects_s.append(now_s)
            now_s += 3.0
            wait_s = patience.ended(now_s, 3.0)
            if wait_s is None:
                break
            now_s += wait_s
        assert len(connects_s) <= 12
        most.append(max(sum(a <= b < a + 60 for b in connects_s) for a in connects_s))
    record("N5", f"at most {max(most)} connections a minute, then given up", ok=max(most) <= 12)
    assert max(most) <= 12


def test_a_connection_that_keeps_breaking_is_given_up(
    url: str, log_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.connection.patience.LONGEST_WAIT_S", 0.1)
    with cut_call(url, log_path) as on:
        for number in range(1, 40):
            if on.log.all(SessionEnded):
                break
            wait_until(lambda n=number: on.sessions >= n or on.log.all(SessionEnded), 10)
            on.proxy.cut()
        ended = on.log.wait_any(SessionEnded)
        assert not ended.asked
        assert on.proxy.accepted <= 12


# ---------------------------------------------------------------- N6, N7: refused, asked to wait


@pytest.mark.parametrize("status", [401, 403, 404])
def test_what_no_retry_mends_is_tried_once(url: str, status: int, log_path: Path) -> None:
    turn_knobs(url, refuse_connect=status)

    with (
        proxied(url) as (proxy, address),
        running_call(settings(address, **SILENT), log_path) as (_, log),
    ):
        ended = log.wait_any(SessionEnded)
        attempts = proxy.accepted
    record("N6", f"{status}: {attempts} attempt", ok=attempts == 1)
    assert ended.fatal
    assert len(ended.reason) > 20
    assert attempts == 1


async def test_without_credit_the_session_ends_for_good(log_path: Path) -> None:
    async def script(line: Line) -> None:
        await line.open()
        error = {"code": "insufficient_quota", "message": "You exceeded your quota."}
        await line.tell("error", error=error)
        await line.connection.close(1000)

    async with service(script) as port:
        with proxied(f"http://127.0.0.1:{port}/v1") as (proxy, address):
            with running_call(settings(address, **SILENT), log_path) as (_, log):
                await async_wait_until(lambda: log.all(SessionEnded), 10)
            assert log.all(SessionEnded)[0].fatal
            assert "credit" in log.all(SessionEnded)[0].reason
            assert proxy.accepted == 1
            record("N6", f"no credit: {proxy.accepted} attempt")


def test_a_service_that_asks_to_wait_is_waited_for(url: str, log_path: Path) -> None:
    turn_knobs(url, refuse_connect=429, retry_after_s=2)
    with (
        proxied(url) as (proxy, address),
        running_call(settings(address, **SILENT), log_path) as (call, log),
    ):
        notice = log.wait_any(Notice)
        assert "asks to wait" in notice.text
        on = CutCall(call, log, proxy)
        turn_knobs(url)
        within = proxy.accepted
        waited_s = on.wait_sessions(1)
        assert within == 1
        assert proxy.accepted == 2
    record("N7", f"{within} request, then on after {waited_s:.1f} s", ok=within == 1)
    assert waited_s > 1.5


@pytest.mark.parametrize("kind", ["responses", "audio"])
async def test_a_request_that_is_asked_to_wait_is_made_once_in_that_time(
    kind: str, the_service: str
) -> None:
    turn_knobs(the_service)
    with proxied(the_service) as (proxy, address):
        async with held(kind, address, speak=False) as talk:
            await talk.until_any(SessionStarted)
            turn_knobs(the_service, rate_limit_times=1, retry_after_s=1.5)
            before = proxy.requests
            began_s = time.monotonic()
            talk.intend(Say("Hello."))
            await talk.until_any(Notice)
            await asyncio.sleep(1.0)
            requests = proxy.requests - before
            await talk.until_answered()
            assert time.monotonic() - began_s >= 1.5
    record("N7", f"{kind}: {requests} request in that time", ok=requests == 1)
    assert requests == 1


@pytest.mark.parametrize("kind", ["responses", "audio"])
async def test_over_http_the_turn_after_a_sleep_is_answered(kind: str, the_service: str) -> None:
    """What was being asked when the computer slept fails at once; nothing waits for a dead line."""
    turn_knobs(the_service)
    async with held(kind, the_service, speak=False) as talk:
        await talk.until_any(SessionStarted)
        turn_knobs(the_service, first_token_ms=60_000)
        talk.intend(Say("Hello."))
        await talk.until_any(ResponseStarted)
        await asyncio.sleep(0.3)
        turn_knobs(the_service)
        talk.session.probe()
        await talk.until_answered()
        talk.intend(Say("What is the capital of France?"))
        await talk.until_answered(2)
        assert "Paris" in talk.texts("assistant")[-1]


# ---------------------------------------------------------------- N14: causes


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("http://no-such-host.invalid/v1", "cannot be resolved"),
        ("http://127.0.0.1:9/v1", "refused the connection"),
    ],
    ids=["DNS", "refused"],
)
def test_why_there_is_no_connection_is_said_soon(address: str, words: str, log_path: Path) -> None:
    began_s = time.monotonic()
    with running_call(settings(address, **SILENT), log_path) as (_, log):
        wait_until(lambda: any(words in detail for detail in _all_details(log)), 10)
        said_s = time.monotonic() - began_s
    record("N14", f"{words}: said after {said_s:.1f} s", ok=said_s < 5)


def _all_details(log: Log) -> list[str]:
    return [event.detail for event in log.all(StateChanged)]


async def test_a_captive_portal_is_named_and_waited_out(log_path: Path) -> None:
    """A web page comes instead of the service, for a while."""

    page = b"<!DOCTYPE html><title>Hotel</title>"
    head = f"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: {len(page)}\r\n\r\n"
    began_s = time.monotonic()
    async with raw_service(lambda _: head.encode() + page) as port:
        address = f"http://127.0.0.1:{port}/v1"
        with running_call(settings(address, **SILENT), log_path) as (_, log):
            await async_wait_until(
                lambda: any("captive portal" in detail for detail in _all_details(log)), 10
            )
            said_s = time.monotonic() - began_s
    record("N14", f"captive portal: said after {said_s:.1f} s", ok=said_s < 5)
    assert said_s < 5
