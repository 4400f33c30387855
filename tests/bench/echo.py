"""Echo control and voice activity in simulated rooms, as fast as the machine can.

Synthetic voices through the real classes; rooms, delays and clocks are made up (`room.py`).  No
loudspeaker takes part, so a busy machine changes nothing but the last figures, the costs.
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from typing import Final

import numpy as np

from engine.voice import VoiceActivity
from shared.pcm import RATE_HZ, ms_to_frames
from tests.bench.command import run_alone
from tests.bench.room import (
    INTERRUPTIONS,
    NEAR_DBFS,
    Path,
    Room,
    Signal,
    answer,
    power_db,
    spoken,
)
from tests.bench.stage import Stage
from tests.bench.table import Line, Result, percentile
from tests.bench.voice import shift_of
from tests.rig.signal import Samples
from tests.waiting import wait_until

DELAYS_MS: Final = (40.0, 150.0, 300.0)
LEVELS_DB: Final = (-30.0, -15.0, -6.0, 0.0, 6.0)
HELD_UP_TO_DB: Final = -6.0
"""Louder echoes are reported, not judged."""
NOTICED_S: Final = 0.5
CONVERSATION: Final = (
    Path(40, drift_ppm=100),
    Path(150, drift_ppm=300),
    Path(300, drift_ppm=-300),
    Path(100, direct_db=-6, drift_ppm=-50),
)
SPEAKERS: Final = ("en-us+f3", "en-us+m3", "en-gb-x-rp+f4", "en-us")
INTERRUPTERS: Final = ("en-gb-x-rp+m3", "en-us+m1", "en-gb-x-rp+f4", "en-us+f2")
BLOCK: Final = 240


@dataclass(frozen=True, slots=True)
class BargeIns:
    """How many voices that spoke into an answer were noticed, and when."""

    voices: int
    in_time: int
    median_ms: float
    false: int


def measure(_: Stage, long: bool) -> Result:
    """All of it; `long` is ten minutes of answers in every room."""
    lines = []
    numbers: dict[str, object] = {}
    for path in [Path(delay_ms) for delay_ms in DELAYS_MS]:
        reduction_db = reduction(path, 20, from_s=1)
        lines.append(_reduction(f"echo {path.delay_ms:.0f} ms late, -6 dB", reduction_db))
        numbers[f"reduction {path.delay_ms:.0f} ms"] = reduction_db
    for drift_ppm in (-300.0, 300.0):
        reduction_db = reduction(Path(drift_ppm=drift_ppm), 240 if long else 60, from_s=10)
        lines.append(_reduction(f"clocks {drift_ppm:+.0f} ppm apart", reduction_db))
        numbers[f"reduction {drift_ppm:+.0f} ppm"] = reduction_db
    minutes = 10.0 if long else 1.0
    false = [false_barge_ins(path, minutes) for path in CONVERSATION]
    lines.append(
        Line(
            f"false barge-ins in {minutes:.0f} min of answers, four rooms",
            " / ".join(map(str, false)),
            "",
            "0",
            not any(false),
        )
    )
    numbers["false barge-ins"] = false
    for level_db in LEVELS_DB:
        found = barge_ins(level_db, rounds=6 if long else 2)
        share = found.in_time / found.voices
        held = level_db <= HELD_UP_TO_DB
        lines.append(
            Line(
                f"noticed within 500 ms, echo at {level_db:+.0f} dB",
                f"{share:.0%} of {found.voices}, median {found.median_ms:.0f} ms",
                "",
                "at least 95 %" if held else "",
                share >= 0.95 if held else None,
            )
        )
        numbers[f"barge-ins {level_db:+.0f} dB"] = asdict(found)
    lines += voice_lines(60 if long else 15, numbers)
    lines += cost_lines(numbers)
    return Result("Echo control and voice activity, simulated", tuple(lines), numbers)


def _reduction(what: str, reduction_db: float) -> Line:
    return Line(what, f"{reduction_db:.0f} dB less", "", "at least 35 dB", bool(reduction_db >= 35))


def reduction(path: Path, seconds: float, *, from_s: float) -> float:
    """How much less of the echo of one answer there is from `from_s` on, in dB."""
    far = answer(seconds)
    clean = Room("auto", path).run([(0, far)], np.zeros(len(far))).clean
    echo = path.echo(far.astype(float))[: len(clean)]
    begin = int(from_s * RATE_HZ)
    return power_db(echo[begin:]) - power_db(clean[begin : len(echo)])


def false_barge_ins(path: Path, minutes: float) -> int:
    """Voices noticed in a conversation in which nobody but the assistant speaks."""
    chance = np.random.default_rng(2)
    answers = []
    at_s = 0.3
    while at_s < minutes * 60:
        seconds = chance.uniform(8, 25)
        number = len(answers)
        answers.append((at_s, answer(seconds, SPEAKERS[number % len(SPEAKERS)], number)))
        at_s += seconds + chance.uniform(1, 4)
    heard = Room("auto", path).run(answers, np.zeros(int(at_s * RATE_HZ)))
    return sum(voice.on for _, voice in heard.voices)


def barge_ins(level_db: float, *, rounds: int, each: int = 18) -> BargeIns:
    """Voices at -24 dBFS into answers whose echo is at `level_db` of -20 dBFS."""
    delays_ms: list[float] = []
    false = 0
    for number in range(rounds):
        chance = np.random.default_rng(number)
        seconds = 5 + 5 * each
        near = np.zeros(seconds * RATE_HZ)
        onsets_s = []
        for index in range(each):
            text = INTERRUPTIONS[index % len(INTERRUPTIONS)]
            voice = spoken(text, INTERRUPTERS[index % len(INTERRUPTERS)], NEAR_DBFS)
            start = int((5 + 5 * index + chance.uniform(0, 1.5)) * RATE_HZ)
            near[start : start + len(voice)] += voice[: len(near) - start]
            onsets_s.append(start / RATE_HZ)
        path = Path(DELAYS_MS[number % 3], level_db, 100 * (number % 3 - 1))
        heard = Room("auto", path).run([(0.2, answer(seconds - 0.5, first=number))], near)
        told_s = [at_s for at_s, voice in heard.voices if voice.on]
        for onset_s in onsets_s:
            found = [at_s for at_s in told_s if onset_s <= at_s < onset_s + 2.5]
            delays_ms.append((found[0] - onset_s) * 1000 if found else np.inf)
            told_s = [at_s for at_s in told_s if at_s not in found]
        false += len(told_s)
    in_time = sum(delay_ms <= NOTICED_S * 1000 for delay_ms in delays_ms)
    return BargeIns(len(delays_ms), in_time, percentile(delays_ms, 50), false)


def voice_lines(seconds: float, numbers: dict[str, object]) -> list[Line]:
    """What is taken for speech, of what is none and of what is."""
    lines = []
    for name, signal in noises(seconds).items():
        share = spoken_share(signal, np.ones(len(signal), bool))
        numbers[f"false on {name}"] = share
        lines.append(Line(f"{name} taken for speech", f"{share:.1%}", "", "1 %", share <= 0.01))
    for voice in INTERRUPTERS:
        speech = answer(seconds, voice, dbfs=NEAR_DBFS).astype(float)
        noise = np.random.default_rng(4).standard_normal(len(speech))
        noise *= 32768 * 10 ** ((NEAR_DBFS - 10) / 20)
        share = spoken_share(speech + noise, _active(speech))
        numbers[f"hits at 10 dB, {voice}"] = share
        lines.append(
            Line(f"speech of {voice} heard at 10 dB", f"{share:.1%}", "", "95 %", share >= 0.95)
        )
    return lines


def noises(seconds: float) -> dict[str, Signal]:
    """Sounds of a room in which nobody speaks."""
    chance = np.random.default_rng(3)
    count = int(seconds * RATE_HZ)
    time_s = np.arange(count) / RATE_HZ
    white = chance.standard_normal(count)
    spectrum = np.fft.rfft(white)
    pink = np.fft.irfft(spectrum / np.sqrt(np.arange(len(spectrum)) + 1), count)
    pink *= 1000 / np.std(pink)
    fan = pink + 1500 * np.sin(2 * np.pi * 120 * time_s) + 700 * np.sin(2 * np.pi * 240 * time_s)
    clicks = chance.standard_normal(count) * 10
    for start in np.sort(chance.integers(0, count - 800, int(seconds * 8))):
        size = int(chance.integers(100, 700))
        strike = chance.standard_normal(size) * np.exp(-np.arange(size) / (size / 5))
        clicks[start : start + size] += strike * chance.uniform(1000, 8000)
    return {
        "silence": np.zeros(count),
        "white noise": white * 1000,
        "pink noise": pink,
        "a fan": fan,
        "a keyboard": clicks,
    }


def spoken_share(signal: Signal, where: np.ndarray) -> float:
    """Of the samples `where`, the share that lies between a beginning and an end of speech."""
    samples = signal.clip(-32768, 32767).astype("<i2")
    taken = np.zeros(len(samples) + RATE_HZ, bool)
    begun: list[int] = []

    def tell(on: bool, position: int) -> None:
        if on:
            begun.append(position)
        else:
            taken[begun.pop() : position] = True

    voice = VoiceActivity(lambda heard: tell(heard.on, heard.position))
    voice.use(300)
    voice.load()
    wait_until(lambda: voice._detector is not None, 10)
    for start in range(0, len(samples) - BLOCK + 1, BLOCK):
        voice.process(samples[start : start + BLOCK].tobytes(), start + BLOCK)
    if begun:
        taken[begun[0] :] = True
    return float(np.mean(taken[: len(samples)][where]))


def _active(speech: Signal) -> np.ndarray:
    """Where somebody speaks: 20 ms around what is at most 30 dB below the loudest."""
    loud = np.abs(speech) > np.abs(speech).max() * 0.03
    active: np.ndarray = np.convolve(loud, np.ones(ms_to_frames(20)), "same") > 0
    return active


def cost_lines(numbers: dict[str, object]) -> list[Line]:
    """What the processing costs, and how much later a sample comes out."""
    near: Samples = answer(12, "en-us+m1", dbfs=NEAR_DBFS)
    room = Room("auto", Path())
    before_s, spent_s = time.thread_time(), 0.0
    room.run([(0, answer(12))], np.zeros(len(near)))
    spent_s = time.thread_time() - before_s
    percent = 100 * spent_s / 12
    clean = Room("auto", Path(gain_db=-90)).run([], near.astype(float)).clean
    delay_ms = shift_of(clean, near[: len(clean)]) * 1000 / RATE_HZ
    numbers |= {"percent of a core": percent, "delay ms": delay_ms}
    return [
        Line(
            "both, and the simulation around them: of one core",
            f"{percent:.1f} %",
            "",
            "at most 12 %",
            percent <= 12,
        ),
        Line("added delay", f"{delay_ms:.1f} ms", "", "at most 20 ms", delay_ms <= 20),
    ]


if __name__ == "__main__":
    run_alone(measure)
