"""The silence speech services put before the first word: an answer need not wait for it."""

from __future__ import annotations

import sys
from array import array
from typing import Final

from shared.pcm import FRAMES_PER_MS

LONGEST_MS: Final = 250
"""So much is left out at most."""
KEPT_MS: Final = 15
"""A word begins more softly than it goes on."""
QUIET: Final = 48
"""Samples up to this are no sound: -57 dB of full scale."""
_STEP: Final = 2 * FRAMES_PER_MS


class LeadIn:
    """Leaves out what comes before the first sound, and touches nothing behind it."""

    def __init__(self) -> None:
        self._held = array("h")
        """The last of the silence, which may belong to the first sound."""
        self._left_frames = LONGEST_MS * FRAMES_PER_MS
        self._over = False

    def take(self, pcm: bytes) -> bytes:
        """What is to be played of these whole samples, now."""
        if self._over or not pcm:
            return pcm
        samples = self._held + _samples(pcm)
        start = _first_sound(samples)
        self._over = start < len(samples)
        out = max(0, min(start - KEPT_MS * FRAMES_PER_MS, self._left_frames))
        self._left_frames -= out
        self._over = self._over or self._left_frames == 0
        self._held = array("h") if self._over else samples[out:]
        return _pcm(samples[out:]) if self._over else b""

    def rest(self) -> bytes:
        """What was held, when nothing more comes."""
        held, self._held = self._held, array("h")
        self._over = True
        return _pcm(held)


def _first_sound(samples: array[int]) -> int:
    """Where the first sound is, in steps of two milliseconds; the length when there is none."""
    for at in range(0, len(samples), _STEP):
        step = samples[at : at + _STEP]
        if max(step) > QUIET or min(step) < -QUIET:
            return at
    return len(samples)


def _samples(pcm: bytes) -> array[int]:
    samples = array("h", pcm)
    if sys.byteorder == "big":
        samples.byteswap()
    return samples


def _pcm(samples: array[int]) -> bytes:
    if sys.byteorder == "big":
        samples = samples[:]
        samples.byteswap()
    return samples.tobytes()
