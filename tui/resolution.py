"""Settle every setting: flag > environment > config.toml > default; and remember who won."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from tui.config_file import FromFile, read_config, wrong_with
from tui.errors import ExitCode, VoicetuiError
from tui.picked import SOURCE as PICKED
from tui.settings_table import BY_NAME, SETTINGS, Plain, Setting


@dataclass(frozen=True, slots=True)
class Settled:
    """A value and where it came from, in words."""

    value: Plain
    source: str


@dataclass(frozen=True, slots=True)
class Resolution:
    """All settings, settled."""

    values: Mapping[str, Settled]

    def text(self, name: str) -> str:
        """A text or choice; unset is empty."""
        value = self.values[name].value
        return "" if value is None else str(value)

    def number(self, name: str) -> float:
        """A number that has a default."""
        value = self.values[name].value
        assert isinstance(value, (int, float)), name
        return float(value)

    def whole(self, name: str) -> int:
        """A whole number that has a default."""
        return int(self.number(name))

    def whole_or_none(self, name: str) -> int | None:
        """A whole number that may be unset."""
        return None if self.values[name].value is None else self.whole(name)

    def number_or_none(self, name: str) -> float | None:
        """A number that may be unset."""
        return None if self.values[name].value is None else self.number(name)

    def switch(self, name: str) -> bool:
        """On or off."""
        return bool(self.values[name].value)

    def source(self, name: str) -> str:
        """Where the value came from, in words."""
        return self.values[name].source

    def from_flag(self, name: str) -> bool:
        """It was said on the command line."""
        return self.values[name].source.startswith("flag ")

    def is_default(self, name: str) -> bool:
        """Nobody has set it."""
        return self.values[name].source == "default"


def resolve(
    flags: Mapping[str, str | float],
    environment: Mapping[str, str],
    config: Path,
    picked: Mapping[str, str] | None = None,
) -> Resolution:
    """Settle all settings; `flags` maps setting names to what was given; raises VoicetuiError.

    `picked`: devices picked on the screen, by the names of their settings.
    """
    in_file = read_config(config)
    return Resolution(
        {
            setting.name: _settle(setting, flags, environment, in_file, config, picked or {})
            for setting in SETTINGS
        }
    )


def _settle(
    setting: Setting,
    flags: Mapping[str, str | float],
    environment: Mapping[str, str],
    in_file: Mapping[str, FromFile],
    config: Path,
    picked: Mapping[str, str],
) -> Settled:
    if setting.name in flags:
        given = flags[setting.name]
        value = from_text(setting, given, setting.flag) if isinstance(given, str) else given
        flag = setting.flag.replace("--", "--no-", 1) if value is False else setting.flag
        return Settled(value, f"flag {flag}")
    for variable in setting.env:
        text = environment.get(variable, "").strip()
        if text:
            return Settled(from_text(setting, text, variable), f"environment {variable}")
    if setting.name in in_file:
        found = in_file[setting.name]
        return Settled(found.value, f"{config.name}:{found.line}")
    if setting.name in picked:
        return Settled(picked[setting.name], PICKED)
    return Settled(setting.default, "default")


def from_text(setting: Setting, text: str, where: str) -> Plain:
    """What a flag or variable says; raises VoicetuiError naming `where`."""
    value: Plain = text if setting.section == "audio" else whole_text(text)
    if setting.kind in ("number", "whole"):
        try:
            value = int(text) if setting.kind == "whole" else float(text)
        except ValueError:
            value = text
    elif setting.kind == "switch":
        value = _SWITCH.get(text.lower(), text)
    problem = wrong_with(setting, value)
    if problem:
        raise VoicetuiError(
            "Setting cannot be used",
            f"{where} {problem}{'' if problem.endswith('?') else '.'}",
            ExitCode.USAGE if where.startswith("--") else ExitCode.SETTINGS,
        )
    return value


def whole_text(text: str) -> str:
    """An argument or variable as text that can be sent: bytes that are none become marks."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


_SWITCH = dict.fromkeys(("on", "true", "yes", "1"), True) | dict.fromkeys(
    ("off", "false", "no", "0"), False
)


def unknown_variables(environment: Mapping[str, str]) -> list[tuple[str, str]]:
    """VOICETUI_ variables that mean nothing, each with the nearest that does (or empty)."""
    import difflib

    known = {name for setting in BY_NAME.values() for name in setting.env}
    known |= OTHER_VARIABLES.keys()
    ours = [name for name in environment if name.startswith("VOICETUI_") and name not in known]
    return [
        (name, next(iter(difflib.get_close_matches(name, known, n=1, cutoff=0.7)), ""))
        for name in sorted(ours)
    ]


OTHER_VARIABLES = {
    "VOICETUI_CONFIG": "the config file, instead of the usual config.toml",
    "VOICETUI_STATE_DIR": "the folder of history and logs, instead of the usual one",
    "VOICETUI_SERVER_KEY": "the key that `voicetui serve` wants",
    "VOICETUI_PARENT": "",  # set by ourselves, see tui/parent.py
    "VOICETUI_BROWSER": "",  # the same, see tui/web
}
"""Variables that are no settings, and what they are for; empty: not for people."""
