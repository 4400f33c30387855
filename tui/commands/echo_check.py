"""`voicetui doctor --echo`: how much the microphone hears of the loudspeaker, and what helps."""

from __future__ import annotations

import argparse
import asyncio
import os
import wave
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Final, Literal

from shared.messages import Echoes, State, Voice
from shared.pcm import FRAME_BYTES, RATE_HZ, SILENCE_DBFS
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices, AudioEvent
from tui.cli import flags_of
from tui.commands.output import data, data_json, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.log import engine_log, start_log
from tui.paths import question_wav
from tui.settings import load_settings

REPEATS: Final = 4
"""Of the recorded question: nine seconds, and the canceller needs two of them to learn."""
OPEN_S: Final = 10.0
LAST_REPORT_S: Final = 1.5
"""Reports come once a second."""

GOOD_DB: Final = 25
SOME_DB: Final = 12
QUIET_DBFS: Final = -50

Verdict = Literal["good", "fair", "bad", "no echo", "no sound"]
UNUSABLE: Final[tuple[Verdict, ...]] = ("bad", "no sound")
"""With these devices as they are nobody can talk."""


@dataclass(frozen=True, slots=True)
class EchoCheck:
    """What was measured, and what to make of it."""

    loudspeaker: str
    microphone: str
    echo: bool
    delay_ms: int
    before_dbfs: int
    after_dbfs: int
    reduction_db: int
    drift_ppm: int
    voices: int
    """How often the rest was taken for somebody who speaks."""
    verdict: Verdict
    text: str
    advice: str
    note: str = ""
    """What the sound process says about its devices."""


def run(arguments: argparse.Namespace) -> int:
    """Play, record, judge."""
    start_log(verbose="verbose" in arguments)
    settings = load_settings(flags_of(arguments), os.environ)
    devices = {name: settings.text(f"audio.{name}") for name in ("input", "output")}

    def begin() -> None:
        if not arguments.json:
            narrate(tr("A voice is played for nine seconds; please be quiet meanwhile."))

    try:
        check = asyncio.run(measure(devices, begin))
    except TimeoutError as error:
        raise VoicetuiError(
            "The echo cannot be measured",
            "the sound process did not get ready; `voicetui devices` shows what there is.",
            ExitCode.DEVICE,
        ) from error
    if arguments.json:
        data_json(asdict(check))
    else:
        for line in lines(check):
            data(line)
    return ExitCode.DEVICE if check.verdict in UNUSABLE else ExitCode.OK


def lines(check: EchoCheck) -> list[str]:
    """The result as a person reads it."""
    shown = [
        f"{tr('loudspeaker')}: {tr(check.loudspeaker)}",
        f"{tr('microphone')}: {tr(check.microphone)}",
    ]
    if check.verdict != "no sound":
        delay = f"{check.delay_ms} ms" if check.echo else tr("nothing to measure")
        shown += [
            f"{tr('delay')}: {delay}",
            f"{tr('level without cancellation')}: {check.before_dbfs} dBFS",
            f"{tr('level with cancellation')}: {check.after_dbfs} dBFS",
            f"{tr('echo return loss enhancement')}: {check.reduction_db} dB",
            f"{tr('clock drift')}: {check.drift_ppm:+d} ppm",
            f"{tr('taken for speech')}: {tr('{count} times', count=check.voices)}",
        ]
        if check.note:
            shown.append(f"{tr('note')}: {told(check.note)}")
    shown.append(f"{tr('verdict')}: {tr(check.verdict)}: {told(check.text)}")
    if check.advice:
        shown.append(f"{tr('what to do')}: {told(check.advice)}")
    return shown


async def measure(names: Mapping[str, str], begin: Callable[[], None]) -> EchoCheck:
    """Play the recorded question a few times and listen to it; `begin`: it is about to be heard.

    Raises TimeoutError when the engine does not get ready.
    """
    state, echoes = State(), Echoes()
    voices = 0
    ready = asyncio.Event()

    def take(event: AudioEvent) -> None:
        nonlocal state, echoes, voices
        match event:
            case State():
                state = event
                if state.output and state.input_phase == "open":
                    ready.set()
            case Echoes():
                echoes = event
            case Voice(on=True):
                voices += 1
            case _:
                pass

    with engine_log() as log:
        link = EngineLink(take, log)
        try:
            await link.open(
                AudioDevices(names["input"], names["output"], "on", voice_silence_ms=300)
            )
            link.listen(True)
            await link.gate("open", keep=False)
            await asyncio.wait_for(ready.wait(), OPEN_S)
            if not _missing(state, names):
                begin()
                await _play(link)
        finally:
            await link.close()
    return judge(state, echoes, voices, _missing(state, names))


async def _play(link: EngineLink) -> None:
    with wave.open(str(question_wav())) as recording:
        pcm = recording.readframes(recording.getnframes())
    link.play("test", 0, pcm * REPEATS)
    link.end_item("test", 0)
    limit_s = len(pcm) * REPEATS / FRAME_BYTES / RATE_HZ + OPEN_S
    async with asyncio.timeout(limit_s):
        while link.playing is not None:
            await asyncio.sleep(0.1)
            link.take_captured()
    await asyncio.sleep(LAST_REPORT_S)


def _missing(state: State, names: Mapping[str, str]) -> str:
    """What there is no device for; empty when both are there."""
    missing = [
        what
        for what, name, got in (
            ("loudspeaker", names["output"], state.output),
            ("microphone", names["input"], state.input),
        )
        if got == "silent" or name == "silent"
    ]
    return " and no ".join(missing)


def judge(state: State, echoes: Echoes, voices: int, missing: str) -> EchoCheck:
    """The verdict, in words."""
    verdict, text, advice = _verdict(state, echoes, voices, missing)
    return EchoCheck(
        loudspeaker=state.output,
        microphone=state.input,
        echo=bool(echoes.heard),
        delay_ms=echoes.delay_ms,
        before_dbfs=echoes.before_dbfs,
        after_dbfs=echoes.after_dbfs,
        reduction_db=echoes.before_dbfs - echoes.after_dbfs,
        drift_ppm=echoes.drift_ppm,
        voices=voices,
        verdict=verdict,
        text=text,
        advice=advice,
        note=state.notice,
    )


def _verdict(state: State, echoes: Echoes, voices: int, missing: str) -> tuple[Verdict, str, str]:
    if missing:
        return (
            "no sound",
            state.notice or f"no {missing} was asked for",
            "`voicetui devices` lists what there is; --input and --output choose.",
        )
    if echoes.before_dbfs == SILENCE_DBFS:
        if "pywebrtc-audio" in state.notice:
            return "bad", state.notice, "Install pywebrtc-audio, or use headphones."
        return (
            "no echo",
            "the microphone delivered nothing while the loudspeaker played",
            "If that is not because of headphones: is the microphone muted, or not permitted?",
        )
    if not echoes.heard:
        return (
            "no echo",
            "the microphone does not hear the loudspeaker",
            "With headphones that is as it should be; --echo headphones saves some work. "
            "Otherwise turn the loudspeaker up and try again.",
        )
    quiet = echoes.after_dbfs <= QUIET_DBFS
    if not voices and (echoes.reduction_db >= GOOD_DB or quiet):
        return "good", "you can speak into an answer", ""
    if not voices and echoes.reduction_db >= SOME_DB:
        return (
            "fair",
            "most of the echo is taken out; some of it remains",
            "If answers interrupt themselves: turn the loudspeaker down, or use headphones.",
        )
    return (
        "bad",
        "the echo comes through and would interrupt the answers",
        "Use headphones, turn the loudspeaker down, or set --echo half-duplex.",
    )
