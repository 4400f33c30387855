"""How much the loudspeaker's device holds, over hours that pass in no time."""

from __future__ import annotations

from engine.latency import BURST_NS, QUIET_NS, STEPS_S, OutputLatency

S = 1_000_000_000


def play(latency: OutputLatency, from_s: int, seconds: int, troubles: int) -> list[bool]:
    return [latency.look((from_s + s) * S, troubles, playing=True) for s in range(seconds)]


def test_it_grows_when_the_device_runs_empty_and_is_bounded() -> None:
    latency = OutputLatency()
    seen = [latency.seconds]
    for number in range(1, 10):
        latency.look(number * S, number, playing=True)
        seen.append(latency.seconds)
    assert seen == sorted(seen)
    assert seen[0] == STEPS_S[0]
    assert seen[-1] == STEPS_S[-1]


def test_one_trouble_waits_for_the_next_answer_many_do_not() -> None:
    latency = OutputLatency()
    assert not latency.look(1 * S, 1, playing=True)
    assert not latency.look(2 * S, 2, playing=True)
    assert latency.look(3 * S, 3, playing=True)
    assert not latency.look(3 * S + BURST_NS + S, 4, playing=True)


def test_it_shrinks_after_a_quiet_while_of_sound() -> None:
    latency = OutputLatency()
    latency.look(0, 1, playing=True)
    latency.look(1, 2, playing=True)
    assert latency.seconds == STEPS_S[2]
    quiet_s = QUIET_NS // S
    assert not any(play(latency, 1, quiet_s - 2, 2))
    assert latency.seconds == STEPS_S[2]
    play(latency, quiet_s, 5, 2)
    assert latency.seconds == STEPS_S[1]
    play(latency, 2 * quiet_s, quiet_s + 5, 2)
    assert latency.seconds == STEPS_S[0]


def test_silence_is_no_proof() -> None:
    latency = OutputLatency()
    latency.look(0, 1, playing=True)
    for second in range(1, 1000):
        latency.look(second * S, 1, playing=False)
    assert latency.seconds == STEPS_S[1]
