"""The engine process behind its link, on the virtual sound card and on its own devices."""

from __future__ import annotations

import asyncio
import io
import os
import signal
import subprocess
import sys
import time
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import numpy as np
import pytest

from shared.messages import Counters, Level, State
from shared.pcm import RATE_HZ, SILENCE_DBFS, frames_to_ms, ms_to_frames
from tests.rig.card import SoundCard
from tests.rig.play import play_pcm
from tests.rig.recorder import Recorder
from tests.rig.signal import analyse_counter, counter_pcm, samples_of
from tests.waiting import async_wait_until
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices, AudioEvent, EngineBack, EngineLost

SILENT = AudioDevices(input="silent", output="silent", echo="off")
CARD = AudioDevices(echo="off")


class Events(list[AudioEvent]):
    """Everything the link told."""

    def last(self, kind: type[AudioEvent]) -> AudioEvent | None:
        return next((event for event in reversed(self) if isinstance(event, kind)), None)

    @property
    def state(self) -> State:
        state = self.last(State)
        return state if isinstance(state, State) else State()


Start = Callable[[AudioDevices], Awaitable[tuple[EngineLink, Events]]]


@pytest.fixture
async def start(tmp_path: Path) -> AsyncIterator[Start]:
    """Starts an engine; it is ended after the test, and its log shown."""
    links: list[EngineLink] = []
    log_path = tmp_path / "engine.log"
    log = log_path.open("wb")

    async def start_engine(devices: AudioDevices) -> tuple[EngineLink, Events]:
        events = Events()
        link = EngineLink(events.append, log)
        links.append(link)
        await link.open(devices)
        await async_wait_until(lambda: events.state.output, 10)
        return link, events

    yield start_engine
    for link in links:
        await link.close()
    log.close()
    text = log_path.read_text(errors="replace")
    sys.stdout.write(text)
    assert "Traceback" not in text


def counter(ms: float, start: int = 0) -> bytes:
    return counter_pcm(start, ms_to_frames(ms))


async def read_for(link: EngineLink, enough: Callable[[bytes], bool], timeout_s: float) -> bytes:
    captured = b""

    async def read() -> None:
        nonlocal captured
        while not enough(captured):
            captured += await link.captured()

    await asyncio.wait_for(read(), timeout_s)
    return captured


# ---------------------------------------------------------------- on the sound card


@pytest.mark.rig
async def test_an_answer_is_heard_whole(on_sound_card: SoundCard, start: Start) -> None:
    link, events = await start(CARD)
    with Recorder(on_sound_card) as recorder:
        for block in range(10):
            link.play("item", 0, counter(200, block * ms_to_frames(200)))
            await asyncio.sleep(0.02)
        link.end_item("item", 0)
        await async_wait_until(lambda: events.state.output_phase == "playing")
        await async_wait_until(lambda: events.state.output_phase == "idle")
        await asyncio.sleep(0.2)
        report = analyse_counter(recorder.stop().samples, ms_to_frames(2000))
    assert report.missing_frames == 0
    assert (report.gaps, report.jumps, report.head_frames) == (0, 0, 0)
    heard = link.pop_heard()
    assert [(item.item_id, item.heard_frames) for item in heard] == [("item", ms_to_frames(2000))]


@pytest.mark.rig
async def test_a_flush_is_silent_at_once_and_says_what_was_heard(
    on_sound_card: SoundCard, start: Start
) -> None:
    link, _ = await start(CARD)
    with Recorder(on_sound_card) as recorder:
        link.play("item", 0, counter(5000))
        await asyncio.sleep(0.7)
        asked_s = time.monotonic()
        cut = await link.flush()
        answered_s = time.monotonic()
        await asyncio.sleep(0.5)
        recording = recorder.stop()
    report = analyse_counter(recording.samples)
    assert report.last is not None
    stopped_ms = (recording.time_of(report.last) - asked_s) * 1000
    assert stopped_ms < 30
    assert (answered_s - asked_s) * 1000 < 100
    assert [item.item_id for item in cut] == ["item"]
    heard_ms = frames_to_ms(cut[0].heard_frames)
    assert abs(heard_ms - frames_to_ms(report.heard_frames)) <= 20
    assert cut[0].received_frames == ms_to_frames(5000)
    assert link.playing is None


@pytest.mark.rig
async def test_what_follows_a_flush_is_heard_from_its_start(
    on_sound_card: SoundCard, start: Start
) -> None:
    link, _ = await start(CARD)
    link.play("old", 0, counter(5000))
    await asyncio.sleep(0.4)
    await link.flush()
    await asyncio.sleep(0.2)
    with Recorder(on_sound_card) as recorder:
        link.play("new", 0, counter(600))
        link.end_item("new", 0)
        await asyncio.sleep(1.2)
        report = analyse_counter(recorder.stop().samples, ms_to_frames(600))
    assert (report.missing_frames, report.gaps, report.jumps) == (0, 0, 0)


