"""What the front end reads of a stream between its start and the device's first call."""

from __future__ import annotations

import time

from engine.playback import Playback
from shared.pcm import ms_to_frames
from shared.ring import SEGMENT_BYTES, AudioRings
from tests.rig.signal import counter_pcm


class SlowDevice:
    """Starts, and calls nobody yet."""

    name = "slow"
    is_heard = True

    def start(self) -> None: ...

    def abort(self) -> None: ...

    def close(self) -> None: ...


def test_what_the_device_held_is_not_heard_before_it_is_played_again() -> None:
    rings = AudioRings(memoryview(bytearray(SEGMENT_BYTES)))
    playback = Playback(rings)
    playback.use(SlowDevice())
    rings.playback.write(counter_pcm(0, ms_to_frames(2_000)))
    playback.poll(time.monotonic_ns())
    block = memoryview(bytearray(ms_to_frames(10) * 2))
    for ahead_ms in range(0, 90, 10):
        playback.fill(block, ms_to_frames(10), ahead_ms * 1_000_000)
    playback.pause()
    stopped_at = rings.playback.read
    assert stopped_at < ms_to_frames(60)
    time.sleep(0.1)
    playback.resume()
    playback.poll(time.monotonic_ns())
    assert playback.running
    assert rings.heard_at(time.monotonic_ns()) == stopped_at
