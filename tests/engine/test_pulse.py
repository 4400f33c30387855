"""What the sound server says of its devices."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.devices import pulse


@pytest.fixture
def pactl(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A `pactl` that prints the file named as its last word, or fails without one."""
    script = tmp_path / "pactl"
    script.write_text(
        '#!/bin/sh\nfor word; do :; done\nread -r line < "${0%/*}/$word" && echo "$line"\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    says(tmp_path, "info", {"default_sink_name": "usb"})
    says(tmp_path, "sources", [])
    says(tmp_path, "sinks", [{"name": "usb", "description": "Headset"}])
    return tmp_path


def says(folder: Path, question: str, answer: object) -> None:
    (folder / question).write_text(json.dumps(answer) + "\n")


@pytest.mark.parametrize(
    ("specification", "channels", "rate_hz"),
    [
        ("s16le 1ch 24000Hz", 1, 24_000),
        ("float32le 2ch 48000 Hz", 2, 48_000),
        ("s24-32le 8ch 192000Hz", 8, 192_000),
        ("", 2, 44_100),
        ("n/a", 2, 44_100),
    ],
)
def test_a_device_is_listed_whatever_its_specification_looks_like(
    pactl: Path, specification: str, channels: int, rate_hz: int
) -> None:
    says(pactl, "sinks", [{"name": "usb", "sample_specification": specification}])
    devices = pulse.listing()
    assert devices is not None
    (device,) = devices
    assert (device["outputs"], device["rate_hz"]) == (channels, rate_hz)
    assert device["default_output"]


@pytest.mark.parametrize("question", ["sources", "sinks", "info"])
def test_a_server_that_does_not_say_all_has_said_nothing(pactl: Path, question: str) -> None:
    assert pulse.listing()
    (pactl / question).unlink()
    assert pulse.listing() is None


def test_a_server_can_have_nothing(pactl: Path) -> None:
    says(pactl, "sinks", [])
    assert pulse.listing() == []