@pytest.mark.rig
async def test_the_microphone_is_captured_whole(on_sound_card: SoundCard, start: Start) -> None:
    link, _ = await start(CARD)
    await link.gate("open", keep=True)
    link.listen(True)
    await read_for(link, lambda pcm: len(pcm) > 9600, 5)
    signal_pcm = counter(1500)
    playing = play_pcm(on_sound_card, signal_pcm)

    def whole(pcm: bytes) -> bool:
        samples = samples_of(pcm)
        return len(samples) > 4800 and bool(samples.any()) and not samples[-4800:].any()

    captured = await read_for(link, whole, 10)
    playing.wait()
    report = analyse_counter(samples_of(captured), ms_to_frames(1500))
    assert (report.missing_frames, report.gaps, report.jumps) == (0, 0, 0)


@pytest.mark.rig
async def test_a_killed_engine_plays_on(on_sound_card: SoundCard, start: Start) -> None:
    link, events = await start(CARD)
    with Recorder(on_sound_card) as recorder:
        link.play("item", 0, counter(2500))
        link.end_item("item", 0)
        await asyncio.sleep(0.6)
        assert link._process is not None
        link._process.kill()
        await async_wait_until(lambda: events.last(EngineBack), 3)
        await async_wait_until(lambda: events.state.output_phase == "playing", 3)
        await async_wait_until(lambda: events.state.output_phase == "idle", 5)
        await asyncio.sleep(0.2)
        report = analyse_counter(recorder.stop().samples, ms_to_frames(2500))
    back = events.last(EngineBack)
    assert isinstance(back, EngineBack)
    assert back.hole_ms < 1000
    assert events.last(EngineLost)
    # The new one's device is not taken for one that stands still.
    assert not [event for event in events if isinstance(event, State) and event.notice]
    # What the old device held is played again or lost, by its clock's error and how late the
    # processor was given to the one that died.
    assert abs(report.missing_frames) <= ms_to_frames(120)
    assert report.longest_gap_frames < ms_to_frames(1000)


@pytest.mark.rig
async def test_a_suspended_loudspeaker_is_noticed_and_nothing_is_lost(
    on_sound_card: SoundCard, start: Start
) -> None:
    link, events = await start(CARD)
    link.play("item", 0, counter(3000))
    link.end_item("item", 0)
    await asyncio.sleep(0.5)
    with Recorder(on_sound_card) as recorder:
        on_sound_card.pactl("suspend-sink", "spk", "1")
        try:
            await async_wait_until(lambda: "takes nothing" in events.state.notice, 3)
            told = len(events)
            before = link.heard("item")
            await asyncio.sleep(3)
            after = link.heard("item")
            states = [event for event in events[told:] if isinstance(event, State)]
            assert all("takes nothing" in state.notice for state in states)
        finally:
            on_sound_card.pactl("suspend-sink", "spk", "0")
        await async_wait_until(lambda: link.pop_heard() or None, 15)
        await asyncio.sleep(0.2)
        report = analyse_counter(recorder.stop().samples)
    assert before is not None
    assert after is not None
    # As much as a device holds that has just been opened anew.
    assert abs(after.heard_frames - before.heard_frames) <= ms_to_frames(250)
    # Half a second was heard before the recorder listened; on a busy machine each of the devices
    # that were opened anew costs hundredths.
    assert report.head_frames + report.heard_frames >= ms_to_frames(3000 - 60)


@pytest.mark.rig
async def test_a_sound_server_that_hangs_is_told_before_it_is_waited_for(
    on_sound_card: SoundCard, start: Start
) -> None:
    link, events = await start(CARD)
    link.play("item", 0, counter(2000))
    link.end_item("item", 0)
    await async_wait_until(lambda: link.counts().played_frames)
    os.kill(on_sound_card.daemon_pid, signal.SIGSTOP)
    try:
        await async_wait_until(lambda: "takes nothing" in events.state.notice, 5)
    finally:
        os.kill(on_sound_card.daemon_pid, signal.SIGCONT)
    await async_wait_until(lambda: link.pop_heard() or None, 15)
    assert link.counts().played_frames == ms_to_frames(2000)


async def test_a_flush_whose_engine_dies_tells_what_was_heard(start: Start) -> None:
    link, _ = await start(SILENT)
    link.play("item", 0, counter(20_000))
    await asyncio.sleep(0.6)
    assert link._process is not None
    os.kill(link._process.pid, signal.SIGSTOP)
    flush = asyncio.create_task(link.flush())
    await asyncio.sleep(0.05)
    link._process.kill()
    (cut,) = await asyncio.wait_for(flush, 5)
    assert ms_to_frames(300) < cut.heard_frames < ms_to_frames(2_000)
    assert cut.received_frames == ms_to_frames(20_000)


