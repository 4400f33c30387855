"""Our own colours, and which theme fits a terminal of which nothing is known but its name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from textual.theme import BUILTIN_THEMES, Theme


def _bars(bar: str, track: str) -> dict[str, str]:
    return {
        f"scrollbar{part}{touched}": track if part else bar
        for part in ("", "-background", "-corner-color")
        for touched in ("", "-hover", "-active")
    }


DARK = Theme(
    name="voicetui",
    primary="#7fb0c9",
    secondary="#c9a97f",
    accent="#a5a0d0",
    success="#8fb98f",
    warning="#d6b25e",
    error="#d98080",
    foreground="#d4d7da",
    background="#15181b",
    surface="#1d2125",
    panel="#1d2125",
    dark=True,
    variables={
        "foreground-muted": "#a0a5a9",
        "foreground-disabled": "#757b80",
        **_bars("#3b3f42", "#15181b"),
    },
)
LIGHT = Theme(
    name="voicetui-light",
    primary="#1f5f80",
    secondary="#7a5417",
    accent="#5a4f9c",
    success="#2f6b35",
    warning="#7d5a00",
    error="#a32f2f",
    foreground="#24292d",
    background="#fbfaf7",
    surface="#efede7",
    panel="#efede7",
    dark=False,
    variables={
        "foreground-muted": "#545a5f",
        "foreground-disabled": "#84898d",
        "surface-lighten-1": "#e2ded4",
        "surface-lighten-2": "#d8d3c7",
        **_bars("#d0d0cf", "#fbfaf7"),
    },
)
OWN = (DARK, LIGHT)
TERMINAL = ("ansi-dark", "ansi-light")
"""The terminal's own sixteen colours."""


def choose(wanted: str, environment: Mapping[str, str]) -> str:
    """The theme to begin with: what is wanted, or what this terminal can show."""
    if wanted:
        return wanted
    light = environment.get("COLORFGBG", "").rpartition(";")[2] in ("7", "15")
    few = environment.get("COLORTERM", "").strip().lower() not in ("truecolor", "24bit") and (
        environment.get("TERM", "").rpartition("-")[2] not in ("256color", "kitty", "direct")
    )
    pair = TERMINAL if few or "NO_COLOR" in environment else tuple(theme.name for theme in OWN)
    return pair[1] if light else pair[0]


def complaint(wanted: str, known: Iterable[str]) -> str:
    """What to tell a person who wants a theme that is not there; empty when it is."""
    names = list(known)
    if not wanted or wanted in names:
        return ""
    near = get_close_matches(wanted.lower(), names, n=1, cutoff=0.5)
    hint = f"did you mean {near[0]}?" if near else "ctrl+p, Theme shows them."
    return f'There is no theme "{wanted}"; {hint}'


def wrong(wanted: str) -> str:
    """The same before there is a screen."""
    return complaint(wanted, [*(theme.name for theme in OWN), *BUILTIN_THEMES])
