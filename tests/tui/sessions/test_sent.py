"""What is counted as having left since a mute."""

from __future__ import annotations

import time

import pytest

from tui.sessions.options import WireFormat
from tui.sessions.realtime.wire_audio import AudioEncoder
from tui.sessions.sent import Sent

NOISE = bytes(range(1, 255)) * 40


@pytest.mark.parametrize("form", ["pcm", "pcmu", "pcma"])
def test_silence_is_sent_but_is_no_leak(form: WireFormat) -> None:
    told: list[int] = []
    sent = Sent(told.append)
    sent.form = form
    encoder = AudioEncoder(form)
    sent.base64(encoder.encode(NOISE)[0], 1.0)
    before = sent.frames
    assert before == pytest.approx(len(NOISE) // 2, abs=120)
    sent.mute(True, 2.0)
    for number in range(50):  # the first holds the end of the filter
        sent.base64(encoder.encode(bytes(960))[0], 2.001 + number * 0.02)
    assert (sent.since_mute, told) == (0, [])
    assert sent.frames == pytest.approx(before + 50 * 480, abs=120)
    sent.base64(encoder.encode(NOISE)[0], 5.0)
    assert sent.since_mute == pytest.approx(len(NOISE) // 2, abs=120)
    assert told == [sent.since_mute]
    sent.mute(False, 6.0)
    sent.base64(encoder.encode(NOISE)[0], 7.0)
    assert sent.since_mute == 0


def test_what_was_said_before_the_mute_may_still_leave() -> None:
    sent = Sent()
    sent.mute(True, 10.0)
    sent.pcm(NOISE, 9.9)
    assert (sent.frames, sent.since_mute) == (len(NOISE) // 2, 0)
    sent.pcm(NOISE, 10.1)
    assert sent.since_mute == len(NOISE) // 2


def test_a_recorded_file_is_no_microphone() -> None:
    sent = Sent()
    sent.mute(True, time.monotonic() - 1)
    sent.file(True)
    sent.pcm(NOISE, time.monotonic())
    sent.file(False)
    assert sent.since_mute == 0
    sent.pcm(NOISE, time.monotonic() + 1)
    assert sent.since_mute > 0
