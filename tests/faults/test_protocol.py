"""Services that fail in the middle, race, misorder, speak nonsense, flood, or can do less."""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from engine.playback import Playback
from shared.ring import (
    CAPTURE_WRITTEN,
    PLAY_FLUSH,
    PLAY_READ,
    PLAY_WRITTEN,
    SEGMENT_BYTES,
    AudioRings,
)
from tests.contract.bundles import FOLDER
from tests.e2e.test_less_able import interrupted_thrice
from tests.faults.attackers import Attack, listening, realtime, responses
from tests.faults.attacks import AUDIO, ENDLESS_SOUND, REALTIME, RESPONSES
from tests.faults.table import record
from tests.rig.engine import Engines
from tests.server.process import running_server
from tests.tui.sessions.held import held, turn_knobs
from tests.tui.sessions.http import test_fuzz as http_fuzz
from tests.tui.sessions.realtime import test_fuzz as realtime_fuzz
from tests.tui.sessions.realtime.driver import Driver
from tests.waiting import async_wait_until
from tui.audio.port import AudioDevices, EngineBack
from tui.sessions.events import (
    Interrupt,
    Notice,
    ResponseEnded,
    Say,
    SessionEnded,
    TurnEnded,
    TurnRemoved,
)
from tui.sessions.options import Dialect

ROOT = Path(__file__).resolve().parents[2]
RUNS = int(os.environ.get("VOICETUI_FUZZ_SEEDS", "60"))
"""Conversations for each row and kind; `make faults` has 10,000."""
FEWER = RUNS // 10
"""For rows whose sequences another row goes through too."""
ALLOWED_MB = 64.0
ATTACKS_WITHIN_S = 600.0
DIALECTS: tuple[Dialect, ...] = ("ga", "beta")

# -------------------------------------------------------------------- answers that fail

FAILURES: list[tuple[str, dict[str, Any]]] = [
    ("failed", {"error": {"type": "server_error", "code": "server_error", "message": "oh"}}),
    ("failed", {"error": {"code": "rate_limit_exceeded"}}),
    ("failed", {}),
    ("incomplete", {"reason": "content_filter"}),
    ("incomplete", {"reason": "max_output_tokens"}),
    ("cancelled", {"reason": "client_cancelled"}),
    ("cancelled", {"reason": "turn_detected"}),
    ("weird", {}),
]


def test_answers_that_fail_in_the_middle() -> None:
    """N8: the turn is marked, the next one works."""
    for seed in range(RUNS):
        rng = random.Random(seed)
        driver = Driver(dialect=rng.choice(DIALECTS)).start()
        for number in range(4):
            status, details = rng.choice(FAILURES)
            fail_once(driver, rng, f"r{number}", status, details)
        realtime_fuzz.rests(driver)
    for kind in http_fuzz.KINDS:
        for seed in range(FEWER):
            fuzz = http_fuzz.Fuzz(kind, seed)
            fuzz.malicious = False
            fuzz.run()
    runs = RUNS + FEWER * len(http_fuzz.KINDS)
    record("N8", f"0 stuck states in {runs} runs")


def fail_once(
    driver: Driver, rng: random.Random, name: str, status: str, details: dict[str, Any]
) -> None:
    """An answer that ends badly, at a stage of its own."""
    driver.want(Say(f"question {name}"))
    item_id = driver.last_sent("conversation.item.create")["item"]["id"]
    driver.item(item_id, "user", None, content=[{"type": "input_text", "text": f"q {name}"}])
    stage = rng.randrange(4)
    if stage:
        driver.get("response.created", response={"id": name})
    if stage > 1:
        driver.words("Once upon a", name, f"a-{name}")
    if stage > 2:
        driver.audio(200, name, f"a-{name}")
        if rng.random() < 0.3:
            driver.want(Interrupt())
    driver.end_answer(name, status, status_details=details)
    end = driver.all(ResponseEnded)[-1]
    assert end.response_id == name
    if status in ("failed", "incomplete"):
        assert end.status == status
        assert end.detail
    if stage > 1:
        turns = [*driver.all(TurnEnded), *driver.all(TurnRemoved)]
        marked = next(turn for turn in turns if turn.item_id == f"a-{name}")
        if isinstance(marked, TurnRemoved):
            assert (end.status, stage) == ("interrupted", 2)  # nothing of it was heard
        else:
            assert (marked.status == "completed") == (end.status == "completed")


# -------------------------------------------------------------------- races and order


