"""`voicetui replay`: what a report shows, and the sound in it."""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import os
from pathlib import Path

from shared.messages import State
from shared.pcm import FRAME_BYTES, RATE_HZ, peak_dbfs
from shared.wav import wav_header
from tui.audio.link import EngineLink
from tui.audio.port import AudioDevices, AudioEvent
from tui.blackbox.counters import rows, verdict
from tui.blackbox.opening import BrokenBundle, Bundle, open_bundle
from tui.commands.output import data, data_json, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.text import clean, pad_cells

LOOK_S = 0.05
OPEN_S = 10.0


def run(arguments: argparse.Namespace) -> int:
    """Print, write, play."""
    path = Path(arguments.bundle)
    try:
        bundle = open_bundle(path)
    except BrokenBundle as problem:
        raise VoicetuiError(
            "Bundle cannot be read", f"{path} {problem}.", ExitCode.DEVICE
        ) from problem
    except OSError as error:
        why = error.strerror or str(error)
        raise VoicetuiError("Bundle cannot be read", f"{path}: {why}.", ExitCode.DEVICE) from error
    if arguments.json:
        data_json(_all(bundle))
    else:
        for line in _lines(bundle):
            data(line)
    if arguments.out:
        _write(bundle, Path(arguments.out))
    if arguments.play:
        asyncio.run(_play(bundle, arguments.play_output))
    return ExitCode.OK


def _lines(bundle: Bundle) -> list[str]:
    about, settings, stages = bundle.about, bundle.settings, bundle.stages
    packages = about.get("packages")
    version = packages.get("voicetui") if isinstance(packages, dict) else None
    comma = tr(", ")
    heard = (
        f"{_loudness('microphone', bundle.mic)}{comma}{_loudness('loudspeaker', bundle.speaker)}"
    )
    when = tr("{s:,.0f} s into the call", s=stages.seconds)
    python, system = _word(about.get("python")), _word(about.get("system"))
    echo = tr("echo control: {mode}", mode=_word(settings.get("echo")))
    table = [
        (tr("written"), f"{_word(about.get('written_at'))}{comma}{when}"),
        ("voicetui", f"{_word(version)}{comma}Python {python}{comma}{system}"),
        (
            tr("devices"),
            f"{_word(settings.get('input'))} / {_word(settings.get('output'))}{comma}{echo}",
        ),
        (tr("sound"), heard),
        ("", ""),
        *((tr(name), told(value)) for name, value in rows(stages)),
    ]
    return [
        *(f"{pad_cells(name, 12)} {value}".rstrip() for name, value in table),
        "",
        *(f"=> {told(sentence)}" for sentence in verdict(stages)),
    ]


def _word(value: object) -> str:
    """Something somebody else wrote, in one line."""
    return clean(value, single_line=True)[:100] if isinstance(value, str) and value else "?"


def _loudness(name: str, pcm: bytes) -> str:
    if not any(pcm):
        return f"{tr(name)} {tr('silent')}"
    length_s = len(pcm) / FRAME_BYTES / RATE_HZ
    peak = tr("{s:.0f} s, peak {db} dBFS", s=length_s, db=peak_dbfs(pcm))
    return f"{tr(name)} {peak}"


def _all(bundle: Bundle) -> dict[str, object]:
    return {
        "about": bundle.about,
        "counters": bundle.stages.to_json(),
        "verdict": verdict(bundle.stages),
        "settings": bundle.settings,
        "events": bundle.events,
        "log": bundle.log,
    }


def _write(bundle: Bundle, folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise VoicetuiError(
            "Sound cannot be written", f"{folder}: it is no folder.", ExitCode.DEVICE
        )
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name, pcm in (("mic.wav", bundle.mic), ("speaker.wav", bundle.speaker)):
            path = folder / name
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
            with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
                file.write(wav_header(len(pcm)) + pcm)
            narrate(tr("Written to {path}.", path=path))
    except OSError as error:
        why = error.strerror or str(error)
        raise VoicetuiError(
            "Sound cannot be written", f"{error.filename}: {why}.", ExitCode.DEVICE
        ) from error


async def _play(bundle: Bundle, output: str) -> None:
    """First what the microphone heard, then what was heard of the answers."""
    state = State()
    opened = asyncio.Event()

    def on_event(event: AudioEvent) -> None:
        nonlocal state
        if isinstance(event, State):
            state = event
            if event.output:
                opened.set()

    def need_loudspeaker() -> None:
        if state.output in ("", "silent") and output != "silent":
            why = state.notice.removeprefix("no sound output: ") or "no loudspeaker was found"
            raise VoicetuiError("Sound cannot be played", f"{why}.", ExitCode.DEVICE)

    link = EngineLink(on_event, None)
    await link.open(AudioDevices(input="silent", output=output, echo="off"))
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(opened.wait(), OPEN_S)
        need_loudspeaker()
        if state.notice:
            narrate(told(state.notice))
        for name, pcm in (("microphone", bundle.mic), ("loudspeaker", bundle.speaker)):
            if not any(pcm):
                continue
            narrate(tr("Playing: {name}; ctrl+c ends it.", name=tr(name)))
            link.play(name, 0, pcm)
            link.end_item(name, 0)
            while link.playing is not None:  # noqa: ASYNC110 - the device moves it, no event
                await asyncio.sleep(LOOK_S)
        need_loudspeaker()
    finally:
        await link.close()
