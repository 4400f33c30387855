"""sounddevice with devices that take one rate and one number of channels, as hardware does.

In a child's PYTHONPATH it goes before the real one, which does all the work; what the virtual
sound card would convert silently is refused here as a device of its own would refuse it.
`VT_PICKY_DEVICE=44100x2` says what is taken.
"""

from __future__ import annotations

import importlib.machinery
import importlib.util
import os
import sys
from pathlib import Path
from typing import Any

_HERE = Path(__file__).parent.resolve()
_spec = importlib.machinery.PathFinder.find_spec(
    __name__, [folder for folder in sys.path if Path(folder or ".").resolve() != _HERE]
)
assert _spec is not None
assert _spec.loader is not None
_real = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_real)
globals().update({name: value for name, value in vars(_real).items() if name[:2] != "__"})

_RATE_HZ, _CHANNELS = (int(part) for part in os.environ["VT_PICKY_DEVICE"].split("x"))


def _refuse(samplerate: float | None, channels: int | None) -> None:
    if channels != _CHANNELS:
        raise _real.PortAudioError("Invalid number of channels", -9998)
    if samplerate != _RATE_HZ:
        raise _real.PortAudioError("Invalid sample rate", -9997)


class RawOutputStream(_real.RawOutputStream):  # type: ignore[name-defined,misc]
    def __init__(self, **how: Any) -> None:
        _refuse(how["samplerate"], how["channels"])
        super().__init__(**how)


class RawInputStream(_real.RawInputStream):  # type: ignore[name-defined,misc]
    def __init__(self, **how: Any) -> None:
        _refuse(how["samplerate"], how["channels"])
        super().__init__(**how)


def check_input_settings(device: Any = None, channels: Any = None, **how: Any) -> None:
    _refuse(how["samplerate"], channels)


check_output_settings = check_input_settings


def query_devices(*arguments: Any, **named: Any) -> Any:
    found = _real.query_devices(*arguments, **named)
    for device in found if not isinstance(found, dict) else [found]:
        device["default_samplerate"] = float(_RATE_HZ)
        for direction in ("max_input_channels", "max_output_channels"):
            device[direction] = min(device[direction], _CHANNELS)
    return found
