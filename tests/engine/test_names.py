"""What a person may call a device by."""

from __future__ import annotations

import pytest

from engine.devices.names import Device, find, label_all
from engine.devices.port import DeviceProblem


def device(name: str, api: str = "ALSA", *, inputs: int = 2, default: bool = False) -> Device:
    return Device(
        index=0,
        name=name,
        host_api=api,
        label="",
        inputs=inputs,
        outputs=0,
        rate_hz=48_000,
        default_input=default,
        default_output=False,
        server_name="",
    )


@pytest.fixture
def devices() -> list[Device]:
    found = [
        device("USB Mic"),
        device("USB Mic"),
        device("USB Mic Pro"),
        device("Headset", "PulseAudio", default=True),
        device("Headset", "ALSA"),
        device("Speakers", inputs=0),
    ]
    label_all(found)
    return found


def test_every_label_means_one_device(devices: list[Device]) -> None:
    for one in devices[:-1]:
        assert find(devices, one["label"], "input") is one
    assert devices[1]["label"] == "USB Mic (ALSA) #2"


def test_a_number_is_not_needed_once_the_others_are_gone() -> None:
    left = [device("Headset", "PulseAudio"), device("USB Mic"), device("USB Mic Pro")]
    label_all(left)
    assert find(left, "USB Mic (ALSA) #2", "input") is left[1]
    with pytest.raises(DeviceProblem, match="no microphone is called 'USB Mic #2'"):
        find(left, "USB Mic #2", "input")
    two = [device("USB Mic"), device("USB Mic")]
    label_all(two)
    with pytest.raises(DeviceProblem, match="no microphone is called"):
        find(two, "USB Mic (ALSA) #3", "input")


def test_a_part_is_enough_and_case_does_not_matter(devices: list[Device]) -> None:
    assert find(devices, "mic pro", "input") is devices[2]
    assert find(devices, "headset (pulse", "input") is devices[3]
    assert find(devices, "default", "input") is devices[3]


def test_the_sound_servers_own_name_of_a_device_means_it(devices: list[Device]) -> None:
    devices[1]["server_name"] = "alsa_input.usb-2"
    assert find(devices, "alsa_input.usb-2", "input") is devices[1]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("usb mic", ["several microphones", "USB Mic (ALSA) #1", "USB Mic (ALSA) #2"]),
        ("HEADSET", ["several", "Headset (PulseAudio)", "Headset (ALSA)", "longer part"]),
        ("speakers", ["no microphone is called 'speakers'", "USB Mic Pro (ALSA)"]),
    ],
)
def test_what_is_not_clear_is_said_with_the_choices(
    devices: list[Device], name: str, words: list[str]
) -> None:
    with pytest.raises(DeviceProblem) as caught:
        find(devices, name, "input")
    for word in words:
        assert word in str(caught.value)


def test_no_loudspeaker_at_all(devices: list[Device]) -> None:
    with pytest.raises(DeviceProblem, match="no loudspeaker on this machine"):
        find(devices, "default", "output")


def test_a_long_list_is_cut(devices: list[Device]) -> None:
    many = [device(f"Thing {number}") for number in range(30)]
    label_all(many)
    with pytest.raises(DeviceProblem, match="and 18 more"):
        find(many, "nothing", "input")
