"""A headset that is plugged into the virtual sound card and pulled out of it."""

from __future__ import annotations

from tests.rig.card import SoundCard

MARKS = ("sink_name=headset", "source_name=headset_mic")


def plug(card: SoundCard) -> None:
    """A loudspeaker `Headset`, heard at `headset.monitor`, and a `HeadsetMicrophone`.

    What is played into the card's microphone is heard by this one, too.
    """
    card.pactl(
        *("load-module", "module-null-sink", "sink_name=headset", "rate=24000", "channels=1"),
        *("channel_map=mono", "sink_properties=device.description=Headset"),
    )
    card.pactl(
        *("load-module", "module-remap-source", "source_name=headset_mic", "master=mic.monitor"),
        *("channels=1", "channel_map=mono", "remix=no"),
        "source_properties=device.description=HeadsetMicrophone",
    )


def pull(card: SoundCard) -> None:
    """It is gone, as far as it was there."""
    for line in card.pactl("list", "short", "modules").splitlines():
        if any(mark in line for mark in MARKS):
            card.pactl("unload-module", line.split()[0])