async def test_a_flush_that_nobody_waits_for_any_more_counts_nothing_as_heard(start: Start) -> None:
    link, _ = await start(SILENT)
    link.play("item", 0, counter(20_000))
    await async_wait_until(lambda: link.counts().played_frames, 10)
    assert link._process is not None
    os.kill(link._process.pid, signal.SIGSTOP)
    flush = asyncio.create_task(link.flush())
    await asyncio.sleep(0.05)
    flush.cancel()
    await asyncio.wait([flush])
    os.kill(link._process.pid, signal.SIGCONT)
    link.play("next", 0, counter(500))
    link.end_item("next", 0)
    await async_wait_until(link.pop_heard, 10)
    counts = link.counts()
    assert 0 < counts.played_frames < ms_to_frames(10_000)
    assert counts.played_frames + counts.flushed_frames == ms_to_frames(20_500)
    assert counts.waiting_frames == 0


async def test_a_flush_before_devices_are_opened_is_answered() -> None:
    link = EngineLink(lambda event: None, None)
    link.play("item", 0, counter(1_000))
    try:
        (cut,) = await asyncio.wait_for(link.flush(), 10)
    finally:
        await link.close()
    assert (cut.heard_frames, cut.received_frames) == (0, ms_to_frames(1_000))


@pytest.mark.rig
async def test_a_silent_microphone_is_told_until_it_hears_something(
    on_sound_card: SoundCard, start: Start
) -> None:
    link, events = await start(CARD)
    await link.gate("open", keep=True)
    link.listen(True)
    await async_wait_until(lambda: "delivers only silence" in events.state.notice, 10)
    assert events.state.notice.startswith("the microphone (")
    play_pcm(on_sound_card, counter(1000))
    await async_wait_until(lambda: not events.state.notice, 5)


# ---------------------------------------------------------------- on its own devices


async def test_the_silent_device_keeps_time(start: Start) -> None:
    link, events = await start(SILENT)
    link.play("item", 0, counter(500))
    link.end_item("item", 0)
    began_s = time.monotonic()
    await async_wait_until(link.pop_heard, 3)
    assert 0.45 < time.monotonic() - began_s < 1.5
    assert events.state.output == "silent"


async def test_items_are_told_apart(start: Start) -> None:
    link, _ = await start(SILENT)
    link.play("one", 0, counter(300))
    link.end_item("one", 0)
    link.play("two", 0, counter(5000))
    await async_wait_until(lambda: link.playing == "two", 3)
    cut = await link.flush()
    assert [item.item_id for item in cut] == ["one", "two"]
    assert cut[0].heard_frames == cut[0].received_frames
    assert 0 <= cut[1].heard_frames < ms_to_frames(1000)


async def test_more_than_the_ring_holds_is_kept(start: Start, tmp_path: Path) -> None:
    out = tmp_path / "out.wav"
    link, _ = await start(AudioDevices("silent", f"file:{out}", "off", fast=True))
    frames = 5 * 1024 * 1024
    for first in range(0, frames, 512 * 1024):
        link.play("item", 0, counter_pcm(first, 512 * 1024))
    link.end_item("item", 0)
    await async_wait_until(link.pop_heard, 30)
    with wave.open(str(out)) as reader:
        samples = np.frombuffer(reader.readframes(reader.getnframes()), "<i2")
    report = analyse_counter(samples, frames)
    assert (report.missing_frames, report.jumps) == (0, 0)


async def test_after_the_mute_is_acknowledged_no_captured_frame_is_seen(
    start: Start, tmp_path: Path
) -> None:
    source = tmp_path / "in.wav"
    write_wav(source, counter(20_000))
    link, _ = await start(AudioDevices(f"file:{source}", "silent", "off"))
    await link.gate("open", keep=True)
    link.listen(True)
    await read_for(link, lambda pcm: len(pcm) > 9600, 5)
    await asyncio.sleep(0.1)  # something unread is in the ring
    await link.gate("zeros", keep=False)
    muted = await read_for(link, lambda pcm: len(pcm) > 24_000, 5)
    assert not any(muted)
    await link.gate("closed", keep=False)
    with pytest.raises(asyncio.TimeoutError):
        await asyncio.wait_for(link.captured(), 0.3)


async def test_what_was_said_before_the_gate_closed_can_be_kept(
    start: Start, tmp_path: Path
) -> None:
    source = tmp_path / "in.wav"
    write_wav(source, counter(20_000))
    link, _ = await start(AudioDevices(f"file:{source}", "silent", "off"))
    await link.gate("open", keep=True)
    link.listen(True)
    await asyncio.sleep(0.5)
    await link.gate("closed", keep=True)
    kept = link.take_captured()
    report = analyse_counter(samples_of(kept))
    assert report.heard_frames >= ms_to_frames(300)
    assert report.jumps == 0


