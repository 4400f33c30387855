"""Echo control in simulated rooms: times, delays and clocks are made up, the rest is real."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from engine.echo import CONVERGING_BLOCKS, FELL_BACK, HALF_DUPLEX_TAIL_NS
from shared.messages import EchoMode
from shared.pcm import RATE_HZ, ms_to_frames
from tests.bench.room import Path, Room, Signal, answer, power_db, spoken

NO_ECHO = Path(gain_db=-90)


def quiet(seconds: float) -> Signal:
    return np.zeros(int(seconds * RATE_HZ))


def near_voice(seconds: float, at_s: float, text: str = "Stop, that is wrong.") -> Signal:
    near = quiet(seconds)
    voice = spoken(text, "en-us+m3", -24)
    start = int(at_s * RATE_HZ)
    near[start : start + len(voice)] = voice[: len(near) - start]
    return near


def part(samples: np.ndarray, from_s: float, to_s: float) -> np.ndarray:
    return samples[int(from_s * RATE_HZ) : int(to_s * RATE_HZ)]


def reduction_db(path: Path, clean: np.ndarray, far: np.ndarray, from_s: float) -> float:
    """How much less of the echo there is from `from_s` on."""
    echo = path.echo(far.astype(float))[: len(clean)]
    return power_db(part(echo, from_s, 999)) - power_db(part(clean, from_s, 999)[: len(echo)])


@pytest.mark.parametrize("delay_ms", [5, 40, 300])
def test_the_answer_is_taken_out_of_the_microphone(delay_ms: float) -> None:
    path = Path(delay_ms)
    far = answer(8)
    heard = Room("auto", path).run([(0, far)], quiet(8))
    assert reduction_db(path, heard.clean, far, 1) > 35
    assert not heard.voices


@pytest.mark.parametrize("drift_ppm", [-300, 300])
def test_clocks_that_differ_are_followed(drift_ppm: float) -> None:
    path = Path(drift_ppm=drift_ppm)
    far = answer(25)
    room = Room("auto", path)
    heard = room.run([(0, far)], quiet(25))
    assert reduction_db(path, heard.clean, far, 5) > 35
    assert abs(room.echo.found().drift_ppm + drift_ppm) < 30
    assert not heard.voices


def test_every_answer_of_a_conversation_is_taken_out() -> None:
    """Each begins a stream of its own, with device times of its own."""
    answers = [(start, answer(5, first=number)) for number, start in enumerate((0, 7, 14, 21))]
    heard = Room("auto", Path(150, drift_ppm=100)).run(answers, quiet(28))
    assert not heard.voices


def test_the_echo_is_measured() -> None:
    room = Room("auto", Path(150))
    room.run([(0, answer(6))], quiet(6))
    found = room.echo.found()
    assert found.heard
    assert abs(found.delay_ms - 150) <= 4
    assert -32 < found.before_dbfs < -20
    assert found.reduction_db == found.before_dbfs - found.after_dbfs > 30


def test_the_user_is_still_heard_when_the_answer_is_over() -> None:
    near = near_voice(8, 4.5)
    heard = Room("auto", Path()).run([(0, answer(3))], near)
    assert abs(power_db(part(near, 4.5, 6)) - power_db(part(heard.clean, 4.5, 6))) < 3


def test_a_voice_in_the_middle_of_an_answer_is_noticed() -> None:
    heard = Room("auto", Path()).run([(0, answer(8))], near_voice(8, 4))
    told = [at_s for at_s, voice in heard.voices if voice.on]
    assert len(told) == 1
    assert 4 < told[0] < 4.5


def test_the_beginning_of_the_first_answer_is_not_heard() -> None:
    """Until the canceller knows the room its output would be taken for speech."""
    heard = Room("auto", Path()).run([(0, answer(6))], near_voice(6, 0.5))
    assert not part(heard.clean, 0.1, CONVERGING_BLOCKS / 100).any()
    assert part(heard.clean, 4, 6).any()


def test_with_headphones_it_is_heard_sooner() -> None:
    heard = Room("auto", NO_ECHO).run([(0, answer(6))], near_voice(6, 0.9))
    assert not part(heard.clean, 0.1, 0.5).any()
    assert [0.9 < at_s < 1.4 for at_s, voice in heard.voices if voice.on] == [True]


class Counted:
    """The canceller, and how often it was asked."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        self.reset = processor.reset
        self.blocks = 0

    def process(self, near: np.ndarray, far: np.ndarray) -> Any:
        self.blocks += 1
        return self._processor.process(near, far)


