"""From a sample at the microphone to its arrival at the service, over the websocket.

Without echo control a counter signal shows loss to the sample; with it, a voice is found again by
cross-correlation, so that the delay of the echo control itself is in the figure.
"""

from __future__ import annotations

import base64
import time
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tests.bench.command import run_alone
from tests.bench.players import EchoName, PlayerName
from tests.bench.stage import ServiceEvent, Stage
from tests.bench.table import Line, Result, percentile
from tests.bench.voice import shift_of, voice
from tests.rig.play import play_pcm
from tests.rig.recorder import MICROPHONE, Recorder, Recording
from tests.rig.signal import RATE_HZ, Samples, analyse_counter, counter_signal, sounds_in

TARGET_MS = 40.0


@dataclass(frozen=True, slots=True)
class Arrived:
    """What the service received, and when each sample was there."""

    samples: Samples
    at_s: npt.NDArray[np.float64]


def measure(stage: Stage, long: bool) -> Result:
    """Both with and without echo control; the plain player has none."""
    seconds = 30 if long else 6
    plain_ms, plain_lost = delays_ms(stage, "plain", "off", seconds)
    off_ms, off_lost = delays_ms(stage, "ours", "off", seconds)
    echo_ms, _ = delays_ms(stage, "ours", "auto", seconds)
    lines = (
        Line(
            "echo control off: median / 95th / max",
            in_words(off_ms),
            in_words(plain_ms),
            f"median at most {TARGET_MS:.0f} ms",
            bool(np.median(off_ms) <= TARGET_MS),
        ),
        Line("samples lost on the way", str(off_lost), str(plain_lost), "0", off_lost == 0),
        Line(
            "echo control on: median / 95th / max",
            in_words(echo_ms),
            "has none",
            f"median at most {TARGET_MS:.0f} ms",
            bool(np.median(echo_ms) <= TARGET_MS),
        ),
    )
    numbers = {
        "plain": quantiles(plain_ms),
        "ours": quantiles(off_ms),
        "ours with echo control": quantiles(echo_ms),
    }
    return Result("Microphone to service, every sample", lines, numbers)


def delays_ms(
    stage: Stage, player: PlayerName, echo: EchoName, seconds: int
) -> tuple[npt.NDArray[np.float64], int]:
    """The delay of every sample, and how many samples were lost."""
    service = stage.shared_service
    already = len(service.events)
    sound = counter_signal(0, seconds * RATE_HZ) if echo == "off" else voice(seconds)
    arguments = ("--microphone", "--answers", "0", "--stay-s", str(seconds + 1.5))
    with (
        Recorder(stage.card, MICROPHONE) as recorder,
        stage.front_end(player, stage.url(), *arguments, echo=echo) as front_end,
    ):
        front_end.wait_for("ready")
        play_pcm(stage.card, sound.tobytes()).wait()
        front_end.wait_for_end()
        time.sleep(0.1)
        reference = recorder.stop()
    arrived = arrived_at(service.log("append", already))
    if echo == "off":
        report = analyse_counter(arrived.samples, len(sound))
        shift = counter_start(arrived.samples) - counter_start(reference.samples)
        lost = report.missing_frames
    else:
        shift = shift_of(arrived.samples, reference.samples)
        lost = 0
    return (delay_of_each(arrived, reference, shift) * 1000, lost)


def counter_start(samples: Samples) -> int:
    """Where the counter's first sample is, or would be if its head was not lost."""
    report = analyse_counter(samples)
    if report.first is None:
        raise RuntimeError("nothing was heard of the counter signal")
    return report.first - report.head_frames


def delay_of_each(arrived: Arrived, reference: Recording, shift: int) -> npt.NDArray[np.float64]:
    """Seconds from the microphone to the service for each sample of the sound."""
    [*sounds] = sounds_in(reference.samples, longest_silence_ms=1_000)
    indices = np.arange(sounds[0].start, sounds[-1].end)
    indices = indices[(indices + shift >= 0) & (indices + shift < len(arrived.samples))]
    at_microphone_s = reference.first_sample_s + indices / reference.rate_hz
    return arrived.at_s[indices + shift] - at_microphone_s


def arrived_at(appended: list[ServiceEvent]) -> Arrived:
    """The sound the service received."""
    chunks = [base64.b64decode(event["audio"]) for event in appended]
    at_s = [
        np.full(len(pcm) // 2, event["at_s"]) for pcm, event in zip(chunks, appended, strict=True)
    ]
    return Arrived(np.frombuffer(b"".join(chunks), "<i2"), np.concatenate(at_s))


def quantiles(delays: npt.NDArray[np.float64]) -> dict[str, float]:
    """Median, 95th percentile and maximum, in the unit of the delays."""
    values = delays.tolist()
    return {"median": percentile(values, 50), "p95": percentile(values, 95), "max": max(values)}


def in_words(delays: npt.NDArray[np.float64]) -> str:
    """`17 / 20 / 25 ms`."""
    return " / ".join(f"{value:.0f}" for value in quantiles(delays).values()) + " ms"


if __name__ == "__main__":
    run_alone(measure)
