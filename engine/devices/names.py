"""Which device a person means: by `default`, by name, by part of a name."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, TypedDict

from engine.devices.port import DeviceProblem

Direction = Literal["input", "output"]

NOUNS: Final[dict[Direction, str]] = {"input": "microphone", "output": "loudspeaker"}
LONGEST_LIST: Final = 12
"""More devices than this are not all named in one sentence."""


class Device(TypedDict):
    """One device, as it is listed and chosen."""

    index: int
    """PortAudio's number, which is another one after every change."""
    name: str
    host_api: str
    label: str
    """What to choose it by: no two are the same."""
    inputs: int
    outputs: int
    rate_hz: int
    """The rate it likes best."""
    default_input: bool
    default_output: bool
    server_name: str
    """What the sound server calls it; empty for PortAudio's own devices."""


def named(direction: Direction, name: str) -> str:
    """A device in a sentence: what it is, and which."""
    return f"the {NOUNS[direction]} ({name})" if name else f"the {NOUNS[direction]}"


def is_sound_card(name: str) -> bool:
    """Whether the name means a real device."""
    return name != "silent" and not name.startswith("file:")


def is_plain(name: str) -> bool:
    """Whether the name means no particular sound card."""
    return name == "default" or not is_sound_card(name)


def label_all(devices: Sequence[Device]) -> None:
    """Give every device a label of its own: two of the same make are numbered."""
    labels = [f"{device['name']} ({device['host_api']})" for device in devices]
    often = Counter(labels)
    seen: Counter[str] = Counter()
    for device, label in zip(devices, labels, strict=True):
        seen[label] += 1
        device["label"] = f"{label} #{seen[label]}" if often[label] > 1 else label


def usable(devices: Sequence[Device], direction: Direction) -> list[Device]:
    """The microphones, or the loudspeakers."""
    return [d for d in devices if (d["inputs"] if direction == "input" else d["outputs"]) > 0]


def find(devices: Sequence[Device], name: str, direction: Direction) -> Device:
    """The one device meant by `name`; `default` is the system's.  Raises DeviceProblem."""
    noun = NOUNS[direction]
    devices = usable(devices, direction)
    if not devices:
        raise DeviceProblem(f"no {noun} on this machine")
    if name == "default":
        return next((device for device in devices if _is_default(device, direction)), devices[0])
    wanted = name.casefold()
    alone = re.sub(r" #\d+$", "", wanted)  # its label when the others of its make are gone
    labels = [d["label"].casefold() for d in devices]
    names = [d["name"].casefold() for d in devices]
    # From the narrowest meaning to the widest: the first that means anything decides.
    for matches in (
        [d for d, label in zip(devices, labels, strict=True) if label == wanted],
        [d for d, label in zip(devices, labels, strict=True) if label == alone],
        [d for d, short in zip(devices, names, strict=True) if short == wanted],
        [d for d in devices if d["server_name"] == name],
        [d for d, label in zip(devices, labels, strict=True) if wanted in label],
    ):
        if len(matches) == 1:
            return matches[0]
        if matches:
            raise DeviceProblem(
                f"{name!r} means several {noun}s ({_listed(matches)}): "
                "use a longer part of the name"
            )
    raise DeviceProblem(f"no {noun} is called {name!r}, there are: {_listed(devices)}")


def _is_default(device: Device, direction: Direction) -> bool:
    return device["default_input"] if direction == "input" else device["default_output"]


def _listed(devices: Sequence[Device]) -> str:
    named = ", ".join(device["label"] for device in devices[:LONGEST_LIST])
    left = len(devices) - LONGEST_LIST
    return f"{named} and {left} more" if left > 0 else named
