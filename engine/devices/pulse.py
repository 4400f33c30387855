"""The sound server's own devices, where PulseAudio or PipeWire serves them.

PortAudio sees one device named `pulse` there, whatever is plugged in: Bluetooth and USB headsets
come and go behind it.  Here they are listed by `pactl` and chosen by the variable that the server's
client library reads when a stream is opened.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import subprocess
from collections.abc import Iterator
from typing import Any, Final

from engine.devices.names import Device, Direction

HOST_API: Final = "PulseAudio"
THROUGH: Final = "pulse"
"""PortAudio's device that leads to the server."""
SERVED: Final = frozenset({THROUGH, "pipewire"})
"""Where one of these is, the server is what the system's default leads to."""
TIMEOUT_S: Final = 1.5

_VARIABLES: Final[dict[Direction, str]] = {"input": "PULSE_SOURCE", "output": "PULSE_SINK"}


def is_distant() -> bool:
    """Whether the server was named and is on another machine, as over `ssh -R`."""
    first = os.environ.get("PULSE_SERVER", "").split(" ")[0]
    address = re.sub(r"^\{[^}]*\}", "", first)  # which machine it is meant for
    return bool(address) and not address.startswith(("unix:", "/"))


def listing() -> list[Device] | None:
    """What the server has, without the monitors of its loudspeakers; None where it does not say."""
    answers = []
    for question in (("list", "sources"), ("list", "sinks"), ("info",)):
        answer = _ask(*question)
        if answer is None:
            return None
        answers.append(answer)
    sources, sinks, server = answers
    info: dict[str, Any] = server[0] if server else {}
    return [
        _device(source, "input", info.get("default_source_name"))
        for source in sources
        if not source.get("monitor_source")
    ] + [_device(sink, "output", info.get("default_sink_name")) for sink in sinks]


@contextlib.contextmanager
def chosen(device: Device, direction: Direction) -> Iterator[None]:
    """What is opened within goes to this device of the server; others go where they always do."""
    if not device["server_name"]:
        yield
        return
    variable = _VARIABLES[direction]
    before = os.environ.get(variable)
    os.environ[variable] = device["server_name"]
    try:
        yield
    finally:
        if before is None:
            del os.environ[variable]
        else:
            os.environ[variable] = before


def _device(entry: dict[str, Any], direction: Direction, default: object) -> Device:
    # "s16le 2ch 44100Hz"
    shape = re.search(r"(\d+)ch +(\d+) *Hz", str(entry.get("sample_specification")))
    channels, rate_hz = map(int, shape.groups()) if shape else (2, 44_100)
    name = str(entry["name"])
    return Device(
        index=-1,
        name=str(entry.get("description") or name),
        host_api=HOST_API,
        label="",
        inputs=channels if direction == "input" else 0,
        outputs=channels if direction == "output" else 0,
        rate_hz=rate_hz,
        # The system's default is PortAudio's entry of that name, which follows the server's.
        default_input=direction == "input" and name == default,
        default_output=direction == "output" and name == default,
        server_name=name,
    )


def _ask(*arguments: str) -> list[dict[str, Any]] | None:
    """None: there is no server, or it is too busy to answer."""
    try:
        done = subprocess.run(
            ["pactl", "--format=json", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=TIMEOUT_S,
            check=True,
        )
        answer = json.loads(done.stdout)
    except (OSError, subprocess.SubprocessError, ValueError):
        return None
    return answer if isinstance(answer, list) else [answer]
