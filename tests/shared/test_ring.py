"""The ring between two real processes, and by itself."""

from __future__ import annotations

import signal
import subprocess
import sys
import time

import pytest

from shared.ring import (
    CAPTURE_FRAMES,
    CAPTURE_SEQUENCE,
    KEPT_FRAMES,
    PLAY_READ,
    PLAY_RUNNING,
    PLAY_SEQUENCE,
    PLAYBACK_FRAMES,
    SEGMENT_BYTES,
    AudioRings,
)
from shared.segment import Segment
from tests.bench.ring import run
from tests.rig.signal import analyse_counter, counter_pcm, samples_of


@pytest.fixture
def rings() -> AudioRings:
    return AudioRings(memoryview(bytearray(SEGMENT_BYTES)))


def test_what_is_written_is_taken_whole_and_once(rings: AudioRings) -> None:
    ring = rings.capture
    assert ring.take() == b""
    assert ring.write(b"abcdef") == 3
    assert ring.take() == b"abcdef"
    assert ring.take() == b""


def test_a_half_frame_is_left_to_the_writer(rings: AudioRings) -> None:
    assert rings.capture.write(b"abc") == 1
    assert rings.capture.take() == b"ab"


def test_frames_go_round_the_end(rings: AudioRings) -> None:
    ring = rings.capture
    position = 0
    for _ in range(40):
        count = 31_337
        assert ring.write(counter_pcm(position, count)) == count
        assert ring.take() == counter_pcm(position, count)
        position += count
    assert ring.written == ring.read == position > CAPTURE_FRAMES


def test_a_full_ring_takes_no_more_and_loses_nothing(rings: AudioRings) -> None:
    ring = rings.capture
    pcm = counter_pcm(0, CAPTURE_FRAMES + 5)
    assert ring.write(pcm) == CAPTURE_FRAMES
    assert ring.write(b"xx") == 0
    assert ring.take() == pcm[: 2 * CAPTURE_FRAMES]


def test_the_playback_ring_leaves_what_is_being_heard_alone(rings: AudioRings) -> None:
    ring = rings.playback
    assert ring.write(bytes(2 * PLAYBACK_FRAMES)) == PLAYBACK_FRAMES - KEPT_FRAMES


def test_heard_is_never_beyond_what_the_device_has(rings: AudioRings) -> None:
    words = rings.words
    words[PLAY_READ] = 4800
    assert rings.heard_at(time.monotonic_ns()) == 4800  # not running: all of it was heard


def test_what_a_killed_engine_left_half_written_keeps_nobody_waiting(rings: AudioRings) -> None:
    for word in (PLAY_SEQUENCE, CAPTURE_SEQUENCE):
        rings.words[word] = 7
    rings.words[PLAY_RUNNING] = 1

    def too_long(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(5)
    try:
        assert rings.heard_at(0) == 0
        assert rings.playback_anchor() == rings.capture_anchor() == (0, 0)
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def test_segments_carry_frames_into_a_child() -> None:
    segment = Segment.create(4096)
    segment.view[:5] = b"hello"
    script = (
        "import sys\n"
        "from shared.segment import Segment\n"
        "segment = Segment.attach(sys.argv[1])\n"
        "print(bytes(segment.view[:5]).decode())\n"
        "segment.view[:5] = b'world'\n"
        "segment.close()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, segment.token],
        pass_fds=segment.descriptors,
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    assert done.stdout == "hello\n"
    assert bytes(segment.view[:5]) == b"world"
    segment.close()


@pytest.mark.parametrize("token", ["", "fd:", "fd:x", "name:abc", "12"])
def test_a_token_that_is_none_is_refused(token: str) -> None:
    with pytest.raises(ValueError, match="not a segment"):
        Segment.attach(token)


def test_two_processes_with_flushes_never_see_a_wrong_frame() -> None:
    found = run(3_000_000)
    assert found.wrong == 0
    assert found.words + found.skipped == 3_000_000
    assert found.flushes > 0


def test_the_signal_used_here_would_show_a_loss() -> None:
    pcm = counter_pcm(0, 1000)
    report = analyse_counter(samples_of(pcm[:600] + pcm[620:]), 1000)
    assert (report.jumps, report.missing_frames) == (1, 10)
