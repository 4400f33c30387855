"""The questions of `voicetui setup` as lines: for screen readers, dumb terminals and pipes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable, Sequence
from typing import Final

from shared.messages import Level, State
from tui.audio.port import AudioEvent
from tui.commands.devices import list_devices
from tui.commands.output import narrate, prompt
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.paths import config_file
from tui.setting_up import NO_DEVICE, SERVICES, Wishes, key_name, known_key, save, try_key
from tui.text import clean

LISTEN_S: Final = 3.0
QUIET_DBFS: Final = -45
OPENING_S: Final = 5.0


def set_up_in_lines(wishes: Wishes) -> None:
    """Ask everything, then write it; raises VoicetuiError where stdin ends before."""
    narrate(tr("Setting up voicetui. Enter keeps what is in brackets; ctrl+c changes nothing."))
    kinds = list(SERVICES)
    wishes.service = kinds[_choose(tr("Which service?"), list(map(tr, SERVICES.values())),
                                   kinds.index(wishes.service))]  # fmt: skip
    if wishes.service != "demo":
        _ask_service(wishes)
        _ask_key(wishes)
    _ask_devices(wishes)
    which = tr("Language you speak, such as en or ja; - for any")
    wishes.language = _ask(which, wishes.language)
    if wishes.language == "-":
        wishes.language = ""
    for line in save(wishes, config_file(), os.environ):
        narrate(told(line))
    narrate(tr("Now start: voicetui"))


def _ask_service(wishes: Wishes) -> None:
    if not wishes.needs_address:
        wishes.address = ""
        return
    azure = wishes.service == "azure"
    where = (
        tr("Address of the resource, such as https://NAME.openai.azure.com")
        if azure
        else tr("Address, such as http://127.0.0.1:8000/v1")
    )
    before = wishes.address
    wishes.address = _ask(where, before)
    while wishes.address_problem:
        narrate(told(wishes.address_problem))
        wishes.address = _ask(where, before)
    before, wishes.model = wishes.model, ""
    while wishes.problem:
        wishes.model = _ask(tr("Name of the deployment") if azure else tr("Model"), before)
        if wishes.problem:
            narrate(told(wishes.problem))


def _ask_key(wishes: Wishes) -> None:
    where = known_key(wishes, os.environ)
    has = tr("in {where}", where=told(where)) if where else tr("none")
    while True:
        wishes.key = _ask_hidden(
            tr("Key for {name}, not shown [{has}]", name=key_name(wishes), has=has)
        )
        if not wishes.key:
            if not where and wishes.service != "compatible":
                words = "Without a key this service cannot be used; `voicetui key set` adds it."
                narrate(told(words))
            return
        taken, words = try_key(wishes)
        narrate(told(words))
        if taken is not False:
            return


def _ask_devices(wishes: Wishes) -> None:
    """Over and over, until the person is content; a machine without sound is no reason to stop."""
    listing = list_devices()
    if listing["problem"]:
        problem = told(clean(listing["problem"], single_line=True))
        narrate(tr("No sound here: {problem}.", problem=problem))
        narrate(tr("You can type, and answers are written."))
        return
    inputs = _names(device for device in listing["devices"] if device["inputs"])
    outputs = _names(device for device in listing["devices"] if device["outputs"])
    if not inputs:
        narrate(tr("No microphone here: you can type."))
    while inputs:
        wishes.input = _choose_device(tr("Microphone?"), inputs, wishes.input)
        if wishes.input == NO_DEVICE or _heard_person(wishes.input):
            break
    if not outputs:
        narrate(tr("No loudspeaker here: answers are written."))
    while outputs:
        wishes.output = _choose_device(tr("Loudspeaker?"), outputs, wishes.output)
        if wishes.output == NO_DEVICE or _person_heard(wishes.output):
            break


def _names(devices: Iterable[dict[str, object]]) -> list[str]:
    return list(dict.fromkeys(clean(str(device["name"]), single_line=True) for device in devices))


def _choose_device(question: str, names: list[str], now: str) -> str:
    offers = [tr("the system's default"), *names, tr("none")]
    values = ["default", *names, NO_DEVICE]
    if now not in values:
        offers.append(tr("{device} (not connected now)", device=now))
        values.append(now)
    return values[_choose(question, offers, values.index(now))]


def _heard_person(name: str) -> bool:
    """Try the microphone; whether to keep it."""
    narrate(tr("Say something; listening for {s:g} seconds ...", s=LISTEN_S))
    loudest = -100
    with _Trial(name, NO_DEVICE) as trial:
        end_s = time.monotonic() + LISTEN_S
        while time.monotonic() < end_s:
            time.sleep(0.1)
            loudest = max(loudest, trial.mic_dbfs)
        problem = trial.problem("microphone")
    if problem:
        narrate(told(f"{problem}."))
    elif loudest <= QUIET_DBFS:
        narrate(tr("Nothing was heard: is it muted, or is another one meant?"))
    else:
        narrate(tr("Heard you, {db} dB below the loudest.", db=-loudest))
        return True
    return not _yes(tr("Choose another?"), default=True)


def _person_heard(name: str) -> bool:
    """Play something; whether to keep the loudspeaker."""
    from tui.sound_check import TRIAL_SOUND_S, trial_sound

    with _Trial(NO_DEVICE, name) as trial:
        trial.check.play(trial_sound())
        time.sleep(TRIAL_SOUND_S + 0.5)
        problem = trial.problem("sound output")
    if problem:
        narrate(told(f"{problem}."))
        return not _yes(tr("Choose another?"), default=True)
    return _yes(tr("Three notes were played. Did you hear them?"), default=True)


class _Trial:
    """Devices that are tried; a context manager."""

    def __init__(self, input_name: str, output_name: str) -> None:
        from tui.sound_check import SoundCheck

        self.mic_dbfs = -100
        self._state = State()
        self.check = SoundCheck(self._hear)
        self.check.open(input_name, output_name)

    def _hear(self, event: AudioEvent) -> None:
        if isinstance(event, Level):
            self.mic_dbfs = event.mic_dbfs
        elif isinstance(event, State):
            self._state = event

    def problem(self, what: str) -> str:
        """What the engine says of this part, in words."""
        parts = self._state.notice.split("; ")
        return next((part for part in parts if part.startswith(f"no {what}")), "")

    def __enter__(self) -> _Trial:
        end_s = time.monotonic() + OPENING_S
        while self._state == State() and time.monotonic() < end_s:
            time.sleep(0.05)
        return self

    def __exit__(self, *_: object) -> None:
        self.check.close()


# ---------------------------------------------------------------- questions


def _choose(question: str, offers: Sequence[str], now: int) -> int:
    narrate(question)
    for number, offer in enumerate(offers, start=1):
        narrate(f"  {number} {offer}")
    while True:
        answer = _ask(tr("Number"), str(now + 1))
        if answer.isdecimal() and 1 <= int(answer) <= len(offers):
            return int(answer) - 1
        narrate(tr("There are 1 to {count}.", count=len(offers)))


def _yes(question: str, *, default: bool) -> bool:
    return (
        _ask(tr("{question} y or n", question=question), "y" if default else "n")
        .lower()
        .startswith("y")
    )


def _ask(question: str, now: str) -> str:
    prompt(f"{clean(question)} [{clean(now)}]: " if now else f"{clean(question)}: ")
    line = sys.stdin.readline()
    if not line:
        prompt("\n")
        raise VoicetuiError(
            tr("Setting up was not finished"), tr("Nothing was changed."), ExitCode.FAILURE
        )
    return line.strip() or now


def _ask_hidden(question: str) -> str:
    if not sys.stdin.isatty():
        return _ask(question, "") if question else ""
    from getpass import getpass

    return getpass(f"{clean(question)}: ").strip()
