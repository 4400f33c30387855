"""Work that takes time: the machine asks for it, the shell does it and reports back."""

from __future__ import annotations

from dataclasses import dataclass

from server.speech.pcm import Pcm


@dataclass(frozen=True, slots=True)
class Understand:
    """Recognise the speech of an item."""

    item_id: str
    part_index: int
    audio: Pcm
    """24 kHz."""


@dataclass(frozen=True, slots=True)
class Speak:
    """Say one sentence of a response."""

    response_id: str
    index: int
    text: str
    voice: str
    speed: float


Job = Understand | Speak
