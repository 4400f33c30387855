"""Sound over a network: the loudspeaker and the microphone of the machine in front of you."""

from __future__ import annotations

import asyncio

import pytest

from shared.pcm import RATE_HZ, ms_to_frames
from tests.rig.card import SoundCard
from tests.rig.distance import Distance
from tests.rig.recorder import Recorder
from tests.rig.signal import analyse_counter, counter_pcm
from tests.waiting import async_wait_until
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices

pytestmark = pytest.mark.rig


@pytest.mark.parametrize(("one_way_ms", "length_ms"), [(50, 4_000), (150, 6_000)])
async def test_sound_far_away_is_whole(
    on_sound_card: SoundCard, monkeypatch: pytest.MonkeyPatch, one_way_ms: int, length_ms: int
) -> None:
    frames = ms_to_frames(length_ms)
    with Distance(on_sound_card, one_way_ms / 1000) as distance:
        monkeypatch.setenv("PULSE_SERVER", distance.server)
        link = EngineLink(lambda event: None, None)
        try:
            await link.open(AudioDevices(echo="off"))
            with Recorder(on_sound_card) as recorder:
                link.play("item", 0, counter_pcm(0, frames))
                link.end_item("item", 0)
                await async_wait_until(link.pop_heard, length_ms / 1000 + 30)
                await asyncio.sleep(0.5)
                samples = recorder.stop().samples
        finally:
            await link.close()
    whole = analyse_counter(samples, frames)
    assert whole.first is not None
    # Very far away the server begins before it has enough: a break at the beginning.
    settled = analyse_counter(samples[whole.first + RATE_HZ :])
    assert (settled.gaps, settled.jumps) == (0, 0), settled
    assert whole.missing_frames <= ms_to_frames(0 if one_way_ms == 50 else 20), whole
