"""The few signs the screen draws; none of them is of ambiguous width in East Asian terminals."""

from __future__ import annotations

from dataclasses import dataclass

from tui.call_events import CallState


@dataclass(frozen=True, slots=True)
class Glyphs:
    """Signs of one set; each of `states` is one cell."""

    states: dict[CallState, str]
    meter_on: str
    meter_off: str
    gutter: str
    ellipsis: str


UNICODE = Glyphs(
    states={
        "connecting": "◌",
        "listening": "◉",
        "recording": "◉",
        "paused": "◌",
        "muted": "✕",
        "thinking": "⠶",
        "speaking": "►",
        "reconnecting": "◌",
        "ended": "✕",
    },
    meter_on="⣿",
    meter_off="⠤",
    gutter="⢸",
    ellipsis="…",
)
ASCII = Glyphs(
    states={
        "connecting": "~",
        "listening": "*",
        "recording": "@",
        "paused": "-",
        "muted": "x",
        "thinking": ":",
        "speaking": ">",
        "reconnecting": "~",
        "ended": "x",
    },
    meter_on="#",
    meter_off="-",
    gutter="|",
    ellipsis="~",
)