def test_races() -> None:
    """N9: create, cancel, done and speech in any order."""
    for dialect in DIALECTS:
        for seed in range(RUNS):
            conversation = realtime_fuzz.talk(seed, dialect, faults=False)
            realtime_fuzz.check(conversation, f"{dialect} {seed}")
    record("N9", f"0 violations in {2 * RUNS} conversations, in two dialects")


def test_misordered_doubled_unknown_and_missing_events() -> None:
    """N10: the transcript is the one of the service."""
    for dialect in DIALECTS:
        for seed in range(RUNS):
            conversation = realtime_fuzz.talk(seed, dialect, faults=True)
            realtime_fuzz.check(conversation, f"{dialect} {seed}")
    for kind in http_fuzz.KINDS:
        for seed in range(RUNS):
            http_fuzz.Fuzz(kind, seed).run()
    record("N10", f"0 of {(2 + len(http_fuzz.KINDS)) * RUNS} transcripts differ, all kinds")


# -------------------------------------------------------------------- nonsense, and too much of it


async def test_malformed_events() -> None:
    """N11: fields of every type, frames that are none, a million levels."""
    for dialect in DIALECTS:
        if (FOLDER / f"realtime-{dialect}.schema.json").is_file():
            realtime_fuzz.well_formed_and_spoilt(dialect, RUNS)
        else:  # the schemas are no part of the project: junk between good events will do
            for seed in range(RUNS):
                realtime_fuzz.check(realtime_fuzz.talk(seed, dialect, faults=True), f"seed {seed}")
    for kind in http_fuzz.KINDS:
        for seed in range(FEWER):
            fuzz = http_fuzz.Fuzz(kind, seed)
            fuzz.malicious = True
            fuzz.run()
    runs = 2 * RUNS + FEWER * len(http_fuzz.KINDS)
    deep = "a million levels"
    over_socket = await attacked("realtime", realtime, {deep: REALTIME[deep]})
    over_http = await attacked("responses", responses, {deep: RESPONSES[deep]})
    grown_mb = max(over_socket, over_http)
    record("N11", f"0 crashes in {runs} sequences; a million levels: {grown_mb:+.0f} MB")


async def test_too_much_over_a_websocket() -> None:
    """N12: refused by rule, and the conversation goes on."""
    grown_mb = await attacked("realtime", realtime, REALTIME)
    record("N12", f"WebSocket, {len(REALTIME)} attacks: {grown_mb:+.0f} MB")


@pytest.mark.parametrize("kind", ["responses", "audio"])
async def test_too_much_over_http(kind: str) -> None:
    """N12: lines, bodies and errors without end, bombs, floods."""
    if kind == "audio":
        grown_mb = await attacked(kind, lambda found: responses(found, sound=True), AUDIO)
        record("N12", f"HTTP with sound, {len(AUDIO)} attacks: {grown_mb:+.0f} MB")
    else:
        grown_mb = await attacked(kind, responses, RESPONSES)
        record("N12", f"HTTP, {len(RESPONSES)} attacks: {grown_mb:+.0f} MB")


async def test_sound_without_end() -> None:
    """N12: an answer far ahead of what is heard is stopped, and the conversation goes on."""
    grown = []
    for (kind, name), attack in ENDLESS_SOUND.items():
        service = realtime([attack]) if kind == "realtime" else responses([attack], sound=True)
        async with listening(service) as url:
            found = await told_by("tests.faults.deluged", kind, url)
        assert found["goes_on"], (kind, name, found)
        assert found["grown_mb"] < ALLOWED_MB, (kind, name, found)
        if name == "seconds":
            assert any("stopped there" in words for words in found["told"]), found
        grown.append(found["grown_mb"])
    record("N12", f"sound without end, {len(grown)} calls: {max(grown):+.0f} MB")


async def told_by(*program: str) -> dict[str, Any]:
    """What a module prints that is run as a program of its own."""
    child = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    out, _ = await asyncio.wait_for(child.communicate(), ATTACKS_WITHIN_S)
    found: dict[str, Any] = json.loads(out)
    return found


async def attacked(
    kind: str, service: Callable[[Sequence[Attack]], Attack], attacks: Mapping[str, Attack]
) -> float:
    """How much a session's process has grown at most, in MB, under all of them in a row."""
    async with listening(service(list(attacks.values()))) as url:
        found = await told_by("tests.faults.attacked", kind, url, str(len(attacks)))
    for name, outcome in zip(attacks, found["attacks"], strict=True):
        assert outcome["goes_on"], (name, outcome)
        assert not outcome["fatal"], (name, outcome)
        assert outcome["told_times"] <= 8 + outcome["took_s"], (name, outcome)
    grown_mb = float(found["grown_mb"])
    assert grown_mb < ALLOWED_MB, found
    return grown_mb