async def test_a_file_is_delivered_whole_and_its_end_told(start: Start, tmp_path: Path) -> None:
    source = tmp_path / "in.wav"
    write_wav(source, counter(3000))
    link, events = await start(AudioDevices(f"file:{source}", "silent", "off", fast=True))
    await link.gate("open", keep=True)
    began_s = time.monotonic()
    link.listen(True)
    captured = await read_for(link, lambda pcm: len(pcm) >= 48 * 3100, 5)
    assert time.monotonic() - began_s < 2  # fast
    report = analyse_counter(samples_of(captured), ms_to_frames(3000))
    assert (report.missing_frames, report.jumps) == (0, 0)
    await async_wait_until(lambda: events.state.input_phase == "ended")


async def test_a_missing_file_is_said_in_words(start: Start, tmp_path: Path) -> None:
    link, events = await start(AudioDevices(f"file:{tmp_path}/none.wav", "silent", "off"))
    link.listen(True)
    await async_wait_until(lambda: events.state.notice)
    assert "none.wav: No such file" in events.state.notice
    assert events.state.input == "silent"


async def test_a_device_that_is_not_there_is_said_in_words(start: Start) -> None:
    link, events = await start(AudioDevices("silent", "no such loudspeaker", "off"))
    assert events.state.output == "silent"
    assert events.state.notice.startswith("no sound output: ")
    link.play("item", 0, counter(100))
    link.end_item("item", 0)
    await async_wait_until(link.pop_heard, 3)


async def test_levels_are_told_when_they_change_and_only_then(start: Start) -> None:
    link, events = await start(SILENT)
    link.play("item", 0, counter(500))
    link.end_item("item", 0)
    await async_wait_until(link.pop_heard, 3)
    await async_wait_until(lambda: events.last(Level) == Level(SILENCE_DBFS, SILENCE_DBFS), 3)
    loud = [event for event in events if isinstance(event, Level) and event.speaker_dbfs > -30]
    assert loud
    await async_wait_until(lambda: events.state.output_phase == "idle")
    count = len(events)
    await asyncio.sleep(0.5)
    assert len(events) == count


async def test_running_dry_in_an_item_is_counted_once(start: Start) -> None:
    link, events = await start(SILENT)
    link.play("item", 0, counter(200))
    await asyncio.sleep(0.5)
    link.play("item", 0, counter(200))
    link.end_item("item", 0)
    await async_wait_until(link.pop_heard, 3)
    await async_wait_until(lambda: events.last(Counters), 3)
    assert events.last(Counters) == Counters(underruns=1)


async def test_an_engine_killed_again_and_again_comes_back(start: Start) -> None:
    link, events = await start(SILENT)
    for number in range(1, 4):
        process = link._process
        assert process is not None
        process.kill()

        def back(wanted: int = number) -> bool:
            event = events.last(EngineBack)
            return isinstance(event, EngineBack) and event.restarts == wanted

        await async_wait_until(back, 5)
    link.play("item", 0, counter(100))
    link.end_item("item", 0)
    await async_wait_until(link.pop_heard, 3)


async def test_an_engine_that_hangs_is_replaced(
    start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.audio.link.REPLY_S", 0.3)
    link, events = await start(SILENT)
    assert link._process is not None
    os.kill(link._process.pid, signal.SIGSTOP)
    assert await asyncio.wait_for(link.flush(), 5) == []
    assert events.last(EngineBack)


async def test_the_engine_is_gone_when_the_front_end_dies(tmp_path: Path) -> None:
    script = (
        "import asyncio, os, signal\n"
        "from tui.audio.link import EngineLink\n"
        "from tui.audio.port import AudioDevices\n"
        "async def main():\n"
        "    link = EngineLink(lambda event: None, None)\n"
        "    await link.open(AudioDevices('silent', 'silent', 'off'))\n"
        "    link.listen(True)\n"
        "    await link.gate('open', keep=True)\n"
        "    await asyncio.sleep(0.2)\n"
        "    print(link._process.pid, flush=True)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(main())\n"
    )
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", script], stdout=subprocess.PIPE, check=False
    )
    engine_pid = int(done.stdout)

    def gone() -> bool:
        try:
            os.kill(engine_pid, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{engine_pid}/stat").read_text().split(")")[1].split()[0] == "Z"

    await async_wait_until(gone, 0.5)


def write_wav(path: Path, pcm: bytes) -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE_HZ)
        writer.writeframes(pcm)
    path.write_bytes(buffer.getvalue())
