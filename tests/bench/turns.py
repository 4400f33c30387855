"""From the end of speech to the first sound of the answer: a call over HTTP, and the classic loop.

Both ask the embedded service with the same simulated delays.  The time runs from the last loud
sample at the microphone to the first sample of the answer at the loudspeaker; the embedded voice
begins softly, so that it is audible a little later, which is given too.
"""

from __future__ import annotations

import subprocess
import sys
import time
import wave
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np

from server.rest.thinking import tokens_of
from tests.bench.command import run_alone
from tests.bench.stage import REPOSITORY, FrontEndProcess, Stage
from tests.bench.table import Line, Result, spread
from tests.e2e.calls import QUESTION
from tests.rig.card import SoundCard, die_with_parent
from tests.rig.play import play_pcm
from tests.rig.recorder import MICROPHONE, Recorder, Recording
from tests.rig.signal import RATE_HZ
from tests.server.process import running_server
from tests.waiting import wait_until
from tui.sessions.options import TEXT_SILENCE_MS

TRANSCRIPTION_MS = 400.0
FIRST_TOKEN_MS = 500.0
TOKENS_PER_S = 40.0
SPEECH_FIRST_BYTE_MS = 300.0
SPEECH_SPEED = 10.0
FIRST_SENTENCE = "Tokyo is the capital of Japan, and it has been since 1868."
ANSWER = (
    f"{FIRST_SENTENCE} Before that year the emperor lived in Kyoto, which is far to the west."
    " The city was called Edo then, and it was already one of the largest cities in the world."
    " Today about fourteen million people live there, and many more come in by train every day."
)
QUESTION_S = 2.0
LOUD = 328
"""-40 dBFS: the question is still being spoken."""
AUDIBLE = 33
"""-60 dBFS: the answer can be heard, not only measured."""
OVERHEAD_MS = 150.0
HEARD_WITHIN_S = 40.0
SETTLED_S = 0.5