# -------------------------------------------------------------------- the ring


async def test_a_damaged_ring(tmp_path: Path) -> None:
    """A19: counters that cannot be true are silence, and a new engine goes on."""
    rng = random.Random(1)
    sound = (1000).to_bytes(2, "little") * 24_000
    noise = 0
    for word in (PLAY_WRITTEN, PLAY_READ, PLAY_FLUSH):
        for _ in range(50):
            rings = AudioRings(memoryview(bytearray(SEGMENT_BYTES)))
            playback = Playback(rings)
            rings.playback.write(sound)
            rings.words[word] = rng.getrandbits(64) | 1 << 40
            block = bytearray(b"\x55" * 480)
            playback.fill(memoryview(block), 240, 0)
            noise += sum(1 for byte in block if byte)
            assert rings.capture.take() == b""
    engines = Engines(tmp_path)
    healed_ms = []
    try:
        link, events = await engines.start(AudioDevices("silent", "silent", "off"))
        for number, word in enumerate((PLAY_WRITTEN, PLAY_READ, CAPTURE_WRITTEN), start=1):
            link.play("before", 0, sound)
            link.end_item("before", 0)
            began_s = time.monotonic()
            link._rings.words[word] = 1 << 50
            await async_wait_until(
                lambda count=number: sum(isinstance(e, EngineBack) for e in events) == count,
                20,
                "another engine",
            )
            healed_ms.append((time.monotonic() - began_s) * 1000)
            link.play("after", 0, sound[:9600])
            link.end_item("after", 0)
            await async_wait_until(
                lambda: any(item.item_id == "after" for item in link.pop_heard()), 20, "sound"
            )
    finally:
        await engines.close()
    record("A19", f"{noise} samples of noise; again after {max(healed_ms):.0f} ms", ok=noise == 0)
    assert noise == 0


# -------------------------------------------------------------------- less than the protocol has


async def test_a_service_without_cancel_and_truncate() -> None:
    """N13: told once each, never an error."""
    client = await interrupted_thrice(no_cancel=True, no_truncate=True, no_delete=True)
    notices = client.all(Notice)
    errors = [notice for notice in notices if notice.level != "info"]
    record("N13", f"{len(errors)} errors shown; {len(notices)} things said, once each")
    assert errors == []
    assert len({notice.text for notice in notices}) == len(notices) == 3


async def test_what_the_service_has_forgotten_or_does_not_begin() -> None:
    """N15: an expired sound, a busy thread, a run that stays queued, an interface that is gone."""
    with running_server(tokens_per_s=0, speech_speed=0) as url:
        turn_knobs(url, audio_id_expires_s=0.05, tokens_per_s=0, speech_speed=0)
        async with held("audio", url) as talk:
            talk.intend(Say("My name is Ada."))
            await talk.until_answered()
            talk.intend(Say("What is my name?"))
            await talk.until_answered(2)
            assert "Ada" in talk.texts("assistant")[-1]
        turn_knobs(url, lock_thread_times=2, tokens_per_s=0, speech_speed=0)
        async with held("assistants", url, speak=False) as talk:
            talk.intend(Say("What is the capital of Japan?"))
            await talk.until_answered()
            assert "Tokyo" in talk.texts("assistant")[-1]
        turn_knobs(url, run_status="queued", tokens_per_s=0)
        async with held("assistants", url, speak=False, run_limit_s=1.0) as talk:
            talk.intend(Say("What is the capital of Japan?"))
            await talk.until_answered()
            assert talk.of(ResponseEnded)[-1].status == "failed"
            assert any("did not leave the queue" in notice.text for notice in talk.of(Notice))
            turn_knobs(url, tokens_per_s=0)
            talk.intend(Say("What is the capital of France?"))
            await talk.until_answered(2)
            assert "Paris" in talk.texts("assistant")[-1]
        turn_knobs(url, assistants_gone=True)
        async with held("assistants", url, speak=False) as talk:
            talk.intend(Say("Hello?"))
            end = await talk.until_any(SessionEnded)
            assert (end.fatal, end.way_on) == (True, "responses")
            assert talk.texts("user") == ["Hello?"]
    record("N15", "0 turns lost: its words for the sound, waited, cancelled, shown the way on")
