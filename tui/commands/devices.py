"""`voicetui devices`: microphones and loudspeakers, and the names to choose them by."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from typing import Any, Final

from shared.pcm import RATE_HZ
from tui.child import environment
from tui.commands.output import data, data_json, narrate
from tui.errors import ExitCode, VoicetuiError
from tui.language import tr
from tui.language.sentences import told
from tui.text import cells, clean, pad_cells

LISTING_TIMEOUT_S: Final = 20.0


def run(arguments: argparse.Namespace) -> int:
    """List the devices."""
    listing = list_devices()
    devices, problem = listing["devices"], listing["problem"]
    if arguments.json:
        data_json(listing)
    else:
        for line in table(devices):
            data(line)
    if problem:
        words = told(problem)
        silent = tr("voicetui runs with the silent device.")
        narrate(f"{words[0].upper()}{words[1:]}{tr('. ')}{silent}")
    elif not arguments.json:
        narrate(tr("* = default. Choose with --input NAME and --output NAME; a part is enough."))
    return ExitCode.DEVICE if problem else ExitCode.OK


def list_devices() -> dict[str, Any]:
    """{"devices": [...], "problem": "", "portaudio": "..."}; raises VoicetuiError.

    Each device has name, host_api, label (to choose it by), inputs, outputs, rate_hz (its own),
    rates_hz (those that work), default_input, default_output.

    From a process of its own: PortAudio reads the devices once, and some drivers hang or crash.
    """
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "engine", "--list-devices"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # ALSA complains about every plugin it has not
            timeout=LISTING_TIMEOUT_S,
            env=environment(),
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise VoicetuiError(
            "Devices cannot be listed",
            f"the sound system did not answer for {LISTING_TIMEOUT_S:g} s.",
            ExitCode.DEVICE,
        ) from error
    try:
        listing = json.loads(done.stdout)
    except ValueError as error:
        raise VoicetuiError(
            "Devices cannot be listed",
            f"the sound process ended with code {done.returncode}.",
            ExitCode.DEVICE,
        ) from error
    return {"devices": [], "problem": "", "portaudio": "", **listing}


def table(devices: list[dict[str, Any]]) -> list[str]:
    """One line per device, in columns."""
    rows = [
        (
            _direction(device),
            tr("{count} ch", count=max(device["inputs"], device["outputs"])),
            _rates(device),
            _default(device),
            clean(device["label"], single_line=True),
        )
        for device in devices
    ]
    widths = [max((cells(row[at]) for row in rows), default=0) for at in range(4)]
    return [
        "  ".join(
            [*(pad_cells(cell, width) for cell, width in zip(row, widths, strict=False)), row[4]]
        )
        for row in rows
    ]


def _rates(device: dict[str, Any]) -> str:
    """The rate it likes, and whether ours has to be converted."""
    own = f"{device['rate_hz'] / 1000:g} kHz"
    works = device.get("rates_hz", [])
    if not works:
        return tr("{rate}, busy?", rate=own)
    return own if RATE_HZ in works else tr("{rate}, converted", rate=own)


def _direction(device: dict[str, Any]) -> str:
    words = []
    if device["inputs"]:
        words.append(tr("input"))
    if device["outputs"]:
        words.append(tr("output"))
    return "+".join(words) or tr("unused")


def _default(device: dict[str, Any]) -> str:
    return ("*in" if device["default_input"] else "   ") + (
        " *out" if device["default_output"] else "     "
    )
