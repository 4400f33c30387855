"""Row X7: what leaves the process while muted, judged at the other end of the socket."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import os
import random
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from shared.messages import GateMode
from shared.pcm import FRAME_BYTES, RATE_HZ
from shared.wav import pcm_of, wav_header
from tests.e2e.calls import QUESTION, Log
from tests.faults.table import record
from tests.tui.sessions.service import Line, endpoint, service
from tests.waiting import async_wait_until
from tui.audio.link import EngineLink
from tui.beginning import Beginning
from tui.call import Call
from tui.call_events import (
    AnyCall,
    Ask,
    Counted,
    CountStages,
    Mute,
    MuteChanged,
    MuteChecked,
    StateChanged,
    Stop,
    Talk,
    Type,
)
from tui.commands.calls import Calls
from tui.commands.record import Record
from tui.service_choice import choose_service
from tui.sessions.options import RealtimeOptions
from tui.settings import CallSettings, load_settings

EVENTS = int(os.environ.get("VOICETUI_MUTE_EVENTS", "120"))
"""`make faults` asks for 1000."""
ON_ITS_WAY_S = 0.3
"""What was written to the socket before the mute may arrive so much later."""


class Ears:
    """A service that hears everything and says nothing."""

    def __init__(self) -> None:
        self.arrived: list[tuple[float, int, bool]] = []
        """When, how many frames, whether there is any sound in them."""

    async def __call__(self, line: Line) -> None:
        await line.open()
        with contextlib.suppress(ConnectionClosed):
            while True:
                message = await line.hear("input_audio_buffer.append")
                pcm = base64.b64decode(message["audio"])
                self.arrived.append((time.monotonic(), len(pcm) // FRAME_BYTES, any(pcm)))

    def sound(self, since_s: float, until_s: float) -> int:
        """Frames with sound that came in this time."""
        return sum(n for at_s, n, sounds in self.arrived if since_s < at_s < until_s and sounds)


@pytest.fixture
def noisy(tmp_path: Path) -> Path:
    """A minute in which the microphone is never silent."""
    path = tmp_path / "noise.wav"
    block = random.Random(1).randbytes(RATE_HZ * FRAME_BYTES)
    path.write_bytes(wav_header(60 * len(block)) + block * 60)
    return path


@contextlib.asynccontextmanager
async def called(ears: Ears, source: Path, folder: Path) -> AsyncIterator[tuple[Call, Log]]:
    log = Log()
    async with service(ears) as port:
        settings = CallSettings(
            endpoint(port), RealtimeOptions("m"), f"file:{source}", "silent", "off"
        )
        with (folder / "engine.log").open("wb") as engine_log:
            call = Call(settings, log.add, engine_log=engine_log)
            call.start()
            try:
                await async_wait_until(lambda: log.state == "listening", 20)
                await async_wait_until(lambda: ears.sound(0, time.monotonic()) > 0, 20)
                yield call, log
            finally:
                await asyncio.to_thread(call.stop, 5)


async def mute(call: Call, log: Log, on: bool | None) -> float:
    """How long the acknowledgement takes, in ms."""
    before = len(log.all(MuteChanged))
    asked_s = time.monotonic()
    call.submit(Mute(on))
    while len(log.all(MuteChanged)) == before:
        await asyncio.sleep(0.001)
        assert time.monotonic() - asked_s < 20, "the mute was lost"
    return (time.monotonic() - asked_s) * 1000


async def test_no_frame_leaves_while_muted_whatever_happens(noisy: Path, tmp_path: Path) -> None:
    chance = random.Random(7)
    asks: tuple[Any, ...] = (Talk(), Stop(), Type("hello"), CountStages())
    ears = Ears()
    took_ms: list[float] = []
    spans: list[tuple[float, float]] = []
    async with called(ears, noisy, tmp_path) as (call, log):
        done = 0
        while done < EVENTS:
            took_ms.append(await mute(call, log, True))
            muted_s = time.monotonic()
            for _ in range(chance.randrange(5, 25)):
                ask: Ask = chance.choice(asks)
                call.submit(ask)
                done += 1
                await asyncio.sleep(chance.uniform(0, 0.05))
            await asyncio.sleep(ON_ITS_WAY_S)
            spans.append((muted_s + ON_ITS_WAY_S, time.monotonic()))
            assert await mute(call, log, False) >= 0
            before = ears.sound(0, time.monotonic())
            if log.state == "listening":
                # It can be heard again: the silence was no broken line.
                await async_wait_until(lambda: ears.sound(0, time.monotonic()) > before, 10)  # noqa: B023
        checks = log.all(MuteChecked)
        assert [changed.on for changed in log.all(MuteChanged)] == [True, False] * len(took_ms)
    leaked = sum(ears.sound(*span) for span in spans)
    counted = max(check.sent_frames for check in checks)
    slowest_ms = max(took_ms)
    record(
        "X7",
        f"{leaked} frames on the wire and {counted} counted in {done} events and {len(spans)} "
        f"mutes; acknowledged in {sorted(took_ms)[len(took_ms) // 2]:.0f} ms, "
        f"at most {slowest_ms:.0f} ms",
        ok=not leaked and not counted,
    )
    assert leaked == counted == 0
    assert any(state.state == "muted" for state in log.all(StateChanged))


async def test_a_gate_that_leaks_is_counted_and_shown(
    noisy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The count must be able to be other than 0, or it proves nothing."""

    async def broken(self: EngineLink, mode: GateMode, *, keep: bool) -> None:
        """Says that it is closed."""

    ears = Ears()
    async with called(ears, noisy, tmp_path) as (call, log):
        monkeypatch.setattr(EngineLink, "gate", broken)
        await mute(call, log, True)
        muted_s = time.monotonic()
        await async_wait_until(
            lambda: any(check.sent_frames > RATE_HZ // 4 for check in log.all(MuteChecked)), 10
        )
        counted = log.all(MuteChecked)[-1].sent_frames
        wire = ears.sound(muted_s, time.monotonic())
        assert abs(counted - wire) < RATE_HZ // 2


async def test_who_talks_while_muted_is_told(tmp_path: Path) -> None:
    spoken = pcm_of(QUESTION.read_bytes())
    path = tmp_path / "talk.wav"
    path.write_bytes(wav_header(10 * len(spoken)) + spoken * 10)
    async with called(Ears(), path, tmp_path) as (call, log):
        await mute(call, log, True)
        await async_wait_until(lambda: any(check.talking for check in log.all(MuteChecked)), 20)
        await mute(call, log, False)
        assert all(check.sent_frames == 0 for check in log.all(MuteChecked))


def captured_frames(call: AnyCall, log: Log) -> int:
    """What the microphone has delivered."""
    call.submit(CountStages())
    counted = log.last(Counted)
    return counted.stages.captured_frames if counted is not None else 0


async def test_a_mute_holds_in_the_next_call(
    noisy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VOICETUI_STATE_DIR", str(tmp_path / "state"))
    monkeypatch.setenv("VOICETUI_CONFIG", str(tmp_path / "config.toml"))
    ears = Ears()
    async with service(ears) as port:
        flags: dict[str, str | float] = {
            "service.base_url": f"http://127.0.0.1:{port}/v1",
            "audio.input": f"file:{noisy}",
            "audio.output": "silent",
            "audio.echo": "off",
        }
        settings = load_settings(flags, {"OPENAI_API_KEY": "sk-none"})
        with Record(settings) as record:
            calls = Calls(settings, choose_service(settings, {}), record)
            first = calls.make(Log().add, Beginning())
            first.start()
            await async_wait_until(lambda: ears.sound(0, time.monotonic()) > 0, 20)
            first.submit(Mute())
            await asyncio.to_thread(first.stop, 5)  # whether it was acknowledged or not
            await asyncio.sleep(ON_ITS_WAY_S)
            began_s = time.monotonic()
            for kept in (True, False):
                log = Log()
                call = calls.make(log.add, Beginning())
                call.start()
                try:
                    await async_wait_until(
                        lambda: log.state == ("muted" if kept else "listening"),  # noqa: B023
                        20,
                    )
                    assert [changed.on for changed in log.all(MuteChanged)] == [True] * kept
                    if kept:
                        await async_wait_until(lambda: captured_frames(call, log) > RATE_HZ, 20)  # noqa: B023
                        assert ears.sound(began_s, time.monotonic()) == 0
                        call.submit(Mute())
                    await async_wait_until(lambda: ears.sound(began_s, time.monotonic()) > 0, 20)  # noqa: B023
                finally:
                    await asyncio.to_thread(call.stop, 5)
                await asyncio.sleep(ON_ITS_WAY_S)
                began_s = time.monotonic()
            calls.close()
