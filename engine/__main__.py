"""`python -P -m engine`: the audio process, or one listing of the devices."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
import threading
from typing import NoReturn


def main() -> int:
    """Run until stdin ends or `Close` comes."""
    parser = argparse.ArgumentParser(prog="engine")
    parser.add_argument("--segment", help="shared memory, as the front end names it")
    parser.add_argument("--wake", type=int, default=-1, help="descriptor for wake-up bytes")
    parser.add_argument("--sound-cards", action="store_true", help="they will be wanted")
    parser.add_argument("--spare", action="store_true", help="wait for the first command")
    parser.add_argument("--list-devices", action="store_true")
    parser.add_argument("--without-rates", action="store_true", help="list quickly")
    arguments = parser.parse_args()
    if arguments.list_devices:
        return list_devices(rates=not arguments.without_rates)
    if not arguments.segment:
        parser.error("--segment is needed: this is started by voicetui, not by hand")

    # The front end decides about ctrl+c; the end of our stdin decides about everything else.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Reports get a descriptor of their own: what a library prints must not mix with them.
    reports = os.dup(1)
    os.dup2(2, 1)

    first = b""
    if arguments.spare:
        first = wait_as_spare(arguments.sound_cards)
        if not first:
            leave()
    name_process("voicetui-sound")
    if arguments.sound_cards and arguments.spare:
        from engine.devices import portaudio

        portaudio.freshen()
    elif arguments.sound_cards:
        threading.Thread(target=load_sound_cards, name="sound-cards", daemon=True).start()

    from engine.control import Engine

    wake = arguments.wake if arguments.wake >= 0 else None
    engine = Engine(arguments.segment, wake, commands=0, reports=reports)
    engine.run(first)
    leave()


def leave() -> NoReturn:
    """Device libraries keep threads and exit handlers that can hang; everything is closed."""
    sys.stderr.flush()
    os._exit(0)


def wait_as_spare(sound_cards: bool) -> bytes:
    """Load everything, then wait to be needed: the first commands, or b"" when that is over.

    The rings are another engine's until then.
    """
    name_process("voicetui-spare")
    import engine.control  # noqa: F401

    if sound_cards:
        load_sound_cards()
    return os.read(0, 65536)


def name_process(name: str) -> None:
    """What `ps` and `top` call this process, where they can be told: which one works?"""
    with contextlib.suppress(OSError), open("/proc/self/comm", "w") as file:  # noqa: PTH123
        file.write(name)


def load_sound_cards() -> None:
    """PortAudio looks for devices while everything else is loaded: a dead engine is missed."""
    with contextlib.suppress(ImportError, OSError):
        import sounddevice  # noqa: F401


def run_beside_others() -> None:
    """Give up what an engine that starts this process has handed down."""
    with contextlib.suppress(OSError, AttributeError):
        os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def list_devices(*, rates: bool) -> int:
    """Print one line of JSON: {"devices": [...], "problem": ""}.

    In a process of its own because PortAudio freezes its list when it starts.
    """
    import json

    run_beside_others()
    out = os.dup(1)
    os.dup2(2, 1)
    from engine.devices import portaudio
    from engine.devices.port import DeviceProblem

    result: dict[str, object] = {"devices": [], "problem": ""}
    try:
        sounddevice = portaudio.load()
        devices = portaudio.listing(sounddevice)
        if rates:
            result["devices"] = [
                {**device, "rates_hz": portaudio.rates_that_work(sounddevice, device)}
                for device in devices
            ]
        else:
            result["devices"] = devices
        result["portaudio"] = sounddevice.get_portaudio_version()[1]
        if not result["devices"]:
            result["problem"] = "no sound devices on this machine"
    except DeviceProblem as problem:
        result["problem"] = str(problem)
    os.write(out, json.dumps(result).encode() + b"\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
