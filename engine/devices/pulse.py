"""The sound server's own devices, where PulseAudio or PipeWire serves them.

PortAudio sees one device named `pulse` there, whatever is plugged in: Bluetooth and USB headsets
come and go behind it.  Here they are listed by `pactl` and chosen by the variable that the server's
client library reads when a stream is opened.
"""

from __future__ import annotations

import contextlib
import json
import os
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


def listing() -> list[Device]:
    """What the server has, without the monitors of its loudspeakers; empty where there is none."""
    sources = [s for s in _ask("list", "sources") if not s.get("monitor_source")]
    sinks = _ask("list", "sinks")
    if not sources and not sinks:
        return []
    server = _ask("info")
    info: dict[str, Any] = server[0] if server else {}
    return [_device(source, "input", info.get("default_source_name")) for source in sources] + [
        _device(sink, "output", info.get("default_sink_name")) for sink in sinks
    ]


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
    _, channels, rate = str(entry.get("sample_specification", "s16le 2ch 44100Hz")).split()
    count = int(channels.removesuffix("ch"))
    name = str(entry["name"])
    return Device(
        index=-1,
        name=str(entry.get("description") or name),
        host_api=HOST_API,
        label="",
        inputs=count if direction == "input" else 0,
        outputs=count if direction == "output" else 0,
        rate_hz=int(rate.removesuffix("Hz")),
        # The system's default is PortAudio's entry of that name, which follows the server's.
        default_input=direction == "input" and name == default,
        default_output=direction == "output" and name == default,
        server_name=name,
    )


def _ask(*arguments: str) -> list[dict[str, Any]]:
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
        return []
    return answer if isinstance(answer, list) else [answer]