STEPS = (
    ("turn_ended", "end of the turn noticed"),
    ("transcribed", "transcript"),
    ("first_token", "first token"),
    ("first_sentence", "first sentence"),
    ("first_byte", "first byte of speech"),
)
CLASSIC_STEPS = (
    ("turn_ended", "recorded"),
    ("transcribed", "transcript"),
    ("answered", "whole answer"),
    ("fetched", "whole speech file"),
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One answered question; milliseconds since the last loud sample of the question."""

    first_sound_ms: float
    audible_ms: float
    steps_ms: dict[str, float]


def delays_ms() -> float:
    """What the service is told to take until the first sound of the first sentence."""
    # The first token of the answer comes with the first delay, the others after it.
    writing_ms = (len(tokens_of(FIRST_SENTENCE)) - 1) / TOKENS_PER_S * 1000
    return TRANSCRIPTION_MS + FIRST_TOKEN_MS + writing_ms + SPEECH_FIRST_BYTE_MS


def measure(stage: Stage, long: bool) -> Result:
    """Both kinds of session, and the classic loop."""
    with service() as url:
        assistants = ours(stage.card, url, "assistants", 15 if long else 4)
        responses = ours(stage.card, url, "responses", 15 if long else 4)
        classic = classics(stage.card, url, 8 if long else 3)
    classic_ms = [turn.first_sound_ms for turn in classic]
    half_ms = float(np.median(classic_ms)) / 2
    least_ms = delays_ms() + TEXT_SILENCE_MS
    target_ms = min(least_ms + OVERHEAD_MS, half_ms)
    lines = []
    for name, turns in (("Assistants", assistants), ("Responses", responses)):
        found_ms = [turn.first_sound_ms for turn in turns]
        median_ms = float(np.median(found_ms))
        lines += [
            Line(
                f"{name}: median / max",
                spread(found_ms),
                spread(classic_ms),
                f"median at most {target_ms:.0f} ms and half the classic loop's",
                median_ms <= target_ms,
            ),
            Line(
                "  beyond simulated delays and silence",
                f"{median_ms - least_ms:.0f} ms",
                "",
                f"at most {OVERHEAD_MS:.0f} ms",
                median_ms - least_ms <= OVERHEAD_MS,
            ),
        ]
        lines += [Line(f"  {what}", taken) for what, taken in steps_in_words(turns, STEPS)]
    lines += [
        Line(f"classic loop: {what}", "", taken)
        for what, taken in steps_in_words(classic, CLASSIC_STEPS)
    ]
    lines.append(Line(f"simulated delays / silence ({TEXT_SILENCE_MS} ms) with them", in_sum()))
    numbers = {
        "simulated delays": delays_ms(),
        "silence": TEXT_SILENCE_MS,
        "assistants": [raw(turn) for turn in assistants],
        "responses": [raw(turn) for turn in responses],
        "classic": [raw(turn) for turn in classic],
    }
    title = "End of speech to first sound of the answer, over HTTP"
    return Result(title, tuple(lines), numbers, partner="classic loop")


def in_sum() -> str:
    """`1575 / 2275 ms`."""
    return f"{delays_ms():.0f} / {delays_ms() + TEXT_SILENCE_MS:.0f} ms"


def raw(turn: Turn) -> dict[str, float]:
    """For the file of numbers."""
    return {**turn.steps_ms, "first_sound": turn.first_sound_ms, "audible": turn.audible_ms}


def steps_in_words(
    turns: list[Turn], names: tuple[tuple[str, str], ...]
) -> Iterator[tuple[str, str]]:
    """Each step's median time after the end of speech, and how much it took."""
    before_ms = 0.0
    for name, what in names:
        at_ms = float(np.median([turn.steps_ms[name] for turn in turns]))
        yield what, f"{at_ms:.0f} ms (+{at_ms - before_ms:.0f})"
        before_ms = at_ms
    for what, times_ms in (
        ("first sound", [turn.first_sound_ms for turn in turns]),
        ("audible (-60 dBFS)", [turn.audible_ms for turn in turns]),
    ):
        at_ms = float(np.median(times_ms))
        yield what, f"{at_ms:.0f} ms (+{at_ms - before_ms:.0f})"
        before_ms = at_ms


@contextmanager
def service() -> Iterator[str]:
    """The embedded service with its simulated delays; its base URL."""
    with running_server(
        transcription_ms=TRANSCRIPTION_MS,
        # The recogniser's own work would come and go on top.
        transcript_override="What is the capital of Japan?",
        first_token_ms=FIRST_TOKEN_MS,
        tokens_per_s=TOKENS_PER_S,
        speech_first_byte_ms=SPEECH_FIRST_BYTE_MS,
        speech_speed=SPEECH_SPEED,
        fixed_answer=ANSWER,
    ) as url:
        yield url


def question() -> bytes:
    """PCM16 of 2 s, spoken to its very end."""
    with wave.open(str(QUESTION), "rb") as wav:
        samples = np.frombuffer(wav.readframes(wav.getnframes()), "<i2")
    loud = np.flatnonzero(np.abs(samples.astype(int)) > LOUD)
    said = samples[loud[0] : loud[-1] + 1][-int(QUESTION_S * RATE_HZ) :]
    return bytes(2 * (int(QUESTION_S * RATE_HZ) - len(said))) + said.tobytes()


def ours(card: SoundCard, url: str, kind: str, turns: int) -> list[Turn]:
    """Questions put to a real call, hands-free."""
    command = ("talker", "--url", url, "--kind", kind, "--first-sentence", FIRST_SENTENCE)
    found = []
    with child(card, *command) as talker:
        assert talker.process.stdin is not None
        for number in range(turns):
            wait_until(lambda: listens(talker), HEARD_WITHIN_S, "a call that listens")
            with Recorder(card, MICROPHONE) as microphone, Recorder(card) as loudspeaker:
                play_pcm(card, question()).wait()
                wait_for_sound(loudspeaker, 0)
                wait_for(talker, "first_byte", number + 1)
                time.sleep(0.2)
                heard = microphone.stop(), loudspeaker.stop()
            found.append(one(talker, number, STEPS, *heard))
            talker.process.stdin.write("stop\n")
            talker.process.stdin.flush()
    return found


def classics(card: SoundCard, url: str, turns: int) -> list[Turn]:
    """The same question put to the classic loop, as soon as it records."""
    found = []
    with child(card, "classic_loop", "--url", url, "--turns", str(turns)) as loop:
        for number in range(turns):
            # Its recorders must run before it says that it records.
            with Recorder(card, MICROPHONE) as microphone, Recorder(card) as loudspeaker:
                wait_for(loop, "recording", number + 1)
                since = len(loudspeaker.heard())
                play_pcm(card, question()).wait()
                wait_for_sound(loudspeaker, since)
                heard = microphone.stop(), loudspeaker.stop()
            found.append(one(loop, number, CLASSIC_STEPS, *heard))
        loop.wait_for_end()
    return found


def one(
    child: FrontEndProcess,
    number: int,
    names: tuple[tuple[str, str], ...],
    microphone: Recording,
    loudspeaker: Recording,
) -> Turn:
    """The times of one turn."""
    loud = np.flatnonzero(np.abs(microphone.samples.astype(int)) > LOUD)
    ended_s = microphone.time_of(int(loud[-1]))
    # What is heard before is the end of the answer before.
    start = loudspeaker.index_at(ended_s)
    sound = np.abs(loudspeaker.samples[start:].astype(int))
    first_ms, audible_ms = (
        (loudspeaker.time_of(start + int(np.flatnonzero(sound > level)[0])) - ended_s) * 1000
        for level in (0, AUDIBLE)
    )
    steps_ms = {name: (child.all(name)[number]["at_s"] - ended_s) * 1000 for name, _ in names}
    return Turn(first_ms, audible_ms, steps_ms)


def wait_for_sound(recorder: Recorder, since: int) -> None:
    """Wait until an answer is audible after so many samples."""

    def audible() -> bool:
        return bool((np.abs(recorder.heard()[since:].astype(int)) > AUDIBLE).any())

    wait_until(audible, HEARD_WITHIN_S, "an answer")


def listens(talker: FrontEndProcess) -> bool:
    """It has listened for a moment: the answer before is settled."""
    states = [event for event in list(talker.events) if event["event"].endswith("listening")]
    if not states and talker.process.poll() is not None:
        raise RuntimeError("the call ended before it listened")
    now_s = time.monotonic()
    last = states[-1] if states else {"event": "", "at_s": now_s}
    return last["event"] == "listening" and now_s - last["at_s"] > SETTLED_S


def wait_for(child: FrontEndProcess, event: str, count: int) -> None:
    """Wait for the `count`-th of an event."""
    child.wait_for(event)
    wait_until(lambda: len(child.all(event)) >= count, HEARD_WITHIN_S, f"{event} number {count}")


@contextmanager
def child(card: SoundCard, module: str, *arguments: str) -> Iterator[FrontEndProcess]:
    """A process of this folder on the card; hung up at the end of the block."""
    stderr_path = card.folder / f"{module}.stderr"
    with stderr_path.open("w") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", f"tests.bench.{module}", *arguments],
            cwd=REPOSITORY,
            env=card.client_env(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            text=True,
            preexec_fn=die_with_parent(),
        )
    try:
        yield FrontEndProcess(process, stderr_path)
    finally:
        assert process.stdin is not None
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    run_alone(measure)