def test_with_headphones_the_canceller_rests_until_there_is_an_echo_again() -> None:
    room = Room("auto", NO_ECHO)
    room.echo._processor = canceller = Counted(room.echo._processor)
    room.run([(0, answer(6))], quiet(6))
    assert 50 < canceller.blocks < 200
    # The cable is pulled, and no device says so.
    room.path = path = Path()
    far = answer(12, first=2)
    heard = room.run([(0, far)], quiet(12))
    assert room.echo.found().heard
    assert reduction_db(path, heard.clean, far, 8) > 35
    assert room.echo.notice == ""


def test_what_may_be_the_loudspeakers_is_told_to_who_listens_for_voices() -> None:
    room = Room("auto", Path())
    room.run([(0, answer(4))], quiet(4))
    assert room.echo.residue is not None
    assert not room.echo.residue.new_stream
    room.run([(0, answer(1))], quiet(1))
    assert room.echo.residue is not None
    assert room.echo.residue.new_stream
    room.run([(0, answer(1))], quiet(3))
    assert room.echo.residue is None
    room = Room("auto", NO_ECHO)
    room.run([(0, answer(4))], quiet(4))
    assert room.echo.residue is None


class Stumbling:
    """A canceller that takes out nothing for 80 ms every three seconds."""

    def __init__(self, processor: Any) -> None:
        self._processor = processor
        self._blocks = 0

    def process(self, near: np.ndarray, far: np.ndarray) -> Any:
        clean = self._processor.process(near, far)
        self._blocks += 1
        return near.copy() if self._blocks % 300 < 8 else clean


@pytest.mark.parametrize("path", [Path(), Path(150, drift_ppm=300), Path(300)])
def test_a_canceller_that_stumbles_is_no_voice(path: Path) -> None:
    far = answer(20, first=1)
    room = Room("auto", path)
    room.run([(0, far)], quiet(20))
    room.echo._processor = Stumbling(room.echo._processor)
    false = [at_s for at_s, voice in room.run([(0, far)], quiet(20)).voices if voice.on]
    assert len(false) <= 1  # of six stumbles
    told = [at_s for at_s, voice in room.run([(0, far)], near_voice(20, 10)).voices if voice.on]
    assert 10 < told[0] < 10.5


def test_what_a_dead_engine_played_still_rings_in_the_room() -> None:
    room = Room("half-duplex", NO_ECHO)
    room.echo.rings_on(room._begin_ns)
    clean = room.run([], near_voice(1, 0)).clean
    tail_s = HALF_DUPLEX_TAIL_NS / 1e9
    assert not part(clean, 0, tail_s - 0.02).any()
    assert part(clean, tail_s + 0.02, 1).any()


class BusyMachine(Room):
    """Its device times wander off by 20 ms in two seconds, though no sound is late."""

    def _hand_over(
        self, begin_ns: int, block: int, piece: np.ndarray, chance: np.random.Generator
    ) -> None:
        wandered_ns = max(0, min(block - 300, 200)) * 100_000
        super()._hand_over(begin_ns - wandered_ns, block, piece, chance)


def test_device_times_that_wander_do_not_move_the_reference() -> None:
    far = answer(9)
    heard = BusyMachine("auto", Path()).run([(0, far)], quiet(9))
    assert reduction_db(Path(), heard.clean, far, 1) > 35


@dataclass(frozen=True)
class Late(Path):
    """From five seconds on everything comes 60 ms later."""

    def echo(self, played: Signal) -> Signal:
        echo = super().echo(played)
        at = 5 * RATE_HZ
        return np.concatenate((echo[:at], np.roll(echo, ms_to_frames(60))[at:]))


class Stumbled(Room):
    """The device ran empty, and says so."""

    def _hand_over(
        self, begin_ns: int, block: int, piece: np.ndarray, chance: np.random.Generator
    ) -> None:
        late_ns = 60_000_000 if block >= 500 else 0
        super()._hand_over(begin_ns + late_ns, block, piece, chance)


def test_an_echo_that_is_suddenly_elsewhere_does_not_get_through() -> None:
    path = Late()
    room = Stumbled("auto", path)
    far = answer(12)
    heard = room.run([(0, far)], near_voice(12, 8.5))
    loud_db = power_db(part(path.echo(far.astype(float)), 5, 6))
    assert power_db(part(heard.clean, 5, 5.3)) < loud_db - 12
    assert power_db(part(heard.clean, 5.3, 8.5)) < loud_db - 25
    told = [at_s for at_s, voice in heard.voices if voice.on]
    assert 8.5 < told[0] < 9.2


def test_another_loudspeaker_is_learned_anew() -> None:
    room = Room("auto", Path())
    room.echo.between("Speakers", "Mic", 0)
    room.run([(0, answer(4))], quiet(4))
    room.echo.between("Speakers", "", 0)
    assert part(room.run([(0, answer(2))], near_voice(2, 0.4)).clean, 0.5, 1).any()
    room.echo.between("Headset", "Mic", 0)
    assert not part(room.run([(0, answer(2))], near_voice(2, 0.4)).clean, 0.5, 1).any()


@dataclass(frozen=True)
class Restless(Path):
    """A device that stumbles all the time until `steady_s`: nothing can be learned about it."""

    steady_s: float = 999.0

    def echo(self, played: Signal) -> Signal:
        echo = super().echo(played)
        late = np.roll(echo, ms_to_frames(23))
        step = ms_to_frames(400)
        for start in range(0, min(len(echo), int(self.steady_s * RATE_HZ)), 2 * step):
            echo[start : start + step] = late[start : start + step]
        return echo


def test_an_echo_that_stays_makes_it_half_duplex_and_that_is_said() -> None:
    far = [(0.0, answer(12))]
    room = Room("auto", Restless(gain_db=6))
    clean = room.run(far, quiet(12)).clean
    assert room.echo.active == "half-duplex"
    assert room.echo.notice == FELL_BACK
    assert not part(clean, 10.5, 11.5).any()
    # Who insists is not overruled.
    room = Room("on", Restless(gain_db=6))
    assert part(room.run(far, quiet(12)).clean, 7, 11.5).any()
    assert (room.echo.active, room.echo.notice) == ("cancelled", "")


def test_it_listens_again_when_the_echo_can_be_taken_out() -> None:
    room = Room("auto", Restless(gain_db=6, steady_s=12))
    told: list[str] = []
    room.echo.use("auto", lambda: told.append(room.echo.active))
    room.run([(0, answer(30))], quiet(30))
    assert told == ["half-duplex", "cancelled"]
    assert room.echo.notice == ""


def test_half_duplex_is_silent_while_the_answer_plays_and_a_little_longer() -> None:
    user = near_voice(4, 0) + near_voice(4, 2.4)
    clean = Room("half-duplex", NO_ECHO).run([(0, answer(2))], user).clean
    tail_s = HALF_DUPLEX_TAIL_NS / 1e9
    assert not part(clean, 0.1, 2 + tail_s - 0.04).any()
    assert part(clean, 2 + tail_s + 0.04, 4).any()


@pytest.mark.parametrize("mode", ["off", "headphones"])
def test_off_and_headphones_touch_nothing(mode: EchoMode) -> None:
    room = Room(mode, Path())
    clean = room.run([(0, answer(1))], near_voice(1, 0)).clean
    assert (clean == room.captured[: len(clean)]).all()


def test_without_the_library_it_is_half_duplex_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pywebrtc_audio", None)
    room = Room("auto", Path())
    assert room.echo.active == "half-duplex"
    assert "pywebrtc-audio" in room.echo.notice
    assert not part(room.run([(0, answer(1))], near_voice(1, 0)).clean, 0.1, 1).any()
